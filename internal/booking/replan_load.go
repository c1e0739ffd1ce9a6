package booking

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/store"
)

// seatTaking are the states in which a booking takes places of its slot.
const seatTaking = `('held', 'booked', 'checked_in', 'served', 'no_show')`

// replanSlots is the condition for the coming slots of a replan: $1 post, $2
// now, $3 and $4 the first and last day.
const replanSlots = `post_id = $1 AND starts_at > $2 AND local_date >= $3 AND local_date <= $4`

func (r *Replan) span(now int64) []any {
	return []any{r.PostID, now, r.Days[0], r.Days[len(r.Days)-1]}
}

// loadReplans finds which slots, bookings and lots the replans of a group
// concern; they are locked with all others, in their order.
func (l *ledger) loadReplans(ctx context.Context, tx *store.Tx, n *needs) error {
	for _, r := range n.replans {
		if len(r.Days) == 0 {
			continue
		}
		for query, into := range map[string]map[string]bool{
			`SELECT id FROM slot WHERE ` + replanSlots:                                                                           n.slots,
			`SELECT id FROM lot WHERE slot_id IN (SELECT id FROM slot WHERE ` + replanSlots + `)`:                                n.lots,
			`SELECT id FROM booking WHERE slot_id IN (SELECT id FROM slot WHERE ` + replanSlots + `) AND state IN ` + seatTaking: n.bookings,
		} {
			if err := store.Each(ctx, tx, func(rows *sql.Rows) error {
				var id string
				err := rows.Scan(&id)
				into[id] = true
				return err
			}, query, r.span(store.Millis(l.now))...); err != nil {
				return fmt.Errorf("find what a replan concerns: %w", err)
			}
		}
	}
	return nil
}

// checkReplans makes sure that everybody in the slots of a replan is in the
// ledger. Somebody may have come in before the slot was locked; then the group
// runs again.
func (l *ledger) checkReplans(_ context.Context, _ *store.Tx, n *needs) error {
	for _, r := range n.replans {
		found := l.seating(r)
		withheld := map[string]int{}
		for _, it := range l.lots {
			withheld[it.SlotID] += it.Places
		}
		for _, s := range found.slots {
			taken := 0
			for _, b := range found.seats[s.ID] {
				taken += b.Places
			}
			if taken != s.Taken || withheld[s.ID] != s.Withheld {
				return errRerun
			}
		}
	}
	return nil
}

// seating collects what a replan concerns from the ledger.
func (l *ledger) seating(r *Replan) *seating {
	found := &seating{seats: map[string][]*Booking{}, offered: map[string]int{}}
	for _, s := range l.slots {
		if _, ok := slices.BinarySearch(r.Days, s.Date); ok && s.PostID == r.PostID && s.Start.After(l.now) {
			found.slots = append(found.slots, s)
		}
	}
	for _, b := range l.bookings {
		if b.State != Cancelled && b.State != Expired && b.State != Voided {
			found.seats[b.SlotID] = append(found.seats[b.SlotID], b)
		}
	}
	for id, it := range l.lots {
		if it.EntryID != "" && l.touched.lots[id] != removed {
			found.offered[it.SlotID] += it.Places
		}
	}
	return found
}

// trimLots takes n withheld places of a slot away for good, those that would
// have come back last first.
func (l *ledger) trimLots(slotID string, n int) {
	var waiting []*lot
	for id, it := range l.lots {
		if it.SlotID == slotID && it.EntryID == "" && l.touched.lots[id] != removed {
			waiting = append(waiting, it)
		}
	}
	slices.SortFunc(waiting, func(a, b *lot) int {
		return cmp.Or(b.ReleaseAt.Compare(a.ReleaseAt), cmp.Compare(a.ID, b.ID))
	})
	for _, it := range waiting {
		gone := min(n, it.Places)
		n -= gone
		switch it.Places -= gone; {
		case it.Places == 0:
			mark(l.touched.lots, it.ID, removed)
		case gone > 0:
			mark(l.touched.lots, it.ID, changed)
		}
	}
}

// flushReplans writes what the other changes of slots never touch, and what
// the callers of replans save with them.
func (l *ledger) flushReplans(ctx context.Context, tx *store.Tx) error {
	var rows, members [][]any
	groups := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(l.reformed)) {
		s := l.slots[id]
		groups[s.GroupID] = true
		rows = append(rows, []any{s.ID, s.GroupID, store.Millis(s.Start), store.Millis(s.End)})
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		for _, service := range strings.Split(group, "+") {
			members = append(members, []any{group, service})
		}
	}
	if _, err := tx.Insert(ctx, "slot_group_service", []string{"group_id", "service_id"}, members, "ON CONFLICT DO NOTHING"); err != nil {
		return err
	}
	cells := []store.Cell{{Name: "id", Type: "text"}, {Name: "group_id", Type: "text"}, {Name: "starts_at", Type: "bigint"}, {Name: "ends_at", Type: "bigint"}}
	if err := tx.Update(ctx, "slot", cells, rows); err != nil {
		return err
	}
	for _, save := range l.saves {
		if err := save(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// Foresee says what Replan would do now.
func (b *Book) Foresee(ctx context.Context, r Replan) (*Effect, error) {
	post, err := b.post(r.PostID)
	if err != nil {
		return nil, err
	}
	now := b.tick()
	found := &seating{seats: map[string][]*Booking{}, offered: map[string]int{}}
	if len(r.Days) > 0 {
		if err := b.readSeating(ctx, r.span(store.Millis(now)), found); err != nil {
			return nil, fmt.Errorf("foresee a replan: %w", err)
		}
	}
	found.slots = slices.DeleteFunc(found.slots, func(s *Slot) bool {
		_, ok := slices.BinarySearch(r.Days, s.Date)
		return !ok
	})
	return r.foresee(now, post.Notice, found), nil
}

func (b *Book) readSeating(ctx context.Context, span []any, found *seating) error {
	q := b.db.Read()
	if err := store.Each(ctx, q, func(rows *sql.Rows) error {
		s, err := scanSlot(rows)
		found.slots = append(found.slots, s)
		return err
	}, `SELECT `+slotColumns+` FROM slot WHERE `+replanSlots, span...); err != nil {
		return err
	}
	if err := store.Each(ctx, q, func(rows *sql.Rows) error {
		k, err := scanBooking(rows)
		if err == nil {
			found.seats[k.SlotID] = append(found.seats[k.SlotID], k)
		}
		return err
	}, `SELECT `+bookingColumns+` FROM booking WHERE slot_id IN (SELECT id FROM slot WHERE `+replanSlots+`) AND state IN `+seatTaking, span...); err != nil {
		return err
	}
	return store.Each(ctx, q, func(rows *sql.Rows) error {
		it, err := scanLot(rows)
		if err == nil && it.EntryID != "" {
			found.offered[it.SlotID] += it.Places
		}
		return err
	}, `SELECT `+lotColumns+` FROM lot WHERE slot_id IN (SELECT id FROM slot WHERE `+replanSlots+`)`, span...)
}
