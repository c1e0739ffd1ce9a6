package post_test

import (
	"testing"
	"time"

	"github.com/chancery/chancery/internal/post"
)

func TestInstant(t *testing.T) {
	for _, c := range []struct{ zone, date, clock, want string }{
		// Clocks go forward: the hour between does not exist.
		{"Europe/London", "2026-03-29", "00:59", "2026-03-29T00:59:00Z"},
		{"Europe/London", "2026-03-29", "01:00", ""},
		{"Europe/London", "2026-03-29", "01:59", ""},
		{"Europe/London", "2026-03-29", "02:00", "2026-03-29T01:00:00Z"},
		// They go back: the first of the two is meant.
		{"Europe/London", "2026-10-25", "01:00", "2026-10-25T00:00:00Z"},
		{"Europe/London", "2026-10-25", "01:30", "2026-10-25T00:30:00Z"},
		{"Europe/London", "2026-10-25", "02:00", "2026-10-25T02:00:00Z"},
		// Chile changes at midnight: a day begins at 01:00, another has 23:30 twice.
		{"America/Santiago", "2026-09-06", "00:00", ""},
		{"America/Santiago", "2026-09-06", "00:30", ""},
		{"America/Santiago", "2026-09-06", "01:00", "2026-09-06T04:00:00Z"},
		{"America/Santiago", "2026-04-04", "23:30", "2026-04-05T02:30:00Z"},
		{"America/Santiago", "2026-04-05", "00:00", "2026-04-05T04:00:00Z"},
		// Iran has half-hour time, and gave up changing clocks in 2022.
		{"Asia/Tehran", "2022-03-22", "00:30", ""},
		{"Asia/Tehran", "2022-09-21", "23:30", "2022-09-21T19:00:00Z"},
		{"Asia/Tehran", "2026-03-22", "00:30", "2026-03-21T21:00:00Z"},
		{"Asia/Tehran", "2026-09-21", "23:30", "2026-09-21T20:00:00Z"},
		// Morocco is an hour back during Ramadan.
		{"Africa/Casablanca", "2026-02-15", "02:30", "2026-02-15T01:30:00Z"},
		{"Africa/Casablanca", "2026-03-01", "09:00", "2026-03-01T09:00:00Z"},
		{"Africa/Casablanca", "2026-03-22", "02:30", ""},
		{"Africa/Casablanca", "2026-03-22", "03:00", "2026-03-22T02:00:00Z"},
		// Azerbaijan gave up changing clocks in 2016.
		{"Asia/Baku", "2015-03-29", "04:30", ""},
		{"Asia/Baku", "2026-03-29", "04:30", "2026-03-29T00:30:00Z"},
		// Samoa left out a whole day.
		{"Pacific/Apia", "2011-12-30", "12:00", ""},
		{"Pacific/Apia", "2011-12-31", "12:00", "2011-12-30T22:00:00Z"},
		// Year ends and leap days.
		{"Asia/Kolkata", "2027-01-01", "00:00", "2026-12-31T18:30:00Z"},
		{"America/Los_Angeles", "2026-12-31", "23:59", "2027-01-01T07:59:00Z"},
		{"Europe/London", "2028-02-29", "09:00", "2028-02-29T09:00:00Z"},
		{"Europe/London", "2027-02-29", "09:00", ""},
		{"Europe/London", "2100-02-29", "09:00", ""},
		// No such dates and times.
		{"Europe/London", "2026-06-31", "09:00", ""},
		{"Europe/London", "2026-6-1", "09:00", ""},
		{"Europe/London", "0000-01-01", "09:00", ""},
		{"Europe/London", "2026-06-01", "24:00", ""},
		{"Europe/London", "2026-06-01", "9:00", ""},
		{"Europe/London", "", "", ""},
	} {
		zone, err := post.Zone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := post.Instant(zone, c.date, c.clock)
		switch {
		case c.want == "" && ok:
			t.Errorf("%s has no %s %s, got %v", c.zone, c.date, c.clock, got)
		case c.want != "" && (!ok || got.UTC().Format(time.RFC3339) != c.want):
			t.Errorf("%s %s %s: got %v %v, want %s", c.zone, c.date, c.clock, got.UTC(), ok, c.want)
		}
		if ok {
			if date, clock := post.Local(zone, got); date != c.date || clock != c.clock {
				t.Errorf("%s %s %s reads back as %s %s", c.zone, c.date, c.clock, date, clock)
			}
		}
	}
}

// Every minute that passes shows some wall-clock time; Instant must find the
// first minute that shows it, whatever the zone does.
func TestInstantFindsTheFirstMinuteThatShowsATime(t *testing.T) {
	for name, days := range map[string][]string{
		"Europe/London":     {"2026-03-29", "2026-10-25"},
		"America/Santiago":  {"2026-04-04", "2026-09-05"},
		"Africa/Casablanca": {"2026-02-15", "2026-03-22"},
		"Asia/Tehran":       {"2022-03-21", "2022-09-21"},
		"Asia/Baku":         {"2015-03-29", "2015-10-25"},
		"Australia/Lord_Howe": {
			"2026-04-05", "2026-10-04", // half an hour only
		},
	} {
		zone, err := post.Zone(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, day := range days {
			start, _ := post.ParseDate(day)
			start = start.Add(-26 * time.Hour)
			first := map[string]time.Time{}
			for minute := range 3 * 24 * 60 {
				at := start.Add(time.Duration(minute) * time.Minute)
				date, clock := post.Local(zone, at)
				if _, seen := first[date+" "+clock]; !seen {
					first[date+" "+clock] = at
				}
			}
			found := 0
			for minute := range 24 * 60 {
				clock := time.Date(1, 1, 1, 0, minute, 0, 0, time.UTC).Format(post.ClockLayout)
				want, exists := first[day+" "+clock]
				got, ok := post.Instant(zone, day, clock)
				if ok != exists || ok && !got.Equal(want) {
					t.Errorf("%s %s %s: got %v %v, want %v %v", name, day, clock, got, ok, want, exists)
				}
				if exists {
					found++
				}
			}
			if found < 23*60 {
				t.Errorf("%s %s: only %d minutes looked at", name, day, found)
			}
		}
	}
}

func TestZoneTakesNothingFromTheMachine(t *testing.T) {
	for _, name := range []string{"", "Local", "Nowhere/None", "../../etc/passwd"} {
		if zone, err := post.Zone(name); err == nil {
			t.Errorf("%q gives %v", name, zone)
		}
	}
}
