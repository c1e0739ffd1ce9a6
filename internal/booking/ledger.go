package booking

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// claimKey is the unique thing behind "one active booking per person and
// service".
type claimKey struct{ person, service string }

type standingRow struct {
	misses                int
	missedAt, pausedUntil time.Time
}

// needs is what the operations of a group want to find in the ledger.
type needs struct {
	slots    map[string]bool
	days     map[daySlots]bool // all slots of a post's day, for "any time"
	bookings map[string]bool
	requests map[string]bool // idempotency keys
	persons  map[string]bool // person keys: their claims and standings
	lots     map[string]bool
	entries  map[string]bool // of the waiting list
	joins    map[string]bool // idempotency keys of entries
	replans  []*Replan
	kept     map[string]bool // bookings: what is kept for them to move to
}

type daySlots struct{ post, date string }

func newNeeds() *needs {
	return &needs{
		slots: map[string]bool{}, days: map[daySlots]bool{}, bookings: map[string]bool{},
		requests: map[string]bool{}, persons: map[string]bool{}, lots: map[string]bool{}, entries: map[string]bool{}, joins: map[string]bool{}, kept: map[string]bool{},
	}
}

func (n *needs) choice(c Choice) {
	if c.SlotID != "" {
		n.slots[c.SlotID] = true
	} else {
		n.days[daySlots{c.PostID, c.Date}] = true
	}
}

// ledger is one group's unit of work: the rows concerned, loaded and locked
// once, changed in memory by each operation in turn, and written back
// together. All rules about places live in its methods; SQL is in
// ledger_load.go and ledger_flush.go.
type ledger struct {
	book *Book
	now  time.Time

	slots     map[string]*Slot
	bookings  map[string]*Booking
	byRequest map[string]string // idempotency key to booking
	claims    map[claimKey]string
	held      map[string][]claimKey // claims by holder
	standings map[claimKey]standingRow
	lots      map[string]*lot
	entries   map[string]*Entry

	touched struct {
		slots, bookings, lots, entries map[string]touch
		claims                         map[claimKey]touch
		standings                      map[claimKey]bool
	}
	mails []notify.Message
	trail []audit.Entry
	// offers are rows of waiting_offer.
	offers [][]any
	// reformed lists the slots whose services, start or end a replan changed,
	// saves what is written with replans.
	reformed map[string]bool
	kept     map[string]*lot // by booking: what is kept for it to move to
	saves    []func(context.Context, *store.Tx) error
	// sealed lists the bookings whose details this group wrote.
	sealed map[string]bool
}

// touch says what the flush does with a row.
type touch uint8

const (
	untouched touch = iota
	changed
	added
	removed
)

func newLedger(b *Book) *ledger {
	l := &ledger{
		book: b, now: b.tick(),
		slots: map[string]*Slot{}, bookings: map[string]*Booking{}, byRequest: map[string]string{},
		claims: map[claimKey]string{}, held: map[string][]claimKey{}, standings: map[claimKey]standingRow{},
		lots: map[string]*lot{}, entries: map[string]*Entry{},
	}
	l.sealed, l.reformed, l.kept = map[string]bool{}, map[string]bool{}, map[string]*lot{}
	l.touched.slots, l.touched.bookings = map[string]touch{}, map[string]touch{}
	l.touched.lots, l.touched.entries = map[string]touch{}, map[string]touch{}
	l.touched.claims, l.touched.standings = map[claimKey]touch{}, map[claimKey]bool{}
	return l
}

func (l *ledger) changed() bool {
	t := &l.touched
	return len(t.slots)+len(t.bookings)+len(t.lots)+len(t.entries)+len(t.claims)+len(t.standings)+len(l.mails)+len(l.trail)+len(l.saves) > 0
}

// mark notes a change to a row; a row that was added stays added.
func mark[K comparable](rows map[K]touch, key K, how touch) {
	switch was := rows[key]; {
	case was == added && how == removed:
		delete(rows, key)
	case was == added:
	case was == removed && how == added:
		rows[key] = changed
	default:
		rows[key] = how
	}
}

func (l *ledger) applyAll(group []request) []outcome {
	outcomes := make([]outcome, len(group))
	for i, r := range group {
		outcomes[i] = l.applyOne(r.op)
	}
	return outcomes
}

// applyOne keeps a fault in one operation from ending the writer.
func (l *ledger) applyOne(op operation) (o outcome) {
	defer func() {
		if p := recover(); p != nil {
			o = outcome{err: fmt.Errorf("%T: %v\n%s", op, p, debug.Stack())}
		}
	}()
	value, err := op.apply(l)
	switch row := value.(type) { // later operations of the group may change the row
	case *Booking:
		if row != nil {
			c := *row
			value = &c
		}
	case *Entry:
		if row != nil {
			c := *row
			value = &c
		}
	}
	return outcome{value: value, err: err}
}

// --- claims ---

// claimAll takes the claims for holder, or refuses without taking any. A claim
// held by a hold that ran out (or an entry never proven), or by holder itself,
// stands in nobody's way.
func (l *ledger) claimAll(people []string, service, holder string) error {
	for _, p := range people {
		other := l.claims[claimKey{p, service}]
		if other == "" || other == holder || l.lapsed(other) {
			continue
		}
		return fault.NewConflict("booking.person_already_booked")
	}
	for _, p := range people {
		key := claimKey{p, service}
		if other := l.claims[key]; other != "" && other != holder {
			l.lapse(other)
		}
		if l.claims[key] != holder {
			l.claims[key] = holder
			l.held[holder] = append(l.held[holder], key)
			mark(l.touched.claims, key, added)
		}
	}
	return nil
}

// lapsed says whether the holder of a claim is a hold that ran out, or an entry
// of the waiting list that was not proven in time, and has not been swept yet.
func (l *ledger) lapsed(id string) bool {
	if e := l.entries[id]; e != nil {
		return e.State == Unproven && !e.ExpiresAt.After(l.now)
	}
	b := l.bookings[id]
	return b != nil && b.State == Held && !b.ExpiresAt.After(l.now)
}

// lapse ends a lapsed holder.
func (l *ledger) lapse(id string) {
	if e := l.entries[id]; e != nil {
		l.endEntry(e, Lapsed)
		return
	}
	l.expire(l.bookings[id])
}

func (l *ledger) dropClaims(holder string) {
	for _, key := range l.held[holder] {
		if l.claims[key] == holder {
			delete(l.claims, key)
			mark(l.touched.claims, key, removed)
		}
	}
	delete(l.held, holder)
}

// --- places ---

// take moves n free places of the slot to taken; with reserve, the staff's
// places go first. fromReserve says how many of them went.
func (l *ledger) take(s *Slot, n int, reserve bool) (fromReserve int, ok bool) {
	if reserve {
		fromReserve = min(n, s.Reserved)
	}
	if s.Free()+fromReserve < n {
		return 0, false
	}
	s.Reserved -= fromReserve
	s.Taken += n
	mark(l.touched.slots, s.ID, changed)
	return fromReserve, true
}

// giveBack returns n taken places: first those that the plan no longer has,
// then the staff's share, and the rest is withheld as a lot until a
// random later moment. A slot that has begun keeps them: nobody can
// book it any more.
func (l *ledger) giveBack(s *Slot, n, fromReserve int) {
	s.Taken -= n
	mark(l.touched.slots, s.ID, changed)
	surplus := min(n, max(0, s.Places-s.Planned))
	s.Places -= surplus
	n -= surplus
	staff := min(n, fromReserve)
	s.Reserved += staff
	n -= staff
	if n == 0 || !s.Start.After(l.now) {
		return
	}
	l.withhold(s, n)
}

// withhold turns n free places of the slot into a lot.
func (l *ledger) withhold(s *Slot, n int) {
	s.Withheld += n
	mark(l.touched.slots, s.ID, changed)
	it := &lot{ID: store.NewID(), SlotID: s.ID, PostID: s.PostID, Places: n, ReleaseAt: l.book.releaseMoment(s, l.now)}
	l.lots[it.ID] = it
	mark(l.touched.lots, it.ID, added)
}

// expire ends a hold that ran out and returns its places.
func (l *ledger) expire(b *Booking) { l.end(b, Expired) }

// end takes an active booking out of its slot.
func (l *ledger) end(b *Booking, state State) {
	b.State, b.EndedAt, b.MoveBy = state, l.now, time.Time{}
	mark(l.touched.bookings, b.ID, changed)
	l.dropClaims(b.ID)
	l.giveBack(l.slots[b.SlotID], b.Places, b.FromReserve)
}

// add puts a new booking into the ledger.
func (l *ledger) add(b *Booking) {
	l.bookings[b.ID] = b
	if b.RequestKey != "" {
		l.byRequest[b.RequestKey] = b.ID
	}
	mark(l.touched.bookings, b.ID, added)
}

// booking finds a booking by id for an operation.
func (l *ledger) booking(id string) (*Booking, error) {
	if b := l.bookings[id]; b != nil {
		return b, nil
	}
	return nil, fault.NewNotFound("booking.not_found")
}

// mail queues an e-mail about a booking.
func (l *ledger) mail(kind, ref, lang string, notBefore time.Time, data map[string]string) {
	l.mails = append(l.mails, notify.Message{Kind: kind, Ref: ref, Lang: lang, NotBefore: notBefore, Data: data})
}

func (l *ledger) note(actor, action, object, post string, detail map[string]any) {
	l.trail = append(l.trail, audit.Entry{Actor: actor, Action: action, Object: object, Post: post, Detail: detail})
}
