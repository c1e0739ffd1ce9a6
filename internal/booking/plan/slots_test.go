package plan

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/post"
)

var everyDay = []time.Weekday{0, 1, 2, 3, 4, 5, 6}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := post.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// clocks lists what slots of a plan show in UTC.
func clocks(slots []booking.Slot) (got []string) {
	for _, s := range slots {
		got = append(got, s.Start.UTC().Format("15:04"))
	}
	return got
}

func TestSlotsWhereClocksChange(t *testing.T) {
	for _, c := range []struct {
		zone, date, from, to string
		want                 []string // UTC
	}{
		{"Europe/London", "2026-03-29", "00:30", "03:00", []string{"00:30", "01:00", "01:30"}}, // 01:00–02:00 does not exist
		{"Europe/London", "2026-10-25", "01:00", "02:00", []string{"00:00", "00:30"}},          // twice; the first counts
		{"America/Santiago", "2026-09-05", "23:00", "23:59", []string{"03:00"}},
		{"America/Santiago", "2026-09-06", "00:00", "01:30", []string{"04:00"}}, // midnight does not exist
		{"America/Santiago", "2026-04-04", "23:00", "23:59", []string{"02:00"}}, // 23:00–24:00 comes twice
		{"Asia/Tehran", "2026-12-31", "09:00", "10:00", []string{"05:30", "06:00"}},
		{"Asia/Tehran", "2021-03-22", "00:00", "01:30", []string{"20:30"}}, // midnight does not exist
		{"Africa/Casablanca", "2026-02-15", "02:00", "03:30", []string{"01:00", "01:30", "03:00"}},
		{"Europe/London", "2028-02-29", "09:00", "09:30", []string{"09:00"}},
	} {
		p := Plan{Rules: []Rule{{ID: "r", Weekdays: everyDay, From: c.from, To: c.to, SlotMinutes: 30, Places: 2, Services: []string{"a"}}}}
		got := clocks(p.Slots(Calendar{Zone: zone(t, c.zone)}, []string{c.date}))
		if c.zone == "Africa/Casablanca" || c.zone == "America/Santiago" || c.zone == "Asia/Tehran" {
			t.Log(c.zone, c.date, got)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %s: got %v, want %v", c.zone, c.date, got, c.want)
		}
	}
}

// wall tells by a long walk when a wall clock first shows each minute of a day.
func wall(z *time.Location, date string) map[string]time.Time {
	first := map[string]time.Time{}
	day, _ := post.ParseDate(date)
	for at := day.Add(-16 * time.Hour); at.Before(day.Add(40 * time.Hour)); at = at.Add(time.Minute) {
		if local := at.In(z); local.Format(post.DateLayout) == date {
			if _, seen := first[local.Format(post.ClockLayout)]; !seen {
				first[local.Format(post.ClockLayout)] = at
			}
		}
	}
	return first
}

func TestEverySlotIsAtTheFirstMomentOfItsWallClock(t *testing.T) {
	turns := map[string][]string{ // days on which clocks change, and days around them
		"Europe/London":     {"2026-03-28", "2026-03-29", "2026-10-25", "2026-12-31", "2027-01-01", "2028-02-29"},
		"America/Santiago":  {"2026-04-04", "2026-04-05", "2026-09-05", "2026-09-06", "2026-12-31", "2028-02-29"},
		"Asia/Tehran":       {"2021-03-21", "2021-03-22", "2021-09-21", "2021-09-22", "2026-12-31", "2028-02-29"},
		"Africa/Casablanca": {"2026-02-14", "2026-02-15", "2026-03-22", "2026-12-31", "2027-01-01", "2028-02-29"},
	}
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.SampledFrom([]string{"Europe/London", "America/Santiago", "Asia/Tehran", "Africa/Casablanca"}).Draw(r, "zone")
		date := rapid.SampledFrom(turns[name]).Draw(r, "date")
		z := zone(t, name)
		from := rapid.IntRange(0, 23*60).Draw(r, "from")
		to := rapid.IntRange(from+1, 24*60-1).Draw(r, "to")
		length := rapid.IntRange(5, 120).Draw(r, "length")
		hm := func(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
		rule := Rule{ID: "r", Weekdays: everyDay, From: hm(from), To: hm(to), SlotMinutes: length, Places: 1, Services: []string{"a"}, Release: Release{Mode: Rolling, DaysAhead: rapid.IntRange(1, 40).Draw(r, "ahead")}}
		slots := (&Plan{Rules: []Rule{rule}}).Slots(Calendar{Zone: z}, []string{date})
		first := wall(z, date)
		var want []time.Time
		for at := from; at+length <= to; at += length {
			if start, ok := first[hm(at)]; ok {
				want = append(want, start)
			}
		}
		if len(slots) != len(want) {
			r.Fatalf("%d slots, want %d", len(slots), len(want))
		}
		for i, s := range slots {
			if !s.Start.Equal(want[i]) || s.Start.In(z).Format("2006-01-02 15:04") != s.Date+" "+s.Clock || s.End.Sub(s.Start) != time.Duration(length)*time.Minute {
				r.Fatalf("slot %d: %+v, want %v", i, s, want[i])
			}
			if ahead := s.Start.Sub(s.OpensAt) - time.Duration(rule.Release.DaysAhead)*24*time.Hour; ahead.Abs() > 2*time.Hour {
				r.Fatalf("opens at %v for %v", s.OpensAt, s.Start)
			}
		}
	})
}

func TestWhatAPlanMakesOfADay(t *testing.T) {
	weekly := Rule{ID: "w", Weekdays: []time.Weekday{time.Monday}, From: "09:00", To: "12:00", SlotMinutes: 60, Places: 3, Services: []string{"b", "a"},
		Reserve: Reserve{Percent: 50}, ValidTo: "2026-12-21"}
	extra := Rule{ID: "x", Date: "2026-12-07", From: "17:00", To: "18:00", SlotMinutes: 30, Places: 1, Services: []string{"a"}}
	p := Plan{PostID: "london", Rules: []Rule{weekly, extra}}
	days := []string{"2026-11-30", "2026-12-01", "2026-12-07", "2026-12-14", "2026-12-21", "2026-12-28"}
	count := func(p Plan, c Calendar) map[string]int {
		made := map[string]int{}
		c.Zone = time.UTC
		for _, s := range p.Slots(c, days) {
			made[s.Date]++
		}
		return made
	}
	expect := func(what string, got, want map[string]int) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	expect("the week", count(p, Calendar{}), map[string]int{"2026-11-30": 3, "2026-12-07": 5, "2026-12-14": 3, "2026-12-21": 3})
	expect("a holiday closes all", count(p, Calendar{Closed: map[string]bool{"2026-12-07": true}}), map[string]int{"2026-11-30": 3, "2026-12-14": 3, "2026-12-21": 3})
	p.Exceptions = []Exception{{Date: "2026-12-07", Kind: Closed}, {Date: "2026-12-14", Kind: Hours, From: "09:30", To: "11:30"}}
	expect("exceptions", count(p, Calendar{}), map[string]int{"2026-11-30": 3, "2026-12-07": 2, "2026-12-14": 1, "2026-12-21": 3})

	s := p.Slots(Calendar{Zone: time.UTC}, days[:1])[0]
	if s.GroupID != "a+b" || s.RuleID != "w" || s.PostID != "london" || s.Planned != 3 || s.Reserved != 1 {
		t.Errorf("%+v", s)
	}
}

func TestTheStaffsShareIsSpreadOverTheDay(t *testing.T) {
	for _, c := range []struct {
		reserve Reserve
		places  int
		want    []int
	}{
		{Reserve{Percent: 20}, 1, []int{0, 0, 0, 0, 1, 0, 0, 0, 0, 1}},
		{Reserve{Percent: 25}, 2, []int{0, 1, 0, 1, 0, 1, 0, 1, 0, 1}},
		{Reserve{Percent: 100}, 2, []int{2, 2, 2, 2, 2, 2, 2, 2, 2, 2}},
		{Reserve{Places: 1}, 2, []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
		{Reserve{Places: 3}, 2, []int{2, 2, 2, 2, 2, 2, 2, 2, 2, 2}},
	} {
		p := Plan{Rules: []Rule{{Weekdays: everyDay, From: "09:00", To: "10:40", SlotMinutes: 10, Places: c.places, Services: []string{"a"}, Reserve: c.reserve}}}
		var got []int
		for _, s := range p.Slots(Calendar{Zone: time.UTC}, []string{"2026-12-07"}) {
			got = append(got, s.Reserved)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v of %d places: %v, want %v", c.reserve, c.places, got, c.want)
		}
	}
}

func TestAbsencesTakePlaces(t *testing.T) {
	nine := time.Date(2026, 12, 7, 9, 0, 0, 0, time.UTC)
	counters := []post.Counter{{ID: "1", Active: true}, {ID: "2", Active: true}, {ID: "3", Active: true, Services: []string{"z"}}, {ID: "4"}}
	away := func(counter string, from, to time.Duration) post.Absence {
		return post.Absence{CounterID: counter, From: nine.Add(from), To: nine.Add(to)}
	}
	for _, c := range []struct {
		name     string
		counters []string
		places   int
		absences []post.Absence
		want     int
	}{
		{"everybody is there", []string{"1", "2"}, 5, nil, 5},
		{"one of two is away: half, rounded down", []string{"1", "2"}, 5, []post.Absence{away("2", 0, time.Hour)}, 2},
		{"one place stays while one counter is staffed", []string{"1", "2"}, 1, []post.Absence{away("2", 0, time.Hour)}, 1},
		{"a part of the slot is enough", []string{"1", "2"}, 4, []post.Absence{away("2", 29*time.Minute, time.Hour)}, 2},
		{"from its end on", []string{"1", "2"}, 4, []post.Absence{away("2", 30*time.Minute, time.Hour)}, 4},
		{"until its beginning", []string{"1", "2"}, 4, []post.Absence{away("2", -time.Hour, 0)}, 4},
		{"all are away", []string{"1", "2"}, 4, []post.Absence{away("1", 0, time.Hour), away("2", 0, time.Hour)}, 0},
		{"a named counter was closed", []string{"1", "4"}, 4, nil, 2},
		{"none is named: those that serve", nil, 4, []post.Absence{away("1", 0, time.Hour)}, 2},
		{"another's absence", nil, 4, []post.Absence{away("3", 0, time.Hour)}, 4},
		{"a post without counters", []string{"9"}, 4, nil, 4},
	} {
		r := Rule{Places: c.places, Services: []string{"a"}, Counters: c.counters}
		if got := r.placesAt(Calendar{Counters: counters, Absences: c.absences}, nine, nine.Add(30*time.Minute)); got != c.want {
			t.Errorf("%s: %d places, want %d", c.name, got, c.want)
		}
	}
}

func TestWhenPlacesOpen(t *testing.T) {
	london := zone(t, "Europe/London")
	weekly := Release{Mode: Batch, Weekday: time.Monday, Time: "10:00", DaysAhead: 14, SpanDays: 7}
	list := Release{Mode: Batch, Openings: []Opening{
		{Date: "2026-11-20", Time: "10:00", From: "2026-12-01", To: "2026-12-15"}, {Date: "2026-11-10", Time: "09:00", From: "2026-12-15", To: "2026-12-31"},
	}}
	for _, c := range []struct {
		name        string
		release     Release
		date, clock string
		want        string
	}{
		{"rolling, over the change of clocks", Release{Mode: Rolling, DaysAhead: 7}, "2026-03-31", "09:30", "2026-03-24T09:30:00Z"},
		{"rolling, to a moment that does not exist", Release{Mode: Rolling, DaysAhead: 1}, "2026-03-30", "01:30", "2026-03-29T01:00:00Z"},
		{"rolling, at once", Release{Mode: Rolling}, "2026-03-31", "09:30", "1970-01-01T00:00:00Z"},
		{"weekly, the first day of a batch", weekly, "2026-12-14", "09:00", "2026-11-30T10:00:00Z"},
		{"weekly, the last day of a batch", weekly, "2026-12-20", "09:00", "2026-11-30T10:00:00Z"},
		{"weekly, the day after", weekly, "2026-12-21", "09:00", "2026-12-07T10:00:00Z"},
		{"weekly, in summer", weekly, "2026-07-01", "09:00", "2026-06-15T09:00:00Z"},
		{"weekly, in two batches: the first", Release{Mode: Batch, Weekday: time.Monday, Time: "10:00", SpanDays: 14}, "2026-12-16", "09:00", "2026-12-07T10:00:00Z"},
		{"published", list, "2026-12-02", "09:00", "2026-11-20T10:00:00Z"},
		{"published twice", list, "2026-12-15", "09:00", "2026-11-10T09:00:00Z"},
		{"not published yet", list, "2027-01-01", "09:00", "9999-02-01T00:00:00Z"},
		{"ballot", Release{Mode: Ballot}, "2027-01-01", "09:00", "9999-01-01T00:00:00Z"},
	} {
		if got := c.release.opens(london, c.date, c.clock).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
