package policy

import (
	"time"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
)

// Question is what a traveller asks.
type Question struct {
	// Nationality is a code of ISO 3166-1 alpha-3 or of Doc 9303-3, "D" too.
	Nationality string
	Document    string // one of Documents
	Purpose     string // one of Purposes
	// Days is the length of the stay; 0 when not asked about.
	Days int
	// On is the day of entry, "2026-11-25".
	On string
}

// Need is something to bring.
type Need struct {
	ID   string
	Text locale.Text
}

// Hint is a rule that is about this traveller and yet did not apply.
type Hint struct {
	// Kind says why not: HintShorter, HintLater or HintEnded.
	Kind    string
	Outcome Outcome
	MaxDays int
	// Day is the first day on which it holds, or the last on which it held.
	Day string
}

// Kinds of hints.
const (
	HintShorter = "shorter" // a stay of at most MaxDays
	HintLater   = "later"   // an entry on Day or after
	HintEnded   = "ended"   // held until Day
)

// Answer is the one answer to a question.
type Answer struct {
	Rule    string
	Outcome Outcome
	// MaxDays is the longest stay; 0 when the visa says it.
	MaxDays int
	Period  Period
	Reason  locale.Text
	Needs   []Need
	Basis   []Record
	Source  string
	Hints   []Hint
}

// Decide answers a question. The fault is Invalid with paths nationality,
// document, purpose, days and on.
func (p *Policy) Decide(q Question) (Answer, error) {
	q.Nationality = country.Canonical(q.Nationality)
	if err := check(q); err != nil {
		return Answer{}, err
	}
	return p.decide(q), nil
}

func check(q Question) error {
	var bad fault.Fields
	if q.Nationality == "" {
		bad.Add("nationality", "travel.policy.no_nationality")
	} else if !country.Known(q.Nationality) {
		bad.Add("nationality", "travel.policy.nationality")
	}
	if !known(Documents, q.Document) {
		bad.Add("document", "travel.policy.document")
	}
	if !known(Purposes, q.Purpose) {
		bad.Add("purpose", "travel.policy.purpose")
	}
	if q.Days < 0 || q.Days > MaxDays {
		bad.AddWith("days", "travel.policy.days", fault.Args{"Max": MaxDays})
	}
	if _, err := time.Parse(time.DateOnly, q.On); err != nil {
		bad.Add("on", "travel.policy.on")
	}
	return bad.Err()
}

func known(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

// decide finds the first rule that fits; the last one always does.
func (p *Policy) decide(q Question) Answer {
	var hints []Hint
	for i := range p.rules {
		r := &p.rules[i]
		if !r.fits(q) {
			continue
		}
		from, to, never := p.span(r)
		switch {
		case never:
		case q.On < from:
			hints = append(hints, Hint{Kind: HintLater, Outcome: r.Outcome, MaxDays: r.MaxDays, Day: from})
		case to != "" && q.On > to:
			hints = append(hints, Hint{Kind: HintEnded, Outcome: r.Outcome, MaxDays: r.MaxDays, Day: to})
		case r.MaxDays > 0 && q.Days > r.MaxDays:
			hints = append(hints, Hint{Kind: HintShorter, Outcome: r.Outcome, MaxDays: r.MaxDays})
		default:
			return p.answer(r, hints)
		}
	}
	// Load made sure that the last rule has no conditions.
	return p.answer(&p.rules[len(p.rules)-1], hints)
}

func (p *Policy) answer(r *Rule, hints []Hint) Answer {
	a := Answer{Rule: r.ID, Outcome: r.Outcome, MaxDays: r.MaxDays, Period: r.period, Reason: r.Reason, Source: r.Source}
	for _, id := range r.Needs {
		a.Needs = append(a.Needs, Need{ID: id, Text: p.needs[id]})
	}
	if r.Record != "" {
		a.Basis = []Record{p.records[r.Record]}
	}
	for _, h := range hints {
		if h.Outcome != a.Outcome {
			a.Hints = append(a.Hints, h)
		}
	}
	return a
}

// Step is a part of a Profile: Outcome for stays of up to MaxDays; 0 for all
// longer ones.
type Step struct {
	Outcome Outcome
	MaxDays int
	Period  Period
	Rule    string
}

// Profile answers for every length of stay at once, shortest first. The Days of
// the question are not looked at; the faults are those of Decide.
func (p *Policy) Profile(q Question) ([]Step, error) {
	q.Days, q.Nationality = 0, country.Canonical(q.Nationality)
	if err := check(q); err != nil {
		return nil, err
	}
	return p.profile(q), nil
}

func (p *Policy) profile(q Question) []Step {
	var steps []Step
	for q.Days = 1; ; {
		a := p.decide(q)
		step := Step{a.Outcome, a.MaxDays, a.Period, a.Rule}
		if last := len(steps) - 1; last >= 0 && steps[last].Outcome == step.Outcome {
			steps[last] = step
		} else {
			steps = append(steps, step)
		}
		if a.MaxDays == 0 {
			return steps
		}
		q.Days = a.MaxDays + 1
	}
}
