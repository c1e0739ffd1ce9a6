package booking

import (
	"context"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestPlacesOfABallot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		s := slotAt(clock, "s", 10, 4)
		s.OpensAt, s.Reserved = Unreleased, 1
		other := slotAt(clock, "other", 40, 4)
		other.OpensAt = Unreleased
		if err := b.AddSlots(ctx, []Slot{s, other}); err != nil {
			t.Fatal(err)
		}
		aside := Aside{PostID: "london", Service: "passport", From: clock.now(), To: clock.now().AddDate(0, 0, 20)}
		for range 2 {
			if places, err := b.SetAside(ctx, "staff:x", "ballot", aside); err != nil || places != 3 {
				t.Fatalf("set aside %d places, %v", places, err)
			}
		}
		if _, err := b.Hold(ctx, hold("s", 1)); fault.KindOf(err) != fault.Conflict {
			t.Fatalf("the public booked a place of the ballot: %v", err)
		}
		if _, err := b.BookNow(ctx, "staff:x", hold("s", 2)); err != nil {
			t.Fatalf("staff book from their own reserve: %v", err)
		}
		if _, err := b.BookNow(ctx, "staff:x", hold("s", 3)); fault.KindOf(err) != fault.Conflict {
			t.Fatalf("staff booked a place of the ballot: %v", err)
		}
		won := func(entry string, people ...int) (*Booking, error) {
			return b.HoldWon(ctx, Won{BallotID: "ballot", EntryID: entry, Number: entry, SlotID: "s", Service: "passport",
				Details: hold("s", people...).Details, Lang: "en", ConfirmFor: 48 * time.Hour})
		}
		first, err := won("one", 4)
		if err != nil || first.State != Held || !first.Bound || !first.ExpiresAt.Equal(clock.now().Add(48*time.Hour)) {
			t.Fatalf("a won place: %+v, %v", first, err)
		}
		if again, err := won("one", 4); err != nil || again.ID != first.ID {
			t.Fatalf("the same win again: %+v, %v", again, err)
		}
		if _, err := won("two", 4); fault.KindOf(err) != fault.Conflict {
			t.Fatalf("one person won twice: %v", err)
		}
		second, err := won("three", 5)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if k, err := b.AcceptWin(ctx, first.ID); err != nil || k.State != Booked {
				t.Fatalf("accept: %+v, %v", k, err)
			}
		}
		if err := b.EndBallot(ctx, "ballot"); err != nil {
			t.Fatal(err)
		}
		balance(t, db)
		clock.advance(49 * time.Hour)
		if _, err := b.AcceptWin(ctx, second.ID); fault.KindOf(err) != fault.Conflict {
			t.Fatalf("a win was accepted too late: %v", err)
		}
		clock.advance(2 * time.Hour)
		if _, err := b.ReleaseLots(ctx, 10); err != nil {
			t.Fatal(err)
		}
		balance(t, db)
		slot, err := b.Slot(ctx, "s")
		if err != nil || slot.Free() != 2 || slot.BallotID != "" {
			t.Fatalf("after the ballot: %+v, %v", slot, err)
		}
		if _, err := b.Hold(ctx, hold("s", 6)); err != nil {
			t.Fatalf("what is left over is for everybody: %v", err)
		}
		if ids, err := b.Ballots(ctx); err != nil || len(ids) != 0 {
			t.Fatalf("ballots %v, %v", ids, err)
		}
		if err := b.ReleaseMissed(ctx, Aside{PostID: "london", Service: "passport", From: clock.now(), To: clock.now().AddDate(0, 0, 60)}); err != nil {
			t.Fatal(err)
		}
		if slot, err := b.Slot(ctx, "other"); err != nil || slot.Withheld != 4 {
			t.Fatalf("places that no ballot gives out: %+v, %v", slot, err)
		}
		balance(t, db)
	})
}
