package plan

import (
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/post"
)

// atOnce is when a slot opens that anybody may book as soon as it is there.
var atOnce = time.UnixMilli(0).UTC()

// unannounced is when a slot opens whose day is in no opening yet. It is not
// booking.Unreleased, which is for ballots to take.
var unannounced = booking.Unreleased.AddDate(0, 1, 0)

// opens is when the public may book a slot at the local date and time.
func (r *Release) opens(zone *time.Location, date, clock string) time.Time {
	day, _ := post.ParseDate(date)
	switch {
	case r.Mode == Ballot:
		return booking.Unreleased
	case r.Mode == Rolling && r.DaysAhead == 0:
		return atOnce
	case r.Mode == Rolling:
		return moment(zone, day.AddDate(0, 0, -r.DaysAhead), clock)
	case len(r.Openings) > 0:
		opens := unannounced
		for _, o := range r.Openings {
			if o.From <= date && date <= o.To {
				on, _ := post.ParseDate(o.Date)
				if at := moment(zone, on, o.Time); at.Before(opens) {
					opens = at
				}
			}
		}
		return opens
	}
	// The first release whose days reach as far as this one.
	release := day.AddDate(0, 0, 1-r.DaysAhead-r.SpanDays)
	release = release.AddDate(0, 0, int(r.Weekday-release.Weekday()+7)%7)
	return moment(zone, release, r.Time)
}

// moment is the instant of a local date and time. One that the clocks jump
// over is the moment at which they do: a release must not get lost.
func moment(zone *time.Location, day time.Time, clock string) time.Time {
	date := day.Format(post.DateLayout)
	if at, ok := post.Instant(zone, date, clock); ok {
		return at
	}
	hm, _ := time.Parse(post.ClockLayout, clock)
	near := time.Date(day.Year(), day.Month(), day.Day(), hm.Hour(), hm.Minute(), 0, 0, zone)
	start, end := near.ZoneBounds()
	// time.Date lands on one side of the gap or the other; the gap is at the
	// bound that is nearer.
	if start.IsZero() || !end.IsZero() && end.Sub(near) < near.Sub(start) {
		return end
	}
	return start
}
