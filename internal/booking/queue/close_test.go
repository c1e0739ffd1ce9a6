package queue

import (
	"context"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestTheDayIsClosed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		absent, tomorrow := r.booked("passport", 30), r.booked("passport", 24*60)
		served, waits := r.booked("visa", 0), r.booked("visa", 10)
		atCounter, left := r.checkIn(served), r.checkIn(waits)
		r.next("c1")
		if _, err := r.Serve(ctx, officer, "baku", atCounter.ID); err != nil {
			t.Fatal(err)
		}
		// 1:59 in the night at the post: still the day's business.
		r.clock.millis.Store(time.Date(2026, 11, 25, 21, 59, 0, 0, time.UTC).UnixMilli())
		if n, err := r.CloseDay(ctx); err != nil || n != 0 || r.state(absent) != booking.Booked {
			t.Fatalf("too early: %d, %v, %s", n, err, r.state(absent))
		}
		r.clock.advance(2 * time.Minute)
		for range 2 { // the second time nothing is left to do
			if _, err := r.CloseDay(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if got := []booking.State{r.state(absent), r.state(tomorrow), r.state(served), r.state(waits)}; got[0] != booking.NoShow ||
			got[1] != booking.Booked || got[2] != booking.Served || got[3] != booking.Served {
			t.Fatalf("absent, tomorrow's, served and waiting are %v", got)
		}
		if r.misses() != 1 {
			t.Fatalf("%d misses, want 1", r.misses())
		}
		for id, want := range map[string]Outcome{atCounter.ID: Done, left.ID: Left} {
			if end, err := r.Ticket(ctx, "baku", id); err != nil || end.State != Finished || end.Outcome != want {
				t.Errorf("%+v, %v, want %s", end, err, want)
			}
		}
		_, err := r.Undo(ctx, officer, "baku", left.ID)
		refused(t, err, "queue.nothing_to_undo")
		var by string
		if err := db.Read().QueryRowContext(ctx, `SELECT actor FROM audit_entry WHERE object = $1 AND action = 'booking.no_show'`, "booking:"+absent.ID).Scan(&by); err != nil || by != audit.System {
			t.Fatalf("marked by %q, %v", by, err)
		}
	})
}

func TestADayWithoutTheQueueIsHeldAgainstNobody(t *testing.T) {
	ctx := context.Background()
	r := open(t, storetest.SQLite(t))
	k := r.booked("passport", 30)
	r.clock.advance(48 * time.Hour)
	if n, err := r.CloseDay(ctx); err != nil || n != 1 || r.state(k) != booking.NoShow {
		t.Fatalf("closed: %d, %v, %s", n, err, r.state(k))
	}
	if r.misses() != 0 {
		t.Fatalf("%d misses were counted though the desk did not work", r.misses())
	}
}

func TestScreensHearOfChanges(t *testing.T) {
	r := open(t, storetest.SQLite(t))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	heard := make(chan int64, 10)
	done := make(chan error)
	go func() {
		done <- r.Watch(ctx, "baku", func(version int64) error { heard <- version; return nil }, func() error { return nil })
	}()
	if first := <-heard; first != 0 {
		t.Fatalf("at first version %d, want 0", first)
	}
	r.walkIn("visa")
	if second := <-heard; second != 1 {
		t.Fatalf("after a ticket version %d, want 1", second)
	}
	cancel()
	if err := <-done; err != context.Canceled {
		t.Fatal(err)
	}
}

func TestTooManyScreens(t *testing.T) {
	r := open(t, storetest.SQLite(t))
	for range mostScreens {
		_, stop := r.hub.listen("baku")
		defer stop()
	}
	err := r.Watch(context.Background(), "baku", func(int64) error { t.Error("was let in"); return nil }, nil)
	refused(t, err, "queue.screens")
	if other, stop := r.hub.listen("london"); other == nil {
		t.Error("another post's screens are refused too")
	} else {
		stop()
	}
}
