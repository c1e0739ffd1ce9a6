package policy

import (
	"fmt"
	"strings"

	"github.com/chancery/chancery/internal/country"
)

// Change is a kind of journey that another version of the rules, or another
// day, answers otherwise.
type Change struct {
	Nationality, Document string
	Purposes              []string
	Before, After         []Step
}

// Compare tells every nationality, document and purpose for which the answer of
// after on afterDay differs from that of before on beforeDay, in the order of
// country.All in English. Purposes that change alike stand in one Change. Only
// outcomes, stays and windows count, not reasons or documents to bring.
func Compare(before *Policy, beforeDay string, after *Policy, afterDay string) []Change {
	var changes []Change
	for _, c := range country.All("en") {
		for _, document := range Documents {
			index := map[string]int{}
			for _, purpose := range Purposes {
				q := Question{Nationality: c.Code, Document: document, Purpose: purpose, On: beforeDay}
				was := before.profile(q)
				q.On = afterDay
				is := after.profile(q)
				key := describe(was) + " → " + describe(is)
				if describe(was) == describe(is) {
					continue
				}
				i, ok := index[key]
				if !ok {
					i = len(changes)
					index[key] = i
					changes = append(changes, Change{Nationality: c.Code, Document: document, Before: was, After: is})
				}
				changes[i].Purposes = append(changes[i].Purposes, purpose)
			}
		}
	}
	return changes
}

// String writes the change on one line, for people who check a new version.
func (c Change) String() string {
	return fmt.Sprintf("%s, %s, %s: %s → %s", country.Name(c.Nationality, "en"), c.Document, strings.Join(c.Purposes, "+"), describe(c.Before), describe(c.After))
}

// describe writes a profile: "visa-free to 90 days (90 in 180), then e-visa".
func describe(steps []Step) string {
	parts := make([]string, len(steps))
	for i, s := range steps {
		parts[i] = string(s.Outcome)
		if s.MaxDays > 0 {
			parts[i] += fmt.Sprintf(" to %d days", s.MaxDays)
		}
		if s.Period != (Period{}) {
			parts[i] += fmt.Sprintf(" (%d in %d)", s.Period.Days, s.Period.In)
		}
	}
	return strings.Join(parts, ", then ")
}
