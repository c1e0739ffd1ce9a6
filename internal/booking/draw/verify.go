package draw

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
)

// Statement names one thing that a published file claims; its sentence has the
// translation key "draw.statement." + name.
type Statement string

// The statements, in the order in which Verify looks at them.
const (
	StatementStage      Statement = "stage"
	StatementTimes      Statement = "times"
	StatementEntries    Statement = "entries"
	StatementPlaces     Statement = "places"
	StatementCommitment Statement = "commitment"
	StatementRoot       Statement = "root"
	StatementClosing    Statement = "closing"
	StatementRandomness Statement = "randomness"
	StatementOrder      Statement = "order"
	StatementOutcome    Statement = "outcome"
	StatementLeftover   Statement = "leftover"
)

// Check is one statement and whether it holds.
type Check struct {
	Statement Statement
	Holds     bool
	// Detail says precisely what differs, in English; empty when it holds.
	Detail string
}

// Report is what Verify found.
type Report struct {
	Checks  []Check
	Entries int
	// Winners is how many entries got a slot, Given how many places they got.
	Winners, Given, Leftover int
}

// Mismatch is the error of Verify: the first statement that does not follow.
type Mismatch struct {
	Statement Statement
	Detail    string
}

// Error says which statement fails and how.
func (m *Mismatch) Error() string { return string(m.Statement) + ": " + m.Detail }

// Verify re-runs a published draw from its seed and entries and compares every
// statement. The error is a *Mismatch for the first that fails, and nil when
// all follow; the report lists all of them in either case.
func Verify(f *File) (Report, error) {
	report := Report{Entries: len(f.Entries)}
	seed, err := hex.DecodeString(f.Seed)
	if err != nil {
		seed = nil
	}
	numbers := make([]string, len(f.Entries))
	for i, e := range f.Entries {
		numbers[i] = e.ID
	}
	order := Order(seed, f.randomness(), numbers)
	outcome, leftover := Allocate(order, f.Entries, f.Places)

	report.add(StatementStage, checkStage(f))
	report.add(StatementTimes, checkTimes(f))
	report.add(StatementEntries, ascending(numbers, func(a, b string) bool { return a < b }))
	report.add(StatementPlaces, checkPlaces(f.Places))
	report.add(StatementCommitment, same("SHA-256(seed)", f.Commitment, Commitment(seed)))
	root, err := Root(numbers)
	if err != nil {
		return report, err
	}
	report.add(StatementRoot, same("the Merkle root of the entries", f.MerkleRoot, root))
	report.add(StatementClosing, same("the digest of what was settled at close", f.ClosingDigest, ClosingDigest(f)))
	report.add(StatementRandomness, checkRandomness(f))
	report.add(StatementOrder, sameList("place", f.Order, order, func(s string) string { return s }))
	report.add(StatementOutcome, sameList("outcome", f.Outcome, outcome, Outcome.text))
	report.add(StatementLeftover, sameList("leftover", f.Leftover, leftover, Leftover.text))

	for _, o := range outcome {
		if o.Slot != nil {
			report.Winners++
		}
	}
	for _, p := range f.Places {
		report.Given += p.Places
	}
	for _, l := range leftover {
		report.Leftover += l.Places
	}
	report.Given -= report.Leftover
	for _, c := range report.Checks {
		if !c.Holds {
			return report, &Mismatch{Statement: c.Statement, Detail: c.Detail}
		}
	}
	return report, nil
}

func (r *Report) add(s Statement, detail string) {
	r.Checks = append(r.Checks, Check{Statement: s, Holds: detail == "", Detail: detail})
}

func (f *File) randomness() string {
	if f.Randomness == nil {
		return ""
	}
	return f.Randomness.Value
}

func (o Outcome) text() string {
	if o.Slot == nil {
		return o.Entry + " gets nothing"
	}
	return o.Entry + " gets " + *o.Slot
}

func (l Leftover) text() string { return l.Slot + " keeps " + strconv.Itoa(l.Places) }

func checkStage(f *File) string {
	if f.Stage != Drawn {
		return fmt.Sprintf("the draw has not been held yet: the file is at stage %q", f.Stage)
	}
	if f.Seed == "" {
		return "the seed is not revealed"
	}
	return ""
}

// checkTimes looks at the order of events as the file tells it.
func checkTimes(f *File) string {
	opens, err := instant(f.OpensAt)
	if err != nil {
		return err.Error()
	}
	closes, err := instant(f.ClosesAt)
	if err != nil {
		return err.Error()
	}
	revealed, err := instant(f.RevealedAt)
	if err != nil {
		return "the file does not say when the seed was revealed"
	}
	switch {
	case !opens.Before(closes):
		return "entries close before they open"
	case revealed.Before(closes):
		return "the seed was revealed before entries closed"
	}
	if f.Randomness != nil {
		when, err := instant(f.Randomness.When)
		if err != nil {
			return err.Error()
		}
		if when.Before(closes) {
			return "the public randomness was known before entries closed"
		}
		if revealed.Before(when) {
			return "the draw was held before the public randomness was known"
		}
	}
	return ""
}

func checkPlaces(places []Place) string {
	seen := map[string]bool{}
	for _, p := range places {
		if seen[p.Slot] {
			return "slot " + p.Slot + " is listed twice"
		}
		seen[p.Slot] = true
	}
	return ascending(places, func(a, b Place) bool { return comparePlaces(a, b) < 0 })
}

func checkRandomness(f *File) string {
	if f.Randomness != nil && f.Randomness.Value == "" {
		return "the public randomness was announced, but the file does not give its value"
	}
	return ""
}

func ascending[T any](list []T, less func(a, b T) bool) string {
	for i := 1; i < len(list); i++ {
		if !less(list[i-1], list[i]) {
			return fmt.Sprintf("number %d of the list is not after the one before it", i+1)
		}
	}
	return ""
}

func same(what, published, computed string) string {
	if published == computed {
		return ""
	}
	if published == "" {
		return what + " is not published"
	}
	return fmt.Sprintf("%s is %s, the file says %s", what, computed, published)
}

func sameList[T any](what string, published, computed []T, text func(T) string) string {
	for i := range min(len(published), len(computed)) {
		if text(published[i]) != text(computed[i]) {
			return fmt.Sprintf("%s %d is %q, the file says %q", what, i+1, text(computed[i]), text(published[i]))
		}
	}
	if len(published) != len(computed) {
		return fmt.Sprintf("there must be %d, the file lists %d", len(computed), len(published))
	}
	return ""
}

// Find tells what the file says about one entry: whether it is listed, its
// place in the order (from 1; 0 when not drawn yet) and its outcome.
func (f *File) Find(number string) (listed bool, place int, slot *Place) {
	listed = slices.ContainsFunc(f.Entries, func(e Entry) bool { return e.ID == number })
	place = slices.Index(f.Order, number) + 1
	for _, o := range f.Outcome {
		if o.Entry != number || o.Slot == nil {
			continue
		}
		for i := range f.Places {
			if f.Places[i].Slot == *o.Slot {
				slot = &f.Places[i]
			}
		}
	}
	return listed, place, slot
}
