package demo_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery/chancery/demo"
)

// A simulated day keeps the rules of a real one: nobody is called before they
// came or by a counter that does not serve them, no counter has two people, and
// whoever is served was called first.
func TestAWorkDayIsPossible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		nine := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
		closes := nine.Add(4 * time.Hour)
		serves := []func(string) bool{
			func(s string) bool { return s == "visa" },
			func(s string) bool { return s != "visa" },
			func(string) bool { return true },
		}[:rapid.IntRange(1, 3).Draw(t, "counters")]
		var visits []*demo.Visit
		for range rapid.IntRange(0, 60).Draw(t, "visits") {
			v := &demo.Visit{Service: []string{"visa", "passport"}[r.IntN(2)], Party: 1 + r.IntN(3), Minutes: 10 + r.IntN(20)}
			if at := nine.Add(time.Duration(r.IntN(210)) * time.Minute); r.IntN(5) == 0 {
				v.Arrived = at
			} else {
				v.Appointment, v.Arrived = at, demo.Arrival(r, at)
			}
			visits = append(visits, v)
		}
		demo.WorkDay(r, visits, serves, nine, closes)
		for i, v := range visits {
			if v.Left() {
				if !v.Begun.IsZero() || !v.Finished.IsZero() {
					t.Fatalf("visit %d left and was served: %+v", i, v)
				}
				continue
			}
			if v.Called.Before(v.Arrived) || v.Begun.Before(v.Called) || v.Finished.Before(v.Begun) || v.Called.After(closes) {
				t.Fatalf("visit %d goes backwards, or was called after hours: %+v", i, v)
			}
			if !serves[v.Counter](v.Service) {
				t.Fatalf("visit %d for %s at counter %d", i, v.Service, v.Counter)
			}
			for k, other := range visits[:i] {
				if other.Left() || other.Counter != v.Counter {
					continue
				}
				if v.Called.Before(other.Finished) && other.Called.Before(v.Finished) {
					t.Fatalf("visits %d and %d are both at counter %d", k, i, v.Counter)
				}
			}
		}
	})
}

func TestAQuietDayServesEverybody(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	nine := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	var visits []*demo.Visit
	for i := range 8 {
		at := nine.Add(time.Duration(i) * 30 * time.Minute)
		visits = append(visits, &demo.Visit{Service: "visa", Party: 1, Minutes: 15, Appointment: at, Arrived: demo.Arrival(r, at)})
	}
	demo.WorkDay(r, visits, []func(string) bool{func(string) bool { return true }}, nine, nine.Add(5*time.Hour))
	for i, v := range visits {
		if v.Left() || v.Called.Sub(v.Arrived) > time.Hour {
			t.Errorf("visit %d: %+v", i, v)
		}
	}
}

func TestDemandIsAlwaysTheSame(t *testing.T) {
	day := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	for _, post := range []string{"london", "bogota"} {
		d := demo.DemandAt(post, "visa-interview")
		if d != demo.DemandAt(post, "visa-interview") {
			t.Errorf("%s: the demand changes", post)
		}
		if near, far := d.Chance(day, 1), d.Chance(day, 60); near < 0.2 || near > 1 || far > 0.02 {
			t.Errorf("%s: chance %v tomorrow, %v in sixty days", post, near, far)
		}
		if d.NoShow < 0.02 || d.NoShow > 0.15 {
			t.Errorf("%s: %v do not come", post, d.NoShow)
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		if n := demo.PartySize(r, "passport-renewal", 3); n < 1 || n > 3 {
			t.Fatalf("%d people of at most 3", n)
		}
	}
}
