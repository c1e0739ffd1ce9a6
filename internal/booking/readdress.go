package booking

import (
	"context"

	"github.com/chancery/chancery/internal/fault"
)

// Readdress sends the code of a named hold to another e-mail address: a slip
// in the address must not cost the place. The people stay who they are. It
// counts as one more code, and the clock runs on; conflicts are those of
// SendCode.
func (b *Book) Readdress(ctx context.Context, id, email string) (*Booking, error) {
	k, err := b.Booking(ctx, id)
	if err != nil {
		return nil, err
	}
	d, err := b.Details(k)
	if err != nil {
		return nil, err
	}
	d.Email = email
	sealed, err := b.seal(id, d)
	if err != nil {
		return nil, err
	}
	return b.do(ctx, id, &readdressOp{id: id, sealed: sealed, emailKey: b.EmailKey(email)})
}

type readdressOp struct {
	id       string
	sealed   []byte
	emailKey string
}

func (op *readdressOp) needs(n *needs) { n.bookings[op.id] = true }

func (op *readdressOp) apply(l *ledger) (any, error) {
	k, err := l.liveHold(op.id)
	switch {
	case err != nil:
		return k, err
	case !k.Bound:
		return k, fault.NewConflict("booking.not_named_yet")
	case k.CodeSerial >= MaxCodes:
		return k, fault.NewConflict("booking.codes_spent")
	}
	k.Sealed, k.EmailKey = op.sealed, op.emailKey
	l.sealed[k.ID] = true
	mark(l.touched.bookings, k.ID, changed)
	l.sendCode(k)
	return k, nil
}
