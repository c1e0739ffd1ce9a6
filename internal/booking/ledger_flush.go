package booking

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/store"
)

// flush writes the group's changes, a few set-wise statements whatever the
// group's size, mails and the audit trail in the same transaction.
func (l *ledger) flush(ctx context.Context, tx *store.Tx) error {
	for _, step := range []func(context.Context, *store.Tx) error{
		l.flushSlots, l.flushBookings, l.flushEntries, l.flushClaims, l.flushLots, l.flushStandings, l.flushReplans,
	} {
		if err := step(ctx, tx); err != nil {
			return err
		}
	}
	if err := l.book.outbox.Enqueue(ctx, tx, l.mails...); err != nil {
		return err
	}
	return l.book.audit.Append(ctx, tx, l.trail...)
}

// rowsOf collects, in the order of their keys, the rows touched in the given way.
func rowsOf[V any](touched map[string]touch, how touch, all map[string]V, row func(V) []any) [][]any {
	var rows [][]any
	for _, id := range slices.Sorted(maps.Keys(touched)) {
		if touched[id] == how {
			rows = append(rows, row(all[id]))
		}
	}
	return rows
}

var slotCells = []store.Cell{
	{Name: "id", Type: "text"}, {Name: "planned", Type: "bigint"}, {Name: "places", Type: "bigint"}, {Name: "taken", Type: "bigint"},
	{Name: "withheld", Type: "bigint"}, {Name: "reserved", Type: "bigint"}, {Name: "opens_at", Type: "bigint"}, {Name: "ballot_id", Type: "text"},
}

func (l *ledger) flushSlots(ctx context.Context, tx *store.Tx) error {
	groups := map[string]bool{}
	added := rowsOf(l.touched.slots, added, l.slots, func(s *Slot) []any {
		groups[s.GroupID] = true
		return []any{s.ID, s.PostID, s.GroupID, s.RuleID, s.Date, s.Clock, store.Millis(s.Start), store.Millis(s.End),
			s.Planned, s.Places, s.Taken, s.Withheld, s.Reserved, store.Millis(s.OpensAt), s.BallotID}
	})
	var members [][]any
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		for _, service := range strings.Split(g, "+") {
			members = append(members, []any{g, service})
		}
	}
	if _, err := tx.Insert(ctx, "slot_group_service", []string{"group_id", "service_id"}, members, "ON CONFLICT DO NOTHING"); err != nil {
		return err
	}
	if _, err := tx.Insert(ctx, "slot", []string{"id", "post_id", "group_id", "rule_id", "local_date", "local_time", "starts_at", "ends_at",
		"planned", "places", "taken", "withheld", "reserved", "opens_at", "ballot_id"}, added, ""); err != nil {
		return err
	}
	return tx.Update(ctx, "slot", slotCells, rowsOf(l.touched.slots, changed, l.slots, func(s *Slot) []any {
		return []any{s.ID, s.Planned, s.Places, s.Taken, s.Withheld, s.Reserved, store.Millis(s.OpensAt), s.BallotID}
	}))
}

var bookingCells = []store.Cell{
	{Name: "id", Type: "text"}, {Name: "state", Type: "text"}, {Name: "slot_id", Type: "text"}, {Name: "post_id", Type: "text"},
	{Name: "from_reserve", Type: "bigint"}, {Name: "bound", Type: "boolean"}, {Name: "sealed", Type: "bytea"}, {Name: "email_key", Type: "text"},
	{Name: "lang", Type: "text"}, {Name: "expires_at", Type: "bigint"}, {Name: "confirmed_at", Type: "bigint"}, {Name: "ended_at", Type: "bigint"},
	{Name: "code_serial", Type: "bigint"}, {Name: "code_tries", Type: "bigint"}, {Name: "moves", Type: "bigint"}, {Name: "move_by", Type: "bigint"},
}

func (l *ledger) flushBookings(ctx context.Context, tx *store.Tx) error {
	added := rowsOf(l.touched.bookings, added, l.bookings, func(b *Booking) []any {
		return []any{b.ID, b.Reference, string(b.State), b.SlotID, b.PostID, b.ServiceID, b.Places, b.Party, b.FromReserve, b.Bound, b.Sealed,
			b.EmailKey, b.NetworkKey, b.BrowserKey, b.Lang, b.Zone, string(b.Channel), store.Millis(b.CreatedAt), store.Millis(b.ExpiresAt),
			store.Millis(b.ConfirmedAt), store.Millis(b.EndedAt), b.CodeSerial, b.CodeTries, b.Moves, store.Millis(b.MoveBy), orNull(b.RequestKey)}
	})
	if _, err := tx.Insert(ctx, "booking", []string{"id", "reference", "state", "slot_id", "post_id", "service_id", "places", "party", "from_reserve", "bound", "sealed",
		"email_key", "network_key", "browser_key", "lang", "zone", "channel", "created_at", "expires_at",
		"confirmed_at", "ended_at", "code_serial", "code_tries", "moves", "move_by", "request_key"}, added, ""); err != nil {
		return err
	}
	return tx.Update(ctx, "booking", bookingCells, rowsOf(l.touched.bookings, changed, l.bookings, func(b *Booking) []any {
		return []any{b.ID, string(b.State), b.SlotID, b.PostID, b.FromReserve, b.Bound, l.resealed(b), b.EmailKey,
			b.Lang, store.Millis(b.ExpiresAt), store.Millis(b.ConfirmedAt), store.Millis(b.EndedAt),
			b.CodeSerial, b.CodeTries, b.Moves, store.Millis(b.MoveBy)}
	}))
}

// resealed gives the sealed details only when this group wrote them.
func (l *ledger) resealed(b *Booking) any {
	if l.sealed[b.ID] {
		return b.Sealed
	}
	return nil
}

// flushClaims lets go of claims first, then takes them. A claim that is not
// added was taken by another writer in between: the group starts over.
func (l *ledger) flushClaims(ctx context.Context, tx *store.Tx) error {
	order := slices.SortedFunc(maps.Keys(l.touched.claims), func(a, b claimKey) int {
		return strings.Compare(a.person+a.service, b.person+b.service)
	})
	var gone []string
	var rows [][]any
	for _, key := range order {
		if how := l.touched.claims[key]; how != added {
			gone = append(gone, key.person+"|"+key.service)
		}
		if how := l.touched.claims[key]; how != removed {
			rows = append(rows, []any{key.person, key.service, l.claims[key]})
		}
	}
	for chunk := range slices.Chunk(gone, 512) {
		args := make([]any, 0, 2*len(chunk))
		for _, key := range chunk {
			person, service, _ := strings.Cut(key, "|")
			args = append(args, person, service)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM claim WHERE (person_key, service_id) IN (VALUES `+store.Rows(len(chunk), 2)+`)`, args...); err != nil {
			return fmt.Errorf("drop claims: %w", err)
		}
	}
	n, err := tx.Insert(ctx, "claim", []string{"person_key", "service_id", "holder_id"}, rows, "ON CONFLICT DO NOTHING")
	if err == nil && n != int64(len(rows)) {
		return errRerun
	}
	return err
}

func (l *ledger) flushLots(ctx context.Context, tx *store.Tx) error {
	added := rowsOf(l.touched.lots, added, l.lots, func(it *lot) []any {
		return []any{it.ID, it.SlotID, it.PostID, it.Places, store.Millis(it.ReleaseAt), it.EntryID}
	})
	if _, err := tx.Insert(ctx, "lot", []string{"id", "slot_id", "post_id", "places", "release_at", "entry_id"}, added, ""); err != nil {
		return err
	}
	cells := []store.Cell{{Name: "id", Type: "text"}, {Name: "places", Type: "bigint"}, {Name: "release_at", Type: "bigint"}, {Name: "entry_id", Type: "text"}}
	if err := tx.Update(ctx, "lot", cells, rowsOf(l.touched.lots, changed, l.lots, func(it *lot) []any {
		return []any{it.ID, it.Places, store.Millis(it.ReleaseAt), it.EntryID}
	})); err != nil {
		return err
	}
	for id, how := range l.touched.lots {
		if how == removed {
			if _, err := tx.ExecContext(ctx, `DELETE FROM lot WHERE id = $1`, id); err != nil {
				return fmt.Errorf("drop a lot: %w", err)
			}
		}
	}
	return nil
}

var entryCells = []store.Cell{
	{Name: "id", Type: "text"}, {Name: "state", Type: "text"}, {Name: "joined_at", Type: "bigint"}, {Name: "ended_at", Type: "bigint"},
	{Name: "code_serial", Type: "bigint"}, {Name: "code_tries", Type: "bigint"}, {Name: "missed", Type: "bigint"}, {Name: "lot_id", Type: "text"},
	{Name: "offer_slot", Type: "text"}, {Name: "offer_expires_at", Type: "bigint"}, {Name: "booking_id", Type: "text"},
}

func (l *ledger) flushEntries(ctx context.Context, tx *store.Tx) error {
	added := rowsOf(l.touched.entries, added, l.entries, func(e *Entry) []any {
		return []any{e.ID, e.Reference, string(e.State), e.PostID, e.ServiceID, e.From, e.To, e.Places, e.Party, e.Sealed, e.EmailKey, e.NetworkKey, e.Lang, e.Zone,
			store.Millis(e.CreatedAt), store.Millis(e.ExpiresAt), store.Millis(e.JoinedAt), store.Millis(e.EndedAt), e.CodeSerial, e.CodeTries, e.Missed,
			e.lotID, e.OfferSlot, store.Millis(e.OfferExpiresAt), e.BookingID, orNull(e.RequestKey)}
	})
	if _, err := tx.Insert(ctx, "waiting_entry", []string{"id", "reference", "state", "post_id", "service_id", "from_date", "to_date", "places", "party", "sealed",
		"email_key", "network_key", "lang", "zone", "created_at", "expires_at", "joined_at", "ended_at", "code_serial", "code_tries", "missed",
		"lot_id", "offer_slot", "offer_expires_at", "booking_id", "request_key"}, added, ""); err != nil {
		return err
	}
	if err := tx.Update(ctx, "waiting_entry", entryCells, rowsOf(l.touched.entries, changed, l.entries, func(e *Entry) []any {
		return []any{e.ID, string(e.State), store.Millis(e.JoinedAt), store.Millis(e.EndedAt), e.CodeSerial, e.CodeTries, e.Missed, e.lotID, e.OfferSlot,
			store.Millis(e.OfferExpiresAt), e.BookingID}
	})); err != nil {
		return err
	}
	_, err := tx.Insert(ctx, "waiting_offer", []string{"entry_id", "slot_id", "places", "offered_at"}, l.offers, "ON CONFLICT DO NOTHING")
	return err
}

func (l *ledger) flushStandings(ctx context.Context, tx *store.Tx) error {
	var rows [][]any
	for key := range l.touched.standings {
		row := l.standings[key]
		rows = append(rows, []any{key.person, key.service, row.misses, store.Millis(row.missedAt), store.Millis(row.pausedUntil)})
	}
	_, err := tx.Insert(ctx, "standing", []string{"person_key", "service_id", "misses", "missed_at", "paused_until"}, rows,
		"ON CONFLICT (person_key, service_id) DO UPDATE SET misses = excluded.misses, missed_at = excluded.missed_at, paused_until = excluded.paused_until")
	return err
}
