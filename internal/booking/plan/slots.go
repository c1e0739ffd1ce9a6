package plan

import (
	"slices"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
)

// Rule is one line of a weekly plan, on the post's own clock.
type Rule struct {
	ID, PostID  string
	Weekdays    []time.Weekday
	From, To    string // "09:00" to "12:30", the end of the last slot
	SlotMinutes int
	Places      int
	Reserved    int // of Places, kept for staff to book
	Services    []string
	DaysAhead   int    // how long before its start a slot opens; 0 is at once
	ValidFrom   string // local days "2026-11-25", both included; "" for no bound
	ValidTo     string
}

// Slots lists what the rule makes on the local days from first to last, both
// included, without the days for which closed answers true.
func (r Rule) Slots(zone *time.Location, first, last string, closed func(date string) bool) []booking.Slot {
	day, ok := post.ParseDate(first)
	if !ok || r.SlotMinutes <= 0 {
		return nil
	}
	var slots []booking.Slot
	for ; day.Format(time.DateOnly) <= last; day = day.AddDate(0, 0, 1) {
		date := day.Format(time.DateOnly)
		if !slices.Contains(r.Weekdays, day.Weekday()) || r.ValidFrom != "" && date < r.ValidFrom || r.ValidTo != "" && date > r.ValidTo || closed(date) {
			continue
		}
		slots = append(slots, r.day(zone, date)...)
	}
	return slots
}

func (r Rule) day(zone *time.Location, date string) []booking.Slot {
	from, err1 := time.Parse("15:04", r.From)
	to, err2 := time.Parse("15:04", r.To)
	if err1 != nil || err2 != nil {
		return nil
	}
	length := time.Duration(r.SlotMinutes) * time.Minute
	var slots []booking.Slot
	for at := from; !at.Add(length).After(to); at = at.Add(length) {
		clock := at.Format("15:04")
		start, exists := post.Instant(zone, date, clock)
		if !exists {
			continue
		}
		slots = append(slots, booking.Slot{
			ID: store.NewID(), PostID: r.PostID, GroupID: booking.GroupID(r.Services), RuleID: r.ID, Date: date, Clock: clock,
			Start: start, End: start.Add(length), Planned: r.Places, Reserved: min(r.Reserved, r.Places), OpensAt: opens(start, r.DaysAhead),
		})
	}
	return slots
}

func opens(start time.Time, daysAhead int) time.Time {
	if daysAhead == 0 {
		return time.UnixMilli(0)
	}
	return start.AddDate(0, 0, -daysAhead)
}
