package booking

import (
	"context"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
)

// Bind names the people of a hold: from now on the places are theirs and
// cannot be passed on. It mails the one-time code and starts the clock again.
// Binding the same hold again, as a double click does, changes nothing.
func (b *Book) Bind(ctx context.Context, id string, d Details) (*Booking, error) {
	sealed, err := b.seal(id, d)
	if err != nil {
		return nil, err
	}
	return b.do(ctx, id, &bindOp{id: id, people: personKeys(b.ring, d.Applicants), sealed: sealed, emailKey: b.EmailKey(d.Email)})
}

type bindOp struct {
	id       string
	people   []string
	sealed   []byte
	emailKey string
}

func (op *bindOp) needs(n *needs) {
	n.bookings[op.id] = true
	for _, p := range op.people {
		n.persons[p] = true
	}
}

func (op *bindOp) apply(l *ledger) (any, error) {
	b, err := l.liveHold(op.id)
	if err != nil {
		return b, err
	}
	if b.Bound {
		return b, nil
	}
	if len(op.people) != b.Party {
		return b, fault.NewInvalid(fault.Field{Path: "applicants", Key: "booking.party_changed", Args: fault.Args{"Party": b.Party}})
	}
	if err := l.paused(op.people, b.ServiceID); err != nil {
		return b, err
	}
	if err := l.claimAll(op.people, b.ServiceID, b.ID); err != nil {
		return b, err
	}
	l.dropBrowser(b)
	b.Bound, b.Sealed, b.EmailKey, b.ExpiresAt = true, op.sealed, op.emailKey, l.now.Add(HoldFor)
	l.sealed[b.ID] = true
	mark(l.touched.bookings, b.ID, changed)
	l.sendCode(b)
	return b, nil
}

// dropBrowser lets go of the claim of a hold's browser: once the people are
// named it is theirs, and the browser may choose for others, such as a
// neighbour without a computer.
func (l *ledger) dropBrowser(b *Booking) {
	key := claimKey{"b:" + b.BrowserKey, b.ServiceID}
	if b.BrowserKey == "" || l.claims[key] != b.ID {
		return
	}
	delete(l.claims, key)
	mark(l.touched.claims, key, removed)
	l.held[b.ID] = slices.DeleteFunc(l.held[b.ID], func(k claimKey) bool { return k == key })
}

// liveHold finds a hold that has not run out; one that has is ended here, so
// that the answer and the books agree.
func (l *ledger) liveHold(id string) (*Booking, error) {
	b, err := l.booking(id)
	switch {
	case err != nil:
		return nil, err
	case b.State == Expired:
		return b, fault.NewConflict("booking.hold_expired")
	case b.State != Held:
		return b, fault.NewConflict("booking.not_a_hold")
	case !b.ExpiresAt.After(l.now):
		l.expire(b)
		return b, fault.NewConflict("booking.hold_expired")
	}
	return b, nil
}

// Confirm proves the e-mail address with the one-time code and makes the hold
// a booking. A wrong code is invalid and counted; after MaxTries a new code
// must be sent. Confirming again with the right code gives the same booking.
func (b *Book) Confirm(ctx context.Context, id, code string) (*Booking, error) {
	return b.do(ctx, id, &confirmOp{id: id, code: code})
}

type confirmOp struct{ id, code string }

func (op *confirmOp) needs(n *needs) { n.bookings[op.id] = true }

func (op *confirmOp) apply(l *ledger) (any, error) {
	b, err := l.booking(op.id)
	if err != nil {
		return nil, err
	}
	right := b.CodeSerial > 0 && keyring.Equal(op.code, l.book.HoldCode(b.ID, b.CodeSerial))
	if b.State == Booked && right {
		return b, nil
	}
	if _, err := l.liveHold(op.id); err != nil {
		return b, err
	}
	switch {
	case !b.Bound:
		return b, fault.NewConflict("booking.not_named_yet")
	case b.CodeTries >= MaxTries:
		return b, fault.NewConflict("booking.code_spent")
	case !right:
		b.CodeTries++
		mark(l.touched.bookings, b.ID, changed)
		return b, fault.NewInvalid(fault.Field{Path: "code", Key: "booking.code_wrong", Args: fault.Args{"Left": MaxTries - b.CodeTries}})
	}
	l.confirm(b)
	mark(l.touched.bookings, b.ID, changed)
	return b, nil
}

// SendCode mails a new one-time code; the earlier one is void. Conflict after
// MaxCodes.
func (b *Book) SendCode(ctx context.Context, id string) (*Booking, error) {
	return b.do(ctx, id, &codeOp{id: id})
}

type codeOp struct{ id string }

func (op *codeOp) needs(n *needs) { n.bookings[op.id] = true }

func (op *codeOp) apply(l *ledger) (any, error) {
	b, err := l.liveHold(op.id)
	if err != nil {
		return b, err
	}
	if !b.Bound {
		return b, fault.NewConflict("booking.not_named_yet")
	}
	if b.CodeSerial >= MaxCodes {
		return b, fault.NewConflict("booking.codes_spent")
	}
	l.sendCode(b)
	mark(l.touched.bookings, b.ID, changed)
	return b, nil
}

// Cancel gives a hold or booking back. actor is the holder (audit.Applicant)
// or a member of the staff, whose cancellation needs a reason. Cancelling what
// is cancelled changes nothing.
func (b *Book) Cancel(ctx context.Context, actor, id, reason string) (*Booking, error) {
	return b.do(ctx, id, &endOp{id: id, actor: actor, reason: reason, state: Cancelled, action: "booking.cancel", mail: notify.KindCancelled})
}

// Void takes a booking away after two officers have agreed; the caller has
// seen to that. The holder is told.
func (b *Book) Void(ctx context.Context, actor, id, reason string) (*Booking, error) {
	return b.do(ctx, id, &endOp{id: id, actor: actor, reason: reason, state: Voided, action: "booking.void", mail: notify.KindVoided})
}

type endOp struct {
	id, actor, reason, action, mail string
	state                           State
}

func (op *endOp) needs(n *needs) { n.bookings[op.id], n.kept[op.id] = true, true }

func (op *endOp) apply(l *ledger) (any, error) {
	b, err := l.booking(op.id)
	if err != nil {
		return nil, err
	}
	if b.State == op.state || b.State == Expired && op.state == Cancelled {
		return b, nil
	}
	if b.State != Held && b.State != Booked {
		return b, fault.NewConflict("booking.too_late_to_cancel")
	}
	if b.State == Booked {
		if !l.slots[b.SlotID].Start.After(l.now) && op.state == Cancelled {
			return b, fault.NewConflict("booking.too_late_to_cancel")
		}
		if b.EmailKey != "" {
			l.mail(op.mail, b.ID, b.Lang, time.Time{}, map[string]string{"slot": b.SlotID, "reason": op.reason})
		}
	}
	l.end(b, op.state)
	l.letGoKept(b.ID)
	l.note(op.actor, op.action, "booking:"+b.ID, b.PostID, map[string]any{"reason": op.reason})
	return b, nil
}

// Move takes a booking to another slot of the same service; the person stays
// the same. Conflicts: the new slot is full or closed, the old one has begun,
// or the holder has moved MaxMoves times (staff may always, and a move that
// the plan forces does not count).
func (b *Book) Move(ctx context.Context, actor, id string, to Choice, staff bool) (*Booking, error) {
	return b.do(ctx, id, &moveOp{id: id, to: to, actor: actor, staff: staff})
}

type moveOp struct {
	id    string
	to    Choice
	actor string
	staff bool
}

func (op *moveOp) needs(n *needs) {
	n.bookings[op.id], n.kept[op.id] = true, true
	n.choice(op.to)
}

func (op *moveOp) apply(l *ledger) (any, error) {
	b, err := l.booking(op.id)
	if err != nil {
		return nil, err
	}
	from := l.slots[b.SlotID]
	forced := !b.MoveBy.IsZero()
	switch {
	case b.State != Booked:
		return b, fault.NewConflict("booking.not_booked")
	case !from.Start.After(l.now):
		return b, fault.NewConflict("booking.slot_past")
	case b.Moves >= MaxMoves && !op.staff && !forced:
		return b, fault.NewConflict("booking.moves_spent")
	case op.to.SlotID == b.SlotID:
		return b, nil
	}
	want := &holdOp{HoldRequest: HoldRequest{Choice: op.to, Service: b.ServiceID}, places: b.Places}
	kept := l.keptFor(b.ID)
	if kept != nil && kept.SlotID == op.to.SlotID {
		want.kept = kept.Places
	}
	if op.staff {
		want.actor = op.actor
	}
	to, err := want.choose(l)
	if err != nil {
		return b, err
	}
	if want.kept > 0 && !l.useKept(kept) {
		return b, fault.NewConflict("booking.slot_full")
	}
	fromReserve, ok := l.take(to, b.Places, op.staff && want.kept == 0)
	if !ok {
		return b, fault.NewConflict("booking.slot_full")
	}
	l.letGoKept(b.ID)
	l.giveBack(from, b.Places, b.FromReserve)
	b.SlotID, b.PostID, b.FromReserve, b.MoveBy = to.ID, to.PostID, fromReserve, time.Time{}
	if !op.staff && !forced {
		b.Moves++
	}
	mark(l.touched.bookings, b.ID, changed)
	if b.EmailKey != "" {
		l.mail(notify.KindMoved, b.ID, b.Lang, time.Time{}, map[string]string{"from": from.ID, "slot": to.ID})
	}
	l.note(op.actor, "booking.move", "booking:"+b.ID, b.PostID, map[string]any{"from": from.ID, "to": to.ID})
	return b, nil
}

// ExpireHolds ends the holds that have run out, at most limit of them, and
// says how many. Each goes through a writer like any other request. What ran
// out before the last call that found less than limit need not be looked at
// again: the book's clock does not run backwards.
func (b *Book) ExpireHolds(ctx context.Context, limit int) (int, error) {
	now := b.tick().UnixMilli()
	ids, err := b.ids(ctx, `SELECT id FROM booking WHERE expires_at > $1 AND expires_at <= $2 AND state = 'held' ORDER BY expires_at LIMIT $3`,
		b.expired.Load(), now, limit)
	if err != nil {
		return 0, err
	}
	for chunk := range slices.Chunk(ids, groupSize) {
		if _, err := b.submit(ctx, chunk[0], &expireOp{ids: chunk}); err != nil {
			return 0, err
		}
	}
	if len(ids) < limit {
		b.expired.Store(now - expiryOverlap.Milliseconds())
	}
	return len(ids), nil
}

// expiryOverlap is looked at again: a row that another process writes may be
// durable a little after its instant, and with a clock that is a little behind.
const expiryOverlap = 5 * time.Minute

type expireOp struct{ ids []string }

func (op *expireOp) needs(n *needs) {
	for _, id := range op.ids {
		n.bookings[id] = true
	}
}

func (op *expireOp) apply(l *ledger) (any, error) {
	for _, id := range op.ids {
		if l.lapsed(id) {
			l.expire(l.bookings[id])
		}
	}
	return nil, nil
}

// ReleaseLots makes the places free again whose random moment has come, at
// most limit lots, and says how many.
func (b *Book) ReleaseLots(ctx context.Context, limit int) (int, error) {
	if err := b.releaseKept(ctx, limit); err != nil {
		return 0, err
	}
	ids, err := b.ids(ctx, `SELECT id FROM lot WHERE release_at <= $1 AND entry_id = '' ORDER BY release_at LIMIT $2`, b.tick().UnixMilli(), limit)
	if err != nil {
		return 0, err
	}
	for chunk := range slices.Chunk(ids, groupSize) {
		if _, err := b.submit(ctx, chunk[0], &releaseOp{ids: chunk}); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

type releaseOp struct{ ids []string }

func (op *releaseOp) needs(n *needs) {
	for _, id := range op.ids {
		n.lots[id] = true
	}
}

func (op *releaseOp) apply(l *ledger) (any, error) {
	for _, id := range op.ids {
		it := l.lots[id]
		if it == nil || it.EntryID != "" || it.ReleaseAt.After(l.now) || l.touched.lots[id] == removed {
			continue
		}
		s := l.slots[it.SlotID]
		s.Withheld -= it.Places
		// What the plan has taken away in the meantime does not come back.
		s.Places -= min(it.Places, max(0, s.Places-s.Planned))
		mark(l.touched.slots, s.ID, changed)
		mark(l.touched.lots, id, removed)
	}
	return nil, nil
}

func (b *Book) ids(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := b.db.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
