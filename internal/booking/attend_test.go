package booking

import (
	"context"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// strict warns after one miss and pauses for 30 days after two.
type strict struct{ testOffer }

func (strict) Service(id string) (Service, bool) {
	s, ok := testOffer{}.Service(id)
	s.WarnAfter, s.PauseAfter, s.Pause = 1, 2, 30*24*time.Hour
	return s, ok
}

func openStrict(t *testing.T, db *store.DB) (*Book, *testClock) {
	b, clock := openBook(t, db)
	b.offer = strict{}
	return b, clock
}

// expected books person n for a new slot, the given number of days ahead.
func expected(t *testing.T, b *Book, clock *testClock, slot string, days, n int) *Booking {
	t.Helper()
	ctx := context.Background()
	if err := b.AddSlots(ctx, []Slot{slotAt(clock, slot, days, 2)}); err != nil {
		t.Fatal(err)
	}
	k, err := b.BookNow(ctx, "staff:1", hold(slot, n))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func missed(t *testing.T, db *store.DB, b *Book, counted bool, ids ...string) (n int) {
	t.Helper()
	if err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		n, err = b.MarkNoShow(ctx, tx, audit.System, counted, ids...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func undo(db *store.DB, b *Book, id string, to State) (k *Booking, err error) {
	err = db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		k, err = b.UndoNoShow(ctx, tx, "staff:1", id, to, "the train was late")
		return err
	})
	return k, err
}

func letters(t *testing.T, db *store.DB, kind string) (n int) {
	t.Helper()
	if err := db.Read().QueryRowContext(context.Background(), `SELECT count(*) FROM outbox WHERE kind = $1`, kind).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestMissesWarnAndThenPause(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openStrict(t, db)
		first := expected(t, b, clock, "s1", 2, 1)
		if n := missed(t, db, b, true, first.ID, "none"); n != 1 {
			t.Fatalf("%d marked, want 1", n)
		}
		if n := missed(t, db, b, true, first.ID); n != 0 {
			t.Fatalf("marked twice: %d", n)
		}
		if warned, paused := letters(t, db, "no-show-warning"), letters(t, db, "no-show-pause"); warned != 1 || paused != 0 {
			t.Fatalf("after one miss %d warnings and %d pauses", warned, paused)
		}
		second := expected(t, b, clock, "s2", 3, 1) // may book again after a warning
		missed(t, db, b, true, second.ID)
		if paused := letters(t, db, "no-show-pause"); paused != 1 {
			t.Fatalf("after two misses %d letters about a pause", paused)
		}
		if err := b.AddSlots(ctx, []Slot{slotAt(clock, "s3", 4, 2)}); err != nil {
			t.Fatal(err)
		}
		_, err := b.Hold(ctx, hold("s3", 1))
		if f := fault.As(err); f == nil || f.Key != "booking.person_paused" {
			t.Fatalf("a paused person holds: %v", err)
		}
		if _, err := b.Hold(ctx, hold("s3", 2)); err != nil {
			t.Fatalf("another person is paused too: %v", err)
		}
		other := hold("s3", 1)
		other.Service = "visa"
		if _, err := b.Hold(ctx, other); err != nil {
			t.Fatalf("the pause is for one service only: %v", err)
		}
		balance(t, db)
		clock.advance(31 * 24 * time.Hour)
		third := expected(t, b, clock, "s4", 2, 1)
		missed(t, db, b, true, third.ID)
		if paused := letters(t, db, "no-show-pause"); paused != 1 {
			t.Fatal("misses from before the pause still count")
		}
		balance(t, db)
	})
}

func TestAMissTakenBackLiftsItsPause(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openStrict(t, db)
		first, slot := expected(t, b, clock, "s1", 2, 1), slotAt(clock, "s9", 9, 5)
		missed(t, db, b, true, first.ID)
		second := expected(t, b, clock, "s2", 3, 1)
		missed(t, db, b, true, second.ID)
		if k, err := undo(db, b, second.ID, Booked); err != nil || k.State != Booked {
			t.Fatalf("undone: %+v, %v", k, err)
		}
		balance(t, db)
		if err := b.AddSlots(ctx, []Slot{slot}); err != nil {
			t.Fatal(err)
		}
		_, err := b.Hold(ctx, hold("s9", 1))
		if f := fault.As(err); f == nil || f.Key != "booking.person_already_booked" {
			t.Fatalf("the booking in force again should be in the way, and no pause: %v", err)
		}
		missed(t, db, b, false, second.ID) // not counted: no pause
		if _, err := b.Hold(ctx, hold("s9", 1)); err != nil {
			t.Fatalf("an uncounted miss pauses: %v", err)
		}
		_, err = undo(db, b, second.ID, Booked)
		if f := fault.As(err); f == nil || f.Key != "booking.person_already_booked" {
			t.Fatalf("two bookings in force for one person: %v", err)
		}
		if k, err := undo(db, b, second.ID, Served); err != nil || k.State != Served {
			t.Fatalf("found out afterwards: %+v, %v", k, err)
		}
		balance(t, db)
	})
}

func TestADayFailsAsAWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openStrict(t, db)
		k := expected(t, b, clock, "s1", 1, 1)
		err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			if _, err := b.CheckIn(ctx, tx, "staff:1", k.ID); err != nil {
				t.Fatal(err)
			}
			return context.Canceled // the power fails
		})
		if err == nil {
			t.Fatal("the transaction ended well")
		}
		if now, err := b.Booking(ctx, k.ID); err != nil || now.State != Booked {
			t.Fatalf("half of a step was kept: %+v, %v", now, err)
		}
		err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := b.Serve(ctx, tx, "staff:1", k.ID)
			return err
		})
		if f := fault.As(err); f == nil || f.Key != "booking.state_changed" {
			t.Fatalf("served without having come: %v", err)
		}
	})
}
