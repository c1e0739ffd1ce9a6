package plan

import (
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/post"
)

// Calendar is what stands above the plan at a post.
type Calendar struct {
	Zone *time.Location
	// Closed are the local days on which the post is closed: holidays and
	// closures. No rule opens them.
	Closed   map[string]bool
	Counters []post.Counter
	Absences []post.Absence
}

// Slots lists what the plan makes of the local days: in their order, then in
// the order of rules. Reserved is the staff's share.
func (p *Plan) Slots(c Calendar, days []string) []booking.Slot {
	exceptions := map[string]Exception{}
	for _, e := range p.Exceptions {
		exceptions[e.Date] = e
	}
	var slots []booking.Slot
	for _, date := range days {
		day, ok := post.ParseDate(date)
		if !ok || c.Closed[date] {
			continue
		}
		exception, special := exceptions[date]
		for i := range p.Rules {
			r := &p.Rules[i]
			if !r.on(day, date) {
				continue
			}
			from, to := "", "99"
			if special && r.Date == "" {
				if exception.Kind == Closed {
					continue
				}
				from, to = exception.From, exception.To
			}
			slots = r.day(slots, p.PostID, c, date, from, to)
		}
	}
	return slots
}

// day adds the rule's slots of one day that lie between two times of the day.
func (r *Rule) day(slots []booking.Slot, postID string, c Calendar, date, earliest, latest string) []booking.Slot {
	from, err1 := time.Parse(post.ClockLayout, r.From)
	to, err2 := time.Parse(post.ClockLayout, r.To)
	length := time.Duration(r.SlotMinutes) * time.Minute
	if err1 != nil || err2 != nil || length <= 0 {
		return slots
	}
	before := 0
	for at := from; !at.Add(length).After(to); at = at.Add(length) {
		clock := at.Format(post.ClockLayout)
		if clock < earliest || at.Add(length).Format(post.ClockLayout) > latest {
			continue
		}
		start, exists := post.Instant(c.Zone, date, clock)
		if !exists {
			continue
		}
		places := r.placesAt(c, start, start.Add(length))
		if places == 0 {
			continue
		}
		slots = append(slots, booking.Slot{
			PostID: postID, GroupID: booking.GroupID(r.Services), RuleID: r.ID, Date: date, Clock: clock, Start: start, End: start.Add(length),
			Planned: places, Reserved: r.Reserve.of(before, places), OpensAt: r.Release.opens(c.Zone, date, clock),
		})
		before += places
	}
	return slots
}

// placesAt is Places in proportion to the rule's counters that are staffed
// during the slot: rounded down, but at least one while one is, and none when
// none is.
func (r *Rule) placesAt(c Calendar, start, end time.Time) int {
	all, staffed := 0, 0
	for i := range c.Counters {
		counter := &c.Counters[i]
		if !r.uses(counter) {
			continue
		}
		all++
		if counter.Active && !absent(c.Absences, counter.ID, start, end) {
			staffed++
		}
	}
	switch {
	case all == 0 || staffed == all:
		return r.Places
	case staffed == 0:
		return 0
	}
	return max(1, r.Places*staffed/all)
}

// uses says whether the counter serves the rule. A counter that the rule names
// counts even when it has been closed since; one that it does not name only
// while it is open.
func (r *Rule) uses(counter *post.Counter) bool {
	if len(r.Counters) > 0 {
		for _, id := range r.Counters {
			if id == counter.ID {
				return true
			}
		}
		return false
	}
	if !counter.Active {
		return false
	}
	for _, service := range r.Services {
		if counter.Serves(service) {
			return true
		}
	}
	return false
}

func absent(absences []post.Absence, counter string, start, end time.Time) bool {
	for i := range absences {
		if a := &absences[i]; a.CounterID == counter && a.From.Before(end) && a.To.After(start) {
			return true
		}
	}
	return false
}
