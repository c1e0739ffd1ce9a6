package plan

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func TestSlotsWhereClocksChange(t *testing.T) {
	everyDay := []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	for _, c := range []struct {
		zone, date, from, to string
		want                 []string // UTC
	}{
		{"Europe/London", "2026-03-29", "00:30", "03:00", []string{"00:30", "01:00", "01:30"}}, // 01:00–02:00 does not exist
		{"Europe/London", "2026-10-25", "01:00", "02:00", []string{"00:00", "00:30"}},          // twice; the first counts
		{"Asia/Tehran", "2026-12-31", "09:00", "10:00", []string{"05:30", "06:00"}},
		{"Europe/London", "2028-02-29", "09:00", "09:30", []string{"09:00"}},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		r := Rule{ID: "r", PostID: "p", Weekdays: everyDay, From: c.from, To: c.to, SlotMinutes: 30, Places: 2, Services: []string{"a"}}
		slots := r.Slots(zone, c.date, c.date, func(string) bool { return false })
		var got []string
		for _, s := range slots {
			got = append(got, s.Start.UTC().Format("15:04"))
		}
		if len(got) != len(c.want) {
			t.Errorf("%s %s: got %v, want %v", c.zone, c.date, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s %s: got %v, want %v", c.zone, c.date, got, c.want)
			}
		}
	}
}

func TestClosedDaysAndBoundsMakeNoSlots(t *testing.T) {
	r := Rule{ID: "r", PostID: "p", Weekdays: []time.Weekday{time.Monday}, From: "09:00", To: "10:00", SlotMinutes: 20, Places: 1, Services: []string{"a"}, ValidTo: "2026-12-14"}
	closed := func(date string) bool { return date == "2026-12-07" }
	slots := r.Slots(time.UTC, "2026-11-30", "2026-12-31", closed)
	days := map[string]int{}
	for _, s := range slots {
		days[s.Date]++
	}
	if len(days) != 2 || days["2026-11-30"] != 3 || days["2026-12-14"] != 3 {
		t.Errorf("got %v, want three slots on 30 November and 14 December", days)
	}
}
