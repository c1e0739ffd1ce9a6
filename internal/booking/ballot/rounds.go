package ballot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/post"
)

// Rounds runs the ballots of all posts. It is safe for concurrent use, and for
// several processes on one database.
type Rounds struct {
	Draws    *draw.Service
	Book     *booking.Book
	Services *catalogue.Catalogue
	Posts    *post.Service
	Keys     *keyring.Ring
	Now      func() time.Time
}

// drawAfter is how long after the close the draw is held: time for anybody to
// keep a copy of what was published at the close.
const drawAfter = time.Hour

// Round is one coming ballot as the catalogue's rules say.
type Round struct {
	ID                string
	OpensAt, ClosesAt time.Time
	DrawsAt           time.Time
	First, End        time.Time // the slots that it gives out start in [First, End)
}

// Next is the first round of the service at the post that opens after now.
func Next(p post.Post, s catalogue.Service, now time.Time) (Round, error) {
	rules := s.Release.Ballot
	weekday, ok := catalogue.Weekday(rules.OpensWeekday)
	if !ok {
		return Round{}, fmt.Errorf("service %s: no weekday %q", s.ID, rules.OpensWeekday)
	}
	zone := p.Location()
	today := now.In(zone)
	for day := range 15 { // a clock that is skipped on one day is there a week later
		date := time.Date(today.Year(), today.Month(), today.Day()+day, 12, 0, 0, 0, time.UTC)
		opens, exists := post.Instant(zone, date.Format(time.DateOnly), rules.OpensTime)
		if date.Weekday() != weekday || !exists || !opens.After(now) {
			continue
		}
		midnight := func(days int) time.Time {
			return time.Date(date.Year(), date.Month(), date.Day()+days, 0, 0, 0, 0, zone)
		}
		closes := opens.In(zone).AddDate(0, 0, rules.EntryDays)
		return Round{
			ID:      p.ID + "-" + s.ID + "-" + date.Format(time.DateOnly),
			OpensAt: opens, ClosesAt: closes, DrawsAt: closes.Add(drawAfter),
			First: midnight(s.Release.DaysAhead), End: midnight(s.Release.DaysAhead + rules.SpanDays),
		}, nil
	}
	return Round{}, fmt.Errorf("service %s opens no ballot within two weeks", s.ID)
}

// Tick announces the rounds that come next, moves all ballots as far as the
// clock allows, and gives back what settled ones have left over. One ballot's
// trouble does not hold up the others; the errors come back joined.
func (r *Rounds) Tick(ctx context.Context) error {
	return errors.Join(r.announce(ctx), r.Draws.Tick(ctx), r.giveBack(ctx))
}

func (r *Rounds) announce(ctx context.Context) error {
	posts, err := r.Posts.List(ctx)
	if err != nil {
		return err
	}
	var trouble []error
	for _, s := range r.Services.Services() {
		if s.Release.Ballot == nil {
			continue
		}
		for _, p := range posts {
			if err := r.announceNext(ctx, p, s); err != nil {
				trouble = append(trouble, fmt.Errorf("ballot of %s at %s: %w", s.ID, p.ID, err))
			}
		}
	}
	return errors.Join(trouble...)
}

// announceNext publishes the commitment of the next round before its entries
// open, if there are places for it to give, and sets them aside.
func (r *Rounds) announceNext(ctx context.Context, p post.Post, s catalogue.Service) error {
	round, err := Next(p, s, r.Now())
	if err != nil {
		return err
	}
	if err := r.Book.ReleaseMissed(ctx, booking.Aside{PostID: p.ID, Service: s.ID, From: r.Now(), To: round.First}); err != nil {
		return err
	}
	aside := booking.Aside{PostID: p.ID, Service: s.ID, From: round.First, To: round.End}
	waiting, err := r.Book.AwaitBallot(ctx, aside)
	if err != nil || !waiting {
		return err
	}
	if _, err := r.Draws.Announce(ctx, systemID, draw.Announcement{
		ID: round.ID, PostID: p.ID, ServiceID: s.ID, Title: s.Title,
		OpensAt: round.OpensAt, ClosesAt: round.ClosesAt, DrawsAt: round.DrawsAt,
	}); err != nil {
		return err
	}
	_, err = r.Book.SetAside(ctx, audit.System, round.ID, aside)
	return err
}

// systemID stands for the account where nobody of the staff announced.
const systemID = "system"

func (r *Rounds) giveBack(ctx context.Context) error {
	ids, err := r.Book.Ballots(ctx)
	if err != nil {
		return err
	}
	var trouble []error
	for _, id := range ids {
		b, err := r.Draws.Ballot(ctx, id)
		if err == nil && !b.SettledAt.IsZero() {
			err = r.Book.EndBallot(ctx, id)
		}
		if fault.KindOf(err) == fault.NotFound {
			err = fmt.Errorf("slots are set aside for a ballot that is not there: %w", err)
		}
		if err != nil {
			trouble = append(trouble, fmt.Errorf("ballot %s: %w", id, err))
		}
	}
	return errors.Join(trouble...)
}
