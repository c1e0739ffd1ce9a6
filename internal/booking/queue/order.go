package queue

import (
	"cmp"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/post"
)

// The rules of the order; docs/decisions/0007-queue.md gives the reasons.
const (
	// LateAfter is how late people may come and keep the turn of their
	// appointment.
	LateAfter = 10 * time.Minute
	// WalkInWait is how far the turn of a walk-in lies behind its arrival:
	// appointments that fall into that time go first, later ones do not.
	WalkInWait = 20 * time.Minute
	// RestFor is how long others go before a ticket that was put back.
	RestFor = 5 * time.Minute
)

// turn says when it is the ticket's turn: an appointment that is kept at its
// own time, a late one on arrival, a walk-in WalkInWait after arrival.
func turn(t *Ticket) time.Time {
	switch {
	case t.WalkIn():
		return t.ArrivedAt.Add(WalkInWait)
	case t.Late():
		return t.ArrivedAt
	default:
		return t.AppointmentAt
	}
}

// before compares two waiting tickets: priority, then the earlier turn; at the
// same turn appointments before walk-ins, then the earlier arrival.
func before(a, b *Ticket) int {
	return cmp.Or(
		-compareBool(a.Priority, b.Priority),
		a.TurnAt.Compare(b.TurnAt),
		compareBool(a.WalkIn(), b.WalkIn()),
		a.ArrivedAt.Compare(b.ArrivedAt),
		cmp.Compare(a.ID, b.ID),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// InOrder sorts tickets by whose turn comes first.
func InOrder(tickets []*Ticket) { slices.SortFunc(tickets, before) }

// For says whether the ticket waits for the counter: "call next" may give it.
func (t *Ticket) For(c post.Counter) bool {
	if t.State != Waiting {
		return false
	}
	if t.WantedCounter != "" {
		return t.WantedCounter == c.ID
	}
	return c.Serves(t.ServiceID)
}

// next picks whom the counter calls: the first in order of those it may call.
// Tickets that were put back come after the others until their rest is over.
// nil when nobody waits for this counter.
func next(waiting []*Ticket, c post.Counter, now time.Time) *Ticket {
	var found *Ticket
	for _, t := range waiting {
		if !t.For(c) {
			continue
		}
		if found == nil {
			found = t
			continue
		}
		resting, foundResting := t.RestUntil.After(now), found.RestUntil.After(now)
		if cmp.Or(compareBool(resting, foundResting), before(t, found)) < 0 {
			found = t
		}
	}
	return found
}
