package web_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// newServer makes a server on db; change may alter its options.
func newServer(t testing.TB, db *store.DB, change func(*web.Options)) *web.Server {
	t.Helper()
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	opt := web.Options{DB: db, Keys: keys, Now: func() time.Time { return noon }, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if change != nil {
		change(&opt)
	}
	s, err := web.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// do sends one request through the whole server.
func do(t *testing.T, s *web.Server, r *http.Request) *http.Response {
	t.Helper()
	h, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec.Result()
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestOwnPagesInEveryLanguage(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), nil)
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/accessibility", "/privacy", "/cookies", "/problems/conflict", "/healthz", "/readyz", "/metrics"} {
		for _, lang := range []string{"en", "az"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header.Set("Accept-Language", lang)
			if res := do(t, s, r); res.StatusCode != http.StatusOK {
				t.Errorf("%s in %s: %d %s", path, lang, res.StatusCode, body(t, res))
			}
		}
	}
}
