package booking

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// What happens to bookings on the day runs in the transaction of the queue,
// which is the caller here: a ticket and its booking never disagree, whatever
// fails in between. The rules are the ledger's all the same.

// CheckIn notes that the people of a booking are there. Checking in twice
// changes nothing. Conflict unless the booking is booked.
func (b *Book) CheckIn(ctx context.Context, tx *store.Tx, actor, id string) (*Booking, error) {
	return b.attend(ctx, tx, id, &attendOp{actor: actor, action: "booking.check_in", to: CheckedIn, from: []State{Booked}})
}

// UndoCheckIn takes a check-in back: the people are expected again. Conflict
// unless they are checked in.
func (b *Book) UndoCheckIn(ctx context.Context, tx *store.Tx, actor, id string) (*Booking, error) {
	return b.attend(ctx, tx, id, &attendOp{actor: actor, action: "booking.check_in_undone", to: Booked, from: []State{CheckedIn}})
}

// Serve ends a booking whose people came. They may book the service again, and
// what they missed before is forgotten. Conflict unless they are checked in.
func (b *Book) Serve(ctx context.Context, tx *store.Tx, actor, id string) (*Booking, error) {
	return b.attend(ctx, tx, id, &attendOp{actor: actor, action: "booking.serve", to: Served, from: []State{CheckedIn}})
}

// UndoServe takes Serve back: the people are in the waiting room again.
// Conflict unless they were served, and when one of them has booked the
// service again since.
func (b *Book) UndoServe(ctx context.Context, tx *store.Tx, actor, id string) (*Booking, error) {
	return b.attend(ctx, tx, id, &attendOp{actor: actor, action: "booking.serve_undone", to: CheckedIn, from: []State{Served}})
}

// MarkNoShow ends bookings whose people did not come, and says how many it
// ended; those that are neither booked nor checked in are passed over. With
// counted, the service's policy applies: after WarnAfter misses a warning is
// mailed, after PauseAfter misses booking pauses for the person and service.
func (b *Book) MarkNoShow(ctx context.Context, tx *store.Tx, actor string, counted bool, ids ...string) (int, error) {
	op := &missOp{ids: ids, actor: actor, counted: counted}
	value, err := b.within(ctx, tx, op)
	if err != nil {
		return 0, err
	}
	return value.(int), nil
}

// UndoNoShow takes a miss back, with the pause that it may have brought: the
// people came after all. to is Booked for people who can still be checked in,
// or Served when it is found out afterwards. Conflict unless the booking is a
// no-show, and for Booked when a person has booked the service again since.
func (b *Book) UndoNoShow(ctx context.Context, tx *store.Tx, actor, id string, to State, reason string) (*Booking, error) {
	return b.attend(ctx, tx, id, &attendOp{actor: actor, action: "booking.no_show_undone", to: to, from: []State{NoShow}, reason: reason})
}

// within runs op on a ledger in a transaction that is the caller's.
func (b *Book) within(ctx context.Context, tx *store.Tx, op operation) (any, error) {
	l := newLedger(b)
	if err := l.load(ctx, tx, []request{{op: op}}); err != nil {
		return nil, err
	}
	o := l.applyOne(op)
	if o.err != nil || !l.changed() {
		return o.value, o.err
	}
	err := l.flush(ctx, tx)
	if errors.Is(err, errRerun) { // somebody else has just taken a claim
		err = fault.NewConflict("booking.person_already_booked")
	}
	return o.value, err
}

func (b *Book) attend(ctx context.Context, tx *store.Tx, id string, op *attendOp) (*Booking, error) {
	k, err := scanBooking(tx.QueryRowContext(ctx, `SELECT `+bookingColumns+` FROM booking WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NewNotFound("booking.not_found")
	}
	if err != nil {
		return nil, fmt.Errorf("find a booking: %w", err)
	}
	details, err := b.Details(k)
	if err != nil {
		return nil, err
	}
	op.id, op.people = id, personKeys(b.ring, details.Applicants)
	value, err := b.within(ctx, tx, op)
	if err != nil {
		return nil, err
	}
	return value.(*Booking), nil
}

// attendOp moves one booking from a state of the day to another.
type attendOp struct {
	id, actor, action, reason string
	people                    []string // person keys: claims of an ended booking are gone
	from                      []State
	to                        State
}

func (op *attendOp) needs(n *needs) {
	n.bookings[op.id] = true
	for _, p := range op.people {
		n.persons[p] = true
	}
}

func (op *attendOp) apply(l *ledger) (any, error) {
	b, err := l.booking(op.id)
	if err != nil {
		return nil, err
	}
	if b.State == op.to {
		return b, nil
	}
	if !slices.Contains(op.from, b.State) {
		return nil, fault.NewConflict("booking.state_changed")
	}
	if op.to.Active() {
		if err := l.claimAll(op.people, b.ServiceID, b.ID); err != nil {
			return nil, err
		}
		b.EndedAt = time.Time{}
	} else {
		l.dropClaims(b.ID)
		b.EndedAt = l.now
	}
	if b.State == NoShow {
		l.forgive(op.people, b.ServiceID, 1)
	}
	if op.to == Served {
		l.forgive(op.people, b.ServiceID, 0)
	}
	b.State = op.to
	mark(l.touched.bookings, b.ID, changed)
	var detail map[string]any
	if op.reason != "" {
		detail = map[string]any{"reason": op.reason}
	}
	l.note(op.actor, op.action, "booking:"+b.ID, b.PostID, detail)
	return b, nil
}

// forgive takes back misses of people: so many of them, or all for 0. A pause
// ends when there are no longer enough misses behind it.
func (l *ledger) forgive(people []string, service string, misses int) {
	policy, known := l.book.offer.Service(service)
	for _, p := range people {
		key := claimKey{p, service}
		row, found := l.standings[key]
		if !found || row.misses == 0 {
			continue
		}
		if misses == 0 {
			row.misses = 0
		} else {
			row.misses = max(0, row.misses-misses)
		}
		if !known || policy.PauseAfter == 0 || row.misses < policy.PauseAfter {
			row.pausedUntil = time.Time{}
		}
		l.standings[key] = row
		l.touched.standings[key] = true
	}
}

// silence is how long the letter about a miss waits, so that a miss which is
// taken back the same hour is never written about.
const silence = time.Hour

// missOp marks bookings as no-shows.
type missOp struct {
	ids     []string
	actor   string
	counted bool
}

func (op *missOp) needs(n *needs) {
	for _, id := range op.ids {
		n.bookings[id] = true
	}
}

func (op *missOp) apply(l *ledger) (any, error) {
	done := 0
	for _, id := range op.ids {
		b := l.bookings[id]
		if b == nil || b.State != Booked && b.State != CheckedIn {
			continue
		}
		people := l.peopleOf(b)
		// Nobody misses an appointment that the plan had taken away.
		counted := op.counted && b.MoveBy.IsZero()
		b.State, b.EndedAt, b.MoveBy = NoShow, l.now, time.Time{}
		l.dropClaims(b.ID)
		mark(l.touched.bookings, b.ID, changed)
		if counted {
			l.miss(b, people)
		}
		l.note(op.actor, "booking.no_show", "booking:"+b.ID, b.PostID, map[string]any{"counted": counted})
		done++
	}
	return done, nil
}

// peopleOf gives the person keys that a booking holds claims for.
func (l *ledger) peopleOf(b *Booking) []string {
	var people []string
	for _, key := range l.held[b.ID] {
		if key.service == b.ServiceID && strings.HasPrefix(key.person, "p:") {
			people = append(people, key.person)
		}
	}
	return people
}

// miss counts a miss for each of the people and applies the service's policy.
// One letter goes to the booking's address, about the worst that follows.
// Misses that lie further back than a pause would last do not count.
func (l *ledger) miss(b *Booking, people []string) {
	policy, ok := l.book.offer.Service(b.ServiceID)
	if !ok || policy.WarnAfter == 0 && policy.PauseAfter == 0 {
		return
	}
	kind, until := "", time.Time{}
	for _, p := range people {
		key := claimKey{p, b.ServiceID}
		row := l.standings[key]
		if policy.Pause > 0 && row.missedAt.Add(policy.Pause).Before(l.now) {
			row.misses = 0
		}
		row.misses++
		row.missedAt = l.now
		switch {
		case policy.PauseAfter > 0 && row.misses >= policy.PauseAfter:
			row.pausedUntil = l.now.Add(policy.Pause)
			kind, until = notify.KindNoShowPause, row.pausedUntil
		case policy.WarnAfter > 0 && row.misses >= policy.WarnAfter && kind == "":
			kind = notify.KindNoShowWarning
		}
		l.standings[key] = row
		l.touched.standings[key] = true
	}
	if kind == "" || b.EmailKey == "" {
		return
	}
	data := map[string]string{"slot": b.SlotID}
	if !until.IsZero() {
		data["until"] = until.Format(time.RFC3339)
	}
	l.mail(kind, b.ID, b.Lang, l.now.Add(silence), data)
}
