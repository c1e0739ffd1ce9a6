package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/web/guardweb"
)

// registerCases adds the officers' review of suspicious patterns, with the
// voiding of bookings by two.
func (r *rooms) registerCases() error {
	void := func(ctx context.Context, actor, id, reason string) error {
		_, err := r.book.Void(ctx, actor, id, reason)
		return err
	}
	r.cases = guard.NewCases(r.db, r.trail, guard.VoiderFunc(void), time.Now)
	pages := &guardweb.Pages{Finder: r.guard, Cases: r.cases, People: r.staff, Posts: r.posts, Services: r.services}
	return pages.Register(r.server)
}

// carryOutCases goes on, every minute until ctx ends, with voiding what two
// officers agreed on and a fault left undone.
func (r *rooms) carryOutCases(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := r.cases.Tick(ctx); err != nil && ctx.Err() == nil {
			slog.Error("void bookings", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
