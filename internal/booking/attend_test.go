package booking

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

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

// The books balance whatever the desk does among what the public does, and
// nobody is left with a claim that no booking in force stands behind.
func TestBooksBalanceOnTheDay(t *testing.T) {
	ctx := context.Background()
	db := storetest.SQLite(t)
	b, clock := openStrict(t, db)
	run := 0
	rapid.Check(t, func(r *rapid.T) {
		run++ // each run has slots and people of its own
		slot, other := fmt.Sprint("d0-", run), fmt.Sprint("d1-", run)
		if err := b.AddSlots(ctx, []Slot{slotAt(clock, slot, 2, 2), slotAt(clock, other, 3, 2)}); err != nil {
			r.Fatal(err)
		}
		ids := []string{"none"}
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			id := rapid.SampledFrom(ids).Draw(r, "id")
			who := 1_000_000 + run*10 + rapid.IntRange(1, 3).Draw(r, "who")
			var k *Booking
			var err error
			inside := func(do func(context.Context, *store.Tx) error) { err = db.Write(ctx, do) }
			switch rapid.IntRange(0, 8).Draw(r, "what") {
			case 0, 1:
				if k, err = b.BookNow(ctx, "staff:1", hold(slot, who)); err == nil {
					ids = append(ids, k.ID)
				}
			case 2:
				_, err = b.Cancel(ctx, audit.Applicant, id, "")
			case 3:
				_, err = b.Move(ctx, "staff:1", id, Choice{SlotID: other}, true)
			case 4:
				inside(func(ctx context.Context, tx *store.Tx) error {
					_, err := b.CheckIn(ctx, tx, "staff:1", id)
					return err
				})
			case 5:
				inside(func(ctx context.Context, tx *store.Tx) error {
					_, err := b.Serve(ctx, tx, "staff:1", id)
					return err
				})
			case 6:
				inside(func(ctx context.Context, tx *store.Tx) error {
					_, err := b.UndoServe(ctx, tx, "staff:1", id)
					return err
				})
			case 7:
				inside(func(ctx context.Context, tx *store.Tx) error {
					_, err := b.MarkNoShow(ctx, tx, audit.System, true, ids...)
					return err
				})
			case 8:
				to := rapid.SampledFrom([]State{Booked, Served}).Draw(r, "to")
				inside(func(ctx context.Context, tx *store.Tx) error {
					_, err := b.UndoNoShow(ctx, tx, "staff:1", id, to, "")
					return err
				})
			}
			if err != nil && fault.KindOf(err) == fault.Internal {
				r.Fatal(err)
			}
			balance(r, db)
		}
	})
}
