package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// idempotencyLife is how long a first answer can be asked for again.
const idempotencyLife = 24 * time.Hour

// idempotencyLock is how long a request may take; after that its key is free
// again, so that a process that died holds nobody up.
const idempotencyLock = time.Minute

// maxReplay is the largest answer that is kept.
const maxReplay = 256 << 10

// replayedHeaders are those that belong to the answer and not to one delivery.
var replayedHeaders = []string{"Content-Type", "Content-Language", "Location", "ETag"}

// Idempotent makes a POST safe to repeat: with an Idempotency-Key header the
// first answer is kept for 24 hours and given again, marked
// Idempotency-Replayed. The same key with another body is a 422; while the
// first request is under way, a 409 with Retry-After. Server errors and
// refusals for load are not kept, so that trying again can succeed.
func (s *Server) Idempotent(next HandlerFunc) HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		key := r.Header.Get("Idempotency-Key")
		if len(r.Header.Values("Idempotency-Key")) == 0 {
			return next(w, r)
		}
		if !visible(key) {
			return fault.NewInvalid(fault.Field{Path: "header.Idempotency-Key", Key: "web.error.idempotency_key"})
		}
		if s.opt.Keys == nil {
			return errors.New("web: Options.Keys is required for Idempotency-Key")
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		first := s.newAttempt(r, key, body)
		kept, err := s.claimKey(r.Context(), first)
		if err != nil {
			return err
		}
		if kept != nil {
			return s.replay(w, first, kept)
		}
		return s.answerFirst(w, r, first, next)
	}
}

func visible(key string) bool {
	if key == "" || len(key) > 255 {
		return false
	}
	for _, c := range []byte(key) {
		if c < 0x21 || c > 0x7e {
			return false
		}
	}
	return true
}

// attempt is one delivery of a request with a key.
type attempt struct {
	hash, route, body string
}

// keptAnswer is what an earlier delivery left.
type keptAnswer struct {
	route, body string
	status      int
	headers     string
	sealed      []byte
}

func (s *Server) newAttempt(r *http.Request, key string, body []byte) attempt {
	sum := sha256.New()
	// The query is part of what is asked; the language is part of the answer.
	_, _ = fmt.Fprintf(sum, "%s\x00%s\x00%s\x00", r.URL.Path, r.URL.RawQuery, PrinterOf(r.Context()).Lang())
	_, _ = sum.Write(body)
	return attempt{
		hash:  s.opt.Keys.LookupKey("idempotency", key, r.Header.Get("Authorization")),
		route: of(r.Context()).route,
		body:  hex.EncodeToString(sum.Sum(nil)),
	}
}

// claimKey takes the key for this delivery (nil, nil), or gives what an
// earlier one left.
func (s *Server) claimKey(ctx context.Context, a attempt) (*keptAnswer, error) {
	var kept *keptAnswer
	now := s.opt.Now()
	err := s.opt.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		kept = nil
		result, err := tx.ExecContext(ctx, `
			INSERT INTO idempotency (key_hash, route, body_hash, status, headers, created_at, locked_until)
			VALUES ($1, $2, $3, 0, '', $4, $5)
			ON CONFLICT (key_hash) DO UPDATE
			SET route = excluded.route, body_hash = excluded.body_hash, status = 0, headers = '', body = NULL,
			    created_at = excluded.created_at, locked_until = excluded.locked_until
			WHERE idempotency.created_at < $6 OR (idempotency.status = 0 AND idempotency.locked_until < $4)`,
			a.hash, a.route, a.body, store.Millis(now), store.Millis(now.Add(idempotencyLock)), store.Millis(now.Add(-idempotencyLife)))
		if err != nil {
			return fmt.Errorf("claim an idempotency key: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 1 {
			return err
		}
		kept = &keptAnswer{}
		return tx.QueryRowContext(ctx, `SELECT route, body_hash, status, headers, body FROM idempotency WHERE key_hash = $1`, a.hash).
			Scan(&kept.route, &kept.body, &kept.status, &kept.headers, &kept.sealed)
	})
	if errors.Is(err, sql.ErrNoRows) {
		// Released between the two statements: as good as still under way.
		return &keptAnswer{route: a.route, body: a.body}, nil
	}
	return kept, err
}

func (s *Server) replay(w http.ResponseWriter, a attempt, kept *keptAnswer) error {
	if kept.route != a.route || kept.body != a.body {
		return fault.NewInvalid(fault.Field{Path: "header.Idempotency-Key", Key: "web.error.idempotency_body"})
	}
	if kept.status == 0 {
		busy := fault.NewConflict("web.error.idempotency_in_flight")
		busy.RetryAfter = time.Second
		return busy
	}
	body, err := s.opt.Keys.Unseal(kept.sealed, "idempotency:"+a.hash)
	if err != nil {
		return err
	}
	var headers map[string]string
	if err := json.Unmarshal([]byte(kept.headers), &headers); err != nil {
		return fmt.Errorf("read a kept answer: %w", err)
	}
	for name, value := range headers {
		w.Header().Set(name, value)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Idempotency-Replayed", "true")
	w.WriteHeader(kept.status)
	_, err = w.Write(body)
	return err
}

// answerFirst runs the handler, keeps its answer and only then sends it.
func (s *Server) answerFirst(w http.ResponseWriter, r *http.Request, a attempt, next HandlerFunc) error {
	// The caller may leave; what was done must still be kept.
	ctx := context.WithoutCancel(r.Context())
	held := &heldAnswer{ResponseWriter: w, header: w.Header()}
	finished := false
	defer func() {
		if !finished {
			s.releaseKey(ctx, a)
		}
	}()
	if err := next(held, r); err != nil {
		if held.status != 0 {
			return err
		}
		s.fail(held, r, err)
	}
	if held.status == 0 {
		held.status = http.StatusOK
	}
	if keepable(held) {
		if err := s.keep(ctx, a, held); err != nil {
			s.opt.Logger.ErrorContext(ctx, "idempotent answer not kept", "request", RequestIDOf(ctx), "error", err)
		} else {
			finished = true
		}
	}
	w.WriteHeader(held.status)
	_, err := w.Write(held.body.Bytes())
	return ignoreGone(r.Context(), err)
}

func keepable(held *heldAnswer) bool {
	return held.status < 500 && held.status != http.StatusTooManyRequests && held.status != http.StatusRequestTimeout &&
		held.body.Len() <= maxReplay
}

func (s *Server) keep(ctx context.Context, a attempt, held *heldAnswer) error {
	headers := map[string]string{}
	for _, name := range replayedHeaders {
		if value := held.header.Get(name); value != "" {
			headers[name] = value
		}
	}
	text, err := json.Marshal(headers)
	if err != nil {
		return err
	}
	sealed, err := s.opt.Keys.Seal(held.body.Bytes(), "idempotency:"+a.hash)
	if err != nil {
		return err
	}
	return s.opt.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE idempotency SET status = $1, headers = $2, body = $3 WHERE key_hash = $4`,
			held.status, string(text), sealed, a.hash)
		return err
	})
}

func (s *Server) releaseKey(ctx context.Context, a attempt) {
	err := s.opt.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM idempotency WHERE key_hash = $1 AND status = 0`, a.hash)
		return err
	})
	if err != nil {
		s.opt.Logger.ErrorContext(ctx, "idempotency key not released", "error", err)
	}
}

// ForgetIdempotency deletes answers older than 24 hours and says how many; run
// it every hour.
func (s *Server) ForgetIdempotency(ctx context.Context) (int64, error) {
	var n int64
	err := s.opt.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM idempotency WHERE created_at < $1`, store.Millis(s.opt.Now().Add(-idempotencyLife)))
		if err != nil {
			return err
		}
		n, err = result.RowsAffected()
		return err
	})
	return n, err
}

// heldAnswer keeps an answer back until it is stored.
type heldAnswer struct {
	http.ResponseWriter
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *heldAnswer) Header() http.Header { return h.header }

func (h *heldAnswer) WriteHeader(status int) {
	if h.status == 0 && status >= 200 {
		h.status = status
	}
}

func (h *heldAnswer) Write(b []byte) (int, error) {
	if h.status == 0 {
		h.status = http.StatusOK
	}
	return h.body.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (h *heldAnswer) Unwrap() http.ResponseWriter { return h.ResponseWriter }
