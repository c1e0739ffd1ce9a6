package post_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/post"
)

// A date that is read is written the same way, and no other way is read.
func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2026-11-25", "2024-02-29", "2026-02-29", "0000-01-01", "9999-12-31", "2026-1-2", "+026-01-02", "２０２６-01-02", " 2026-01-02", "2026-01-02\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		day, ok := post.ParseDate(text)
		if !ok {
			return
		}
		if day.Format(post.DateLayout) != text || day.Location() != time.UTC || day.Hour()+day.Minute()+day.Second()+day.Nanosecond() != 0 {
			t.Errorf("%q is read as %v", text, day)
		}
	})
}

// The zones whose clocks do the oddest things.
var oddZones = []string{"UTC", "Asia/Baku", "Europe/London", "America/Santiago", "Asia/Tehran", "Africa/Casablanca",
	"Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "America/St_Johns", "Africa/Monrovia", "Antarctica/Troll"}

// The instant of a local time shows that local time, and is the first that
// does; a local time without an instant is never shown.
func FuzzInstant(f *testing.F) {
	for i := range oddZones {
		f.Add(uint8(i), "2026-03-29", "01:30")
		f.Add(uint8(i), "2026-10-25", "01:30")
		f.Add(uint8(i), "2011-12-30", "12:00") // a day that Apia left out
		f.Add(uint8(i), "1972-01-07", "00:20") // Monrovia's clocks lost 44 minutes and a half
	}
	f.Add(uint8(0), "2026-11-25", "24:00")
	f.Add(uint8(0), "2026-11-25", "9:00")
	f.Add(uint8(0), "2026-11-31", "09:00")
	f.Fuzz(func(t *testing.T, zone uint8, date, clock string) {
		place, err := post.Zone(oddZones[int(zone)%len(oddZones)])
		if err != nil {
			t.Fatal(err)
		}
		at, ok := post.Instant(place, date, clock)
		day, isDay := post.ParseDate(date)
		hm, err := time.Parse(post.ClockLayout, clock)
		if !isDay || err != nil || len(clock) != len(post.ClockLayout) {
			if ok {
				t.Errorf("%q %q is no time, but an instant: %v", date, clock, at)
			}
			return
		}
		if ok {
			if d, c := post.Local(place, at); d != date || c != clock {
				t.Errorf("%s %s in %s is %v, where clocks show %s %s", date, clock, place, at, d, c)
			}
		}
		// Zones are within a day of UTC: look at every minute of that time.
		wall := day.Add(time.Duration(hm.Hour())*time.Hour + time.Duration(hm.Minute())*time.Minute)
		for t0 := wall.Add(-26 * time.Hour); t0.Before(wall.Add(26 * time.Hour)); t0 = t0.Add(time.Minute) {
			shown := t0.In(place)
			if shown.Format(post.DateLayout+" "+post.ClockLayout) != date+" "+clock {
				continue
			}
			if !ok || t0.Before(at.Truncate(time.Minute)) {
				t.Errorf("%s %s in %s is %v, %v, but clocks show it at %v", date, clock, place, at, ok, t0)
			}
			return
		}
	})
}

// A file full of rules that never come true is read in a moment; a rule from
// long ago is read when it can be, and refused when that would take minutes.
func TestCalendarThatAsksForTooMuch(t *testing.T) {
	file := func(start, rule string, events int) string {
		var text strings.Builder
		text.WriteString("BEGIN:VCALENDAR\n")
		for n := range events {
			fmt.Fprintf(&text, "BEGIN:VEVENT\nUID:%d\nSUMMARY:A\nDTSTART;VALUE=DATE:%s\nRRULE:%s\nEND:VEVENT\n", n, start, rule)
		}
		return text.String() + "END:VCALENDAR\n"
	}
	for _, c := range []struct {
		start, rule string
		events      int
		want        string // the days, or "refused"
	}{
		{"00010101", "FREQ=YEARLY", 1, "2027-01-01 2028-01-01"},
		{"00040229", "FREQ=YEARLY", 1, "2028-02-29"},
		{"16000101", "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", 1, "2027-05-31 2028-05-29"},
		{"16000101", "FREQ=YEARLY;UNTIL=20270601;BYMONTH=5;BYDAY=-1MO", 1, "2027-05-31"},
		{"00010101", "FREQ=YEARLY;INTERVAL=4", 1, "refused"},
		{"00010101", "FREQ=YEARLY;COUNT=3000", 1, "refused"},
		{"00010102", "FREQ=DAILY", 1, "refused"},
		{"16000101", "FREQ=MONTHLY;BYDAY=1MO", 1, "refused"},
		{"20260101", "FREQ=MONTHLY;BYDAY=+6MO", 1, "refused"},
		{"20260101", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", 2000, "refused"},
		{"20300101", "FREQ=DAILY", 2000, ""},
	} {
		days, _, err := post.ReadCalendar(strings.NewReader(file(c.start, c.rule, c.events)), 2027, 2028)
		var got []string
		for _, day := range days {
			got = append(got, day.Date)
		}
		if err != nil {
			got = []string{"refused"}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s from %s: got %v, %v; want %q", c.rule, c.start, got, err, c.want)
		}
	}
}
