package form

import (
	"maps"

	"cel.dev/cel-go/common/types"
)

// view is what conditions see of the answers while a path is walked: those of
// the pages taken so far.
type view struct {
	d    *Definition
	vars map[string]any // bound values by answer
}

func (d *Definition) view() *view { return &view{d: d, vars: map[string]any{}} }

// all gives the variables of an expression outside of rounds.
func (v *view) all(today string) map[string]any {
	vars := make(map[string]any, len(v.vars)+2)
	maps.Copy(vars, v.vars)
	vars["answers"] = v.vars
	if today != "" {
		vars["today"] = today
	}
	return vars
}

// takes says whether the page is on the path.
func (v *view) takes(p *Page) bool {
	when := v.d.rules.pages[p.ID].when
	return when == nil || when.holds(v.all(""))
}

// shown gives the questions of one round that are asked in the light of its own
// answers, and the variables with those answers.
func (v *view) shown(p *Page, index int, given Answers, today string) ([]*Question, map[string]any) {
	vars := v.all(today)
	answers := maps.Clone(v.vars)
	vars["answers"] = answers
	if p.Repeat != nil {
		vars["index"] = int64(index)
	}
	var asked []*Question
	for i := range p.Questions {
		q := &p.Questions[i]
		if when := v.d.rules.pages[p.ID].questions[q.ID].when; when != nil && !when.holds(vars) {
			continue
		}
		asked = append(asked, q)
		if value, ok := bind(q, given[q.ID]); ok {
			vars[q.ID], answers[q.ID] = value, value
		}
	}
	return asked, vars
}

// take adds what a page of the path says.
func (v *view) take(p *Page, a Answers) {
	if p.Repeat == nil {
		asked, vars := v.shown(p, 0, a, "")
		for _, q := range asked {
			if value, ok := vars[q.ID]; ok {
				v.vars[q.ID] = value
			}
		}
		return
	}
	list := make([]map[string]any, 0)
	for i, round := range Rounds(a, p.ID) {
		asked, vars := v.shown(p, i, round, "")
		item := map[string]any{}
		for _, q := range asked {
			if value, ok := vars[q.ID]; ok {
				item[q.ID] = value
			}
		}
		list = append(list, item)
	}
	if _, given := a[p.ID]; given {
		v.vars[p.ID] = list
	}
}

// Rounds gives the answers to a repeating page, one for each round.
func Rounds(a Answers, page string) []Answers {
	var rounds []Answers
	switch list := a[page].(type) {
	case []any:
		for _, one := range list {
			m, _ := object(one)
			rounds = append(rounds, m)
		}
	case []Answers:
		rounds = list
	case []map[string]any:
		for _, one := range list {
			rounds = append(rounds, one)
		}
	}
	if len(rounds) > maxRounds {
		rounds = rounds[:maxRounds]
	}
	return rounds
}

// walk calls visit for each page of the path with what was known before it.
func (d *Definition) walk(a Answers, visit func(v *view, p *Page) bool) {
	v := d.view()
	for i := range d.Pages {
		p := &d.Pages[i]
		if !v.takes(p) {
			continue
		}
		if !visit(v, p) {
			return
		}
		v.take(p, a)
	}
}

// Path gives the pages that a person with these answers takes, in order. A page
// whose condition depends on an answer that is not there yet is not taken.
func (d *Definition) Path(a Answers) []*Page {
	var path []*Page
	d.walk(a, func(_ *view, p *Page) bool {
		path = append(path, p)
		return true
	})
	return path
}

// Submitted gives the answers without those that lie outside the path taken:
// those are kept for the person while the draft lives, and never submitted.
func (d *Definition) Submitted(a Answers) Answers {
	out := Answers{}
	keep := func(into, from Answers, asked []*Question) {
		for _, q := range asked {
			if value, ok := from[q.ID]; ok {
				into[q.ID] = value
			}
		}
	}
	d.walk(a, func(v *view, p *Page) bool {
		if p.Repeat == nil {
			asked, _ := v.shown(p, 0, a, "")
			keep(out, a, asked)
			return true
		}
		if _, given := a[p.ID]; !given {
			return true
		}
		list := []any{}
		for i, round := range Rounds(a, p.ID) {
			asked, _ := v.shown(p, i, round, "")
			item := Answers{}
			keep(item, round, asked)
			list = append(list, map[string]any(item))
		}
		out[p.ID] = list
		return true
	})
	return out
}

// waiting says which pages beyond the path may still come, once answers that are
// missing are there.
func (d *Definition) waiting(a Answers) map[string]bool {
	v := d.view()
	missing, may := map[string]bool{}, map[string]bool{}
	for i := range d.Pages {
		p := &d.Pages[i]
		if v.takes(p) {
			v.take(p, a)
			if _, given := v.vars[p.ID]; p.Repeat != nil && !given {
				missing[p.ID] = true
			}
		} else if _, verdict, _ := d.rules.pages[p.ID].when.eval(v.all(""), missing); verdict == pending {
			may[p.ID] = true
			if p.Repeat != nil {
				missing[p.ID] = true
			}
		} else {
			continue
		}
		if p.Repeat != nil {
			continue
		}
		for j := range p.Questions {
			q := &p.Questions[j]
			if _, answered := v.vars[q.ID]; answered {
				continue
			}
			when := d.rules.pages[p.ID].questions[q.ID].when
			comes := when == nil
			if when != nil {
				value, verdict, _ := when.eval(v.all(""), missing)
				comes = verdict == pending || verdict == known && value == types.True
			}
			if comes && (!q.Optional || may[p.ID]) {
				missing[q.ID] = true
			}
		}
	}
	return may
}
