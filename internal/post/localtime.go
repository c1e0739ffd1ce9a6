package post

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // zones come with the binary, not with the machine
)

// Layouts of local dates and times of day as they are stored and exchanged.
const (
	DateLayout  = "2006-01-02"
	ClockLayout = "15:04"
)

var zones sync.Map // name -> *time.Location

// Zone gives an IANA time zone. "Local" and the empty name, which Go would
// take from the machine, are refused.
func Zone(name string) (*time.Location, error) {
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location), nil
	}
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is not a time zone", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q: %w", name, err)
	}
	zones.Store(name, loc)
	return loc, nil
}

// ParseDate reads a local date YYYY-MM-DD as midnight UTC of that day; false
// when there is no such day.
func ParseDate(date string) (time.Time, bool) {
	t, err := time.Parse(DateLayout, date)
	return t, err == nil && t.Year() > 0
}

// Instant gives the moment at which a clock on the wall in zone shows the local
// date (YYYY-MM-DD) and time (HH:MM). ok is false when it never does, because
// clocks jump over it that day, or because there is no such date or time. When
// the clock shows it twice, the first moment is meant.
func Instant(zone *time.Location, date, clock string) (instant time.Time, ok bool) {
	day, ok := ParseDate(date)
	if !ok {
		return time.Time{}, false
	}
	hm, err := time.Parse(ClockLayout, clock)
	if err != nil || len(clock) != len(ClockLayout) {
		return time.Time{}, false
	}
	wall := day.Add(time.Duration(hm.Hour())*time.Hour + time.Duration(hm.Minute())*time.Minute)

	// time.Date settles gaps and repeats as it likes; so try the offset it
	// chose and those on both sides of that stretch of the zone, and take the
	// earliest that really shows the wanted time.
	guess := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, zone)
	start, end := guess.ZoneBounds()
	around := []time.Time{guess}
	if !start.IsZero() {
		around = append(around, start.Add(-time.Second))
	}
	if !end.IsZero() {
		around = append(around, end)
	}
	for _, t := range around {
		_, offset := t.Zone()
		candidate := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if candidate.Format(DateLayout+" "+ClockLayout) != date+" "+clock {
			continue
		}
		if instant.IsZero() || candidate.Before(instant) {
			instant = candidate
		}
	}
	return instant, !instant.IsZero()
}

// Local gives the date and time of day that a clock in zone shows at t.
func Local(zone *time.Location, t time.Time) (date, clock string) {
	local := t.In(zone)
	return local.Format(DateLayout), local.Format(ClockLayout)
}
