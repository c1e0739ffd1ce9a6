package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/fault"
)

// Ticket finds a ticket of the post.
func (s *Service) Ticket(ctx context.Context, postID, id string) (*Ticket, error) {
	t, err := scan(s.db.Read().QueryRowContext(ctx, `SELECT `+columns+` FROM queue_ticket WHERE id = $1 AND post_id = $2`, id, postID))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NewNotFound("queue.ticket_not_found")
	}
	if err != nil {
		return nil, fmt.Errorf("find a ticket: %w", err)
	}
	return t, nil
}

// OfBooking finds a booking's ticket of the day, nil when it has none.
func (s *Service) OfBooking(ctx context.Context, bookingID, date string) (*Ticket, error) {
	found, err := list(ctx, s.db.Read(), `SELECT `+columns+` FROM queue_ticket WHERE booking_id = $1 AND local_date = $2`, bookingID, date)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// Day is a waiting room at one moment.
type Day struct {
	// Version grows with each change.
	Version int64
	Waiting []*Ticket // in order
	Called  []*Ticket // called or being served, the latest call first
	Ended   []*Ticket // finished, missed and withdrawn, the latest first
}

// Day reads the post's day.
func (s *Service) Day(ctx context.Context, postID, date string) (*Day, error) {
	version, err := s.Version(ctx, postID, date)
	if err != nil {
		return nil, err
	}
	all, err := list(ctx, s.db.Read(), `SELECT `+columns+` FROM queue_ticket WHERE post_id = $1 AND local_date = $2`, postID, date)
	if err != nil {
		return nil, err
	}
	d := &Day{Version: version}
	for _, t := range all {
		switch {
		case t.State == Waiting:
			d.Waiting = append(d.Waiting, t)
		case t.State.AtCounter():
			d.Called = append(d.Called, t)
		default:
			d.Ended = append(d.Ended, t)
		}
	}
	InOrder(d.Waiting)
	slices.SortFunc(d.Called, func(a, b *Ticket) int { return b.LastCalledAt.Compare(a.LastCalledAt) })
	slices.SortFunc(d.Ended, func(a, b *Ticket) int { return b.FinishedAt.Compare(a.FinishedAt) })
	return d, nil
}

// At gives the ticket that is at the counter, nil when it is free.
func (d *Day) At(counterID string) *Ticket {
	for _, t := range d.Called {
		if t.CounterID == counterID {
			return t
		}
	}
	return nil
}

// Ahead says how many tickets come before the one with the given id.
func (d *Day) Ahead(id string) int {
	return max(0, slices.IndexFunc(d.Waiting, func(t *Ticket) bool { return t.ID == id }))
}

// Version says how often the day has changed; screens ask it.
func (s *Service) Version(ctx context.Context, postID, date string) (int64, error) {
	var version int64
	err := s.db.Read().QueryRowContext(ctx, `SELECT version FROM queue_day WHERE post_id = $1 AND local_date = $2`, postID, date).Scan(&version)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("ask for news of the day: %w", err)
	}
	return version, nil
}

// pollEvery is how often Watch asks the database: changes made by another
// process of the same installation show that late at most.
const pollEvery = 5 * time.Second

// Watch calls changed whenever the post's day has changed, until ctx ends or
// changed gives an error. beat is called between, so that a line that has gone
// is noticed. Busy, before the first call, when too many screens watch.
func (s *Service) Watch(ctx context.Context, postID string, changed func(version int64) error, beat func() error) error {
	p, err := s.posts.Get(ctx, postID)
	if err != nil {
		return err
	}
	news, stop := s.hub.listen(postID)
	if news == nil {
		return fault.NewBusy("queue.screens", time.Minute)
	}
	defer stop()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	seen, first := int64(0), true
	for {
		version, err := s.Version(ctx, postID, s.Today(p))
		if err != nil {
			return err
		}
		if first || version != seen {
			err = changed(version)
		} else {
			err = beat()
		}
		if err != nil {
			return err
		}
		seen, first = version, false
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-news:
		case <-poll.C:
		}
	}
}
