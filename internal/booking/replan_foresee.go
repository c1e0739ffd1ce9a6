package booking

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// seating is what a replan finds: the coming slots of its days, and who sits
// in them.
type seating struct {
	slots   []*Slot
	seats   map[string][]*Booking // by slot; all that take places
	offered map[string]int        // places of a slot that are offered to somebody
}

// slotKey is what a slot is defined by.
type slotKey struct{ rule, date, clock string }

func keyOf(s *Slot) slotKey { return slotKey{s.RuleID, s.Date, s.Clock} }

func byStart(a, b *Slot) int {
	return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.GroupID, b.GroupID), cmp.Compare(a.RuleID, b.RuleID))
}

// foresee computes the effect on what was found. It changes nothing, and is
// the same for a preview and for the replan itself.
func (r *Replan) foresee(now time.Time, notice time.Duration, found *seating) *Effect {
	effect := &Effect{}
	var after []*Slot
	wanted := r.wanted(now)
	slices.SortFunc(found.slots, byStart)
	for _, s := range found.slots {
		w := wanted[keyOf(s)]
		delete(wanted, keyOf(s))
		change, differs := reshaped(now, s, w, found)
		if differs {
			effect.Slots = append(effect.Slots, change)
		}
		next := change.Slot
		after = append(after, &next)
		if !r.KeepPeople {
			r.sort(effect, now, &next, s.Start, found.seats[s.ID])
		}
	}
	for _, w := range wanted {
		if w.Planned > 0 {
			s := *w
			s.ID, s.Places, s.Taken, s.Withheld = "", w.Planned, 0, 0
			s.Reserved = min(max(0, w.Reserved), w.Planned)
			effect.Slots = append(effect.Slots, SlotEffect{Slot: s, After: s.Planned, add: true})
			after = append(after, &s)
		}
	}
	slices.SortFunc(effect.Slots, func(a, b SlotEffect) int { return byStart(&a.Slot, &b.Slot) })
	slices.SortFunc(after, byStart)
	propose(effect.MustMove, after, found.seats, now.Add(notice), now)
	effect.Digest = effect.digest()
	return effect
}

// wanted indexes the coming slots that the plan wants, on the days concerned.
func (r *Replan) wanted(now time.Time) map[slotKey]*Slot {
	wanted := map[slotKey]*Slot{}
	for i := range r.Wanted {
		w := r.Wanted[i]
		w.PostID = r.PostID
		w.Start, w.End, w.OpensAt = store.Time(store.Millis(w.Start)), store.Time(store.Millis(w.End)), store.Time(store.Millis(w.OpensAt))
		if _, ok := slices.BinarySearch(r.Days, w.Date); ok && w.Start.After(now) {
			wanted[keyOf(&w)] = &w
		}
	}
	return wanted
}

// reshaped is the slot as the plan wants it, or closed when it does not. When
// places go, free ones go first, then the staff's, then those that came back;
// what is taken or offered to somebody stays above the plan until it comes
// back.
func reshaped(now time.Time, s, w *Slot, found *seating) (change SlotEffect, differs bool) {
	next := *s
	next.Planned = 0
	share := 0
	if w != nil {
		next.Planned, next.GroupID, next.Start, next.End, next.OpensAt = w.Planned, w.GroupID, w.Start, w.End, w.OpensAt
		share = w.Reserved
		if keepsOpening(s, w, now) {
			next.OpensAt = s.OpensAt
		}
	}
	offered := found.offered[s.ID]
	next.Places = max(next.Planned, s.Taken+offered)
	room := next.Places - s.Taken
	next.Withheld = min(s.Withheld, room)
	next.Reserved = min(max(0, share-staffSeats(found.seats[s.ID])), room-next.Withheld)
	change = SlotEffect{
		Slot: next, was: *s, Before: s.Planned, After: next.Planned, trim: s.Withheld - next.Withheld,
		Changed:  next.Planned > 0 && (next.GroupID != s.GroupID || !next.OpensAt.Equal(s.OpensAt) || !next.Start.Equal(s.Start) || !next.End.Equal(s.End)),
		InBallot: s.BallotID != "" && next.Planned != s.Planned,
	}
	differs = change.Changed || next.Planned != s.Planned || next.Places != s.Places || next.Withheld != s.Withheld || next.Reserved != s.Reserved
	return change, differs
}

// keepsOpening says whether a slot opens when it was going to, whatever the
// plan says now: its places are in a ballot that has been announced, or the
// plan would take them for a ballot when they are open or about to be.
func keepsOpening(s, w *Slot, now time.Time) bool {
	return s.BallotID != "" || w.OpensAt.Equal(Unreleased) && s.OpensAt.Before(now.Add(24*time.Hour))
}

// staffSeats counts the places of the staff's share that are booked.
func staffSeats(seats []*Booking) (n int) {
	for _, b := range seats {
		n += b.FromReserve
	}
	return n
}

// sort finds who of a slot does not fit in it any more, and who fits again.
func (r *Replan) sort(effect *Effect, now time.Time, next *Slot, start time.Time, seats []*Booking) {
	slices.SortFunc(seats, inOrderOfBooking)
	left := next.Planned
	for _, b := range seats {
		switch {
		case b.State == Held && !b.ExpiresAt.After(now): // about to be swept
			continue
		case b.State != Held && b.State != Booked: // here already
			left -= b.Places
			continue
		}
		fits := next.Serves(b.ServiceID) && b.Places <= left
		if fits {
			left -= b.Places
		}
		if fits != b.MoveBy.IsZero() {
			m := Mover{BookingID: b.ID, Reference: b.Reference, ServiceID: b.ServiceID, Party: b.Party, Start: start, Held: b.State == Held}
			if fits {
				effect.MayStay = append(effect.MayStay, m)
			} else {
				m.MoveBy = moveBy(now, start)
				effect.MustMove = append(effect.MustMove, m)
			}
		}
	}
}

// inOrderOfBooking puts those first who are at the post already, then who
// booked first.
func inOrderOfBooking(a, b *Booking) int {
	here := func(k *Booking) int {
		if k.State == Held || k.State == Booked {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(here(a), here(b)), a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
}

// moveBy is until when somebody is asked to choose another time: a week, but
// no later than a day before the appointment, or half of a time that is short.
func moveBy(now, start time.Time) time.Time {
	by := now.Add(7 * 24 * time.Hour)
	if latest := start.Add(-24 * time.Hour); by.After(latest) {
		by = latest
	}
	if soonest := now.Add(start.Sub(now) / 2); by.Before(soonest) && soonest.Before(now.Add(24*time.Hour)) {
		by = soonest
	}
	return store.Time(store.Millis(by))
}

// propose finds a slot for each mover, who booked first choosing first: the
// nearest in time with enough places that can be booked now.
func propose(movers []Mover, after []*Slot, seats map[string][]*Booking, earliest, now time.Time) {
	bookings := map[string]*Booking{}
	for _, list := range seats {
		for _, b := range list {
			bookings[b.ID] = b
		}
	}
	slices.SortFunc(movers, func(a, b Mover) int { return inOrderOfBooking(bookings[a.BookingID], bookings[b.BookingID]) })
	serving := map[string][]*opening{}
	for _, s := range after {
		if s.Planned == 0 || s.Free() <= 0 || s.BallotID != "" || s.OpensAt.After(now) || !s.Start.After(earliest) {
			continue
		}
		o := &opening{s, s.Free()}
		for _, service := range splitGroup(s.GroupID) {
			serving[service] = append(serving[service], o)
		}
	}
	for i := range movers {
		m := &movers[i]
		if m.Held {
			continue
		}
		best := nearest(serving[m.ServiceID], m.Start, bookings[m.BookingID].Places)
		if best != nil {
			best.free -= bookings[m.BookingID].Places
			proposal := *best.slot
			m.Proposal = &proposal
			m.KeptUntil = m.MoveBy
			if half := now.Add(best.slot.Start.Sub(now) / 2); half.Before(m.KeptUntil) {
				m.KeptUntil = store.Time(store.Millis(half))
			}
			if hour := m.KeptUntil.Truncate(time.Hour); hour.After(now.Add(time.Hour)) {
				m.KeptUntil = hour
			}
		}
	}
}

// opening is a slot with the places that nobody was proposed yet.
type opening struct {
	slot *Slot
	free int
}

// nearest finds the opening with enough places whose start is nearest, the
// earlier of two; nil when there is none. They are in order of time.
func nearest(openings []*opening, start time.Time, places int) *opening {
	after, _ := slices.BinarySearchFunc(openings, start, func(o *opening, t time.Time) int { return o.slot.Start.Compare(t) })
	before := after - 1
	for before >= 0 && openings[before].free < places {
		before--
	}
	for after < len(openings) && openings[after].free < places {
		after++
	}
	switch {
	case before < 0 && after == len(openings):
		return nil
	case before < 0:
		return openings[after]
	case after == len(openings) || start.Sub(openings[before].slot.Start) <= openings[after].slot.Start.Sub(start):
		return openings[before]
	}
	return openings[after]
}

// digest covers what an officer agrees to. Holds come and go by the minute and
// are left out.
func (e *Effect) digest() string {
	h := sha256.New()
	for i := range e.Slots {
		s := &e.Slots[i]
		if s.Before != s.After || s.Changed {
			fmt.Fprintf(h, "slot %s %s %s %d %d %d %d\n", s.Slot.Date, s.Slot.Clock, s.Slot.GroupID, s.Before, s.After,
				store.Millis(s.Slot.End), store.Millis(s.Slot.OpensAt))
		}
	}
	for what, movers := range [][]Mover{e.MustMove, e.MayStay} {
		for _, m := range movers {
			if !m.Held {
				fmt.Fprintf(h, "person %d %s\n", what, m.BookingID)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
