package plan

import (
	"slices"
	"time"
)

// Plan is what a post plans: one revision of it.
type Plan struct {
	PostID     string      `json:"-"`
	Revision   int         `json:"-"` // 0 before anything was planned
	Rules      []Rule      `json:"rules"`
	Exceptions []Exception `json:"exceptions"`
}

// Rule makes slots, every week or on one day. Days and times are on the post's
// own clock.
type Rule struct {
	ID       string         `json:"id"`
	Weekdays []time.Weekday `json:"weekdays,omitempty"`
	// Date makes the rule an extra one for a single day "2026-12-05", in place
	// of Weekdays. It makes its slots whatever the exceptions of the day say.
	Date        string `json:"date,omitempty"`
	From        string `json:"from"`         // "09:00"
	To          string `json:"to"`           // "12:30", the end of the last slot
	SlotMinutes int    `json:"slot_minutes"` // length, and how far apart slots start
	Places      int    `json:"places"`       // of each slot, when all counters are staffed
	// Services are the catalogue's that share the places.
	Services []string `json:"services"`
	// Counters are the ids of those that serve the rule; none means all that
	// may serve one of its services.
	Counters  []string `json:"counters,omitempty"`
	Reserve   Reserve  `json:"reserve"`
	Release   Release  `json:"release"`
	ValidFrom string   `json:"valid_from,omitempty"` // local days, both included
	ValidTo   string   `json:"valid_to,omitempty"`   // "" for no bound
}

// Reserve is the share of places that staff keep for people whom they book:
// so many of each slot, or a percentage of the day's, spread over its slots.
type Reserve struct {
	Places  int `json:"places,omitempty"`
	Percent int `json:"percent,omitempty"`
}

// of gives the staff's share of a slot that has so many places, when the
// slots of the rule before it that day have so many.
func (r Reserve) of(before, places int) int {
	return min(places, r.Places+(before+places)*r.Percent/100-before*r.Percent/100)
}

// Mode says how places become bookable.
type Mode string

// The ways of release.
const (
	Rolling Mode = "rolling"
	Batch   Mode = "batch"
	Ballot  Mode = "ballot"
)

// Release says when the public may book the places of a rule.
type Release struct {
	Mode Mode `json:"mode"`
	// DaysAhead is, for Rolling, how many days before its start a slot opens,
	// at the same time of day; 0 is as soon as it is made. For a weekly Batch
	// it is how many days after the release its first day lies.
	DaysAhead int `json:"days_ahead,omitempty"`
	// A weekly Batch opens SpanDays days, at least 7, on Weekday at Time.
	Weekday  time.Weekday `json:"weekday,omitempty"`
	Time     string       `json:"time,omitempty"`
	SpanDays int          `json:"span_days,omitempty"`
	// Openings are a Batch at published instants, in place of a weekly one. A
	// day that is in none of them stays closed to the public.
	Openings []Opening `json:"openings,omitempty"`
}

// Opening opens the days from From to To, both included, at a local date and
// time.
type Opening struct {
	Date string `json:"date"`
	Time string `json:"time"`
	From string `json:"from"`
	To   string `json:"to"`
}

// Kind says what an exception does to its day.
type Kind string

// The exceptions. An extra rule for one day is a Rule with a Date.
const (
	Closed Kind = "closed" // the weekly rules make no slots
	Hours  Kind = "hours"  // only their slots within From and To remain
)

// Exception changes what the weekly rules make of one local day.
type Exception struct {
	ID   string `json:"id"`
	Date string `json:"date"`
	Kind Kind   `json:"kind"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	Note string `json:"note,omitempty"` // for staff
}

// Rule finds a rule by its id.
func (p *Plan) Rule(id string) (Rule, bool) {
	i := slices.IndexFunc(p.Rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return p.Rules[i], true
}

// Exception finds an exception by its id.
func (p *Plan) Exception(id string) (Exception, bool) {
	i := slices.IndexFunc(p.Exceptions, func(e Exception) bool { return e.ID == id })
	if i < 0 {
		return Exception{}, false
	}
	return p.Exceptions[i], true
}

// on says whether the rule makes slots on the day, and whether exceptions
// apply to it.
func (r Rule) on(day time.Time, date string) bool {
	if r.Date != "" {
		return r.Date == date
	}
	return slices.Contains(r.Weekdays, day.Weekday()) && (r.ValidFrom == "" || date >= r.ValidFrom) && (r.ValidTo == "" || date <= r.ValidTo)
}
