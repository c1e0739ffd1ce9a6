package form

import (
	"slices"
	"strconv"
	"strings"

	"github.com/chancery/chancery/internal/locale"
)

// Input is one control of a question on a page.
type Input struct {
	// Name is that of the control: the question's id, or with its part after a
	// hyphen: "birth-day", "name-surname". No question's id has a hyphen.
	Name string
	// Part is the part of the answer: "day", "surname"; "" for a question with
	// one control.
	Part string
	// Label names the part; empty for a question with one control.
	Label locale.Text
	// Kind is text, lines, number, email, tel, country, radios, checkboxes,
	// select or file. The value of a country is its code; of a file, the ids of
	// the files that were taken before, in hidden controls of this name.
	Kind string
	// Complete is HTML's autocomplete token, or "".
	Complete string
	Optional bool
	Options  []Option
	Values   []string
}

// complete gives HTML's autocomplete tokens for parts that browsers know. Dates
// and documents are often another person's, so they have none.
var complete = map[string]string{
	"surname": "family-name", "given_names": "given-name", "street": "street-address", "city": "address-level2",
	"region": "address-level1", "postcode": "postal-code",
}

// words gives a string of this package in every language.
func words(key string) locale.Text {
	t := locale.Text{}
	for _, lang := range locale.Languages {
		t[lang] = locale.For(lang).T("form." + key)
	}
	return t
}

// yes and no are the values of a yes-no's controls.
const yes, no = "yes", "no"

// Inputs gives the controls of the question, filled with an answer (nil for
// none).
func (q *Question) Inputs(value any) []Input {
	in := Input{Name: q.ID, Kind: "text", Optional: q.Optional}
	switch q.Type {
	case TypeDate, TypeName, TypeAddress, TypeDocument:
		return q.partInputs(value)
	case TypeText:
		if q.Lines > 1 {
			in.Kind = "lines"
		}
	case TypeNumber:
		in.Kind = "number"
	case TypeYesNo:
		in.Kind = "radios"
		in.Options = []Option{{Value: yes, Text: words("yes")}, {Value: no, Text: words("no")}}
	case TypeDeclaration:
		in.Kind = "checkboxes"
		in.Options = []Option{{Value: yes, Text: q.Label}}
	case TypeChoice:
		in.Kind, in.Options = "radios", q.Options
		if len(q.Options) > 12 {
			in.Kind = "select"
		}
	case TypeChoices:
		in.Kind, in.Options = "checkboxes", q.Options
	case TypeCountry:
		in.Kind = "country"
	case TypePhone:
		in.Kind, in.Complete = "tel", "tel"
	case TypeEmail:
		in.Kind, in.Complete = "email", "email"
	case TypeFile, TypePhoto:
		in.Kind = "file"
	}
	in.Values = shownAs(value)
	return []Input{in}
}

// shownAs gives the values of a control.
func shownAs(value any) []string {
	if list, ok := texts(value); ok {
		return list
	}
	if n, ok := number(value); ok {
		return []string{written(n)}
	}
	switch v := value.(type) {
	case bool:
		if v {
			return []string{yes}
		}
		return []string{no}
	case string:
		if v != "" {
			return []string{v}
		}
	}
	return nil
}

func (q *Question) partInputs(value any) []Input {
	var inputs []Input
	held, _ := object(value)
	if q.Type == TypeDate {
		held = map[string]any{}
		if text, ok := value.(string); ok {
			if d, err := ParseDate(text); err == nil {
				for part, n := range map[string]int{"day": d.Day, "month": d.Month, "year": d.Year} {
					if n > 0 {
						held[part] = strconv.Itoa(n)
					}
				}
			} else { // kept as it was typed, see typedDate
				typed := append(strings.SplitN(text, "-", 3), "", "")
				held["year"], held["month"], held["day"] = typed[0], strings.TrimPrefix(typed[1], "XX"), typed[2]
			}
		}
	}
	for _, part := range parts(q.Type) {
		in := Input{Name: q.ID + "-" + part, Part: part, Label: words("part." + part), Kind: "text", Complete: complete[part], Values: shownAs(held[part])}
		in.Optional = q.Optional || optionalPart(part)
		switch part {
		case "day", "month", "year":
			in.Kind = "number"
			in.Optional = q.Optional || part == "day" && (q.Precision == "month" || q.Precision == "year") || part == "month" && q.Precision == "year"
		case "country", "issuer", "nationality":
			in.Kind = "country"
		case "mrz":
			in.Kind = "lines"
			in.Values = nil
			if lines, ok := texts(held[part]); ok {
				in.Values = []string{strings.Join(lines, "\n")}
			}
		case "kind":
			in.Kind = "select"
			for _, kind := range DocumentKinds {
				in.Options = append(in.Options, Option{Value: kind, Text: words("document." + kind)})
			}
		}
		inputs = append(inputs, in)
	}
	return inputs
}

// ReadPage reads the answers of a page from a posted form as they were typed;
// CheckPage makes them normal. get gives the values of an input by its name (see
// Question.Inputs). What was left empty is absent. An unknown page gives no
// answers.
func (d *Definition) ReadPage(page string, _ int, get func(name string) []string) Answers {
	given := Answers{}
	p, ok := d.Page(page)
	if !ok {
		return given
	}
	for i := range p.Questions {
		q := &p.Questions[i]
		if value := q.read(get); !empty(value) {
			given[q.ID] = value
		}
	}
	return given
}

// read gives one answer as it was typed.
func (q *Question) read(get func(name string) []string) any {
	first := func(name string) string {
		if all := get(name); len(all) > 0 {
			return strings.TrimSpace(all[0])
		}
		return ""
	}
	typed := first(q.ID)
	switch q.Type {
	case TypeDate:
		return typedDate(first(q.ID+"-year"), first(q.ID+"-month"), first(q.ID+"-day"))
	case TypeName, TypeAddress, TypeDocument:
		m := map[string]any{}
		for _, part := range parts(q.Type) {
			if text := first(q.ID + "-" + part); text != "" && part == "mrz" {
				m[part] = lines(text)
			} else if text != "" {
				m[part] = text
			}
		}
		return m
	case TypeYesNo, TypeDeclaration:
		switch typed {
		case yes:
			return true
		case no:
			return false
		}
	case TypeNumber:
		if n, ok := typedNumber(typed); ok {
			return n
		}
	case TypeChoices, TypeFile:
		chosen := []any{}
		for _, one := range get(q.ID) {
			if one = strings.TrimSpace(one); one != "" {
				chosen = append(chosen, one)
			}
		}
		return chosen
	}
	return typed
}

func lines(text string) []any {
	var all []any
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// typedNumber reads a number as people type it: "1250", "1 250", "1250.5",
// "1250,5". A sign that may part either thousands or decimals ("1,250") is
// refused, for the answer may be off by a thousand.
func typedNumber(text string) (float64, bool) {
	text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(text)
	if strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
		if _, after, _ := strings.Cut(text, ","); len(after) == 3 {
			return 0, false
		}
		text = strings.Replace(text, ",", ".", 1)
	}
	if strings.ContainsFunc(text, func(c rune) bool { return !strings.ContainsRune("0123456789.-", c) }) {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// At gives the name of the control that a path of a fault is about:
// "children[1].name.surname" is at "name-surname"; "" when it is about none of
// this page's.
func (p *Page) At(path string) string {
	if p.Repeat != nil {
		if _, after, found := strings.Cut(path, "]."); found && strings.HasPrefix(path, p.ID+"[") {
			path = after
		}
	}
	id, part, _ := strings.Cut(path, ".")
	id, _, _ = strings.Cut(id, "[")
	part, _, _ = strings.Cut(part, "[")
	q, ok := p.Question(id)
	switch {
	case !ok:
		return ""
	case slices.Contains(parts(q.Type), part):
		return id + "-" + part
	case len(parts(q.Type)) > 0:
		return id + "-" + parts(q.Type)[0]
	}
	return id
}
