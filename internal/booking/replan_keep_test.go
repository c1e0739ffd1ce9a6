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

// takenAway closes a slot with a couple in it; two of three places of another
// slot are kept for them.
func takenAway(t *testing.T, db *store.DB) (*Book, *testClock, *Booking) {
	t.Helper()
	b, clock := openBook(t, db)
	gone, other := slotAt(clock, "gone", 10, 2), slotAt(clock, "other", 12, 3)
	if err := b.AddSlots(context.Background(), []Slot{gone, other}); err != nil {
		t.Fatal(err)
	}
	couple := book(t, b, "gone", 1, 2)
	effect, err := b.Replan(context.Background(), replanOf([]Slot{gone}, other))
	if err != nil || len(effect.MustMove) != 1 || effect.MustMove[0].Proposal == nil || effect.MustMove[0].Proposal.ID != "other" {
		t.Fatalf("%+v, %v", effect, err)
	}
	s, until, err := b.Kept(context.Background(), couple.ID)
	if err != nil || s == nil || s.ID != "other" || s.Free() != 1 || !until.Equal(effect.MustMove[0].KeptUntil) {
		t.Fatalf("kept: %+v until %v, %v", s, until, err)
	}
	balance(t, db)
	return b, clock, again(t, b, couple)
}

func free(t *testing.T, b *Book, slot string) int {
	t.Helper()
	s, err := b.Slot(context.Background(), slot)
	if err != nil {
		t.Fatal(err)
	}
	return s.Free()
}

func TestWhoMustMoveFindsThePlaceKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, _, couple := takenAway(t, db)
		if _, err := b.Hold(ctx, hold("other", 3)); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Hold(ctx, hold("other", 4)); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a kept place was given to somebody else: %v", err)
		}
		moved, err := b.Move(ctx, audit.Applicant, couple.ID, Choice{SlotID: "other"}, false)
		if err != nil || moved.SlotID != "other" || !moved.MoveBy.IsZero() {
			t.Errorf("%+v, %v", moved, err)
		}
		if s, _, err := b.Kept(ctx, couple.ID); err != nil || s != nil {
			t.Errorf("still kept: %+v, %v", s, err)
		}
		balance(t, db)
	})
}

func TestWhatIsKeptGoesOnWhenItIsNotTaken(t *testing.T) {
	for name, end := range map[string]func(ctx context.Context, b *Book, clock *testClock, couple *Booking) error{
		"cancelled": func(ctx context.Context, b *Book, _ *testClock, couple *Booking) error {
			_, err := b.Cancel(ctx, audit.Applicant, couple.ID, "")
			return err
		},
		"moved elsewhere": func(ctx context.Context, b *Book, clock *testClock, couple *Booking) error {
			if err := b.AddSlots(ctx, []Slot{slotAt(clock, "third", 20, 2)}); err != nil {
				return err
			}
			_, err := b.Move(ctx, audit.Applicant, couple.ID, Choice{SlotID: "third"}, false)
			return err
		},
		"no answer": func(_ context.Context, _ *Book, clock *testClock, couple *Booking) error {
			clock.advance(couple.MoveBy.Sub(clock.now()))
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			db := storetest.SQLite(t)
			b, clock, couple := takenAway(t, db)
			if err := end(ctx, b, clock, couple); err != nil {
				t.Fatal(err)
			}
			balance(t, db)
			if _, err := b.ReleaseLots(ctx, 10); err != nil {
				t.Fatal(err)
			}
			if n := free(t, b, "other"); n != 1 {
				t.Errorf("%d places are free at once, want the one that was: the others wait their turn", n)
			}
			clock.advance(2 * time.Hour)
			if _, err := b.ReleaseLots(ctx, 10); err != nil {
				t.Fatal(err)
			}
			if n := free(t, b, "other"); n != 3 {
				t.Errorf("%d places are free in the end", n)
			}
			balance(t, db)
			if k := again(t, b, couple); name == "no answer" && (k.State != Booked || k.SlotID != "gone" || k.MoveBy.IsZero()) {
				t.Errorf("an appointment ended in silence: %+v", k)
			}
		})
	}
}

func TestWhatIsKeptIsTakenAwayToo(t *testing.T) {
	ctx := context.Background()
	db := storetest.SQLite(t)
	b, clock, couple := takenAway(t, db)
	other, err := b.Slot(ctx, "other")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Replan(ctx, replanOf(nil, places(*other, 1))); err != nil {
		t.Fatal(err)
	}
	balance(t, db)
	if s, _, err := b.Kept(ctx, couple.ID); err != nil || s != nil {
		t.Errorf("offered what is not there: %+v, %v", s, err)
	}
	if _, err := b.Move(ctx, audit.Applicant, couple.ID, Choice{SlotID: "other"}, false); fault.KindOf(err) != fault.Conflict {
		t.Errorf("two people in one place: %v", err)
	}
	balance(t, db)
	clock.advance(8 * 24 * time.Hour)
	for range 2 {
		if _, err := b.ReleaseLots(ctx, 10); err != nil {
			t.Fatal(err)
		}
		clock.advance(2 * time.Hour)
	}
	if s, err := b.Slot(ctx, "other"); err != nil || s.Places != 1 || s.Free() != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	balance(t, db)
}

func TestTheListOfThoseWhoMustMove(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		slots := []Slot{slotAt(clock, "a", 3, 1), slotAt(clock, "b", 20, 1), slotAt(clock, "c", 30, 1), slotAt(clock, "d", 2, 1)}
		if err := b.AddSlots(ctx, slots); err != nil {
			t.Fatal(err)
		}
		var people []*Booking
		for i, id := range []string{"a", "b", "c", "d"} {
			people = append(people, book(t, b, id, i))
		}
		if _, err := b.Replan(ctx, replanOf(slots[:3], slots[3])); err != nil {
			t.Fatal(err)
		}
		list := func(after MovingAfter, limit int) (refs []string) {
			found, err := b.MustMove(ctx, "london", after, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range found {
				if m.Slot.ID != m.SlotID {
					t.Errorf("slot %s of %s", m.Slot.ID, m.SlotID)
				}
				refs = append(refs, m.Reference)
			}
			return refs
		}
		all := list(MovingAfter{}, 10)
		if len(all) != 3 || all[0] != people[0].Reference {
			t.Errorf("%v", all)
		}
		first, err := b.MustMove(ctx, "london", MovingAfter{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if rest := list(MovingAfter{MoveBy: first[0].MoveBy, ID: first[0].ID}, 10); len(rest) != 2 || rest[0] != all[1] || rest[1] != all[2] {
			t.Errorf("%v after the first of %v", rest, all)
		}
		clock.advance(2*24*time.Hour + time.Hour)
		if counts, err := b.MustMoveCounts(ctx); err != nil || counts["london"] != (MovingCount{All: 3, Late: 1}) {
			t.Errorf("%+v, %v", counts, err)
		}
		clock.advance(24 * time.Hour) // the first slot has begun
		if all := list(MovingAfter{}, 10); len(all) != 2 {
			t.Errorf("%v", all)
		}
	})
}
