package booking

import (
	"context"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// EntryState says where a place on the waiting list stands.
type EntryState string

// From joining to the end.
const (
	Unproven EntryState = "unproven" // the e-mail address is not proven yet
	Waiting  EntryState = "waiting"
	Offered  EntryState = "offered" // places are kept for the entry to accept
	Accepted EntryState = "accepted"
	Left     EntryState = "left"   // by the person
	Lapsed   EntryState = "lapsed" // after MaxMissed offers without an answer, or past its dates
)

// Limits of the waiting list.
const (
	OfferFor    = 24 * time.Hour   // how long an offer stands, unless the service says otherwise
	LeastOffer  = 20 * time.Minute // below this nobody is asked: there is no time to answer
	MaxMissed   = 2                // offers without an answer
	MaxWaitDays = 180              // how far ahead one can wait
)

// Entry is one place on the waiting list of a post and service: a person or a
// family who want an appointment between two local dates.
type Entry struct {
	ID, Reference     string
	State             EntryState
	PostID, ServiceID string
	From, To          string // local dates, both included
	Places, Party     int
	Sealed            []byte // Details; Book.EntryDetails opens it
	EmailKey          string
	NetworkKey        string
	Lang, Zone        string
	CreatedAt         time.Time
	ExpiresAt         time.Time // of an unproven entry
	JoinedAt          time.Time // when the address was proven: the order of the list
	EndedAt           time.Time
	CodeSerial        int
	CodeTries         int
	Missed            int // offers without an answer
	OfferSlot         string
	OfferExpiresAt    time.Time
	BookingID         string
	RequestKey        string

	lotID string
}

// Active says whether the entry still keeps its people's turn.
func (e *Entry) Active() bool {
	return e.State == Unproven || e.State == Waiting || e.State == Offered
}

// JoinRequest asks for a place on the waiting list. From and To default to
// today and MaxWaitDays later at the post.
type JoinRequest struct {
	PostID, Service string
	From, To        string
	Details         Details
	Origin
}

// Join puts named people on the waiting list and mails a one-time code; they
// wait from when ConfirmEntry has seen it. Conflict when one of them waits for the
// service already; invalid for dates that are none, past or in wrong order,
// and for an e-mail address that is missing.
func (b *Book) Join(ctx context.Context, r JoinRequest) (*Entry, error) {
	service, err := b.service(r.Service)
	if err != nil {
		return nil, err
	}
	post, err := b.post(r.PostID)
	if err != nil {
		return nil, err
	}
	if err := checkPeriod(&r, b.tick().In(post.Zone)); err != nil {
		return nil, err
	}
	party := len(r.Details.Applicants)
	if party < 1 || party > service.MaxParty {
		return nil, fault.NewInvalid(fault.Field{Path: "applicants", Key: "booking.party_size", Args: fault.Args{"Max": service.MaxParty}})
	}
	if r.Details.Email == "" {
		return nil, fault.NewInvalid(fault.Field{Path: "email", Key: "booking.email_missing"})
	}
	e := Entry{
		ID: store.NewID(), Reference: newReference(), State: Unproven, PostID: r.PostID, ServiceID: r.Service, From: r.From, To: r.To,
		Places: party * service.PlacesPerApplicant, Party: party, EmailKey: b.EmailKey(r.Details.Email),
		NetworkKey: r.NetworkKey, Lang: r.Lang, Zone: r.Zone, RequestKey: r.RequestKey,
	}
	if e.Sealed, err = b.sealFor("waiting", e.ID, r.Details); err != nil {
		return nil, err
	}
	return b.doEntry(ctx, e.ID, &joinOp{entry: e, people: personKeys(b.ring, r.Details.Applicants)})
}

func checkPeriod(r *JoinRequest, now time.Time) error {
	var wrong fault.Fields
	today, last := now.Format(time.DateOnly), now.AddDate(0, 0, MaxWaitDays).Format(time.DateOnly)
	if r.From == "" {
		r.From = today
	}
	if r.To == "" {
		r.To = last
	}
	for path, date := range map[string]string{"from": r.From, "to": r.To} {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			wrong.Add(path, "booking.date_unreadable")
		}
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	switch {
	case r.To < today:
		wrong.Add("to", "booking.date_past")
	case r.From > last:
		wrong.AddWith("from", "booking.date_far", fault.Args{"Days": MaxWaitDays})
	case r.To < r.From:
		wrong.Add("to", "booking.dates_reversed")
	}
	r.From, r.To = max(r.From, today), min(r.To, last)
	return wrong.Err()
}

// waitingKey is the claim of a person on the list, beside the claim of a
// booking: one may wait for one service in one place only.
func waitingKey(person string) string { return waitingPrefix + strings.TrimPrefix(person, "p:") }

const waitingPrefix = "w:"

type joinOp struct {
	entry  Entry
	people []string
}

func (op *joinOp) needs(n *needs) {
	for _, p := range op.people {
		n.persons[p], n.persons[waitingKey(p)] = true, true
	}
	if op.entry.RequestKey != "" {
		n.joins[op.entry.RequestKey] = true
	}
}

func (op *joinOp) apply(l *ledger) (any, error) {
	for _, e := range l.entries {
		if op.entry.RequestKey != "" && e.RequestKey == op.entry.RequestKey {
			return e, nil
		}
	}
	e := op.entry
	if err := l.paused(op.people, e.ServiceID); err != nil {
		return nil, err
	}
	waiting := make([]string, len(op.people))
	for i, p := range op.people {
		if l.claims[claimKey{p, e.ServiceID}] != "" && !l.lapsed(l.claims[claimKey{p, e.ServiceID}]) {
			return nil, fault.NewConflict("booking.person_already_booked")
		}
		waiting[i] = waitingKey(p)
	}
	if err := l.claimAll(waiting, e.ServiceID, e.ID); err != nil {
		return nil, fault.NewConflict("booking.person_already_waits").Because(err)
	}
	e.CreatedAt, e.ExpiresAt = l.now, l.now.Add(HoldFor)
	l.entries[e.ID] = &e
	mark(l.touched.entries, e.ID, added)
	l.sendEntryCode(&e)
	return &e, nil
}

func (l *ledger) sendEntryCode(e *Entry) {
	e.CodeSerial++
	e.CodeTries = 0
	mark(l.touched.entries, e.ID, changed)
	l.mail(notify.KindWaitingCode, e.ID, e.Lang, time.Time{}, nil)
}

// ConfirmEntry proves the e-mail address with the one-time code; from then on
// the entry waits. The codes follow the rules of Confirm.
func (b *Book) ConfirmEntry(ctx context.Context, id, code string) (*Entry, error) {
	return b.doEntry(ctx, id, &proveOp{id: id, code: code})
}

type proveOp struct{ id, code string }

func (op *proveOp) needs(n *needs) { n.entries[op.id] = true }

func (op *proveOp) apply(l *ledger) (any, error) {
	e, err := l.entry(op.id)
	if err != nil {
		return nil, err
	}
	right := keyring.Equal(op.code, l.book.HoldCode(e.ID, e.CodeSerial))
	if right && (e.State == Waiting || e.State == Offered) {
		return e, nil
	}
	if err := l.unproven(e); err != nil {
		return e, err
	}
	switch {
	case e.CodeTries >= MaxTries:
		return e, fault.NewConflict("booking.code_spent")
	case !right:
		e.CodeTries++
		mark(l.touched.entries, e.ID, changed)
		return e, fault.NewInvalid(fault.Field{Path: "code", Key: "booking.code_wrong", Args: fault.Args{"Left": MaxTries - e.CodeTries}})
	}
	e.State, e.JoinedAt = Waiting, l.now
	mark(l.touched.entries, e.ID, changed)
	l.mail(notify.KindWaiting, e.ID, e.Lang, time.Time{}, nil)
	return e, nil
}

// SendEntryCode mails a new one-time code; the earlier one is void. Conflict
// after MaxCodes.
func (b *Book) SendEntryCode(ctx context.Context, id string) (*Entry, error) {
	return b.doEntry(ctx, id, &entryCodeOp{id: id})
}

type entryCodeOp struct{ id string }

func (op *entryCodeOp) needs(n *needs) { n.entries[op.id] = true }

func (op *entryCodeOp) apply(l *ledger) (any, error) {
	e, err := l.entry(op.id)
	if err != nil {
		return nil, err
	}
	if err := l.unproven(e); err != nil {
		return e, err
	}
	if e.CodeSerial >= MaxCodes {
		return e, fault.NewConflict("booking.codes_spent")
	}
	l.sendEntryCode(e)
	return e, nil
}

// Leave takes an entry off the list; an offer goes to the next. Leaving again
// changes nothing.
func (b *Book) Leave(ctx context.Context, actor, id string) (*Entry, error) {
	return b.doEntry(ctx, id, &leaveOp{id: id, actor: actor})
}

type leaveOp struct{ id, actor string }

func (op *leaveOp) needs(n *needs) { n.entries[op.id] = true }

func (op *leaveOp) apply(l *ledger) (any, error) {
	e, err := l.entry(op.id)
	if err != nil {
		return nil, err
	}
	if !e.Active() {
		return e, nil
	}
	l.endEntry(e, Left)
	l.note(op.actor, "waiting.leave", "waiting:"+e.ID, e.PostID, nil)
	return e, nil
}

// unproven refuses all but an entry that waits for its code; one that ran out
// is ended here.
func (l *ledger) unproven(e *Entry) error {
	switch {
	case e.State != Unproven:
		return fault.NewConflict("booking.entry_not_unproven")
	case !e.ExpiresAt.After(l.now):
		l.endEntry(e, Lapsed)
		return fault.NewConflict("booking.entry_expired")
	}
	return nil
}

// endEntry ends an entry, lets go of its people, and passes an offer on.
func (l *ledger) endEntry(e *Entry, state EntryState) {
	l.withdrawOffer(e)
	e.State, e.EndedAt = state, l.now
	mark(l.touched.entries, e.ID, changed)
	l.dropClaims(e.ID)
}

func (l *ledger) entry(id string) (*Entry, error) {
	if e := l.entries[id]; e != nil {
		return e, nil
	}
	return nil, fault.NewNotFound("booking.entry_not_found")
}

// doEntry submits op and gives the entry that it answers with.
func (b *Book) doEntry(ctx context.Context, key string, op operation) (*Entry, error) {
	value, err := b.submit(ctx, key, op)
	e, _ := value.(*Entry)
	return e, err
}
