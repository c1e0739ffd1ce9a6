package tariff

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/declaration"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/locale"
)

// Line is one row of a tariff. All conditions that it has must hold; a line
// must have one.
type Line struct {
	// ID is a slug; it stands with the fee of each application.
	ID    string      `yaml:"id"`
	Title locale.Text `yaml:"title"`
	// Nationalities are ISO 3166-1 alpha-3 or ICAO codes.
	Nationalities []string `yaml:"nationalities"`
	// Documents are kinds of travel document, as form.DocumentKinds.
	Documents []string `yaml:"documents"`
	Purposes  []string `yaml:"purposes"`
	// Under is an age in whole years on the day of the submission: the line is
	// for those who are younger.
	Under int `yaml:"under"`
	// From and Until are local days between which the line is in force, both
	// included; "" for no bound.
	From  string `yaml:"from"`
	Until string `yaml:"until"`
	// Minor is the price in minor units of the questionnaire's currency.
	Minor int64 `yaml:"minor"`
}

// Tariffs are the lines of all services. They do not change, and are safe for
// concurrent use.
type Tariffs struct{ lines map[string][]Line }

// maxFile bounds one tariff, in bytes.
const maxFile = 256 << 10

// standard is the basis of the questionnaire's own fee.
const standard = "standard"

// Load reads tariffs/*.yaml in fsys; there may be none. The error lists all
// problems of all files, one a line, as
// "tariffs/x.yaml:12: lines[1].id: what to do".
func Load(fsys fs.FS) (*Tariffs, error) {
	names, err := fs.Glob(fsys, "tariffs/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the tariffs: %w", err)
	}
	t := &Tariffs{lines: map[string][]Line{}}
	var problems []error
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		var file struct {
			Lines []Line `yaml:"lines"`
		}
		declared, err := declaration.Read(name, text, maxFile, "one tariff; write its lines", &file)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		ids := map[string]bool{standard: true}
		for i, l := range file.Lines {
			add := func(field, text string) {
				problems = append(problems, declared.Problem(fmt.Sprintf("lines[%d].%s", i, field), text))
			}
			l.check(add)
			if ids[l.ID] {
				add("id", fmt.Sprintf("%q is taken; choose another", l.ID))
			}
			ids[l.ID] = true
		}
		t.lines[strings.TrimSuffix(path.Base(name), ".yaml")] = file.Lines
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return t, nil
}

var (
	slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	code = regexp.MustCompile(`^[A-Z]{1,3}$`)
)

// check calls add for each field that is wrong, with what to do.
func (l Line) check(add func(field, text string)) {
	if !slug.MatchString(l.ID) || len(l.ID) > 60 {
		add("id", "must be small Latin letters, digits and hyphens")
	}
	if missing := l.Title.Missing(); len(missing) > 0 {
		add("title", "lacks "+strings.Join(missing, " and "))
	}
	if len(l.Nationalities)+len(l.Documents)+len(l.Purposes) == 0 && l.Under == 0 {
		add("nationalities", "a line needs nationalities, documents, purposes or under")
	}
	for _, c := range l.Nationalities {
		if !code.MatchString(c) {
			add("nationalities", fmt.Sprintf("%q is no code of a country", c))
		}
	}
	for _, d := range l.Documents {
		if !slices.Contains(form.DocumentKinds, d) {
			add("documents", fmt.Sprintf("%q is none of %s", d, strings.Join(form.DocumentKinds, ", ")))
		}
	}
	day := func(field, text string) {
		if _, err := time.Parse(time.DateOnly, text); text != "" && err != nil {
			add(field, "must be a day such as 2026-11-25")
		}
	}
	day("from", l.From)
	day("until", l.Until)
	if l.Minor < 0 || l.Under < 0 {
		add("minor", "must not be less than 0")
	}
}

// Price implements casework.Tariffs.
func (t *Tariffs) Price(serviceID string, rules form.Case, who casework.Subject, today string) casework.Price {
	price := casework.Price{Minor: rules.FeeMinor, Currency: rules.FeeCurrency, Basis: standard}
	for _, l := range t.lines[serviceID] {
		if l.fits(who, today) {
			price.Minor, price.Basis = l.Minor, l.ID
			break
		}
	}
	return price
}

func (l Line) fits(who casework.Subject, today string) bool {
	in := func(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }
	return in(l.Nationalities, who.Nationality) && in(l.Documents, who.DocumentKind) && in(l.Purposes, who.Purpose) &&
		(l.Under == 0 || younger(who.Birth, l.Under, today)) &&
		(l.From == "" || l.From <= today) && (l.Until == "" || today <= l.Until)
}

// younger says whether somebody born on that day (or in that month or year)
// has not yet had the birthday; somebody whose birth is not known has.
func younger(birth string, years int, today string) bool {
	born, err := time.Parse(time.DateOnly, birth+"-01-01"[:max(0, min(6, len(time.DateOnly)-len(birth)))])
	now, errNow := time.Parse(time.DateOnly, today)
	return err == nil && errNow == nil && now.Before(born.AddDate(years, 0, 0))
}

// Title is why a price is what it is, for people; nil for the standard fee and
// what an officer waived.
func (t *Tariffs) Title(serviceID, basis string) locale.Text {
	for _, l := range t.lines[serviceID] {
		if l.ID == basis {
			return l.Title
		}
	}
	return nil
}
