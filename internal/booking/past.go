package booking

import (
	"context"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// MarkServed notes afterwards that the people of bookings came and were
// served, and says how many it ended; those that are neither booked nor
// checked in are passed over. It is for days that were kept elsewhere, such as
// on paper while the power was out. Errors are internal.
func (b *Book) MarkServed(ctx context.Context, tx *store.Tx, actor string, ids ...string) (int, error) {
	value, err := b.within(ctx, tx, &servedOp{ids: ids, actor: actor})
	if err != nil {
		return 0, err
	}
	return value.(int), nil
}

// servedOp marks bookings as served.
type servedOp struct {
	ids   []string
	actor string
}

func (op *servedOp) needs(n *needs) {
	for _, id := range op.ids {
		n.bookings[id] = true
	}
}

func (op *servedOp) apply(l *ledger) (any, error) {
	done := 0
	for _, id := range op.ids {
		b := l.bookings[id]
		if b == nil || b.State != Booked && b.State != CheckedIn {
			continue
		}
		people := l.peopleOf(b)
		b.State, b.EndedAt, b.MoveBy = Served, l.now, time.Time{}
		l.dropClaims(b.ID)
		l.forgive(people, b.ServiceID, 0)
		mark(l.touched.bookings, b.ID, changed)
		l.note(op.actor, "booking.serve", "booking:"+b.ID, b.PostID, map[string]any{"afterwards": true})
		done++
	}
	return done, nil
}
