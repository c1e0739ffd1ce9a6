package main

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking/queue"
	"github.com/chancery/chancery/internal/post"
)

// comer is a visit with the booking behind it.
type comer struct {
	demo.Visit
	booking string
}

// day plays one day of a post: who comes and when, and how the counters get
// through. absent are the bookings of people who do not come.
func (p *past) day(ctx context.Context, at post.Post, date string) (comers []*comer, absent []string, counters []post.Counter, err error) {
	random := rand.New(rand.NewPCG(p.random.Uint64(), 1))
	demand := demo.DemandAt(at.ID, "")
	var first, last time.Time
	var offered []string
	for _, w := range p.days[postDay{at.ID, date}] {
		if w.gone || w.id == "" {
			continue
		}
		if first.IsZero() || w.start.Before(first) {
			first = w.start
		}
		if w.start.After(last) {
			last = w.start
		}
		offered = append(offered, w.service)
		if random.Float64() < demand.NoShow {
			absent = append(absent, w.id)
			continue
		}
		c := &comer{booking: w.id}
		c.Service, c.Party, c.Appointment, c.Arrived = w.service, len(w.people), w.start, demo.Arrival(random, w.start)
		comers = append(comers, c)
	}
	if len(offered) == 0 {
		return nil, nil, nil, nil
	}
	for range poisson(random, 0.13*float64(len(offered))) {
		c := &comer{}
		c.Service, c.Party = offered[random.IntN(len(offered))], demo.PartySize(random, "", 4)
		c.Arrived = first.Add(time.Duration(random.Float64() * float64(last.Sub(first)))).Truncate(time.Second)
		comers = append(comers, c)
	}
	if counters, err = p.posts.Counters(ctx, at.ID); err != nil {
		return nil, nil, nil, err
	}
	visits, serves := make([]*demo.Visit, len(comers)), make([]func(string) bool, len(counters))
	for i, c := range comers {
		service, err := p.services.Service(c.Service)
		if err != nil {
			return nil, nil, nil, err
		}
		c.Minutes, visits[i] = service.DurationMinutes, &c.Visit
	}
	// Some officers are away, or have other work.
	away := random.IntN(len(counters)*2/5 + 1)
	for i, c := range counters {
		open := i < len(counters)-away
		serves[i] = func(service string) bool { return open && c.Serves(service) }
	}
	demo.WorkDay(random, visits, serves, first, last.Add(90*time.Minute))
	return comers, absent, counters, nil
}

// over gives a day that is over as it is written down: who came, and who did
// not.
func (p *past) over(ctx context.Context, at post.Post, date string) (queue.PaperDay, error) {
	paper := queue.PaperDay{PostID: at.ID, Date: date}
	comers, absent, counters, err := p.day(ctx, at, date)
	for _, c := range comers {
		paper.Tickets = append(paper.Tickets, p.ticket(c, counters))
	}
	paper.Absent = absent
	return paper, err
}

// ticket is a visit as the queue has it.
func (p *past) ticket(c *comer, counters []post.Counter) *queue.Ticket {
	t := &queue.Ticket{BookingID: c.booking, ServiceID: c.Service, Party: c.Party, AppointmentAt: c.Appointment, ArrivedAt: c.Arrived, State: queue.Finished}
	if c.Left() {
		t.Outcome, t.FinishedAt = queue.Left, c.Arrived.Add(90*time.Minute)
		return t
	}
	t.CounterID, t.CalledAt, t.LastCalledAt, t.Calls = counters[c.Counter].ID, c.Called, c.Called, 1
	if c.booking == "" && p.random.IntN(25) == 0 { // gone for a coffee
		t.State, t.FinishedAt = queue.Missed, c.Called.Add(4*time.Minute)
		return t
	}
	t.ServedAt, t.FinishedAt, t.Outcome = c.Begun, c.Finished, queue.Done
	switch x := p.random.IntN(100); {
	case x < 6:
		t.Outcome = queue.Incomplete
	case x < 8:
		t.Outcome = queue.Referred
	}
	return t
}

// maxWaiting is how many people sit in a waiting room when somebody starts the
// demonstration.
const maxWaiting = 6

// openDay plays today as far as it is: some were served, some wait, the others
// are expected.
func (p *past) openDay(ctx context.Context, at post.Post) error {
	date := p.until.In(at.Location()).Format(time.DateOnly)
	comers, _, counters, err := p.day(ctx, at, date)
	if err != nil {
		return err
	}
	over := queue.PaperDay{PostID: at.ID, Date: date}
	var waiting []*comer
	for _, c := range comers {
		switch {
		case !c.Arrived.Before(p.until):
		case !c.Left() && c.Finished.Before(p.until):
			over.Tickets = append(over.Tickets, p.ticket(c, counters))
		default:
			waiting = append(waiting, c)
		}
	}
	if len(over.Tickets) > 0 {
		if err := p.queue.Load(ctx, audit.System, over); err != nil {
			return err
		}
	}
	slices.SortFunc(waiting, func(a, b *comer) int { return a.Arrived.Compare(b.Arrived) })
	for _, c := range waiting[max(0, len(waiting)-maxWaiting):] {
		p.clock.Store(c.Arrived.UnixMilli())
		if c.booking == "" {
			_, err = p.queue.WalkIn(ctx, audit.System, at.ID, queue.NewTicketID(), c.Service, c.Party, false)
		} else {
			_, err = p.queue.CheckIn(ctx, audit.System, at.ID, c.booking, false)
		}
		if err != nil {
			return err
		}
	}
	p.clock.Store(p.until.UnixMilli())
	return nil
}

// poisson draws from a Poisson distribution (Knuth's way; mean is small).
func poisson(r *rand.Rand, mean float64) int {
	n, limit := 0, math.Exp(-mean)
	for product := r.Float64(); product > limit; product *= r.Float64() {
		n++
	}
	return n
}
