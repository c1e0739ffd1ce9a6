package form

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
)

// CheckPage checks the answers to one page (of a repeating page: of one round,
// index counted from 0) in the light of all answers so far, and gives them back
// normalised. What stands in all for this page is not looked at. today is the
// day, "2026-11-25", at the person's place. The fault is Invalid with paths such
// as "email", "passport.expires", "children[1].name.surname"; NotFound when there
// is no such page or index is more than one beyond the last round.
func (d *Definition) CheckPage(page string, index int, given Answers, all Answers, today string) (Answers, error) {
	p, v, err := d.before(page, index, all)
	if err != nil {
		return nil, err
	}
	var fields fault.Fields
	accepted := d.round(v, p, index, given, today, &fields)
	if err := fields.Err(); err != nil {
		return nil, err
	}
	return accepted, nil
}

// before finds a page and walks up to it.
func (d *Definition) before(page string, index int, all Answers) (*Page, *view, error) {
	p, ok := d.Page(page)
	rounds := Rounds(all, page)
	if !ok || index < 0 || p.Repeat == nil && index > 0 || p.Repeat != nil && index > len(rounds) {
		return nil, nil, fault.NewNotFound("form.no_page")
	}
	if p.Repeat != nil && index >= p.Repeat.Max {
		return nil, nil, fault.NewInvalid(fault.Field{Path: p.ID, Key: "form.rounds.most", Args: fault.Args{"Max": p.Repeat.Max}})
	}
	v := d.view()
	for i := range d.Pages {
		if before := &d.Pages[i]; before == p {
			break
		} else if v.takes(before) {
			v.take(before, all)
		}
	}
	return p, v, nil
}

// round checks one round of a page and gives its normal answers.
func (d *Definition) round(v *view, p *Page, index int, given Answers, today string, fields *fault.Fields) Answers {
	prefix := ""
	if p.Repeat != nil {
		prefix = fmt.Sprintf("%s[%d].", p.ID, index)
	}
	r := &reader{d: d, today: today, fields: fields}
	asked, vars := v.shown(p, index, d.Readable(p, given, today), today)
	out := Answers{}
	for _, q := range asked {
		if accepted := r.accept(q, given[q.ID], prefix+q.ID); accepted != nil {
			out[q.ID] = accepted
		}
	}
	for _, id := range slices.Sorted(maps.Keys(given)) {
		if _, known := p.Question(id); !known {
			fields.Add(prefix+id, "form.unknown")
		}
	}
	d.checks(p, prefix, asked, vars, fields)
	return out
}

// Readable gives what of one round's answers can be read by itself, normalised,
// and leaves out the rest; conditions see this.
func (d *Definition) Readable(p *Page, given Answers, today string) Answers {
	normal := Answers{}
	for i := range p.Questions {
		q := &p.Questions[i]
		if value, ok := given[q.ID]; ok && value != nil {
			quiet := &reader{d: d, today: today, fields: &fault.Fields{}}
			if accepted := quiet.accept(q, value, q.ID); accepted != nil {
				normal[q.ID] = accepted
			}
		}
	}
	return normal
}

// Asked gives the questions of a page (of a repeating page: of one round) that
// somebody who gives these answers is asked; what cannot be read counts as not
// answered. None when there is no such page or round.
func (d *Definition) Asked(page string, index int, given Answers, all Answers, today string) []*Question {
	p, v, err := d.before(page, index, all)
	if err != nil {
		return nil
	}
	asked, _ := v.shown(p, index, d.Readable(p, given, today), today)
	return asked
}

// checks runs the page's own checks; not those beside a field that is wrong
// anyway, or that was not asked.
func (d *Definition) checks(p *Page, prefix string, asked []*Question, vars map[string]any, fields *fault.Fields) {
	for i, check := range d.rules.pages[p.ID].checks {
		at := p.Checks[i].At
		id, _, _ := strings.Cut(at, ".")
		if !slices.ContainsFunc(asked, func(q *Question) bool { return q.ID == id }) {
			continue
		}
		path := prefix + at
		wrong := slices.ContainsFunc(*fields, func(f fault.Field) bool {
			return f.Path == path || f.Path == prefix+id || strings.HasPrefix(f.Path, path+".") || strings.HasPrefix(f.Path, path+"[")
		})
		if !wrong && check.broken(vars) {
			fields.AddWith(path, "form.check", fault.Args{"Text": Words(p.Checks[i].Message)})
		}
	}
}

// Put gives a copy of all in which the answers to a page (or to one round; index
// may be the number of rounds, to add one) are those given; answers of the page
// that are not given are dropped.
func (d *Definition) Put(page string, index int, given Answers, all Answers) Answers {
	p, ok := d.Page(page)
	out := maps.Clone(all)
	if out == nil {
		out = Answers{}
	}
	if !ok {
		return out
	}
	own := Answers{}
	for i := range p.Questions {
		if value, ok := given[p.Questions[i].ID]; ok && value != nil {
			own[p.Questions[i].ID] = value
		}
	}
	if p.Repeat == nil {
		for i := range p.Questions {
			delete(out, p.Questions[i].ID)
		}
		maps.Copy(out, own)
		return out
	}
	rounds := Rounds(all, page)
	if index < 0 || index > len(rounds) || index >= p.Repeat.Max {
		return out
	}
	rounds = slices.Clone(rounds)
	if index == len(rounds) {
		rounds = append(rounds, nil)
	}
	rounds[index] = own
	out[page] = list(rounds)
	return out
}

// Remove gives a copy of all without one round of a repeating page.
func (d *Definition) Remove(page string, index int, all Answers) Answers {
	out := maps.Clone(all)
	p, ok := d.Page(page)
	rounds := Rounds(all, page)
	if !ok || p.Repeat == nil || index < 0 || index >= len(rounds) {
		return out
	}
	out[page] = list(slices.Delete(slices.Clone(rounds), index, index+1))
	return out
}

// None gives a copy of all in which the person said that there is nothing to
// list on a repeating page.
func (d *Definition) None(page string, all Answers) Answers {
	out := maps.Clone(all)
	if out == nil {
		out = Answers{}
	}
	if p, ok := d.Page(page); ok && p.Repeat != nil {
		out[page] = []any{}
	}
	return out
}

func list(rounds []Answers) []any {
	all := make([]any, len(rounds))
	for i, r := range rounds {
		all[i] = map[string]any(r)
	}
	return all
}

// Accept checks a whole application and gives what is to be submitted,
// normalised: see Submitted. The fault is Invalid, with every field that is wrong
// or missing.
func (d *Definition) Accept(a Answers, today string) (Answers, error) {
	var fields fault.Fields
	out, known := Answers{}, map[string]bool{}
	v := d.view()
	for i := range d.Pages {
		p := &d.Pages[i]
		known[p.ID] = p.Repeat != nil
		if p.Repeat == nil {
			for j := range p.Questions {
				known[p.Questions[j].ID] = true
			}
		}
		if !v.takes(p) {
			continue
		}
		d.acceptPage(v, p, a, out, today, &fields)
		v.take(p, out)
	}
	for _, id := range slices.Sorted(maps.Keys(a)) {
		if !known[id] {
			fields.Add(id, "form.unknown")
		}
	}
	if err := fields.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

func (d *Definition) acceptPage(v *view, p *Page, a, out Answers, today string, fields *fault.Fields) {
	if p.Repeat == nil {
		own := Answers{}
		for i := range p.Questions {
			if value, ok := a[p.Questions[i].ID]; ok {
				own[p.Questions[i].ID] = value
			}
		}
		maps.Copy(out, d.round(v, p, 0, own, today, fields))
		return
	}
	value, given := a[p.ID]
	length, isList := lengthOf(value)
	switch {
	case given && !isList:
		fields.Add(p.ID, "form.list")
		return
	case length > p.Repeat.Max:
		fields.AddWith(p.ID, "form.rounds.most", fault.Args{"Max": p.Repeat.Max})
		return
	case length < p.Repeat.Min:
		fields.AddWith(p.ID, "form.rounds.least", fault.Args{"Count": p.Repeat.Min, "Label": Words(p.Title)})
	}
	if !given {
		return
	}
	rounds := []Answers{}
	for i, round := range Rounds(a, p.ID) {
		if round == nil {
			fields.Add(fmt.Sprintf("%s[%d]", p.ID, i), "form.object")
			continue
		}
		rounds = append(rounds, d.round(v, p, i, round, today, fields))
	}
	out[p.ID] = list(rounds)
}

func lengthOf(v any) (int, bool) {
	switch v := v.(type) {
	case []any:
		return len(v), true
	case []Answers:
		return len(v), true
	case []map[string]any:
		return len(v), true
	}
	return 0, false
}

// Check is Accept for those who only want the fault.
func (d *Definition) Check(a Answers, today string) error {
	_, err := d.Accept(a, today)
	return err
}

// Suggest gives values for questions of a page that have no answer yet. They are
// normal answers, to be shown and never stored before the person has sent them.
func (d *Definition) Suggest(page string, index int, all Answers, today string) Answers {
	out := Answers{}
	p, v, err := d.before(page, index, all)
	if err != nil {
		return out
	}
	given := d.Stored(page, index, all)
	for i := range p.Questions {
		q := &p.Questions[i]
		suggest := d.rules.pages[p.ID].questions[q.ID].suggest
		if _, answered := given[q.ID]; answered || suggest == nil {
			continue
		}
		value, verdict, _ := suggest.eval(v.all(today), nil)
		if verdict != known {
			continue
		}
		r := &reader{d: d, today: today, fields: &fault.Fields{}}
		if accepted := r.accept(q, native(value), q.ID); accepted != nil && len(*r.fields) == 0 {
			out[q.ID] = accepted
		}
	}
	return out
}

// Stored gives the answers to one page, or to one round, as they are in all.
func (d *Definition) Stored(page string, index int, all Answers) Answers {
	p, ok := d.Page(page)
	if !ok {
		return Answers{}
	}
	from := all
	if p.Repeat != nil {
		rounds := Rounds(all, page)
		if index < 0 || index >= len(rounds) {
			return Answers{}
		}
		from = rounds[index]
	}
	own := Answers{}
	for i := range p.Questions {
		if value, ok := from[p.Questions[i].ID]; ok {
			own[p.Questions[i].ID] = value
		}
	}
	return own
}

// FileRef is a file that an answer names.
type FileRef struct {
	ID       string
	Path     string // of the answer: "scans[0]"
	Page     *Page
	Question *Question
}

// Files lists every file that answers name, within the path or not. Whoever
// keeps the files checks that they belong to the application.
func (d *Definition) Files(a Answers) []FileRef {
	var refs []FileRef
	for i := range d.Pages {
		p := &d.Pages[i]
		rounds, prefix := []Answers{a}, func(int) string { return "" }
		if p.Repeat != nil {
			rounds, prefix = Rounds(a, p.ID), func(n int) string { return fmt.Sprintf("%s[%d].", p.ID, n) }
		}
		for n, round := range rounds {
			for j := range p.Questions {
				q := &p.Questions[j]
				switch q.Type {
				case TypePhoto:
					if id, ok := round[q.ID].(string); ok && id != "" {
						refs = append(refs, FileRef{id, prefix(n) + q.ID, p, q})
					}
				case TypeFile:
					ids, _ := texts(round[q.ID])
					for k, id := range ids {
						refs = append(refs, FileRef{id, fmt.Sprintf("%s%s[%d]", prefix(n), q.ID, k), p, q})
					}
				}
			}
		}
	}
	return refs
}

// label is what a fault calls the question.
func label(q *Question) Words { return Words(locale.Text(q.Label)) }
