package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/queue"
	"github.com/chancery/chancery/internal/post"
)

// loadToday fills what is left of today at the posts that are open: people are
// expected, some wait, one is at a counter. At night nobody is there.
func (r *rooms) loadToday(ctx context.Context, random *rand.Rand) error {
	posts, err := r.posts.List(ctx)
	if err != nil {
		return err
	}
	for _, p := range posts {
		if err := r.loadDay(ctx, random, p); err != nil {
			return fmt.Errorf("today at %s: %w", p.ID, err)
		}
	}
	return nil
}

// How many people a post's day shows.
const (
	demoExpected = 12
	demoHere     = 4
)

func (r *rooms) loadDay(ctx context.Context, random *rand.Rand, p post.Post) error {
	now := r.server.Now().In(p.Location())
	tomorrow := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, p.Location())
	made := 0
	for _, id := range p.Services {
		service, err := r.services.Service(id)
		if err != nil {
			return err
		}
		slots, err := r.book.StaffSlots(ctx, booking.Query{PostID: p.ID, Service: id, From: now, To: tomorrow, Places: service.Places(1)})
		if err != nil {
			return err
		}
		for _, s := range slots {
			if made == demoExpected || random.IntN(3) != 0 {
				continue
			}
			if err := r.bookSomebody(ctx, random, s.ID, id); err != nil {
				return err
			}
			made++
		}
	}
	return r.loadWaiting(ctx, p, now, tomorrow)
}

// loadWaiting brings the first of those who are expected to the desk.
func (r *rooms) loadWaiting(ctx context.Context, p post.Post, now, tomorrow time.Time) error {
	visits, err := r.book.Expected(ctx, p.ID, now, tomorrow)
	if err != nil || len(visits) == 0 {
		return err
	}
	for _, v := range visits[:min(demoHere, (len(visits)+1)/2)] {
		if _, err := r.queue.CheckIn(ctx, audit.System, p.ID, v.ID, false); err != nil {
			return err
		}
	}
	for range 2 {
		if _, err := r.queue.WalkIn(ctx, audit.System, p.ID, queue.NewTicketID(), p.Services[0], 1, false); err != nil {
			return err
		}
	}
	counters, err := r.posts.Counters(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, c := range counters {
		if !c.Active || !c.Serves(visits[0].ServiceID) {
			continue
		}
		called, err := r.queue.CallNext(ctx, audit.System, p.ID, c.ID)
		if err == nil {
			_, err = r.queue.Serve(ctx, audit.System, p.ID, called.ID)
		}
		return err
	}
	return nil
}
