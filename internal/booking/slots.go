package booking

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// AddSlots puts new slots into the book. Conflict when a slot of the same rule,
// date and time is there already.
func (b *Book) AddSlots(ctx context.Context, slots []Slot) error {
	for chunk := range slices.Chunk(slots, groupSize) {
		if _, err := b.submit(ctx, chunk[0].PostID, &addSlotsOp{slots: chunk}); err != nil {
			if store.IsUnique(err) {
				return fault.NewConflict("booking.slot_exists").Because(err)
			}
			return err
		}
	}
	return nil
}

type addSlotsOp struct{ slots []Slot }

func (op *addSlotsOp) needs(*needs) {}

func (op *addSlotsOp) apply(l *ledger) (any, error) {
	for _, s := range op.slots {
		if s.ID == "" {
			s.ID = store.NewID()
		}
		s.Places = s.Planned
		l.slots[s.ID] = &s
		mark(l.touched.slots, s.ID, added)
	}
	return nil, nil
}

// Query asks for slots of a service at a post that the public can book.
type Query struct {
	PostID, Service string
	From, To        time.Time // start instants, To not included
	Places          int       // enough free places together
}

// maxSlots bounds one answer; a calendar month of a busy post is below it.
const maxSlots = 2000

// Slots lists the slots that can be held now, by start. Days, times and places
// all come from this one query, so a day never shows as free without a time.
func (b *Book) Slots(ctx context.Context, q Query) ([]Slot, error) {
	post, err := b.post(q.PostID)
	if err != nil {
		return nil, err
	}
	if _, err := b.service(q.Service); err != nil {
		return nil, err
	}
	now := b.tick()
	from := q.From
	if earliest := now.Add(post.Notice + time.Millisecond); from.Before(earliest) {
		from = earliest
	}
	var found []Slot
	err = store.Each(ctx, b.db.Read(), func(rows *sql.Rows) error {
		s, err := scanSlot(rows)
		if err == nil {
			found = append(found, *s)
		}
		return err
	}, `SELECT `+slotColumns+` FROM slot
		WHERE post_id = $1 AND starts_at >= $2 AND starts_at < $3 AND opens_at <= $4 AND ballot_id = '' AND planned > 0
		  AND places - taken - withheld - reserved >= $5
		  AND group_id IN (SELECT group_id FROM slot_group_service WHERE service_id = $6)
		ORDER BY starts_at, id LIMIT $7`,
		q.PostID, store.Millis(from), store.Millis(q.To), store.Millis(now), max(1, q.Places), q.Service, maxSlots)
	if err != nil {
		return nil, fmt.Errorf("list slots: %w", err)
	}
	return found, nil
}

// Slot finds a slot by its id.
func (b *Book) Slot(ctx context.Context, id string) (*Slot, error) {
	s, err := scanSlot(b.db.Read().QueryRowContext(ctx, `SELECT `+slotColumns+` FROM slot WHERE id = $1`, id))
	if err == sql.ErrNoRows {
		return nil, fault.NewNotFound("booking.slot_not_found")
	}
	if err != nil {
		return nil, fmt.Errorf("find a slot: %w", err)
	}
	return s, nil
}
