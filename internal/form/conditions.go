package form

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/chancery/chancery/internal/country"
)

// rules are the compiled expressions of a questionnaire.
type rules struct {
	pages map[string]*pageRules
}

type pageRules struct {
	when      *expr // nil for always
	questions map[string]*questionRules
	checks    []*expr
}

type questionRules struct{ when, suggest *expr }

// conditions compiles every expression in the scope in which it stands.
func (c *checker) conditions() {
	c.d.rules = &rules{pages: map[string]*pageRules{}}
	asked := newScope()
	for i := range c.d.Pages {
		p, path := &c.d.Pages[i], fmt.Sprintf("pages[%d]", i)
		r := &pageRules{questions: map[string]*questionRules{}}
		c.d.rules.pages[p.ID] = r
		r.when = c.compile(path+".when", p.When, asked, false, cel.BoolType)
		inside := asked.clone()
		if p.Repeat != nil {
			inside.round = p.ID
		}
		for j := range p.Questions {
			q, at := &p.Questions[j], fmt.Sprintf("%s.questions[%d]", path, j)
			qr := &questionRules{when: c.compile(at+".when", q.When, inside, false, cel.BoolType)}
			if q.Suggest != "" {
				// What a suggestion gives is looked at when it is made.
				qr.suggest = c.compile(at+".suggest", q.Suggest, asked, true, nil)
			}
			r.questions[q.ID] = qr
			inside.ask(q)
		}
		for j, check := range p.Checks {
			r.checks = append(r.checks, c.compile(fmt.Sprintf("%s.checks[%d].that", path, j), check.That, inside, true, cel.BoolType))
		}
		if p.Repeat == nil {
			asked = inside
		} else {
			asked.rounds(p)
		}
	}
}

func (c *checker) compile(path, text string, s *scope, withToday bool, want *cel.Type) *expr {
	if text == "" {
		return nil
	}
	env, err := s.env(withToday)
	if err != nil {
		c.add(path, "cannot be compiled: %v", err)
		return nil
	}
	e, tree, err := compile(text, env, want)
	if err != nil {
		c.add(path, "%v%s", err, c.laterThan(s, text))
		return nil
	}
	compared(tree, func(name string, constant ref.Val) {
		q, value := s.questions[name], ""
		if text, ok := constant.(types.String); ok {
			value = string(text)
		}
		switch {
		case q == nil:
		case q.Type == TypeChoice || q.Type == TypeChoices:
			if !slices.ContainsFunc(q.Options, func(o Option) bool { return o.Value == value }) {
				c.add(path, "compares %s with %q, which is none of its options", name, value)
			}
		case q.Type == TypeCountry && !country.Known(value):
			c.add(path, "compares %s with %q, which is no code of a country", name, value)
		}
	})
	return e
}

// laterThan names the answers in a refused expression that are asked later.
func (c *checker) laterThan(s *scope, text string) string {
	words := wordsOf(text)
	for i := range c.d.Pages {
		p := &c.d.Pages[i]
		ids := []string{p.ID}
		if p.Repeat == nil {
			ids = nil
			for j := range p.Questions {
				ids = append(ids, p.Questions[j].ID)
			}
		}
		for _, id := range ids {
			if _, asked := s.vars[id]; !asked && slices.Contains(words, id) {
				return fmt.Sprintf(" (%s is not asked before this, but on page %s)", id, p.ID)
			}
		}
	}
	return ""
}

// wordsOf splits an expression at everything that cannot be in an identifier.
func wordsOf(text string) []string {
	var words []string
	start := -1
	for i := 0; i <= len(text); i++ {
		in := i < len(text) && (text[i] == '_' || text[i] >= '0' && text[i] <= '9' || text[i]|0x20 >= 'a' && text[i]|0x20 <= 'z')
		switch {
		case in && start < 0:
			start = i
		case !in && start >= 0:
			words = append(words, text[start:i])
			start = -1
		}
	}
	return words
}

// maxWorlds bounds how many combinations of answers the search for unreachable
// pages tries.
const maxWorlds = 20_000

// reach finds pages and questions that nobody can come to, and conditions that
// are always met. It tries every combination of the yes-no and choice answers on
// which a condition depends, directly or through the conditions of the pages
// that ask for them; every other answer may be anything.
func (c *checker) reach() {
	for i := range c.d.Pages {
		p := &c.d.Pages[i]
		r := c.d.rules.pages[p.ID]
		if r.when != nil {
			never, always := c.search(i, -1, r.when)
			c.complain(fmt.Sprintf("pages[%d].when", i), never, always, "nobody comes to this page")
		}
		for j := range p.Questions {
			if when := r.questions[p.Questions[j].ID].when; when != nil {
				never, always := c.search(i, j, when)
				c.complain(fmt.Sprintf("pages[%d].questions[%d].when", i, j), never, always, "nobody is asked this")
			}
		}
	}
}

func (c *checker) complain(path string, never, always bool, what string) {
	switch {
	case never:
		c.add(path, "is never met, so that %s; mend it, or take both out", what)
	case always:
		c.add(path, "is always met; take it out")
	}
}

// search tries the worlds that matter for the condition of page number page, or
// of its question number question.
func (c *checker) search(page, question int, when *expr) (never, always bool) {
	finite := c.finite(page, question, when)
	worlds := 1
	for _, q := range finite {
		worlds *= len(values(q))
		if worlds > maxWorlds {
			// Too many to try them all: whatever is not constant may be met.
			value, v, _ := when.eval(map[string]any{}, namesOf(when))
			return v == known && value != types.True, v == known && value == types.True
		}
	}
	never, always = true, true
	for world := range worlds {
		given := map[string]any{}
		for _, q := range finite {
			choices := values(q)
			given[q.ID] = choices[world%len(choices)]
			world /= len(choices)
		}
		met, maybe := c.world(page, question, when, given)
		never = never && !met && !maybe
		always = always && met
		if !never && !always {
			break
		}
	}
	return never, always
}

func namesOf(e *expr) map[string]bool {
	names := map[string]bool{}
	for _, name := range e.names {
		names[name] = true
	}
	return names
}

// world walks through the questionnaire with the given answers and everything
// else unknown, up to the condition.
func (c *checker) world(page, question int, when *expr, given map[string]any) (met, maybe bool) {
	vars, waiting := map[string]any{}, map[string]bool{}
	try := func(e *expr) (bool, bool) {
		if e == nil {
			return true, false
		}
		value, v, _ := e.eval(withAnswers(vars), waiting)
		return v == known && value == types.True, v == pending
	}
	for i := 0; i <= page; i++ {
		p := &c.d.Pages[i]
		r := c.d.rules.pages[p.ID]
		taken, perhaps := try(r.when)
		if i == page && question < 0 {
			return taken, perhaps
		}
		if !taken && !perhaps {
			if i == page {
				return false, false
			}
			continue
		}
		if p.Repeat != nil && i < page {
			waiting[p.ID] = true
			continue
		}
		waiting["index"] = p.Repeat != nil
		for j := range p.Questions {
			q := &p.Questions[j]
			asked, unsure := try(r.questions[q.ID].when)
			if i == page && j == question {
				// Of a page that is perhaps taken it counts what it asks if it is.
				return asked, unsure
			}
			if !asked && !unsure {
				continue
			}
			if value, ok := given[q.ID]; ok && !unsure && !perhaps {
				vars[q.ID] = value
			} else {
				waiting[q.ID] = true // anything, or not asked at all
			}
		}
	}
	return false, false
}

// withAnswers gives the variables with answers beside them.
func withAnswers(vars map[string]any) map[string]any {
	all, answers := make(map[string]any, len(vars)+1), make(map[string]any, len(vars))
	for name, value := range vars {
		if name != "answers" {
			all[name], answers[name] = value, value
		}
	}
	all["answers"] = answers
	return all
}

// finite lists the yes-no and choice questions on which a condition depends.
func (c *checker) finite(page, question int, when *expr) []*Question {
	var found []*Question
	seen := map[string]bool{}
	var follow func(e *expr)
	follow = func(e *expr) {
		if e == nil {
			return
		}
		for _, name := range e.names {
			if seen[name] {
				continue
			}
			seen[name] = true
			for i := 0; i <= page; i++ {
				p := &c.d.Pages[i]
				if p.Repeat != nil && i < page {
					continue
				}
				if q, ok := p.Question(name); ok {
					if values(q) != nil {
						found = append(found, q)
					}
					follow(c.d.rules.pages[p.ID].when)
					follow(c.d.rules.pages[p.ID].questions[name].when)
				}
			}
		}
	}
	follow(when)
	if question >= 0 {
		follow(c.d.rules.pages[c.d.Pages[page].ID].when)
	}
	return found
}

// values are the answers that a question with few of them can have; nil for
// other questions. What is optional may be absent, which no value says.
func values(q *Question) []any {
	switch {
	case q.Optional:
		return nil
	case q.Type == TypeYesNo:
		return []any{true, false}
	case q.Type == TypeChoice:
		var all []any
		for _, o := range q.Options {
			all = append(all, o.Value)
		}
		return all
	}
	return nil
}
