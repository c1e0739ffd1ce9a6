package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/chancery/chancery/internal/booking/lookback"
	"github.com/chancery/chancery/internal/web/lookweb"
)

// registerLook adds Look back.
func (r *rooms) registerLook() error {
	r.leads = lookback.NewLeads(r.db, r.posts, r.services, time.Now)
	pages := &lookweb.Pages{Reader: lookback.New(r.db), Leads: r.leads, Posts: r.posts, Services: r.services}
	return pages.Register(r.server)
}

// lookDaily writes down, until ctx ends, how far away the next free places are,
// once a day for each post.
func (r *rooms) lookDaily(ctx context.Context) {
	tick := time.NewTicker(5 * time.Minute)
	defer tick.Stop()
	for {
		if _, err := r.leads.Look(ctx); err != nil && ctx.Err() == nil {
			slog.Error("look at free places", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
