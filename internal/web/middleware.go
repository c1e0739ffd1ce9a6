package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"github.com/chancery/chancery/internal/locale"
)

// Handler gives everything that was registered, inside the middleware. Two
// calls give two independent handlers of the same server.
func (s *Server) Handler() (http.Handler, error) {
	// Random padding hides what compression would tell about a secret in the
	// page (the BREACH attack).
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.RandomJitter(32, 0, false))
	if err != nil {
		return nil, fmt.Errorf("prepare compression: %w", err)
	}
	return s.observe(compress(http.HandlerFunc(s.dispatch))), nil
}

// observe gives each request its exchange, an identifier, security headers, a
// log line and its metrics, and turns a panic into a 500.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.opt.Now()
		// An identifier from outside is not taken over: it would let anyone
		// write into the log.
		x := &exchange{server: s, id: randomToken(), printer: locale.For(s.languageOf(r)), client: s.client(r)}
		r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
		rec := &recorder{ResponseWriter: w}
		s.secureHeaders(w.Header(), x.id)
		s.metrics.inFlight.Inc()
		defer func() {
			s.metrics.inFlight.Dec()
			s.finish(rec, r, x, s.opt.Now().Sub(start))
		}()
		defer s.recoverPanic(rec, r)
		next.ServeHTTP(rec, r)
	})
}

func (s *Server) recoverPanic(w *recorder, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler { //nolint:errorlint // net/http compares it the same way
		panic(cause)
	}
	s.opt.Logger.ErrorContext(r.Context(), "panic", "request", RequestIDOf(r.Context()),
		"route", of(r.Context()).route, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
	w.Header().Del("Content-Encoding")
	s.fail(w, r, fmt.Errorf("panic: %v", cause))
}

func (s *Server) finish(w *recorder, r *http.Request, x *exchange, took time.Duration) {
	status := w.status
	if status == 0 {
		status = http.StatusOK
	}
	s.metrics.count(r.Method, x.route, status, took)
	level := slog.LevelInfo
	if quiet(r.URL.Path) {
		level = slog.LevelDebug
	}
	// The path without the query: links carry their tokens in the query.
	s.opt.Logger.Log(r.Context(), level, "request", "request", x.id, "method", r.Method, "path", r.URL.Path,
		"route", x.route, "status", status, "bytes", w.bytes, "took", took.Round(time.Microsecond).String())
}

// quiet paths would fill the log with what nobody reads.
func quiet(path string) bool {
	return strings.HasPrefix(path, "/assets/") || path == "/healthz" || path == "/readyz" || path == "/metrics"
}

// contentPolicy lets a page load from this server only and run no inline code.
const contentPolicy = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"font-src 'self'; connect-src 'self'; media-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (s *Server) secureHeaders(h http.Header, id string) {
	h.Set("X-Request-Id", id)
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(self), geolocation=(self), microphone=(), payment=(), usb=(), browsing-topics=()")
	if s.secure() {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}

// dispatch hands the request to its route. What has none gets this server's
// own 404 or 405 instead of the plain text of ServeMux.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	if s.switchLanguage(w, r) {
		return
	}
	h, pattern := s.mux.Handler(r)
	if pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	probe := &headerOnly{header: http.Header{}}
	h.ServeHTTP(probe, r)
	if probe.status == http.StatusMethodNotAllowed {
		w.Header()["Allow"] = slices.Clone(probe.header["Allow"])
		s.fail(w, r, errMethod)
		return
	}
	s.fail(w, r, errNotFound)
}

// headerOnly learns which status ServeMux would give.
type headerOnly struct {
	header http.Header
	status int
}

func (h *headerOnly) Header() http.Header         { return h.header }
func (h *headerOnly) Write(b []byte) (int, error) { return len(b), nil }
func (h *headerOnly) WriteHeader(status int)      { h.status = status }

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader notes the first final status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts bytes as sent, compressed or not.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
