package main

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"github.com/chancery/chancery/internal/transparency"
	"github.com/chancery/chancery/internal/web/logweb"
)

// publishEvery is how long an entry of the log waits for its checkpoint.
const publishEvery = 2 * time.Second

// registerLog opens the public log and serves it.
func (r *rooms) registerLog(s setting) {
	base, err := url.Parse(s.baseURL)
	if err != nil || base.Host == "" {
		base = &url.URL{Host: "localhost"}
	}
	r.log = transparency.New(r.db, r.keys, base.Host+"/log", time.Now)
	(&logweb.Pages{Log: r.log}).Register(r.server)
}

// publishLog signs a checkpoint of what was logged until ctx ends.
func (r *rooms) publishLog(ctx context.Context) {
	tick := time.NewTicker(publishEvery)
	defer tick.Stop()
	for {
		if _, err := r.log.Publish(ctx); err != nil && ctx.Err() == nil {
			slog.Error("publish the log", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
