package ballot

import (
	"context"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/fault"
)

// Extra is a ballot that an officer announces besides the rounds which come by
// themselves: one with a public source of randomness, or for days of its own.
type Extra struct {
	PostID, ServiceID string
	First, Last       string // local days of the places, both included
	OpensAt, ClosesAt time.Time
	DrawsAt           time.Time
	RandomnessSource  string
	RandomnessAt      time.Time
}

// Extra announces it and sets the places aside. Invalid names what cannot be
// accepted; conflict when no place of these days waits for a draw.
func (r *Rounds) Extra(ctx context.Context, actor string, x Extra) (*draw.Ballot, error) {
	p, err := r.Posts.Get(ctx, x.PostID)
	if err != nil {
		return nil, err
	}
	var wrong fault.Fields
	s, err := r.Services.Service(x.ServiceID)
	if err != nil || s.Release.Ballot == nil {
		wrong.Add("service", "draw.name_unknown")
	}
	first, err := time.ParseInLocation(time.DateOnly, x.First, p.Location())
	if err != nil {
		wrong.Add("first", "booking.date_unreadable")
	}
	last, err := time.ParseInLocation(time.DateOnly, x.Last, p.Location())
	switch {
	case err != nil:
		wrong.Add("last", "booking.date_unreadable")
	case last.Before(first):
		wrong.Add("last", "booking.dates_reversed")
	case first.Before(x.DrawsAt):
		wrong.Add("first", "draw.places_before_draw")
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	aside := booking.Aside{PostID: p.ID, Service: s.ID, From: first, To: last.AddDate(0, 0, 1)}
	if waiting, err := r.Book.AwaitBallot(ctx, aside); err != nil {
		return nil, err
	} else if !waiting {
		return nil, fault.NewConflict("draw.no_places")
	}
	b, err := r.Draws.Announce(ctx, actor, draw.Announcement{
		PostID: p.ID, ServiceID: s.ID, Title: s.Title, OpensAt: x.OpensAt, ClosesAt: x.ClosesAt, DrawsAt: x.DrawsAt,
		RandomnessSource: x.RandomnessSource, RandomnessAt: x.RandomnessAt,
	})
	if err != nil {
		return nil, err
	}
	_, err = r.Book.SetAside(ctx, audit.Staff(actor), b.ID, aside)
	return b, err
}
