package booking

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/store"
)

// load reads and locks what the group needs. Rows are locked in one order on
// all writers (entries, lots, bookings, slots; by id), so two groups do not
// wait for each other in a circle.
func (l *ledger) load(ctx context.Context, tx *store.Tx, group []request) error {
	n := newNeeds()
	for _, r := range group {
		r.op.needs(n)
	}
	for _, step := range []func(context.Context, *store.Tx, *needs) error{
		l.loadRequests, l.loadClaims, l.loadEntries, l.loadReplans, l.loadKept, l.loadLots, l.indexKept, l.loadBookings, l.loadSlots, l.checkReplans, l.loadHeld, l.loadStandings,
	} {
		if err := step(ctx, tx, n); err != nil {
			return err
		}
	}
	return nil
}

func keysOf[K ~string, V any](m map[K]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, string(k))
	}
	slices.Sort(keys)
	return keys
}

func (l *ledger) loadRequests(ctx context.Context, tx *store.Tx, n *needs) error {
	if len(n.requests) == 0 {
		return nil
	}
	return tx.Select(ctx, `SELECT request_key, id FROM booking WHERE request_key IN (%s)`, keysOf(n.requests), func(rows *sql.Rows) error {
		var key, id string
		if err := rows.Scan(&key, &id); err != nil {
			return err
		}
		l.byRequest[key] = id
		n.bookings[id] = true
		return nil
	})
}

// loadClaims finds who holds the claims in question; the holders are needed
// too, to tell a live one from a hold that ran out.
func (l *ledger) loadClaims(ctx context.Context, tx *store.Tx, n *needs) error {
	return tx.Select(ctx, `SELECT person_key, service_id, holder_id FROM claim WHERE person_key IN (%s)`, keysOf(n.persons), func(rows *sql.Rows) error {
		var key claimKey
		var holder string
		if err := rows.Scan(&key.person, &key.service, &holder); err != nil {
			return err
		}
		l.claims[key] = holder
		if strings.HasPrefix(key.person, waitingPrefix) {
			n.entries[holder] = true
		} else {
			n.bookings[holder] = true
		}
		return nil
	})
}

// loadEntries also finds the lot that an entry is offered.
func (l *ledger) loadEntries(ctx context.Context, tx *store.Tx, n *needs) error {
	if err := tx.Select(ctx, `SELECT id FROM waiting_entry WHERE request_key IN (%s)`, keysOf(n.joins), func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		n.entries[id] = true
		return err
	}); err != nil {
		return err
	}
	return tx.Select(ctx, `SELECT `+entryColumns+` FROM waiting_entry WHERE id IN (%s) ORDER BY id`+tx.ForUpdate(), keysOf(n.entries), func(rows *sql.Rows) error {
		e, err := scanEntry(rows)
		if err != nil {
			return err
		}
		l.entries[e.ID] = e
		if e.lotID != "" {
			n.lots[e.lotID] = true
		}
		return nil
	})
}

func (l *ledger) loadLots(ctx context.Context, tx *store.Tx, n *needs) error {
	return tx.Select(ctx, `SELECT `+lotColumns+` FROM lot WHERE id IN (%s) ORDER BY id`+tx.ForUpdate(), keysOf(n.lots), func(rows *sql.Rows) error {
		it, err := scanLot(rows)
		if err != nil {
			return err
		}
		l.lots[it.ID] = it
		n.slots[it.SlotID] = true
		return nil
	})
}

func (l *ledger) loadBookings(ctx context.Context, tx *store.Tx, n *needs) error {
	return tx.Select(ctx, `SELECT `+bookingColumns+` FROM booking WHERE id IN (%s) ORDER BY id`+tx.ForUpdate(), keysOf(n.bookings), func(rows *sql.Rows) error {
		b, err := scanBooking(rows)
		if err != nil {
			return err
		}
		l.bookings[b.ID] = b
		n.slots[b.SlotID] = true
		return nil
	})
}

// loadSlots locks all the slots of the group together, in the order of their
// ids: first it finds which they are, then it takes them.
func (l *ledger) loadSlots(ctx context.Context, tx *store.Tx, n *needs) error {
	remember := func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		n.slots[id] = true
		return err
	}
	for day := range n.days {
		if err := store.Each(ctx, tx, remember, `SELECT id FROM slot WHERE post_id = $1 AND local_date = $2`, day.post, day.date); err != nil {
			return err
		}
	}
	return tx.Select(ctx, `SELECT `+slotColumns+` FROM slot WHERE id IN (%s) ORDER BY id`+tx.ForUpdate(), keysOf(n.slots), func(rows *sql.Rows) error {
		s, err := scanSlot(rows)
		if err != nil {
			return err
		}
		l.slots[s.ID] = s
		return nil
	})
}

// loadHeld finds all claims of the bookings in the ledger, so that
// ending one of them lets go of all.
func (l *ledger) loadHeld(ctx context.Context, tx *store.Tx, _ *needs) error {
	holders := slices.Concat(slices.Collect(maps.Keys(l.bookings)), slices.Collect(maps.Keys(l.entries)))
	slices.Sort(holders)
	return tx.Select(ctx, `SELECT person_key, service_id, holder_id FROM claim WHERE holder_id IN (%s)`, holders, func(rows *sql.Rows) error {
		var key claimKey
		var holder string
		if err := rows.Scan(&key.person, &key.service, &holder); err != nil {
			return err
		}
		l.claims[key] = holder
		l.held[holder] = append(l.held[holder], key)
		return nil
	})
}

func (l *ledger) loadStandings(ctx context.Context, tx *store.Tx, n *needs) error {
	people := maps.Clone(n.persons)
	for _, keys := range l.held { // for the misses of those who are marked
		for _, key := range keys {
			people[key.person] = true
		}
	}
	return tx.Select(ctx, `SELECT person_key, service_id, misses, missed_at, paused_until FROM standing WHERE person_key IN (%s)`, keysOf(people), func(rows *sql.Rows) error {
		var key claimKey
		var row standingRow
		var missed, paused int64
		if err := rows.Scan(&key.person, &key.service, &row.misses, &missed, &paused); err != nil {
			return err
		}
		row.missedAt, row.pausedUntil = store.Time(missed), store.Time(paused)
		l.standings[key] = row
		return nil
	})
}
