package booking

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// What is foreseen is what happens, for any plan and any people.
func TestPreviewEqualsOutcome(t *testing.T) {
	ctx := context.Background()
	db := storetest.SQLite(t)
	b, clock := openBook(t, db)
	run := 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		var slots, wanted []Slot
		for i := range 3 {
			s := slotAt(clock, fmt.Sprintf("p%d-%d", i, run), 2+i, rapid.IntRange(0, 4).Draw(r, "places"))
			s.Reserved = rapid.IntRange(0, s.Planned).Draw(r, "share")
			slots = append(slots, s)
			if w := places(s, rapid.IntRange(0, 4).Draw(r, "wanted")); rapid.Bool().Draw(r, "there") {
				w.Reserved = min(w.Reserved, w.Planned)
				w.End = w.End.Add(time.Duration(rapid.IntRange(0, 1).Draw(r, "longer")) * time.Minute)
				wanted = append(wanted, w)
			}
		}
		if err := b.AddSlots(ctx, slots); err != nil {
			r.Fatal(err)
		}
		for i := range rapid.IntRange(0, 6).Draw(r, "people") {
			at := rapid.SampledFrom(slots).Draw(r, "slot").ID
			ask := hold(at)
			for n := range rapid.IntRange(1, 3).Draw(r, "party") {
				ask.Details.Applicants = append(ask.Details.Applicants, person(100000+run*100+i*10+n))
			}
			if rapid.Bool().Draw(r, "staff") {
				_, _ = b.BookNow(ctx, "staff:desk", ask)
			} else if k, err := b.Hold(ctx, ask); err == nil && rapid.Bool().Draw(r, "cancel") {
				if _, err := b.Cancel(ctx, audit.Applicant, k.ID, ""); err != nil {
					r.Fatal(err)
				}
			}
		}
		plan := replanOf(slots, wanted...)
		seen, err := b.Foresee(ctx, plan)
		if err != nil {
			r.Fatal(err)
		}
		plan.Digest = seen.Digest
		done, err := b.Replan(ctx, plan)
		if err != nil || done.Counts() != seen.Counts() || len(done.MustMove) != len(seen.MustMove) {
			r.Fatalf("seen %+v, done %+v, %v", seen, done, err)
		}
		kept := map[string]int{}
		for i, m := range seen.MustMove {
			if p := done.MustMove[i].Proposal; p != nil {
				k, err := b.Booking(ctx, m.BookingID)
				if err != nil {
					r.Fatal(err)
				}
				kept[p.ID] += k.Places
			}
			if d := done.MustMove[i]; d.BookingID != m.BookingID || !d.MoveBy.Equal(m.MoveBy) || (d.Proposal == nil) != (m.Proposal == nil) || d.Proposal != nil && !d.Proposal.Start.Equal(m.Proposal.Start) {
				r.Fatalf("mover %d: seen %+v, done %+v", i, m, d)
			}
			if k, err := b.Booking(ctx, m.BookingID); err != nil || !k.MoveBy.Equal(m.MoveBy) || !k.State.Active() {
				r.Fatalf("%+v, %v", k, err)
			}
		}
		for _, e := range seen.Slots {
			if e.Slot.ID == "" {
				continue
			}
			got, err := b.Slot(ctx, e.Slot.ID)
			if err != nil || got.Planned != e.After || got.Places != e.Slot.Places || got.Reserved != e.Slot.Reserved || got.Withheld != e.Slot.Withheld+kept[e.Slot.ID] || !got.End.Equal(e.Slot.End) {
				r.Fatalf("seen %+v, is %+v, %v", e.Slot, got, err)
			}
		}
		balance(r, db)
		if rest, err := b.Foresee(ctx, plan); err != nil || !rest.Nothing() || len(rest.Slots) > 0 {
			r.Fatalf("a second time it would do %+v, %v", rest, err)
		}
	})
}

// People keep coming while the plan changes.
func TestReplanInARush(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		slots := []Slot{slotAt(clock, "r0", 5, 20), slotAt(clock, "r1", 6, 20)}
		if err := b.AddSlots(ctx, slots); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range 120 {
			all.Go(func() {
				k, err := b.BookNow(ctx, "staff:desk", hold(slots[i%2].ID, i))
				if err == nil && i%3 == 0 {
					_, err = b.Move(ctx, "staff:desk", k.ID, Choice{SlotID: slots[(i+1)%2].ID}, true)
				}
				if err != nil && fault.KindOf(err) != fault.Conflict {
					t.Error(err)
				}
			})
		}
		for i := range 12 {
			all.Go(func() {
				if _, err := b.Replan(ctx, replanOf(nil, places(slots[0], 5+i), places(slots[1], 20-i))); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		balance(t, db)
		// Whoever sits above the plan has been asked to move, once the dust settles.
		if _, err := b.Replan(ctx, replanOf(nil, places(slots[0], 3), places(slots[1], 3))); err != nil {
			t.Fatal(err)
		}
		balance(t, db)
		// How many that are differs: places of one slot may have been kept for
		// people of the other, so that nobody got in there.
		err := store.Each(ctx, db.Read(), func(rows *sql.Rows) error {
			var slot string
			var all, stay int
			err := rows.Scan(&slot, &all, &stay)
			if want := min(3, all); stay != want {
				t.Errorf("of %d people in %s, %d stay in three places, want %d", all, slot, stay, want)
			}
			return err
		}, `SELECT slot_id, COUNT(*), SUM(CASE WHEN move_by = 0 THEN 1 ELSE 0 END) FROM booking WHERE state = 'booked' GROUP BY slot_id`)
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestTheNearestOpeningIsFound(t *testing.T) {
	noon := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	rapid.Check(t, func(r *rapid.T) {
		at := 0
		var openings []*opening
		for range rapid.IntRange(0, 8).Draw(r, "openings") {
			at += rapid.IntRange(0, 3).Draw(r, "later")
			openings = append(openings, &opening{&Slot{Start: noon.Add(time.Duration(at) * time.Hour)}, rapid.IntRange(0, 3).Draw(r, "free")})
		}
		start := noon.Add(time.Duration(rapid.IntRange(-2, 20).Draw(r, "start")) * time.Hour)
		places := rapid.IntRange(1, 3).Draw(r, "places")
		var want *opening
		for _, o := range openings {
			if o.free >= places && (want == nil || o.slot.Start.Sub(start).Abs() < want.slot.Start.Sub(start).Abs()) {
				want = o
			}
		}
		got := nearest(openings, start, places)
		if (got == nil) != (want == nil) || got != nil && !got.slot.Start.Equal(want.slot.Start) {
			r.Fatalf("got %+v, want %+v", got, want)
		}
	})
}
