package queue

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestATurnFromTheDoorToTheEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		k := r.booked("passport", 10)
		ticket := r.checkIn(k)
		if ticket.Number != "B001" || ticket.State != Waiting || r.state(k) != booking.CheckedIn {
			t.Fatalf("after check-in: %+v, booking %s", ticket, r.state(k))
		}
		if again := r.checkIn(k); again.ID != ticket.ID {
			t.Fatal("a second check-in gave a second ticket")
		}
		r.clock.advance(5 * time.Minute)
		called := r.next("c1")
		if called.ID != ticket.ID || called.CounterID != "c1" {
			t.Fatalf("called %+v", called)
		}
		r.clock.advance(time.Minute)
		if _, err := r.Recall(ctx, officer, "baku", ticket.ID); err != nil {
			t.Fatal(err)
		}
		for range 2 { // a double click is one step
			if _, err := r.Serve(ctx, officer, "baku", ticket.ID); err != nil {
				t.Fatal(err)
			}
		}
		r.clock.advance(10 * time.Minute)
		r.finish(ticket)
		end, err := r.Ticket(ctx, "baku", ticket.ID)
		if err != nil {
			t.Fatal(err)
		}
		if end.State != Finished || end.Outcome != Done || end.Calls != 2 || r.state(k) != booking.Served ||
			!end.ArrivedAt.Equal(nine) || !end.CalledAt.Equal(nine.Add(5*time.Minute)) || !end.LastCalledAt.Equal(nine.Add(6*time.Minute)) ||
			!end.ServedAt.Equal(nine.Add(6*time.Minute)) || !end.FinishedAt.Equal(nine.Add(16*time.Minute)) {
			t.Fatalf("at the end: %+v, booking %s", end, r.state(k))
		}
		var entries int
		if err := db.Read().QueryRowContext(ctx, `SELECT count(*) FROM audit_entry WHERE object = $1`, "ticket:"+ticket.ID).Scan(&entries); err != nil || entries != 5 {
			t.Fatalf("%d entries in the trail, want 5 (check-in, call, recall, serve, finish); %v", entries, err)
		}
	})
}

func TestNumbersAreGapless(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := open(t, db)
		const n = 30
		var all sync.WaitGroup
		for range n {
			all.Go(func() {
				if _, err := r.WalkIn(context.Background(), officer, "baku", NewTicketID(), "visa", 1, false); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		d, err := r.Day(context.Background(), "baku", "2026-11-25")
		if err != nil || len(d.Waiting) != n {
			t.Fatalf("%d wait, %v", len(d.Waiting), err)
		}
		seen := map[string]bool{}
		for _, one := range d.Waiting {
			seen[one.Number] = true
		}
		for i := range n {
			if number := fmt.Sprintf("A%03d", i+1); !seen[number] {
				t.Errorf("no ticket %s", number)
			}
		}
	})
}

func TestTwoCountersNeverGetTheSamePerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		const people = 40
		for range people {
			r.walkIn("passport")
		}
		var mu sync.Mutex
		who := map[string]int{}
		var all sync.WaitGroup
		for _, counter := range []string{"c1", "c2", "c1", "c2"} { // two screens at each counter
			all.Go(func() {
				for {
					called, err := r.CallNext(ctx, officer, "baku", counter)
					switch f := fault.As(err); {
					case err == nil:
						mu.Lock()
						who[called.ID]++
						mu.Unlock()
						if _, err := r.Finish(ctx, officer, "baku", called.ID, Done); err != nil {
							t.Error(err)
						}
					case f != nil && f.Key == "queue.counter_busy": // the other screen was faster
					case f != nil && f.Key == "queue.nobody_waits":
						return
					default:
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		if len(who) != people {
			t.Errorf("%d people were called, want %d", len(who), people)
		}
		for id, times := range who {
			if times != 1 {
				t.Errorf("%s was called %d times", id, times)
			}
		}
	})
}

func TestAMissIsCountedAndTakenBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		k := r.booked("passport", 0)
		ticket := r.checkIn(k)
		r.next("c1")
		if _, err := r.NoShow(ctx, officer, "baku", ticket.ID); err != nil {
			t.Fatal(err)
		}
		if r.state(k) != booking.NoShow || r.misses() != 1 {
			t.Fatalf("booking %s, misses %d", r.state(k), r.misses())
		}
		if back, err := r.Undo(ctx, officer, "baku", ticket.ID); err != nil || back.State != Called || back.CounterID != "c1" {
			t.Fatalf("undone: %+v, %v", back, err)
		}
		if r.state(k) != booking.CheckedIn || r.misses() != 0 {
			t.Fatalf("after undoing: booking %s, misses %d", r.state(k), r.misses())
		}
		_, err := r.Undo(ctx, officer, "baku", ticket.ID)
		refused(t, err, "queue.nothing_to_undo")
		if _, err := r.NoShow(ctx, officer, "baku", ticket.ID); err != nil {
			t.Fatal(err)
		}
		r.clock.advance(30 * time.Minute)
		late := r.checkIn(k) // the person comes after all
		if late.ID != ticket.ID || late.State != Waiting || !late.Late() || r.state(k) != booking.CheckedIn || r.misses() != 0 {
			t.Fatalf("came later: %+v, booking %s, misses %d", late, r.state(k), r.misses())
		}
	})
}

func TestGoingAwayIsNoMiss(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		k := r.booked("passport", 0)
		ticket := r.checkIn(k)
		for range 2 {
			if end, err := r.GoneAway(ctx, officer, "baku", ticket.ID); err != nil || end.State != Finished || end.Outcome != Left {
				t.Fatalf("gone: %+v, %v", end, err)
			}
		}
		if r.state(k) != booking.Served || r.misses() != 0 {
			t.Fatalf("the booking is %s, %d misses", r.state(k), r.misses())
		}
		if back, err := r.Undo(ctx, officer, "baku", ticket.ID); err != nil || back.State != Waiting || r.state(k) != booking.CheckedIn {
			t.Fatalf("back again: %+v, %v, booking %s", back, err, r.state(k))
		}
		r.next("c1")
		_, err := r.GoneAway(ctx, officer, "baku", ticket.ID) // is at a counter: the officer's business
		refused(t, err, "queue.ticket_moved_on")
	})
}

func TestUndoAndItsLimits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		k := r.booked("passport", 0)
		first, second := r.checkIn(k), r.walkIn("visa")
		r.next("c1")
		r.finish(first)
		if r.state(k) != booking.Served {
			t.Fatal("not served")
		}
		r.next("c1")
		_, err := r.Undo(ctx, officer, "baku", first.ID) // would put two people at one counter
		refused(t, err, "queue.counter_busy")
		step, err := r.LastStep(ctx, "baku", "2026-11-25", officer)
		if err != nil || step == nil || step.TicketID != second.ID || step.Kind != "call" {
			t.Fatalf("the last step: %+v, %v", step, err)
		}
		if back, err := r.Undo(ctx, officer, "baku", second.ID); err != nil || back.State != Waiting || back.CounterID != "" {
			t.Fatalf("undo a call: %+v, %v", back, err)
		}
		if step, err := r.LastStep(ctx, "baku", "2026-11-25", officer); err != nil || step != nil {
			t.Fatalf("after undoing there is nothing to undo: %+v, %v", step, err)
		}
		if back, err := r.Undo(ctx, officer, "baku", first.ID); err != nil || back.State != Called || r.state(k) != booking.CheckedIn {
			t.Fatalf("undo a finish: %+v, %v, booking %s", back, err, r.state(k))
		}
		other := r.booked("visa", 0)
		given := r.checkIn(other)
		if gone, err := r.Undo(ctx, officer, "baku", given.ID); err != nil || gone.State != Withdrawn || r.state(other) != booking.Booked {
			t.Fatalf("undo a check-in: %+v, %v, booking %s", gone, err, r.state(other))
		}
		if again := r.checkIn(other); again.Number != given.Number || again.State != Waiting {
			t.Fatalf("checked in again: %+v", again)
		}
	})
}

func TestPutBackAndTransfer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		a, b := r.walkIn("visa"), r.walkIn("visa")
		r.next("c1")
		if _, err := r.PutBack(ctx, officer, "baku", a.ID); err != nil {
			t.Fatal(err)
		}
		if got := r.next("c1"); got.ID != b.ID {
			t.Fatal("who was put back was called at once, before others")
		}
		if got := r.next("c2"); got.ID != a.ID {
			t.Fatal("who was put back is not called though nobody else waits")
		}
		_, err := r.Transfer(ctx, officer, "baku", a.ID, "", "")
		refused(t, err, "queue.transfer_nowhere")
		_, err = r.Transfer(ctx, officer, "baku", a.ID, "c3", "passport")
		refused(t, err, "queue.counter_other_service")
		_, err = r.Transfer(ctx, officer, "baku", a.ID, "c4", "")
		refused(t, err, "queue.counter_other_service")
		if _, err := r.Transfer(ctx, officer, "baku", a.ID, "c3", ""); err != nil {
			t.Fatal(err)
		}
		_, err = r.CallNext(ctx, officer, "baku", "c2")
		refused(t, err, "queue.nobody_waits")
		if got := r.next("c3"); got.ID != a.ID {
			t.Fatal("the counter of the transfer does not get the person")
		}
		if _, err := r.Transfer(ctx, officer, "baku", a.ID, "", "passport"); err != nil {
			t.Fatal(err)
		}
		_, err = r.CallNext(ctx, officer, "baku", "c3")
		refused(t, err, "queue.nobody_waits")
		if got := r.next("c2"); got.ID != a.ID || got.ServiceID != "passport" {
			t.Fatalf("after the transfer to another service: %+v", got)
		}
	})
}

func TestRefusals(t *testing.T) {
	ctx := context.Background()
	r := open(t, storetest.SQLite(t))
	tomorrow := r.booked("passport", 24*60)
	_, err := r.CheckIn(ctx, officer, "baku", tomorrow.ID, false)
	refused(t, err, "queue.other_day")
	_, err = r.CheckIn(ctx, officer, "baku", "none", false)
	refused(t, err, "booking.not_found")
	_, err = r.CheckIn(ctx, officer, "paris", tomorrow.ID, false)
	refused(t, err, "post.not_found")
	gone := r.booked("passport", 30)
	if _, err := r.book.Cancel(ctx, officer, gone.ID, "test"); err != nil {
		t.Fatal(err)
	}
	_, err = r.CheckIn(ctx, officer, "baku", gone.ID, false)
	refused(t, err, "booking.state_changed")
	_, err = r.WalkIn(ctx, officer, "baku", NewTicketID(), "marriage", 1, false)
	refused(t, err, "queue.service_missing")
	_, err = r.WalkIn(ctx, officer, "baku", NewTicketID(), "visa", 0, false)
	refused(t, err, "queue.party_wrong")
	_, err = r.CallNext(ctx, officer, "baku", "c4")
	refused(t, err, "queue.counter_closed")
	_, err = r.CallNext(ctx, officer, "baku", "c1")
	refused(t, err, "queue.nobody_waits")
	one := r.walkIn("visa")
	_, err = r.NoShow(ctx, officer, "baku", one.ID) // was never called
	refused(t, err, "queue.ticket_moved_on")
	r.next("c1")
	_, err = r.CallNext(ctx, officer, "baku", "c1")
	refused(t, err, "queue.counter_busy")
	_, err = r.Finish(ctx, officer, "baku", one.ID, "splendid")
	refused(t, err, "queue.outcome_missing")
	r.finish(one)
	_, err = r.Recall(ctx, officer, "baku", one.ID)
	refused(t, err, "queue.ticket_moved_on")
	var tickets int
	if err := r.db.Read().QueryRowContext(ctx, `SELECT count(*) FROM queue_ticket`).Scan(&tickets); err != nil || tickets != 1 {
		t.Fatalf("refused requests left %d tickets, want the one that was given; %v", tickets, err)
	}
}
