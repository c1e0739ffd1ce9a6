package web

import (
	"context"
	"io"
	"net/http"
	"time"
)

// healthz says that the process answers.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) error {
	return writeText(w, http.StatusOK, "ok\n")
}

// readyz says whether requests should be sent here: not while the server
// stops, nor when the database is away or its schema is not this program's.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	if !s.ready.Load() {
		return writeText(w, http.StatusServiceUnavailable, "stopping\n")
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	// SchemaVersion reads a table, so it also shows that the database answers.
	current, newest, err := s.opt.DB.SchemaVersion(ctx)
	switch {
	case err != nil:
		s.opt.Logger.ErrorContext(ctx, "not ready", "error", err)
		return writeText(w, http.StatusServiceUnavailable, "the database does not answer\n")
	case current < newest:
		return writeText(w, http.StatusServiceUnavailable, "the schema is behind: run chancery migrate\n")
	}
	return writeText(w, http.StatusOK, "ready\n")
}

func writeText(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err := io.WriteString(w, text)
	return err
}
