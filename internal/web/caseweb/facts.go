package caseweb

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/travel/mrz"
	"github.com/chancery/chancery/internal/web"
)

// section is a page of answers as officers read it.
type section struct {
	Title string
	Rows  []row
	// Touched says that something of it differs from what was handed in before.
	Touched bool
}

// row is one answer.
type row struct {
	Label   string
	Lines   []string
	Files   []attached
	Changed bool
}

// sections gives the answers in the version that the person saw, with the labels
// in the officer's language.
func sections(d *form.Definition, a form.Answers, files []casework.File, lang string) []section {
	var all []section
	for _, s := range d.Summary(a, lang) {
		one := section{Title: s.Title}
		for _, r := range s.Rows {
			line := row{Label: r.Label, Lines: r.Lines}
			for _, id := range r.Files {
				if i := slices.IndexFunc(files, func(f casework.File) bool { return f.ID == id }); i >= 0 {
					line.Files = append(line.Files, attached{files[i]})
				}
			}
			one.Rows = append(one.Rows, line)
		}
		all = append(all, one)
	}
	return all
}

// fill reads the answers into the page, and marks what differs from before.
func (page *casePage) fill(before form.Answers, lang string) {
	d := page.Questionnaire
	page.Sections = sections(d, page.Answers, page.Files, lang)
	for _, s := range d.Summary(page.Answers, lang) {
		for _, r := range s.Rows {
			if r.Question.Type == form.TypePhoto && len(r.Files) > 0 && page.Portrait == "" {
				page.Portrait = r.Files[0]
			}
		}
	}
	named := map[string]bool{}
	for _, f := range d.Files(page.Answers) {
		named[f.ID] = true
	}
	for _, f := range page.Files {
		if !named[f.ID] {
			page.Loose = append(page.Loose, attached{f})
		}
	}
	if before == nil {
		return
	}
	changed := map[string]bool{}
	for _, c := range differences(d, before, page.Answers, lang) {
		changed[c.Path] = true
		page.Changed++
	}
	for i, s := range d.Summary(page.Answers, lang) {
		for j, r := range s.Rows {
			if changed[r.Path] {
				page.Sections[i].Rows[j].Changed, page.Sections[i].Touched = true, true
			}
		}
	}
}

// handed reads an earlier submission; nil when there is none of that number.
func (p *Pages) handed(r *http.Request, v *visit, number int) (form.Answers, error) {
	if number < 1 {
		return nil, nil
	}
	return p.Cases.Handed(r.Context(), v.Application, number)
}

// difference is an answer that was changed, added or left out.
type difference struct {
	Path, Section, Label string
	Before, After        []string
}

// differences compares two submissions as people read them. Files stand for
// their names' ids, so that another file of the same name is a change.
func differences(d *form.Definition, before, after form.Answers, lang string) []difference {
	type answer struct {
		difference
		lines []string
	}
	read := func(a form.Answers) ([]string, map[string]answer) {
		var order []string
		all := map[string]answer{}
		for _, s := range d.Summary(a, lang) {
			for _, r := range s.Rows {
				order = append(order, r.Path)
				all[r.Path] = answer{difference{Path: r.Path, Section: s.Title, Label: r.Label}, append(slices.Clone(r.Lines), r.Files...)}
			}
		}
		return order, all
	}
	was, old := read(before)
	now, current := read(after)
	var found []difference
	for _, path := range now {
		a := current[path]
		a.Before, a.After = old[path].lines, a.lines
		if !slices.Equal(a.Before, a.After) {
			found = append(found, a.difference)
		}
	}
	for _, path := range was {
		if _, ok := current[path]; !ok && len(old[path].lines) > 0 {
			a := old[path]
			a.Before = a.lines
			found = append(found, a.difference)
		}
	}
	return found
}

// changesPage shows what was changed from one submission to the next.
type changesPage struct {
	*visit
	Rounds []round
}

// round is one submission against the one before.
type round struct {
	Number  int
	Changes []difference
}

func (p *Pages) changes(w http.ResponseWriter, r *http.Request) error {
	v, err := p.visit(r, identity.CasesSee, &web.Form{})
	if err != nil {
		return err
	}
	t := printerOf(r)
	// Files read by their names: "passport.jpg", or that one is no longer there.
	fileName := func(lines []string) []string {
		shown := make([]string, len(lines))
		for i, line := range lines {
			shown[i] = line
			if j := slices.IndexFunc(v.Files, func(f casework.File) bool { return f.ID == line }); j >= 0 {
				shown[i] = v.Files[j].Name
			}
		}
		return shown
	}
	page := changesPage{visit: v}
	for n := v.Submission; n > 1; n-- {
		after, err := p.handed(r, v, n)
		if err != nil {
			return err
		}
		before, err := p.handed(r, v, n-1)
		if err != nil {
			return err
		}
		one := round{Number: n, Changes: differences(v.Questionnaire, before, after, t.Lang())}
		for i := range one.Changes {
			one.Changes[i].Before, one.Changes[i].After = fileName(one.Changes[i].Before), fileName(one.Changes[i].After)
		}
		page.Rounds = append(page.Rounds, one)
	}
	return p.web.Render(w, r, http.StatusOK, "caseweb/changes.html", page)
}

// paper is a travel document: what was typed, and what its zone says.
type paper struct {
	Label string
	Lines []string // of the zone, as typed
	Zone  *mrz.Zone
	// Unread says that the lines are no zone.
	Unread bool
	Fields []field
}

// field is a part of the document, typed and as in the zone.
type field struct {
	Name        string // as in "caseweb.document."
	Typed, Read string
	Differs     bool
}

// Right says that every check digit is right and nothing differs.
func (p paper) Right() bool {
	return p.Zone != nil && p.Zone.Right() && !slices.ContainsFunc(p.Fields, func(f field) bool { return f.Differs })
}

// papers reads the travel documents of the answers.
func papers(c *casework.Case, now time.Time, lang string) []paper {
	var all []paper
	for i := range c.Questionnaire.Pages {
		for _, q := range c.Questionnaire.Pages[i].Questions {
			answer, ok := c.Answers[q.ID].(map[string]any)
			if q.Type != form.TypeDocument || !ok {
				continue
			}
			all = append(all, readPaper(q.Label.In(lang), answer, now, lang))
		}
	}
	return all
}

func readPaper(label string, answer map[string]any, now time.Time, lang string) paper {
	text := func(name string) string { s, _ := answer[name].(string); return s }
	p := paper{Label: label}
	lines, _ := answer["mrz"].([]any)
	for _, line := range lines {
		if s, ok := line.(string); ok {
			p.Lines = append(p.Lines, s)
		}
	}
	var zone mrz.Zone
	if len(p.Lines) > 0 {
		read, err := mrz.Parse(p.Lines, now)
		p.Unread = err != nil
		if err == nil {
			p.Zone, zone = read, *read
		}
	}
	add := func(name, typed, read string, show func(string) string) {
		if typed == "" && read == "" {
			return
		}
		f := field{Name: name, Typed: show(typed), Read: show(read)}
		f.Differs = p.Zone != nil && typed != "" && read != "" && !strings.EqualFold(plain(typed), plain(read))
		p.Fields = append(p.Fields, f)
	}
	same := func(s string) string { return s }
	named := func(s string) string {
		if s == "" {
			return ""
		}
		return country.Name(country.Canonical(s), lang)
	}
	add("number", text("number"), zone.Number, same)
	add("issuer", country.Canonical(text("issuer")), country.Canonical(zone.Issuer), named)
	add("nationality", country.Canonical(text("nationality")), country.Canonical(zone.Nationality), named)
	add("expires", text("expires"), zone.Expiry.String(), same)
	add("issued", text("issued"), "", same)
	add("name", "", strings.TrimSpace(zone.Surname+" "+zone.GivenNames), same)
	add("birth", "", zone.Birth.String(), same)
	return p
}

// plain leaves out what people put between the parts of a number.
func plain(s string) string { return strings.NewReplacer(" ", "", "-", "", "<", "").Replace(s) }
