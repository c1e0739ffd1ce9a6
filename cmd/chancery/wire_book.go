package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/post"
)

// sweep ends holds that ran out, offers what came back to the waiting list, and
// releases places whose moment has come, and reminds.
func (r *rooms) sweep(ctx context.Context) {
	const batch = 2000
	steps := []struct {
		what string
		do   func(context.Context, int) (int, error)
	}{
		{"end holds that ran out", r.book.ExpireHolds},
		{"end offers without an answer", r.book.ExpireWaiting},
		{"offer places to the waiting list", r.book.OfferLots},
		{"release places", r.book.ReleaseLots},
		{"remind", func(ctx context.Context, _ int) (int, error) { return r.book.Remind(ctx) }},
	}
	for tick := time.NewTicker(5 * time.Second); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
		for _, step := range steps {
			if _, err := step.do(ctx, batch); err != nil && ctx.Err() == nil {
				slog.Error(step.what, "error", err)
			}
		}
	}
}

// offer tells the book what the catalogue and the posts say.
type offer struct {
	services *catalogue.Catalogue
	posts    *post.Service
}

func (o offer) Service(id string) (booking.Service, bool) {
	s, err := o.services.Service(id)
	if err != nil {
		return booking.Service{}, false
	}
	return booking.Service{
		ID: s.ID, PlacesPerApplicant: s.PlacesPerApplicant, MaxParty: s.MaxParty, OfferFor: s.Offer(),
		ReleaseAfter: minutes(s.Rerelease.MinMinutes), ReleaseWithin: minutes(s.Rerelease.MaxMinutes),
		WarnAfter: s.NoShow.WarnAfter, PauseAfter: s.NoShow.PauseAfter, Pause: time.Duration(s.NoShow.PauseDays) * 24 * time.Hour,
	}, true
}

func (o offer) Post(id string) (booking.Post, bool) {
	p, err := o.posts.Get(context.Background(), id)
	if err != nil {
		return booking.Post{}, false
	}
	return booking.Post{ID: p.ID, Zone: p.Location(), Notice: minutes(p.MinimumNoticeMinutes)}, true
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }
