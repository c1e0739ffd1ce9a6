package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/chancery/chancery/internal/booking/letter"
	"github.com/chancery/chancery/internal/booking/queue"
	"github.com/chancery/chancery/internal/web/deskweb"
)

// registerDesk adds the pages of the day: reception, counters, the waiting
// room's board, and bookings made by staff.
func (r *rooms) registerDesk(letters *letter.Writer) error {
	r.queue = queue.New(r.db, r.book, r.posts, r.trail, time.Now)
	pages := &deskweb.Pages{Queue: r.queue, Book: r.book, Posts: r.posts, Services: r.services, Letter: letters}
	return pages.Register(r.server)
}

// closeDays ends the days that are over, and marks who did not come, every few
// minutes until ctx ends.
func (r *rooms) closeDays(ctx context.Context) {
	tick := time.NewTicker(5 * time.Minute)
	defer tick.Stop()
	for {
		if missed, err := r.queue.CloseDay(ctx); err != nil && ctx.Err() == nil {
			slog.Error("close the day", "error", err)
		} else if missed > 0 {
			slog.Info("closed the day", "missed", missed)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
