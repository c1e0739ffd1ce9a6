package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Run serves on l until ctx ends, then stops taking requests, waits up to
// Options.Drain for those under way, and returns nil when all of them were
// answered. From the moment ctx ends /readyz says 503.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	if err := s.Check(); err != nil {
		return err
	}
	h, err := s.Handler()
	if err != nil {
		return err
	}
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.opt.Logger.Handler(), slog.LevelDebug),
	}
	srv.RegisterOnShutdown(s.close)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	select {
	case err := <-served:
		s.close()
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.ready.Store(false)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.opt.Drain)
	defer cancel()
	err = srv.Shutdown(drain)
	if err != nil {
		err = errors.Join(fmt.Errorf("some requests were cut off: %w", err), srv.Close())
	}
	<-served
	return err
}
