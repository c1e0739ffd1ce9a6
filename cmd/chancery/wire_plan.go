package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/chancery/chancery/internal/booking/plan"
	"github.com/chancery/chancery/internal/web/planweb"
)

// openPlans adds the posts' plans. From now on a day that a post's calendar
// closes cannot be booked.
func (r *rooms) openPlans() {
	r.plans = plan.New(r.db, r.book, r.posts, time.Now)
	r.posts.OnChange(func(ctx context.Context, postID string) {
		// The change itself is saved; what is left undone here, the next
		// hour's extendPlans does.
		if err := r.plans.Shut(ctx, postID); err != nil {
			slog.Error("close days", "post", postID, "error", err)
		}
	})
}

// registerPlans adds the staff's pages of plans.
func (r *rooms) registerPlans() error {
	return (&planweb.Pages{People: r.staff, Plans: r.plans, Book: r.book, Posts: r.posts, Services: r.services}).Register(r.server)
}

// extendPlans makes the slots of the days to come, at once and every hour
// until ctx ends.
func (r *rooms) extendPlans(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if err := r.plans.Extend(ctx); err != nil && ctx.Err() == nil {
			slog.Error("extend plans", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
