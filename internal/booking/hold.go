package booking

import (
	"context"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// Choice says which slot is wanted: one by its id, or any time of a post's
// day. "Any" is decided inside the engine, where it is known what is free.
type Choice struct {
	SlotID       string
	PostID, Date string
}

// Origin is what is kept about where a request came from, as keyed hashes.
type Origin struct {
	NetworkKey string
	BrowserKey string
	Lang       string
	Zone       string // the person's own time zone, if known
	Channel    Channel
	// RequestKey makes the request idempotent: the same key gives the same
	// booking again.
	RequestKey string
}

// HoldRequest asks for places. Without Applicants it is a hold before the
// personal questions; Bind names the people later. With them it is bound at
// once, and the one-time code is mailed.
type HoldRequest struct {
	Choice
	Service string
	Party   int // people; 0 with Applicants means as many as they are
	Details Details
	Origin
}

// Hold keeps places for HoldFor. Conflicts: the slot is full, not open yet,
// begun, or goes by ballot; a person already has a booking for the service, or
// is paused. A browser's earlier unnamed hold for the service is let go of.
func (b *Book) Hold(ctx context.Context, r HoldRequest) (*Booking, error) {
	op, err := b.prepareHold(r)
	if err != nil {
		return nil, err
	}
	return b.do(ctx, op.shard(), op)
}

// BookNow books places for named people without a hold: for staff at the desk
// or on the telephone (actor set, may use the staff's reserve), and for
// walk-ins. The person gets the confirmation by e-mail if there is one.
func (b *Book) BookNow(ctx context.Context, actor string, r HoldRequest) (*Booking, error) {
	op, err := b.prepareHold(r)
	if err != nil {
		return nil, err
	}
	op.actor = actor
	return b.do(ctx, op.shard(), op)
}

func (b *Book) prepareHold(r HoldRequest) (*holdOp, error) {
	service, err := b.service(r.Service)
	if err != nil {
		return nil, err
	}
	if len(r.Details.Applicants) > 0 {
		r.Party = len(r.Details.Applicants)
	}
	if r.Party < 1 || r.Party > service.MaxParty {
		return nil, fault.NewInvalid(fault.Field{Path: "applicants", Key: "booking.party_size", Args: fault.Args{"Max": service.MaxParty}})
	}
	op := &holdOp{HoldRequest: r, id: store.NewID(), service: service, places: r.Party * service.PlacesPerApplicant}
	if len(r.Details.Applicants) > 0 {
		op.people = personKeys(b.ring, r.Details.Applicants)
		op.emailKey = b.EmailKey(r.Details.Email)
		if op.sealed, err = b.seal(op.id, r.Details); err != nil {
			return nil, err
		}
	}
	return op, nil
}

type holdOp struct {
	HoldRequest
	id       string
	service  Service
	places   int
	people   []string
	sealed   []byte
	emailKey string
	actor    string // set when staff book
	kept     int    // places that are kept for the asker
	// ballot and the entry's public number are set for a place that was won, stands is how long it is kept.
	ballot, number string
	stands         time.Duration
}

func (op *holdOp) shard() string {
	if op.SlotID != "" {
		return op.SlotID
	}
	return op.PostID + op.Date
}

func (op *holdOp) browserClaim() string { return "b:" + op.BrowserKey }

func (op *holdOp) needs(n *needs) {
	n.choice(op.Choice)
	for _, p := range op.people {
		n.persons[p] = true
	}
	if op.BrowserKey != "" && len(op.people) == 0 {
		n.persons[op.browserClaim()] = true
	}
	if op.RequestKey != "" {
		n.requests[op.RequestKey] = true
	}
}

func (op *holdOp) apply(l *ledger) (any, error) {
	if id := l.byRequest[op.RequestKey]; op.RequestKey != "" && id != "" {
		if b := l.bookings[id]; b != nil {
			return b, nil
		}
	}
	if err := l.paused(op.people, op.Service); err != nil {
		return nil, err
	}
	slot, err := op.choose(l)
	if err != nil {
		return nil, err
	}
	people := op.people
	if len(people) == 0 && op.BrowserKey != "" {
		people = []string{op.browserClaim()}
		l.letGo(claimKey{people[0], op.Service})
	}
	if err := l.claimAll(people, op.Service, op.id); err != nil {
		return nil, err
	}
	fromReserve, ok := l.take(slot, op.places, op.actor != "")
	if !ok { // letting go of an own hold cannot make places scarcer
		l.dropClaims(op.id)
		return nil, fault.NewConflict("booking.slot_full")
	}
	b := &Booking{
		ID: op.id, Reference: newReference(), State: Held, SlotID: slot.ID, PostID: slot.PostID, ServiceID: op.Service,
		Places: op.places, Party: op.Party, FromReserve: fromReserve, Bound: len(op.people) > 0, Sealed: op.sealed,
		EmailKey: op.emailKey, NetworkKey: op.NetworkKey, BrowserKey: op.BrowserKey, Lang: op.Lang, Zone: op.Zone,
		Channel: op.Channel, CreatedAt: l.now, ExpiresAt: l.now.Add(HoldFor), RequestKey: op.RequestKey,
	}
	l.add(b)
	switch {
	case op.ballot != "":
		post, _ := l.book.post(slot.PostID)
		b.ExpiresAt = earlier(l.now.Add(op.stands), slot.Start.Add(-post.Notice))
		if b.EmailKey != "" {
			l.mail(notify.KindBallotWon, b.ID, b.Lang, time.Time{}, map[string]string{"ballot": op.ballot, "number": op.number})
		}
	case op.actor != "":
		l.confirm(b)
		l.note(op.actor, "booking.book", "booking:"+b.ID, b.PostID, map[string]any{"slot": slot.ID, "service": b.ServiceID, "channel": string(b.Channel)})
	case b.Bound:
		l.sendCode(b)
	}
	return b, nil
}

// letGo ends the unnamed hold behind a browser's claim: the person picked
// another time, or the same page is open in two tabs.
func (l *ledger) letGo(key claimKey) {
	if b := l.bookings[l.claims[key]]; b != nil && b.State == Held && !b.Bound {
		l.expire(b)
	}
}

// choose finds the slot: the one asked for, or the first of the day that has
// the places.
func (op *holdOp) choose(l *ledger) (*Slot, error) {
	if op.SlotID != "" {
		s := l.slots[op.SlotID]
		if s == nil {
			return nil, fault.NewNotFound("booking.slot_not_found")
		}
		return s, op.admits(l, s)
	}
	var found *Slot
	for _, s := range l.slots {
		if s.PostID != op.PostID || s.Date != op.Date || !s.Serves(op.Service) {
			continue
		}
		if err := op.admits(l, s); err != nil {
			continue
		}
		if found == nil || s.Start.Before(found.Start) || s.Start.Equal(found.Start) && s.ID < found.ID {
			found = s
		}
	}
	if found == nil {
		return nil, fault.NewConflict("booking.day_full")
	}
	return found, nil
}

// admits says whether the slot can be booked this way, places included.
func (op *holdOp) admits(l *ledger, s *Slot) error {
	post, err := l.book.post(s.PostID)
	if err != nil {
		return err
	}
	free := s.Free() + op.kept
	notice := post.Notice
	if op.actor != "" {
		notice = 0
		free += s.Reserved
		if s.BallotID != "" || s.OpensAt.Equal(Unreleased) {
			free = s.Reserved // the others are a ballot's
		}
	}
	switch {
	case !s.Serves(op.Service):
		return fault.NewNotFound("booking.slot_not_found")
	case op.Channel != WalkIn && !s.Start.Add(-notice).After(l.now), !s.End.After(l.now):
		return fault.NewConflict("booking.slot_past")
	case s.BallotID != op.ballot && (op.actor == "" || free == 0):
		return fault.NewConflict("booking.slot_by_ballot")
	case op.actor == "" && op.ballot == "" && s.OpensAt.After(l.now):
		return fault.NewConflict("booking.slot_not_open")
	case s.Places == 0 || s.Planned == 0:
		return fault.NewConflict("booking.slot_closed")
	case free < op.places:
		return fault.NewConflict("booking.slot_full")
	}
	return nil
}

// paused refuses people whom the no-show policy has paused.
func (l *ledger) paused(people []string, service string) error {
	for _, p := range people {
		if until := l.standings[claimKey{p, service}].pausedUntil; until.After(l.now) {
			return fault.NewConflict("booking.person_paused").With("Until", until.Format(time.DateOnly))
		}
	}
	return nil
}

// sendCode mails a fresh one-time code for a hold.
func (l *ledger) sendCode(b *Booking) {
	b.CodeSerial++
	b.CodeTries = 0
	l.mail(notify.KindCode, b.ID, b.Lang, time.Time{}, nil)
}

// confirm makes a held booking a booked one and leaves its mails. Its reminders
// are found when they are due.
func (l *ledger) confirm(b *Booking) {
	b.State, b.ConfirmedAt, b.Bound = Booked, l.now, true
	if b.EmailKey == "" {
		return
	}
	l.mail(notify.KindConfirmed, b.ID, b.Lang, time.Time{}, nil)
	if !b.MoveBy.IsZero() { // the plan took the slot away while it was held
		l.mail(notify.KindMustMove, b.ID, b.Lang, time.Time{}, map[string]string{"from": b.SlotID})
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// splitGroup lists the services of a slot group.
func splitGroup(group string) []string { return strings.Split(group, "+") }
