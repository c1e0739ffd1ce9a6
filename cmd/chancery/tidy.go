package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/chancery/chancery/internal/booking/draft"
)

// tidy forgets, every hour until ctx ends, what nobody may ask for any more.
func (r *rooms) tidy(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if _, err := r.server.ForgetIdempotency(ctx); err != nil && ctx.Err() == nil {
			slog.Error("forget idempotent answers", "error", err)
		}
		if _, err := r.book.Forget(ctx); err != nil && ctx.Err() == nil {
			slog.Error("forget people", "error", err)
		}
		if err := draft.New(r.db, r.keys, time.Now).Sweep(ctx); err != nil && ctx.Err() == nil {
			slog.Error("forget drafts", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
