package queue

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store/storetest"
)

// arrival is one line of an example: minutes after nine.
type arrival struct {
	name        string
	appointment int // -1 for a walk-in
	arrived     int
	priority    bool
}

func (a arrival) ticket() *Ticket {
	t := &Ticket{ID: a.name, Number: a.name, State: Waiting, Priority: a.priority, ServiceID: "passport", ArrivedAt: nine.Add(time.Duration(a.arrived) * time.Minute)}
	if a.appointment >= 0 {
		t.BookingID, t.AppointmentAt = a.name, nine.Add(time.Duration(a.appointment)*time.Minute)
	}
	t.TurnAt = turn(t)
	return t
}

func TestTheOrderOfTheDecision(t *testing.T) {
	const walkIn = -1
	for name, example := range map[string][]arrival{
		"appointments go by their time, not by arrival": {{"first", 30, 25, false}, {"second", 40, 5, false}},
		"a little late keeps the turn":                  {{"late", 30, 40, false}, {"next", 40, 30, false}},
		"too late goes by arrival":                      {{"next", 40, 30, false}, {"late", 30, 41, false}, {"after", 50, 45, false}},
		"a walk-in lets the next twenty minutes go":     {{"soon", 30, 29, false}, {"walk-in", walkIn, 15, false}, {"later", 40, 20, false}},
		"early people do not overtake walk-ins":         {{"walk-in", walkIn, 0, false}, {"early", 120, 0, false}},
		"at the same turn appointments go first":        {{"booked", 30, 10, false}, {"walk-in", walkIn, 10, false}},
		"walk-ins go by arrival":                        {{"one", walkIn, 3, false}, {"two", walkIn, 4, false}},
		"priority goes before all":                      {{"infant", walkIn, 50, true}, {"booked", 0, 0, false}},
	} {
		t.Run(name, func(t *testing.T) {
			var waiting []*Ticket
			for i := range example {
				waiting = append(waiting, example[len(example)-1-i].ticket())
			}
			for _, want := range example {
				got := next(waiting, counters[0], nine.Add(time.Hour))
				if got == nil || got.ID != want.name {
					t.Fatalf("called %+v, want %s", got, want.name)
				}
				got.State = Called
			}
		})
	}
}

// Whatever people and officers do, and however they do it at once: each ticket
// is in one state and at one counter at most, its booking agrees, and who is
// called is the one whose turn it is.
func TestTheQueueHoldsAfterAnyInterleaving(t *testing.T) {
	ctx := context.Background()
	r := open(t, storetest.SQLite(t))
	rapid.Check(t, func(rt *rapid.T) {
		// Each run has a day of its own; what an earlier one left is ended.
		r.clock.advance(24 * time.Hour)
		if _, err := r.CloseDay(ctx); err != nil {
			rt.Fatal(err)
		}
		var bookings []*booking.Booking
		for range 4 {
			service := rapid.SampledFrom(baku.Services).Draw(rt, "service")
			bookings = append(bookings, r.booked(service, rapid.IntRange(0, 60).Draw(rt, "minutes")))
		}
		for range rapid.IntRange(1, 12).Draw(rt, "rounds") {
			d, err := r.Day(ctx, "baku", r.Today(baku))
			if err != nil {
				rt.Fatal(err)
			}
			known := append(append(d.Waiting, d.Called...), d.Ended...)
			ids := []string{"none"}
			for _, one := range known {
				ids = append(ids, one.ID)
			}
			together := rapid.IntRange(1, 3).Draw(rt, "together")
			var all sync.WaitGroup
			for range together {
				what := rapid.IntRange(0, 9).Draw(rt, "what")
				k := rapid.SampledFrom(bookings).Draw(rt, "booking")
				id := rapid.SampledFrom(ids).Draw(rt, "ticket")
				service := rapid.SampledFrom(baku.Services).Draw(rt, "of")
				counter := rapid.SampledFrom(counters[:3]).Draw(rt, "counter")
				priority := rapid.Bool().Draw(rt, "priority")
				all.Go(func() {
					var called *Ticket
					var err error
					switch what {
					case 0, 1:
						_, err = r.CheckIn(ctx, officer, "baku", k.ID, priority)
					case 2:
						_, err = r.WalkIn(ctx, officer, "baku", NewTicketID(), service, 1, false)
					case 3, 4:
						if called, err = r.CallNext(ctx, officer, "baku", counter.ID); err == nil && together == 1 {
							expectFirst(rt, called, known, counter.ID)
						}
					case 5:
						_, err = r.Finish(ctx, officer, "baku", id, Done)
					case 6:
						_, err = r.NoShow(ctx, officer, "baku", id)
					case 7:
						_, err = r.PutBack(ctx, officer, "baku", id)
					case 8:
						_, err = r.Transfer(ctx, officer, "baku", id, counter.ID, "")
					case 9:
						_, err = r.Undo(ctx, officer, "baku", id)
					}
					if err != nil && fault.KindOf(err) == fault.Internal {
						rt.Errorf("operation %d: %v", what, err)
					}
				})
			}
			all.Wait()
			r.clock.advance(time.Duration(rapid.IntRange(0, 15).Draw(rt, "later")) * time.Minute)
			r.holds(rt)
		}
	})
}

// expectFirst compares with the rule as people read it, worked out anew.
func expectFirst(rt *rapid.T, called *Ticket, known []*Ticket, counterID string) {
	due := func(t *Ticket) time.Time {
		if t.AppointmentAt.IsZero() {
			return t.ArrivedAt.Add(20 * time.Minute)
		}
		if t.ArrivedAt.Sub(t.AppointmentAt) > 10*time.Minute {
			return t.ArrivedAt
		}
		return t.AppointmentAt
	}
	for _, t := range known {
		mine := t.WantedCounter == counterID || t.WantedCounter == "" && (counterID != "c3" || t.ServiceID == "visa")
		if t.ID == called.ID || t.State != Waiting || !mine || !t.RestUntil.IsZero() || t.Priority != called.Priority {
			continue
		}
		if due(t).Before(due(called)) {
			rt.Errorf("%s (due %s) was called before %s (due %s)", called.Number, due(called), t.Number, due(t))
		}
	}
}

func (r *room) holds(rt *rapid.T) {
	ctx := context.Background()
	d, err := r.Day(ctx, "baku", r.Today(baku))
	if err != nil {
		rt.Fatal(err)
	}
	at := map[string]string{}
	seen := map[string]bool{}
	for _, t := range append(append(append([]*Ticket{}, d.Waiting...), d.Called...), d.Ended...) {
		if seen[t.ID] {
			rt.Fatalf("%s is twice in the room", t.Number)
		}
		seen[t.ID] = true
		switch {
		case t.State == Waiting && t.CounterID != "", t.State.AtCounter() && t.CounterID == "":
			rt.Fatalf("%s is %s at counter %q", t.Number, t.State, t.CounterID)
		case t.State.AtCounter() && at[t.CounterID] != "":
			rt.Fatalf("%s and %s are at counter %s", t.Number, at[t.CounterID], t.CounterID)
		case t.State.AtCounter():
			at[t.CounterID] = t.Number
		}
		if !t.WalkIn() {
			k, err := r.book.Booking(ctx, t.BookingID)
			if err != nil {
				rt.Fatal(err)
			}
			if k.State != t.State.booking() {
				rt.Fatalf("%s is %s, its booking %s", t.Number, t.State, k.State)
			}
		}
	}
	for _, series := range []string{walkInSeries, bookingSeries} {
		var count, last int
		if err := r.db.Read().QueryRowContext(ctx, `SELECT count(*), COALESCE(MAX(serial), 0) FROM queue_ticket WHERE post_id = $1 AND local_date = $2 AND series = $3`,
			"baku", r.Today(baku), series).Scan(&count, &last); err != nil || count != last {
			rt.Fatalf("%d tickets of series %s, the last is %d, %v", count, series, last, err)
		}
	}
}

func TestAnUnknownStateOfABookingHasNoWay(t *testing.T) {
	for _, s := range []State{Waiting, Called, Serving, Finished, Missed, Withdrawn} {
		if k := s.booking(); k == "" || s.AtCounter() && k != booking.CheckedIn {
			t.Error(fmt.Sprint("a ticket that is ", s, " has a booking that is ", k))
		}
	}
}
