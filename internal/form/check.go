package form

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"

	"github.com/chancery/chancery/internal/locale"
)

var (
	serviceID  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	identifier = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	optionID   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
)

// reserved are the identifiers that mean something in CEL or in conditions.
var reserved = []string{
	"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop", "package",
	"namespace", "null", "return", "true", "var", "void", "while",
	"bool", "bytes", "double", "duration", "dyn", "int", "list", "map", "null_type", "string", "timestamp", "type", "uint",
	"answers", "item", "index", "today", "form", "google", "math",
}

// Bounds of a questionnaire.
const (
	maxPages      = 60
	maxQuestions  = 20 // on a page
	maxRounds     = 50
	maxOptions    = 60
	maxTitle      = 120
	maxLong       = 1000
	textLength    = 200 // where the file says nothing
	maxTextLength = 5000
	filePages     = 20 // where the file says nothing
)

// fieldsOf says which fields belong to which type besides those of all.
var fieldsOf = map[Type][]string{
	TypeText:        {"min_length", "max_length", "lines"},
	TypeNumber:      {"min", "max", "decimals", "unit"},
	TypeYesNo:       nil,
	TypeChoice:      {"options"},
	TypeChoices:     {"options"},
	TypeDate:        {"precision", "range"},
	TypeName:        nil,
	TypeCountry:     nil,
	TypeAddress:     nil,
	TypePhone:       {"region"},
	TypeEmail:       nil,
	TypeDocument:    nil,
	TypeFile:        {"files", "max_pages"},
	TypePhoto:       nil,
	TypeDeclaration: nil,
}

func (c *checker) within(path string, n, low, high int) {
	if n < low || n > high {
		c.add(path, "is %d; write a number from %d to %d", n, low, high)
	}
}

// text wants t in every language; where it may be left out, in all or none.
func (c *checker) text(path string, t locale.Text, most int, optional bool) {
	if optional && len(t) == 0 {
		return
	}
	if missing := t.Missing(); len(missing) > 0 {
		c.add(path, "lacks %s; write the text in every language", strings.Join(missing, " and "))
	}
	for lang, text := range t {
		if !locale.Known(lang) {
			c.add(path+"."+lang, "is not a language of the product; use %s", strings.Join(locale.Languages, ", "))
		}
		if utf8.RuneCountInString(text) > most {
			c.add(path+"."+lang, "is longer than %d characters; shorten it", most)
		}
	}
}

func (c *checker) definition() {
	d := c.d
	if !serviceID.MatchString(d.ServiceID) || len(d.ServiceID) > 60 {
		c.add("", "the file's name must be small Latin letters, digits and hyphens, such as visa-application.yaml")
	}
	c.text("title", d.Title, maxTitle, false)
	c.text("about", d.About, maxLong, false)
	c.rulesOfCase(d.Case)
	sections := map[string]bool{}
	for i, s := range d.Sections {
		path := fmt.Sprintf("sections[%d]", i)
		c.id(path+".id", s.ID, sections)
		c.text(path+".title", s.Title, maxTitle, false)
	}
	if len(d.Pages) == 0 {
		c.add("pages", "is empty; write at least one page")
	}
	c.within("pages", max(1, len(d.Pages)), 1, maxPages)
	pages, taken := map[string]bool{}, map[string]bool{}
	for i := range d.Pages {
		p, path := &d.Pages[i], fmt.Sprintf("pages[%d]", i)
		c.id(path+".id", p.ID, pages)
		if len(sections) > 0 && !sections[p.Section] {
			c.add(path+".section", "is %q; name one of the sections", p.Section)
		} else if len(sections) == 0 && p.Section != "" {
			c.add(path+".section", "is %q, but the file has no sections", p.Section)
		}
		c.page(path, p, taken)
	}
	for i, p := range d.Pages { // an answer and a list of rounds lie side by side
		if p.Repeat != nil && taken[p.ID] {
			c.add(fmt.Sprintf("pages[%d].id", i), "%q is a question's id too; a repeating page needs its own", p.ID)
		}
	}
}

func (c *checker) rulesOfCase(r Case) {
	if r.Appointment != "" && !serviceID.MatchString(r.Appointment) {
		c.add("case.appointment", "is %q; write the id of a service, such as visa-interview", r.Appointment)
	}
	if r.Issues != "" && r.Issues != "visa" {
		c.add("case.issues", "is %q; write visa, or leave it out", r.Issues)
	}
	c.within("case.decide_days", r.DecideDays, 1, 250)
	c.within("case.answer_days", r.AnswerDays, 1, 120)
	c.within("case.keep_months", r.KeepMonths, 1, 1200)
	if r.FeeMinor < 0 || r.FeeMinor > 100_000_000 {
		c.add("case.fee_minor", "must be the fee in minor units, such as 4000 for 40.00; 0 when there is none")
	}
	if unit, err := currency.ParseISO(r.FeeCurrency); err != nil || unit.String() != r.FeeCurrency {
		c.add("case.fee_currency", "must be an ISO 4217 code in capital letters, such as AZN")
	} else if digits, _ := currency.Standard.Rounding(unit); digits != 2 {
		c.add("case.fee_currency", "must be a currency with two decimals")
	}
}

// id wants a well-formed identifier that is not in taken, and puts it there.
func (c *checker) id(path, id string, taken map[string]bool) {
	switch {
	case !identifier.MatchString(id):
		c.add(path, "is %q; use small Latin letters, digits and underscores, 40 at most, a letter first", id)
	case slices.Contains(reserved, id):
		c.add(path, "%q has a meaning of its own in conditions; choose another", id)
	case taken[id]:
		c.add(path, "%q is there twice; choose another", id)
	}
	taken[id] = true
}

func (c *checker) page(path string, p *Page, taken map[string]bool) {
	c.text(path+".title", p.Title, maxTitle, false)
	c.text(path+".hint", p.Hint, maxLong, true)
	if len(p.Questions) == 0 {
		c.add(path+".questions", "is empty; a page asks at least one thing")
	}
	c.within(path+".questions", max(1, len(p.Questions)), 1, maxQuestions)
	if r := p.Repeat; r != nil {
		c.within(path+".repeat.max", r.Max, 1, maxRounds)
		c.within(path+".repeat.min", r.Min, 0, max(0, r.Max))
		c.text(path+".repeat.item", r.Item, maxTitle, false)
		taken = map[string]bool{} // each round has answers of its own
	}
	for i := range p.Questions {
		at := fmt.Sprintf("%s.questions[%d]", path, i)
		c.id(at+".id", p.Questions[i].ID, taken)
		c.question(at, &p.Questions[i])
	}
	if p.Repeat != nil { // a round's question hides no other in conditions
		for i := range c.d.Pages {
			other := &c.d.Pages[i]
			for j := range p.Questions {
				id := p.Questions[j].ID
				if _, same := other.Question(id); other.Repeat == nil && same || other.Repeat != nil && other.ID == id {
					c.add(fmt.Sprintf("%s.questions[%d].id", path, j), "%q is the id of another page's answer; choose another", id)
				}
			}
		}
	}
	for i, check := range p.Checks {
		at := fmt.Sprintf("%s.checks[%d]", path, i)
		if check.That == "" {
			c.add(at+".that", "is empty; write a condition")
		}
		c.text(at+".message", check.Message, maxLong, false)
		id, part, _ := strings.Cut(check.At, ".")
		if q, ok := p.Question(id); !ok {
			c.add(at+".at", "is %q; name a question of this page", check.At)
		} else if part != "" && !slices.Contains(parts(q.Type), part) {
			c.add(at+".at", "%q is no part of a %s", part, q.Type)
		}
	}
}

func (c *checker) question(path string, q *Question) {
	c.text(path+".label", q.Label, maxLong, false)
	c.text(path+".hint", q.Hint, maxLong, true)
	own, known := fieldsOf[q.Type]
	if !known {
		c.add(path+".type", "is %q; use text, number, yes-no, choice, choices, date, name, country, address, phone, email, document, file, photo or declaration", q.Type)
		return
	}
	given := map[string]bool{
		"options": len(q.Options) > 0, "min_length": q.MinLength != 0, "max_length": q.MaxLength != 0, "lines": q.Lines != 0,
		"min": q.Min != nil, "max": q.Max != nil, "decimals": q.Decimals != 0, "unit": len(q.Unit) > 0,
		"precision": q.Precision != "", "range": q.Range != "", "files": q.Files != 0, "max_pages": q.MaxPages != 0, "region": q.Region != "",
	}
	for field, is := range given {
		if is && !slices.Contains(own, field) {
			c.add(path+"."+field, "does not belong to a %s; take it out", q.Type)
		}
	}
	switch q.Type {
	case TypeText:
		q.MaxLength = orElse(q.MaxLength, textLength)
		q.Lines = orElse(q.Lines, 1)
		c.within(path+".max_length", q.MaxLength, 1, maxTextLength)
		c.within(path+".min_length", q.MinLength, 0, q.MaxLength)
		c.within(path+".lines", q.Lines, 1, 20)
	case TypeNumber:
		c.within(path+".decimals", q.Decimals, 0, 6)
		c.text(path+".unit", q.Unit, maxTitle, true)
		for name, bound := range map[string]*float64{"min": q.Min, "max": q.Max} {
			if bound != nil && (*bound < -maxNumber || *bound > maxNumber || !decimals(*bound, q.Decimals)) {
				c.add(path+"."+name, "is %v; write a number with at most %d decimals, at most %v", *bound, q.Decimals, maxNumber)
			}
		}
		if q.Min != nil && q.Max != nil && *q.Min > *q.Max {
			c.add(path+".min", "is greater than max")
		}
	case TypeChoice, TypeChoices:
		c.options(path, q)
	case TypeDate:
		if !slices.Contains([]string{"", "day", "month", "year"}, q.Precision) {
			c.add(path+".precision", "is %q; use day, month or year", q.Precision)
		}
		if !slices.Contains([]string{"", "past", "future"}, q.Range) {
			c.add(path+".range", "is %q; use past or future, or leave it out", q.Range)
		}
	case TypeFile:
		q.Files = orElse(q.Files, 1)
		q.MaxPages = orElse(q.MaxPages, filePages)
		c.within(path+".files", q.Files, 1, 20)
		c.within(path+".max_pages", q.MaxPages, 1, 200)
	case TypePhone:
		if region, err := language.ParseRegion(q.Region); q.Region != "" && (err != nil || region.String() != q.Region || !region.IsCountry()) {
			c.add(path+".region", "is %q; write an ISO 3166-1 code of two capital letters, such as AZ", q.Region)
		}
	case TypeDeclaration:
		if q.Optional {
			c.add(path+".optional", "a declaration cannot be optional; ask a yes-no")
		}
	}
}

func (c *checker) options(path string, q *Question) {
	if len(q.Options) < 2 && q.Type == TypeChoice || len(q.Options) == 0 {
		c.add(path+".options", "are too few; a choice has two at least")
	}
	c.within(path+".options", len(q.Options), min(1, len(q.Options)), maxOptions)
	seen := map[string]bool{}
	for i, o := range q.Options {
		at := fmt.Sprintf("%s.options[%d]", path, i)
		if !optionID.MatchString(o.Value) {
			c.add(at+".value", "is %q; use small Latin letters, digits and hyphens, 40 at most", o.Value)
		}
		if seen[o.Value] {
			c.add(at+".value", "%q is there twice; choose another", o.Value)
		}
		seen[o.Value] = true
		c.text(at+".text", o.Text, maxLong, false)
		c.text(at+".hint", o.Hint, maxLong, true)
	}
}

func orElse(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}
