package booking

import (
	"context"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// Replan asks that the slots of some days at a post become what a plan wants.
// Slots that have begun are left alone.
type Replan struct {
	PostID string
	Days   []string // local dates in order; slots of other days do not change
	// Wanted are the slots of those days. Of each, rule, date, clock, start,
	// end, group, Planned and OpensAt count; Reserved is the staff's share of
	// Planned, booked or not. OpensAt is Unreleased for a ballot.
	Wanted []Slot
	// KeepPeople asks nobody to move: places that are free go, people stay.
	KeepPeople bool
	Actor      string
	// Reason is what those who must move are told, by language.
	Reason map[string]string
	// Digest is that of the Effect which was agreed to; "" agrees to any.
	Digest string
	// Trail and Save are written in the same transaction; an error of Save
	// undoes everything and is the answer. Save may run more than once.
	Trail []audit.Entry
	Save  func(ctx context.Context, tx *store.Tx) error
}

// Effect is what a replan does.
type Effect struct {
	Slots    []SlotEffect // in order of time
	MustMove []Mover      // who does not fit any more, in order of booking
	MayStay  []Mover      // who was asked to move and need not any more
	// Digest changes when the effect on slots or people does. Proposals and
	// places kept for staff are not part of it.
	Digest string
}

// SlotEffect is what happens to one slot: Before and After are the places that
// the plan gives it.
type SlotEffect struct {
	Slot          Slot // as it will be; ID is empty while it is new
	Before, After int
	// Changed: services, length or opening are other than before. InBallot:
	// its places were promised to a ballot that has been announced.
	Changed, InBallot bool

	add  bool
	was  Slot
	trim int // withheld places to take away
}

// Mover is a booking that a replan concerns.
type Mover struct {
	BookingID, Reference, ServiceID string
	Party                           int
	Start                           time.Time // of the slot that it has
	MoveBy                          time.Time
	// Held: not confirmed yet, and told when it is. Not counted.
	Held bool
	// Proposal is a slot of the same service, the nearest in time with enough
	// places; they are kept for the booking until KeptUntil. nil when there is
	// none.
	Proposal  *Slot
	KeptUntil time.Time
}

// Counts sums up an effect.
type Counts struct {
	SlotsAdded, SlotsRemoved, SlotsChanged int
	PlacesMore, PlacesFewer                int
	MustMove, MayStay, InBallot            int
}

// Counts sums up the effect. A slot is changed when only its places, services,
// length or opening are.
func (e *Effect) Counts() Counts {
	var c Counts
	for _, m := range e.MustMove {
		if !m.Held {
			c.MustMove++
		}
	}
	for _, m := range e.MayStay {
		if !m.Held {
			c.MayStay++
		}
	}
	for _, s := range e.Slots {
		switch {
		case s.Before == s.After && !s.Changed:
			continue
		case s.Before == 0:
			c.SlotsAdded++
		case s.After == 0:
			c.SlotsRemoved++
		default:
			c.SlotsChanged++
		}
		if s.InBallot {
			c.InBallot++
		}
		c.PlacesMore += max(0, s.After-s.Before)
		c.PlacesFewer += max(0, s.Before-s.After)
	}
	return c
}

// Nothing says whether neither a slot that the public sees nor anybody's
// appointment changes.
func (e *Effect) Nothing() bool { return e.Counts() == Counts{} }

// Replan changes the slots and asks those to move who do not fit any more;
// nobody's appointment is cancelled. First come, first served: in order of
// booking, each stays who fits in what is left, families whole. Conflict when
// the digest is not that of the effect it would have now; the effect is
// returned with it.
func (b *Book) Replan(ctx context.Context, r Replan) (*Effect, error) {
	if _, err := b.post(r.PostID); err != nil {
		return nil, err
	}
	value, err := b.submit(ctx, r.PostID, &replanOp{r})
	effect, _ := value.(*Effect)
	return effect, err
}

type replanOp struct{ Replan }

func (op *replanOp) needs(n *needs) { n.replans = append(n.replans, &op.Replan) }

func (op *replanOp) apply(l *ledger) (any, error) {
	post, err := l.book.post(op.PostID)
	if err != nil {
		return nil, err
	}
	effect := op.foresee(l.now, post.Notice, l.seating(&op.Replan))
	if op.Digest != "" && op.Digest != effect.Digest {
		return effect, fault.NewConflict("booking.effect_changed")
	}
	for i := range effect.Slots {
		l.reshape(&effect.Slots[i])
	}
	there := map[slotKey]*Slot{}
	for _, s := range l.slots {
		there[keyOf(s)] = s
	}
	for _, m := range effect.MayStay {
		b := l.bookings[m.BookingID]
		b.MoveBy = time.Time{}
		mark(l.touched.bookings, b.ID, changed)
		l.letGoKept(b.ID)
		if b.State == Booked && b.EmailKey != "" {
			l.mail(notify.KindMayStay, b.ID, b.Lang, time.Time{}, nil)
		}
		l.note(op.Actor, "booking.may-stay", "booking:"+b.ID, b.PostID, nil)
	}
	for _, m := range effect.MustMove {
		l.askToMove(&op.Replan, m)
		if m.Proposal != nil {
			m.Proposal.ID = there[keyOf(m.Proposal)].ID
			l.keep(l.bookings[m.BookingID], there[keyOf(m.Proposal)], m.KeptUntil)
		}
	}
	l.trail = append(l.trail, op.Trail...)
	if op.Save != nil {
		l.saves = append(l.saves, op.Save)
	}
	return effect, nil
}

// reshape gives a slot its new numbers.
func (l *ledger) reshape(e *SlotEffect) {
	if e.add {
		s := e.Slot
		s.ID, s.Places = store.NewID(), s.Planned
		e.Slot = s
		l.slots[s.ID] = &s
		mark(l.touched.slots, s.ID, added)
		return
	}
	s := l.slots[e.Slot.ID]
	if s.GroupID != e.Slot.GroupID || !s.Start.Equal(e.Slot.Start) || !s.End.Equal(e.Slot.End) {
		l.reformed[s.ID] = true
	}
	*s = e.Slot
	mark(l.touched.slots, s.ID, changed)
	l.trimLots(s.ID, e.trim)
}

// askToMove marks a booking and writes to its holder. A hold is told when it
// is confirmed, if it ever is.
func (l *ledger) askToMove(r *Replan, m Mover) {
	b := l.bookings[m.BookingID]
	b.MoveBy = m.MoveBy
	mark(l.touched.bookings, b.ID, changed)
	if b.State != Booked {
		return
	}
	l.note(r.Actor, "booking.must-move", "booking:"+b.ID, b.PostID, map[string]any{"slot": b.SlotID, "by": m.MoveBy.UTC()})
	if b.EmailKey == "" {
		return
	}
	data := map[string]string{"from": b.SlotID}
	for lang, text := range r.Reason {
		data["reason."+lang] = text
	}
	l.mail(notify.KindMustMove, b.ID, b.Lang, time.Time{}, data)
}
