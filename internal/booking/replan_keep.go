package booking

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// keptPrefix begins the EntryID of a lot that is kept for a booking which must
// move; its ReleaseAt is until when.
const keptPrefix = "move:"

// keep sets the proposed places aside for a booking that must move.
func (l *ledger) keep(b *Booking, s *Slot, until time.Time) {
	s.Withheld += b.Places
	mark(l.touched.slots, s.ID, changed)
	it := &lot{ID: store.NewID(), SlotID: s.ID, PostID: s.PostID, Places: b.Places, ReleaseAt: until, EntryID: keptPrefix + b.ID}
	l.lots[it.ID], l.kept[b.ID] = it, it
	mark(l.touched.lots, it.ID, added)
}

// keptFor finds the lot that is kept for a booking, nil when there is none.
func (l *ledger) keptFor(bookingID string) *lot {
	it := l.kept[bookingID]
	if it == nil || l.touched.lots[it.ID] == removed || it.EntryID != keptPrefix+bookingID {
		return nil
	}
	return it
}

// indexKept notes which of the lots are kept for bookings.
func (l *ledger) indexKept(context.Context, *store.Tx, *needs) error {
	for _, it := range l.lots {
		if id, ok := strings.CutPrefix(it.EntryID, keptPrefix); ok {
			l.kept[id] = it
		}
	}
	return nil
}

// useKept turns what is kept for a booking into free places of its slot, for
// the booking to take at once. False when the plan has taken them away since.
func (l *ledger) useKept(it *lot) bool {
	s := l.slots[it.SlotID]
	if s.Taken+it.Places > s.Planned {
		return false
	}
	s.Withheld -= it.Places
	mark(l.touched.slots, s.ID, changed)
	mark(l.touched.lots, it.ID, removed)
	return true
}

// letGoKept gives what was kept for a booking to the waiting list, or back at
// a random moment. Without anything kept it does nothing.
func (l *ledger) letGoKept(bookingID string) {
	it := l.keptFor(bookingID)
	if it == nil {
		return
	}
	it.EntryID, it.ReleaseAt = "", l.book.releaseMoment(l.slots[it.SlotID], l.now)
	mark(l.touched.lots, it.ID, changed)
}

// loadKept finds the lots that are kept for bookings.
func (l *ledger) loadKept(ctx context.Context, tx *store.Tx, n *needs) error {
	owners := make([]string, 0, len(n.kept))
	for id := range n.kept {
		owners = append(owners, keptPrefix+id)
	}
	slices.Sort(owners)
	return tx.Select(ctx, `SELECT id FROM lot WHERE entry_id <> '' AND entry_id IN (%s)`, owners, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		n.lots[id] = true
		return err
	})
}

// releaseKept lets go of what was kept for people who have not answered in
// time; they keep the appointment that they have.
func (b *Book) releaseKept(ctx context.Context, limit int) error {
	owners, err := b.ids(ctx, `SELECT entry_id FROM lot WHERE entry_id <> '' AND entry_id LIKE 'move:%' AND release_at <= $1 ORDER BY release_at LIMIT $2`, store.Millis(b.tick()), limit)
	if err != nil {
		return fmt.Errorf("find kept places: %w", err)
	}
	for chunk := range slices.Chunk(owners, groupSize) {
		if _, err := b.submit(ctx, chunk[0], &letGoOp{owners: chunk}); err != nil {
			return err
		}
	}
	return nil
}

type letGoOp struct{ owners []string }

func (op *letGoOp) needs(n *needs) {
	for _, owner := range op.owners {
		n.kept[strings.TrimPrefix(owner, keptPrefix)] = true
	}
}

func (op *letGoOp) apply(l *ledger) (any, error) {
	for _, owner := range op.owners {
		id := strings.TrimPrefix(owner, keptPrefix)
		if it := l.keptFor(id); it != nil && !it.ReleaseAt.After(l.now) {
			l.letGoKept(id)
		}
	}
	return nil, nil
}

// Kept gives the slot in which places are kept for a booking that must move,
// and until when; nil when there is none. Move takes them.
func (b *Book) Kept(ctx context.Context, bookingID string) (*Slot, time.Time, error) {
	it, err := scanLot(b.db.Read().QueryRowContext(ctx, `SELECT `+lotColumns+` FROM lot WHERE entry_id <> '' AND entry_id = $1 AND release_at > $2`,
		keptPrefix+bookingID, store.Millis(b.tick())))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, time.Time{}, nil
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("find what is kept for a booking: %w", err)
	}
	s, err := b.Slot(ctx, it.SlotID)
	if err != nil || s.Taken+it.Places > s.Planned {
		return nil, time.Time{}, err
	}
	return s, it.ReleaseAt, nil
}
