package form

import (
	"fmt"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/locale"
)

// Row is one answer as a person reads it.
type Row struct {
	Path     string // "children[0].name"
	Question *Question
	Label    string
	Lines    []string // empty when an optional question has no answer
	Files    []string // ids of files, for links
}

// SummarySection is one page, or one round of a repeating page.
type SummarySection struct {
	Page  *Page
	Index int // of a repeating page, else -1
	Title string
	Rows  []Row
}

// Summary gives the answers of the path taken for reading: on the page before
// the declaration, to officers, and in the PDF. A repeating page on which nothing
// is listed gives a section without rows.
func (d *Definition) Summary(a Answers, lang string) []SummarySection {
	var sections []SummarySection
	d.walk(a, func(v *view, p *Page) bool {
		if p.Repeat == nil {
			sections = append(sections, v.section(p, -1, a, lang))
			return true
		}
		rounds := Rounds(a, p.ID)
		for i, round := range rounds {
			sections = append(sections, v.section(p, i, round, lang))
		}
		if len(rounds) == 0 {
			sections = append(sections, SummarySection{Page: p, Index: -1, Title: p.Title.In(lang)})
		}
		return true
	})
	return sections
}

func (v *view) section(p *Page, index int, a Answers, lang string) SummarySection {
	s := SummarySection{Page: p, Index: index, Title: p.Title.In(lang)}
	prefix := ""
	if index >= 0 {
		s.Title = fmt.Sprintf("%s %d", p.Repeat.Item.In(lang), index+1)
		prefix = fmt.Sprintf("%s[%d].", p.ID, index)
	}
	asked, _ := v.shown(p, max(0, index), a, "")
	for _, q := range asked {
		row := Row{Path: prefix + q.ID, Question: q, Label: q.Label.In(lang)}
		row.Lines = q.Read(a[q.ID], lang)
		switch q.Type {
		case TypePhoto:
			row.Files = shownAs(a[q.ID])
		case TypeFile:
			row.Files, _ = texts(a[q.ID])
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// Read gives an answer as lines of text in a language; none for files, and for
// what is not of the question's type.
func (q *Question) Read(value any, lang string) []string {
	p := locale.For(lang)
	switch q.Type {
	case TypeYesNo, TypeDeclaration:
		if b, ok := value.(bool); ok {
			if b {
				return []string{p.T("form.yes")}
			}
			return []string{p.T("form.no")}
		}
		return nil
	case TypeNumber:
		if n, ok := number(value); ok {
			return []string{strings.TrimSpace(p.Decimal(n, digitsOf(n)) + " " + q.Unit.In(lang))}
		}
		return nil
	case TypeChoices:
		var all []string
		chosen, _ := texts(value)
		for _, one := range chosen {
			all = append(all, q.option(one, lang))
		}
		return all
	case TypeName, TypeAddress, TypeDocument:
		m, _ := object(value)
		return q.readParts(m, p)
	}
	text, _ := value.(string)
	if text == "" {
		return nil
	}
	switch q.Type {
	case TypeChoice:
		return []string{q.option(text, lang)}
	case TypeCountry:
		return []string{country.Name(text, lang)}
	case TypeDate:
		return []string{readDate(text, p)}
	case TypePhone:
		if n, err := phonenumbers.Parse(text, ""); err == nil {
			return []string{phonenumbers.Format(n, phonenumbers.INTERNATIONAL)}
		}
	case TypeFile, TypePhoto:
		return nil
	}
	return strings.Split(text, "\n")
}

// digitsOf counts the digits after the point.
func digitsOf(n float64) int {
	_, after, _ := strings.Cut(written(n), ".")
	return len(after)
}

func (q *Question) option(value, lang string) string {
	for _, o := range q.Options {
		if o.Value == value {
			return o.Text.In(lang)
		}
	}
	return value
}

// readDate writes a date, also one of which not all is known.
func readDate(text string, p *locale.Printer) string {
	d, err := ParseDate(text)
	switch {
	case err != nil:
		return text
	case d.Month == 0:
		return fmt.Sprint(d.Year)
	case d.Day == 0:
		return p.Month(time.Date(d.Year, time.Month(d.Month), 1, 0, 0, 0, 0, time.UTC))
	}
	return p.Date(d.First())
}

// readParts writes a compound answer, a line for each thing.
func (q *Question) readParts(m map[string]any, p *locale.Printer) []string {
	get := func(part string) string {
		text, _ := m[part].(string)
		return text
	}
	var all []string
	add := func(line string) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	switch q.Type {
	case TypeName:
		add(get("surname") + " " + get("given_names"))
		latin := strings.TrimSpace(get("surname_latin") + " " + get("given_names_latin"))
		if len(all) == 0 || !strings.EqualFold(latin, all[0]) {
			add(latin)
		}
	case TypeAddress:
		add(get("street"))
		add(get("postcode") + " " + get("city"))
		add(get("region"))
		if code := get("country"); code != "" {
			add(country.Name(code, p.Lang()))
		}
	case TypeDocument:
		for _, part := range parts(TypeDocument) {
			text := get(part)
			switch {
			case text == "":
				continue
			case part == "kind":
				text = p.T("form.document." + text)
			case part == "issuer" || part == "nationality":
				text = country.Name(text, p.Lang())
			case part == "issued" || part == "expires":
				text = readDate(text, p)
			}
			add(p.T("form.part."+part) + ": " + text)
		}
		if mrz, ok := texts(m["mrz"]); ok {
			all = append(all, mrz...)
		}
	}
	return all
}
