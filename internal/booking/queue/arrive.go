package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// CheckIn gives the people of a booking their ticket: they are there, and the
// desk has compared who they are. Checking in again gives the same ticket;
// people who were called in vain and come later wait anew, as late ones.
// Conflict when the booking is for another post or day, or is not in force.
func (s *Service) CheckIn(ctx context.Context, actor, postID, bookingID string, priority bool) (*Ticket, error) {
	p, err := s.posts.Get(ctx, postID)
	if err != nil {
		return nil, err
	}
	k, err := s.book.Booking(ctx, bookingID)
	if err != nil {
		return nil, err
	}
	slot, err := s.book.Slot(ctx, k.SlotID)
	if err != nil {
		return nil, err
	}
	today := s.Today(p)
	switch {
	case k.PostID != postID:
		return nil, fault.NewConflict("queue.other_post")
	case slot.Date != today:
		return nil, fault.NewConflict("queue.other_day")
	}
	var given *Ticket
	err = s.change(ctx, postID, today, actor, func(d *day) error {
		there, err := d.tickets(`AND booking_id = $3`, k.ID)
		if err != nil {
			return err
		}
		if len(there) == 0 {
			given = &Ticket{BookingID: k.ID, ServiceID: k.ServiceID, Party: k.Party, Priority: priority, AppointmentAt: slot.Start}
			if err := d.give(given, bookingSeries, "check_in"); err != nil {
				return err
			}
			return d.unmoved(k.ID, k.SlotID)
		}
		given = there[0]
		if given.State != Missed && given.State != Withdrawn {
			return nil
		}
		was := *given
		given.State, given.ArrivedAt, given.Priority = Waiting, d.now, priority
		given.CounterID, given.FinishedAt, given.RestUntil = "", time.Time{}, time.Time{}
		given.TurnAt = turn(given)
		return d.step("check_in", &was, given)
	})
	return given, err
}

// WalkIn gives a ticket to people without an appointment. id is the ticket's,
// chosen by the caller: the same request twice gives one ticket. Invalid when
// the post does not offer the service ("service") or nobody comes ("party").
func (s *Service) WalkIn(ctx context.Context, actor, postID, id, service string, party int, priority bool) (*Ticket, error) {
	p, err := s.posts.Get(ctx, postID)
	if err != nil {
		return nil, err
	}
	var wrong fault.Fields
	if !p.Offers(service) {
		wrong.Add("service", "queue.service_missing")
	}
	if party < 1 || party > maxParty {
		wrong.AddWith("party", "queue.party_wrong", fault.Args{"Max": maxParty})
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	var given *Ticket
	err = s.change(ctx, postID, s.Today(p), actor, func(d *day) error {
		there, err := d.tickets(`AND id = $3`, id)
		if err != nil {
			return err
		}
		if len(there) > 0 {
			given = there[0]
			return nil
		}
		given = &Ticket{ID: id, ServiceID: service, Party: party, Priority: priority}
		return d.give(given, walkInSeries, "walk_in")
	})
	return given, err
}

// maxParty is the largest family at one counter.
const maxParty = 20

// give puts a new ticket at the end of its series.
func (d *day) give(t *Ticket, series, kind string) error {
	if t.ID == "" {
		t.ID = store.NewID()
	}
	t.PostID, t.Date, t.Series, t.State, t.ArrivedAt = d.post, d.date, series, Waiting, d.now
	t.TurnAt = turn(t)
	if err := d.tx.QueryRowContext(d.ctx, `SELECT COALESCE(MAX(serial), 0) + 1 FROM queue_ticket WHERE post_id = $1 AND local_date = $2 AND series = $3`,
		d.post, d.date, series).Scan(&t.Serial); err != nil {
		return fmt.Errorf("number a ticket: %w", err)
	}
	t.Number = fmt.Sprintf("%s%03d", t.Series, t.Serial)
	return d.step(kind, nil, t)
}

// unmoved refuses when the booking, locked by now, was moved after it was read.
func (d *day) unmoved(bookingID, slotID string) error {
	var now string
	if err := d.tx.QueryRowContext(d.ctx, `SELECT slot_id FROM booking WHERE id = $1`, bookingID).Scan(&now); err != nil {
		return fmt.Errorf("look at the booking again: %w", err)
	}
	if now != slotID {
		return fault.NewConflict("booking.state_changed")
	}
	return nil
}
