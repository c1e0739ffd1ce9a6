package plan

import (
	"slices"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
)

// Change is one thing that somebody wants to do to a plan.
type Change struct {
	// Name is what the trail calls it, such as "rule-save".
	Name  string
	about map[string]any
	apply func(p *Plan, at post.Post, counters []post.Counter) error
}

// PutRule adds a rule, when it has no ID, or changes the one that it names.
func PutRule(r Rule) Change {
	about := map[string]any{
		"from": r.From, "to": r.To, "slot_minutes": r.SlotMinutes, "places": r.Places, "services": r.Services, "weekdays": r.Weekdays, "date": r.Date,
		"release": string(r.Release.Mode),
	}
	return Change{"rule-save", about, func(p *Plan, at post.Post, counters []post.Counter) error {
		r := r // a change may be applied more than once
		if err := r.check(at, counters); err != nil {
			return err
		}
		if r.ID == "" {
			if len(p.Rules) >= maxRules {
				return fault.NewConflict("plan.error.rules").With("Max", maxRules)
			}
			r.ID = store.NewID()
			about["rule"] = r.ID
			p.Rules = append(p.Rules, r)
			return nil
		}
		i := slices.IndexFunc(p.Rules, func(old Rule) bool { return old.ID == r.ID })
		if i < 0 {
			return errNoRule()
		}
		about["rule"] = r.ID
		p.Rules[i] = r
		return nil
	}}
}

// DropRule takes a rule away.
func DropRule(id string) Change {
	return Change{"rule-remove", map[string]any{"rule": id}, func(p *Plan, _ post.Post, _ []post.Counter) error {
		before := len(p.Rules)
		p.Rules = slices.DeleteFunc(p.Rules, func(r Rule) bool { return r.ID == id })
		if len(p.Rules) == before {
			return errNoRule()
		}
		return nil
	}}
}

// PutException closes a day or narrows its hours. A day has one exception at
// most: the newest stands.
func PutException(e Exception) Change {
	return Change{"exception-save", map[string]any{"date": e.Date, "kind": string(e.Kind), "from": e.From, "to": e.To}, func(p *Plan, _ post.Post, _ []post.Counter) error {
		e := e
		if err := e.check(); err != nil {
			return err
		}
		p.Exceptions = slices.DeleteFunc(p.Exceptions, func(old Exception) bool { return old.Date == e.Date })
		if len(p.Exceptions) >= maxExceptions {
			return fault.NewConflict("plan.error.exceptions").With("Max", maxExceptions)
		}
		e.ID = store.NewID()
		p.Exceptions = append(p.Exceptions, e)
		slices.SortFunc(p.Exceptions, func(a, b Exception) int {
			if a.Date < b.Date {
				return -1
			}
			return 1
		})
		return nil
	}}
}

// DropException takes an exception away.
func DropException(id string) Change {
	return Change{"exception-remove", map[string]any{"exception": id}, func(p *Plan, _ post.Post, _ []post.Counter) error {
		before := len(p.Exceptions)
		p.Exceptions = slices.DeleteFunc(p.Exceptions, func(e Exception) bool { return e.ID == id })
		if len(p.Exceptions) == before {
			return fault.NewNotFound("plan.error.no_exception")
		}
		return nil
	}}
}

// Calendars changes no plan: it carries over to the slots what has changed
// around it, such as closures, absences and counters.
func Calendars() Change {
	return Change{"calendar", nil, func(*Plan, post.Post, []post.Counter) error { return nil }}
}

// whole replaces all rules, for loading.
func whole(rules []Rule) Change {
	return Change{"load", map[string]any{"rules": len(rules)}, func(p *Plan, at post.Post, counters []post.Counter) error {
		p.Rules = nil
		for _, r := range rules {
			if err := r.check(at, counters); err != nil {
				return err
			}
			if r.ID == "" {
				r.ID = store.NewID()
			}
			p.Rules = append(p.Rules, r)
		}
		return nil
	}}
}

func errNoRule() error { return fault.NewNotFound("plan.error.no_rule") }
