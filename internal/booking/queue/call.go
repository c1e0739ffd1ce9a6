package queue

import (
	"context"
	"slices"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
)

// CallNext calls the person whose turn it is at the counter. Not found (with
// the key queue.nobody_waits) when nobody waits for it; conflict while the
// counter has somebody.
func (s *Service) CallNext(ctx context.Context, actor, postID, counterID string) (*Ticket, error) {
	c, date, err := s.counter(ctx, postID, counterID)
	if err != nil {
		return nil, err
	}
	var called *Ticket
	err = s.change(ctx, postID, date, actor, func(d *day) error {
		if err := d.free(c.ID); err != nil {
			return err
		}
		waiting, err := d.tickets(`AND state = 'waiting'`)
		if err != nil {
			return err
		}
		if called = next(waiting, c, d.now); called == nil {
			return fault.NewNotFound("queue.nobody_waits")
		}
		return d.call(called, c)
	})
	return called, err
}

// Call calls one person out of turn; the trail says who did.
func (s *Service) Call(ctx context.Context, actor, postID, counterID, ticketID string) (*Ticket, error) {
	c, _, err := s.counter(ctx, postID, counterID)
	if err != nil {
		return nil, err
	}
	return s.alter(ctx, actor, postID, ticketID, func(d *day, t *Ticket) error {
		if t.State != Waiting {
			return fault.NewConflict("queue.ticket_moved_on")
		}
		if err := d.free(c.ID); err != nil {
			return err
		}
		return d.call(t, c)
	})
}

// counter finds an open counter of the post, and the day there.
func (s *Service) counter(ctx context.Context, postID, counterID string) (post.Counter, string, error) {
	p, err := s.posts.Get(ctx, postID)
	if err != nil {
		return post.Counter{}, "", err
	}
	c, err := s.posts.Counter(ctx, postID, counterID)
	if err == nil && !c.Active {
		err = fault.NewConflict("queue.counter_closed")
	}
	return c, s.Today(p), err
}

func (d *day) call(t *Ticket, c post.Counter) error {
	was := *t
	t.State, t.CounterID, t.LastCalledAt = Called, c.ID, d.now
	t.Calls++
	if t.CalledAt.IsZero() {
		t.CalledAt = d.now
	}
	return d.step("call", &was, t)
}

// alter runs fn on one ticket of the post, with its day locked.
func (s *Service) alter(ctx context.Context, actor, postID, ticketID string, fn func(*day, *Ticket) error) (*Ticket, error) {
	known, err := s.Ticket(ctx, postID, ticketID)
	if err != nil {
		return nil, err
	}
	var t *Ticket
	err = s.change(ctx, postID, known.Date, actor, func(d *day) error {
		if t, err = d.ticket(ticketID); err != nil {
			return err
		}
		return fn(d, t)
	})
	return t, err
}

// move takes a ticket from one of the states in from by edit, as one step. A
// ticket that is there already stays: a double click is no mistake.
func (s *Service) move(ctx context.Context, actor, postID, ticketID, kind string, from []State, there func(*Ticket) bool, edit func(*day, *Ticket)) (*Ticket, error) {
	return s.alter(ctx, actor, postID, ticketID, func(d *day, t *Ticket) error {
		if there(t) {
			return nil
		}
		if !slices.Contains(from, t.State) {
			return fault.NewConflict("queue.ticket_moved_on")
		}
		was := *t
		edit(d, t)
		return d.step(kind, &was, t)
	})
}

func never(*Ticket) bool { return false }

func in(state State) func(*Ticket) bool { return func(t *Ticket) bool { return t.State == state } }

// Recall calls the same person again.
func (s *Service) Recall(ctx context.Context, actor, postID, ticketID string) (*Ticket, error) {
	return s.move(ctx, actor, postID, ticketID, "recall", []State{Called}, never, func(d *day, t *Ticket) {
		t.LastCalledAt = d.now
		t.Calls++
	})
}

// Serve notes that the person who was called is at the counter.
func (s *Service) Serve(ctx context.Context, actor, postID, ticketID string) (*Ticket, error) {
	return s.move(ctx, actor, postID, ticketID, "serve", []State{Called}, in(Serving), func(d *day, t *Ticket) {
		if t.ServedAt.IsZero() {
			t.ServedAt = d.now
		}
		t.State = Serving
	})
}

// Finish ends a turn with an outcome, one of Outcomes; Invalid ("outcome") for
// another. The booking counts as served, whatever the outcome: they came.
func (s *Service) Finish(ctx context.Context, actor, postID, ticketID string, how Outcome) (*Ticket, error) {
	if !slices.Contains(Outcomes, how) {
		return nil, fault.NewInvalid(fault.Field{Path: "outcome", Key: "queue.outcome_missing"})
	}
	there := func(t *Ticket) bool { return t.State == Finished && t.Outcome == how }
	return s.move(ctx, actor, postID, ticketID, "finish", []State{Called, Serving}, there, func(d *day, t *Ticket) {
		if t.ServedAt.IsZero() {
			t.ServedAt = d.now
		}
		t.State, t.FinishedAt, t.Outcome = Finished, d.now, how
	})
}

// NoShow ends the turn of a person who was called and did not come. For a
// booking the service's policy on misses applies.
func (s *Service) NoShow(ctx context.Context, actor, postID, ticketID string) (*Ticket, error) {
	return s.move(ctx, actor, postID, ticketID, "no_show", []State{Called}, in(Missed), func(d *day, t *Ticket) {
		t.State, t.FinishedAt = Missed, d.now
	})
}

// GoneAway ends the turn of a person who waited and left before being called.
// They came, so it is no miss.
func (s *Service) GoneAway(ctx context.Context, actor, postID, ticketID string) (*Ticket, error) {
	there := func(t *Ticket) bool { return t.State == Finished && t.Outcome == Left }
	return s.move(ctx, actor, postID, ticketID, "gone_away", []State{Waiting}, there, func(d *day, t *Ticket) {
		t.State, t.FinishedAt, t.Outcome = Finished, d.now, Left
	})
}

// PutBack lets a person wait again at the old place in the line; for RestFor,
// others go first.
func (s *Service) PutBack(ctx context.Context, actor, postID, ticketID string) (*Ticket, error) {
	return s.move(ctx, actor, postID, ticketID, "put_back", []State{Called, Serving}, never, func(d *day, t *Ticket) {
		t.State, t.CounterID, t.RestUntil = Waiting, "", d.now.Add(RestFor)
	})
}

// Transfer lets a person wait for another counter, another service, or both;
// "" leaves it open, or as it is. The turn stays, so they are soon called
// there. Invalid when the counter is closed or does not do the service
// ("counter"), or the post does not ("service").
func (s *Service) Transfer(ctx context.Context, actor, postID, ticketID, counterID, service string) (*Ticket, error) {
	p, err := s.posts.Get(ctx, postID)
	if err != nil {
		return nil, err
	}
	known, err := s.Ticket(ctx, postID, ticketID)
	if err != nil {
		return nil, err
	}
	if service == "" {
		service = known.ServiceID
	}
	var wrong fault.Fields
	if service != known.ServiceID && !p.Offers(service) {
		wrong.Add("service", "queue.service_missing")
	}
	if counterID == "" && service == known.ServiceID {
		wrong.Add("counter", "queue.transfer_nowhere")
	}
	if counterID != "" {
		c, err := s.posts.Counter(ctx, postID, counterID)
		if err != nil {
			return nil, err
		}
		if !c.Active || !c.Serves(service) {
			wrong.Add("counter", "queue.counter_other_service")
		}
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	return s.move(ctx, actor, postID, ticketID, "transfer", []State{Waiting, Called, Serving}, never, func(_ *day, t *Ticket) {
		t.State, t.CounterID, t.WantedCounter, t.ServiceID = Waiting, "", counterID, service
	})
}
