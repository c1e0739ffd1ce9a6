package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// replanOf asks that the days of the slots look like wanted.
func replanOf(slots []Slot, wanted ...Slot) Replan {
	r := Replan{PostID: "london", Actor: "staff:head", Wanted: wanted, Reason: map[string]string{"en": "Works"}}
	for _, s := range append(slices.Clone(slots), wanted...) {
		if !slices.Contains(r.Days, s.Date) {
			r.Days = append(r.Days, s.Date)
		}
	}
	slices.Sort(r.Days)
	return r
}

func places(s Slot, n int) Slot { s.Planned = n; return s }

// book books people into a slot, one party.
func book(t testing.TB, b *Book, slot string, people ...int) *Booking {
	t.Helper()
	k, err := b.BookNow(context.Background(), "staff:desk", hold(slot, people...))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func again(t testing.TB, b *Book, k *Booking) *Booking {
	t.Helper()
	k, err := b.Booking(context.Background(), k.ID)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func mailed(t testing.TB, db *store.DB, kind, ref string) (n int) {
	t.Helper()
	if err := db.Read().QueryRowContext(context.Background(), `SELECT count(*) FROM outbox WHERE kind = $1 AND ref = $2`, kind, ref).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFewerPlacesAskTheLastToMove(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		s, other := slotAt(clock, "s", 10, 7), slotAt(clock, "other", 11, 2)
		if err := b.AddSlots(ctx, []Slot{s, other}); err != nil {
			t.Fatal(err)
		}
		first := book(t, b, "s", 1)
		clock.advance(time.Minute)
		family := book(t, b, "s", 2, 3, 4, 5)
		clock.advance(time.Minute)
		last := book(t, b, "s", 6)
		clock.advance(time.Minute)
		held, err := b.Hold(ctx, hold("s", 7))
		if err != nil {
			t.Fatal(err)
		}

		r := replanOf(nil, places(s, 2), other)
		seen, err := b.Foresee(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		if c := seen.Counts(); c != (Counts{SlotsChanged: 1, PlacesFewer: 5, MustMove: 1}) {
			t.Fatalf("foreseen %+v", c)
		}
		m := seen.MustMove[0]
		if m.Reference != family.Reference || m.Party != 4 || m.Proposal != nil {
			t.Fatalf("must move %+v: the family of four does not fit in two places, and nowhere else either", m)
		}
		r.Digest = seen.Digest
		if _, err := b.Replan(ctx, r); err != nil {
			t.Fatal(err)
		}
		balance(t, db)
		if !again(t, b, first).MoveBy.IsZero() || !again(t, b, last).MoveBy.IsZero() {
			t.Error("who fits was asked to move")
		}
		moving := again(t, b, family)
		if moving.State != Booked || moving.SlotID != "s" || !moving.MoveBy.Equal(clock.now().Add(7*24*time.Hour)) {
			t.Errorf("the family: %+v", moving)
		}
		if n := mailed(t, db, "must-move", family.ID); n != 1 {
			t.Errorf("%d letters to the family", n)
		}
		// The hold came last: it may be confirmed, and is told at once.
		if _, err := b.Confirm(ctx, held.ID, b.HoldCode(held.ID, 1)); err != nil {
			t.Fatal(err)
		}
		if n := mailed(t, db, "must-move", held.ID); n != 1 || again(t, b, held).MoveBy.IsZero() {
			t.Errorf("%d letters to the hold that became a booking", n)
		}
		if _, err := b.Hold(ctx, hold("s", 8)); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a place above the plan was given out: %v", err)
		}

		// Room again: nobody is asked twice, and who fits is told to stay.
		if _, err := b.Replan(ctx, replanOf(nil, places(s, 6), other)); err != nil {
			t.Fatal(err)
		}
		if k := again(t, b, family); !k.MoveBy.IsZero() || mailed(t, db, "may-stay", family.ID) != 1 || mailed(t, db, "must-move", family.ID) != 1 {
			t.Errorf("after the places came back: %+v", k)
		}
		balance(t, db)
	})
}

func TestAWeekClosedWithPeopleInIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		var week []Slot
		for day := range 7 {
			week = append(week, slotAt(clock, fmt.Sprint("w", day), 10+day, 2))
		}
		after := slotAt(clock, "after", 17, 3)
		if err := b.AddSlots(ctx, append(slices.Clone(week), after)); err != nil {
			t.Fatal(err)
		}
		var people []*Booking
		for day := range 5 {
			people = append(people, book(t, b, fmt.Sprint("w", day), 10*day, 10*day+1))
			clock.advance(time.Minute)
		}
		cancelled, err := b.Cancel(ctx, audit.Applicant, people[4].ID, "")
		if err != nil {
			t.Fatal(err)
		}

		// First the days close; people keep what they have.
		shut := replanOf(week)
		shut.KeepPeople = true
		if _, err := b.Replan(ctx, shut); err != nil {
			t.Fatal(err)
		}
		balance(t, db)
		if _, err := b.Hold(ctx, hold("w6", 99)); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a closed day was booked: %v", err)
		}
		if k := again(t, b, people[0]); !k.MoveBy.IsZero() || mailed(t, db, "must-move", k.ID) != 0 {
			t.Errorf("somebody was asked to move: %+v", k)
		}

		r := replanOf(week, after)
		r.Days = append(r.Days, after.Date)
		slices.Sort(r.Days)
		r.Days = slices.Compact(r.Days)
		seen, err := b.Foresee(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		if c := seen.Counts(); c.MustMove != 4 || c.SlotsRemoved != 0 {
			t.Fatalf("foreseen %+v", c)
		}
		var proposed int
		for i, m := range seen.MustMove {
			if m.BookingID != people[i].ID {
				t.Errorf("mover %d is not the one who booked %d.", i, i+1)
			}
			if m.Proposal != nil {
				proposed++
			}
		}
		if proposed != 1 || seen.MustMove[0].Proposal == nil {
			t.Errorf("%d proposals: three places take one couple, who booked first", proposed)
		}
		done, err := b.Replan(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		if done.Digest != seen.Digest {
			t.Error("the outcome is not what was foreseen")
		}
		for _, k := range people[:4] {
			if k := again(t, b, k); k.State != Booked || k.MoveBy.IsZero() {
				t.Errorf("a silent cancellation: %+v", k)
			}
		}
		if k := again(t, b, cancelled); !k.MoveBy.IsZero() {
			t.Error("a cancelled booking was asked to move")
		}
		moved, err := b.Move(ctx, audit.Applicant, people[0].ID, Choice{SlotID: "after"}, false)
		if err != nil || !moved.MoveBy.IsZero() || moved.Moves != 0 {
			t.Errorf("moving: %+v, %v", moved, err)
		}
		balance(t, db)
		clock.advance(48 * time.Hour)
		if _, err := b.ReleaseLots(ctx, 100); err != nil {
			t.Fatal(err)
		}
		balance(t, db)
		if s, err := b.Slot(ctx, "w0"); err != nil || s.Places != 0 || s.Free() != 0 {
			t.Errorf("a closed slot offers what came back: %+v, %v", s, err)
		}
	})
}

func TestAnotherSlotLength(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		at := func(minute, length int) Slot {
			s := slotAt(clock, "", 5, 2)
			s.RuleID, s.GroupID = "rule", "passport"
			s.Start = s.Start.Add(time.Duration(minute) * time.Minute)
			s.End, s.Clock = s.Start.Add(time.Duration(length)*time.Minute), s.Start.Format("15:04")
			return s
		}
		before := []Slot{at(0, 30), at(30, 30)}
		before[0].ID, before[1].ID = "nine", "half"
		if err := b.AddSlots(ctx, before); err != nil {
			t.Fatal(err)
		}
		stays, moves := book(t, b, "nine", 1), book(t, b, "half", 2)
		seen, err := b.Replan(ctx, replanOf(before, at(0, 20), at(20, 20), at(40, 20)))
		if err != nil {
			t.Fatal(err)
		}
		if c := seen.Counts(); c != (Counts{SlotsAdded: 2, SlotsRemoved: 1, SlotsChanged: 1, PlacesMore: 4, PlacesFewer: 2, MustMove: 1}) {
			t.Errorf("%+v", c)
		}
		if again(t, b, stays).MoveBy.IsZero() != true || again(t, b, moves).MoveBy.IsZero() {
			t.Error("who sits at nine stays, who sits at half past nine must move")
		}
		m := seen.MustMove[0]
		if m.Proposal == nil || m.Proposal.Clock != "09:20" {
			t.Fatalf("proposal %+v, want the nearest, the earlier of two", m.Proposal)
		}
		slots, err := b.Slots(ctx, Query{PostID: "london", Service: "passport", From: clock.now(), To: clock.now().AddDate(0, 0, 9)})
		if err != nil || len(slots) != 3 || slots[0].End.Sub(slots[0].Start) != 20*time.Minute {
			t.Errorf("on offer %+v, %v", slots, err)
		}
		balance(t, db)
	})
}

func TestAServiceLeavesASlot(t *testing.T) {
	ctx := context.Background()
	db := storetest.SQLite(t)
	b, clock := openBook(t, db)
	s := slotAt(clock, "s", 5, 3)
	if err := b.AddSlots(ctx, []Slot{s}); err != nil {
		t.Fatal(err)
	}
	k := book(t, b, "s", 1)
	s.GroupID = "visa"
	if _, err := b.Replan(ctx, replanOf(nil, s)); err != nil {
		t.Fatal(err)
	}
	if again(t, b, k).MoveBy.IsZero() {
		t.Error("the slot does not serve the booking's service any more")
	}
	if found, err := b.Slots(ctx, Query{PostID: "london", Service: "passport", From: clock.now(), To: clock.now().AddDate(0, 0, 9)}); err != nil || len(found) != 0 {
		t.Errorf("still on offer: %v, %v", found, err)
	}
}

func TestTheStaffsShareFollowsThePlan(t *testing.T) {
	ctx := context.Background()
	db := storetest.SQLite(t)
	b, clock := openBook(t, db)
	s := slotAt(clock, "s", 5, 4)
	s.Reserved = 2
	if err := b.AddSlots(ctx, []Slot{s}); err != nil {
		t.Fatal(err)
	}
	book(t, b, "s", 1) // out of the share
	for planned, want := range map[int][2]int{4: {1, 2}, 6: {1, 4}, 2: {1, 0}, 1: {0, 0}} {
		w := places(s, planned)
		if _, err := b.Replan(ctx, replanOf(nil, w)); err != nil {
			t.Fatal(err)
		}
		if got, err := b.Slot(ctx, "s"); err != nil || [2]int{got.Reserved, got.Free()} != want {
			t.Errorf("%d planned, two of them the staff's, one of those taken: %+v, %v", planned, got, err)
		}
		balance(t, db)
	}
}

func TestAnEffectThatChangedIsNotSaved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		s := slotAt(clock, "s", 5, 2)
		if err := b.AddSlots(ctx, []Slot{s}); err != nil {
			t.Fatal(err)
		}
		saved := 0
		r := replanOf(nil, places(s, 1))
		r.Save = func(context.Context, *store.Tx) error { saved++; return nil }
		book(t, b, "s", 1)
		seen, err := b.Foresee(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		r.Digest = seen.Digest
		clock.advance(time.Minute)
		late := book(t, b, "s", 2)
		now, err := b.Replan(ctx, r)
		if fault.KindOf(err) != fault.Conflict || saved != 0 || now == nil || now.Digest == r.Digest || len(now.MustMove) != 1 {
			t.Fatalf("%+v, %v", now, err)
		}
		if k := again(t, b, late); !k.MoveBy.IsZero() {
			t.Error("the refused replan left a trace")
		}

		// What is saved with it stands or falls with it.
		r.Digest = now.Digest
		r.Save = func(context.Context, *store.Tx) error { return fault.NewConflict("test.no") }
		if _, err := b.Replan(ctx, r); fault.KindOf(err) != fault.Conflict {
			t.Fatalf("%v", err)
		}
		if got, _ := b.Slot(ctx, "s"); got.Planned != 2 {
			t.Errorf("undone with its saving: %+v", got)
		}
		r.Save = func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM lot WHERE id = $1`, "none")
			return err
		}
		if _, err := b.Replan(ctx, r); err != nil {
			t.Fatal(err)
		}
		balance(t, db)
		r.Save = func(context.Context, *store.Tx) error { return errors.New("no such table") }
		r.Digest = ""
		if _, err := b.Replan(ctx, r); err == nil {
			t.Error("an error was swallowed")
		}
	})
}
