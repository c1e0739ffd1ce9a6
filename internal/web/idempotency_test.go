package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
)

// counter answers with how often it was really asked.
type counter struct {
	asked atomic.Int64
	// before runs inside each real answer.
	before func()
}

func (c *counter) answer(w http.ResponseWriter, r *http.Request) error {
	n := c.asked.Add(1)
	if c.before != nil {
		c.before()
	}
	switch r.Header.Get("X-Test") {
	case "conflict":
		return fault.NewConflict("web.error.timeout")
	case "busy":
		return fault.NewBusy("web.error.timeout", time.Second)
	case "broken":
		return fmt.Errorf("broken")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Location", fmt.Sprintf("/things/%d", n))
	w.WriteHeader(http.StatusCreated)
	_, err := fmt.Fprintf(w, `{"n":%d}`, n)
	return err
}

func post(key, text, test string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/api/v1/things", strings.NewReader(text))
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	r.Header.Set("X-Test", test)
	return r
}

func TestIdempotency(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := noon
		s := newServer(t, db, func(o *web.Options) { o.Now = func() time.Time { return now } })
		var c counter
		s.Handle("POST /api/v1/things", web.Public, s.Idempotent(c.answer))
		expect := func(what string, r *http.Request, status int, want, replayed string) {
			t.Helper()
			res := do(t, s, r)
			text := body(t, res)
			if res.StatusCode != status || !strings.Contains(text, want) || res.Header.Get("Idempotency-Replayed") != replayed {
				t.Errorf("%s: %d %s, replayed %q; want %d with %s", what, res.StatusCode, text, res.Header.Get("Idempotency-Replayed"), status, want)
			}
			if status == http.StatusCreated && res.Header.Get("Location") == "" {
				t.Errorf("%s: no Location", what)
			}
		}
		expect("without a key", post("", "a", ""), 201, `{"n":1}`, "")
		expect("first", post("k1", "a", ""), 201, `{"n":2}`, "")
		expect("again", post("k1", "a", ""), 201, `{"n":2}`, "true")
		expect("another body", post("k1", "b", ""), 422, "used before with another request", "")
		expect("another key", post("k2", "a", ""), 201, `{"n":3}`, "")
		expect("empty key", func() *http.Request { r := post("", "a", ""); r.Header["Idempotency-Key"] = []string{""}; return r }(), 422, "header.Idempotency-Key", "")
		expect("long key", post(strings.Repeat("k", 256), "a", ""), 422, "header.Idempotency-Key", "")
		other := post("k1", "a", "")
		other.Header.Set("Authorization", "Bearer someone else")
		expect("somebody else's key", other, 201, `{"n":4}`, "")

		expect("a refusal", post("k3", "a", "conflict"), 409, "conflict", "")
		expect("the same refusal", post("k3", "a", ""), 409, "conflict", "true")
		expect("load", post("k4", "a", "busy"), 429, "busy", "")
		expect("after the load", post("k4", "a", ""), 201, `{"n":7}`, "")
		expect("a failure", post("k5", "a", "broken"), 500, "internal", "")
		expect("after the failure", post("k5", "a", ""), 201, `{"n":9}`, "")

		now = now.Add(23 * time.Hour)
		expect("within a day", post("k1", "a", ""), 201, `{"n":2}`, "true")
		now = now.Add(2 * time.Hour)
		expect("after a day", post("k1", "a", ""), 201, `{"n":10}`, "")
		if n, err := s.ForgetIdempotency(context.Background()); err != nil || n != 5 {
			t.Errorf("forgot %d, %v; want the five of yesterday", n, err)
		}
	})
}

func TestIdempotencyWhileTheFirstIsUnderWay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := noon
		s := newServer(t, db, func(o *web.Options) { o.Now = func() time.Time { return now } })
		started, finish := make(chan struct{}), make(chan struct{})
		c := counter{before: func() { started <- struct{}{}; <-finish }}
		s.Handle("POST /api/v1/things", web.Public, s.Idempotent(c.answer))
		first := make(chan *http.Response)
		go func() { first <- do(t, s, post("k", "a", "")) }()
		<-started
		res := do(t, s, post("k", "a", ""))
		if res.StatusCode != 409 || res.Header.Get("Retry-After") != "1" {
			t.Errorf("the second got %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
		}
		// A process that died holds the key for a minute and no longer.
		now = now.Add(61 * time.Second)
		third := make(chan *http.Response)
		go func() { third <- do(t, s, post("k", "a", "")) }()
		<-started
		close(finish)
		if a, b := (<-first).StatusCode, (<-third).StatusCode; a != 201 || b != 201 {
			t.Errorf("got %d and %d", a, b)
		}
	})
}

func TestIdempotencyAfterAPanic(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), nil)
	panics := true
	s.Handle("POST /api/v1/things", web.Public, s.Idempotent(func(w http.ResponseWriter, _ *http.Request) error {
		if panics {
			panic("swordfish")
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}))
	if res := do(t, s, post("k", "a", "")); res.StatusCode != 500 {
		t.Errorf("the panic gave %d", res.StatusCode)
	}
	panics = false
	if res := do(t, s, post("k", "a", "")); res.StatusCode != 204 {
		t.Errorf("after the panic: %d, so the key is still held", res.StatusCode)
	}
}
