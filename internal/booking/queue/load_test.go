package queue

import (
	"context"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestADayKeptOnPaperIsLoaded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		came, missed, absent := r.booked("passport", 30), r.booked("passport", 60), r.booked("visa", 90)
		first, err := r.WalkIn(ctx, officer, "baku", NewTicketID(), "visa", 1, false) // A001, before the power went
		if err != nil {
			t.Fatal(err)
		}
		at := func(minutes int) time.Time { return nine.Add(time.Duration(minutes) * time.Minute) }
		paper := func() []*Ticket {
			return []*Ticket{
				{ServiceID: "visa", Party: 2, State: Finished, Outcome: Left, ArrivedAt: at(50), FinishedAt: at(200)},
				{BookingID: missed.ID, ServiceID: "passport", Party: 1, AppointmentAt: at(60), ArrivedAt: at(45), State: Missed, CounterID: "c1", CalledAt: at(61), LastCalledAt: at(62), Calls: 2, FinishedAt: at(65)},
				{BookingID: came.ID, ServiceID: "passport", Party: 1, AppointmentAt: at(30), ArrivedAt: at(20), State: Finished, Outcome: Done, CounterID: "c2", CalledAt: at(31), LastCalledAt: at(31), Calls: 1, ServedAt: at(32), FinishedAt: at(50)},
			}
		}
		r.clock.advance(10 * time.Hour)
		open := append(paper(), &Ticket{ServiceID: "visa", Party: 1, State: Waiting, ArrivedAt: at(1)})
		if err := r.Load(ctx, officer, PaperDay{PostID: "baku", Date: "2026-11-24", Tickets: []*Ticket{{ServiceID: "visa", Party: 1, State: Missed, ArrivedAt: at(-1440)}}}, PaperDay{PostID: "baku", Date: "2026-11-25", Tickets: open}); err == nil {
			t.Error("a ticket that is not over was loaded")
		}
		if err := r.Load(ctx, officer, PaperDay{PostID: "baku", Date: "2026-11-25", Tickets: paper(), Absent: []string{absent.ID}}); err != nil {
			t.Fatal(err)
		}
		for want, k := range map[booking.State]*booking.Booking{booking.Served: came, booking.NoShow: missed} {
			if now, err := r.book.Booking(ctx, k.ID); err != nil || now.State != want {
				t.Errorf("the booking is %s, want %s, %v", now.State, want, err)
			}
		}
		if now, err := r.book.Booking(ctx, absent.ID); err != nil || now.State != booking.NoShow {
			t.Errorf("who was absent is %s, %v", now.State, err)
		}
		all, err := list(ctx, db.Read(), `SELECT `+columns+` FROM queue_ticket WHERE id <> $1 ORDER BY arrived_at`, first.ID)
		if err != nil || len(all) != 3 {
			t.Fatalf("%d tickets, %v", len(all), err)
		}
		for i, want := range []string{"B001", "B002", "A002"} {
			if all[i].Number != want || all[i].Date != "2026-11-25" {
				t.Errorf("ticket %d is %s on %s, want %s", i, all[i].Number, all[i].Date, want)
			}
		}
		if k := all[0]; !k.CalledAt.Equal(at(31)) || !k.FinishedAt.Equal(at(50)) || k.CounterID != "c2" || k.Outcome != Done || !k.TurnAt.Equal(at(30)) {
			t.Errorf("the ticket is not as it was: %+v", k)
		}
		// What follows is numbered after it.
		r.clock.millis.Store(at(300).UnixMilli())
		if next, err := r.WalkIn(ctx, officer, "baku", NewTicketID(), "visa", 1, false); err != nil || next.Number != "A003" {
			t.Errorf("the next walk-in: %+v, %v", next, err)
		}
	})
}
