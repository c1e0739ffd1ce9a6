package web_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
)

// clerk may do one thing at one post.
type clerk struct{ permission, post string }

func (c clerk) ID() string   { return "1" }
func (c clerk) Name() string { return "Leyla Əliyeva" }
func (c clerk) May(permission, post string) bool {
	return permission == c.permission && (post == "" || post == c.post)
}

// gate lets in whoever carries the header.
type gate struct{}

func (gate) Staff(r *http.Request) (web.Person, error) {
	switch r.Header.Get("X-Test-Clerk") {
	case "":
		return nil, fault.NewUnauthenticated("web.error.sign_in")
	case "broken":
		return nil, errors.New("sessions are away")
	}
	return clerk{"today.see", "baku"}, nil
}

func TestErrorsBecomePages(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), nil)
	cases := []struct {
		name   string
		err    error
		status int
		want   string
	}{
		{"not found", fault.NewNotFound("web.error.not_found"), 404, "We cannot find what you asked for."},
		{"wrapped", fmt.Errorf("look up: %w", fault.NewNotFound("web.error.not_found")), 404, "We cannot find"},
		{"invalid with fields", fault.NewInvalid(fault.Field{Path: "a", Key: "web.error.form"}), 422, "The form could not be read."},
		{"invalid without", &fault.Error{Kind: fault.Invalid, Key: "web.error.form"}, 400, "The form could not be read."},
		{"conflict", fault.NewConflict("web.error.idempotency_in_flight"), 409, "This cannot be done now"},
		{"forbidden", fault.NewForbidden("web.error.not_allowed"), 403, "Your account may not do this."},
		{"busy", fault.NewBusy("web.error.timeout", 90*time.Second+1), 429, "The request took too long"},
		{"large", &http.MaxBytesError{Limit: 65536}, 413, "64 KiB"},
		{"anything else", errors.New("swordfish"), 500, "Something went wrong on our side."},
		{"internal fault", &fault.Error{Kind: fault.Internal, Key: "swordfish"}, 500, "Something went wrong on our side."},
	}
	for i, c := range cases {
		s.Handle(fmt.Sprintf("GET /case/%d", i), web.Public, func(http.ResponseWriter, *http.Request) error { return c.err })
		s.Handle(fmt.Sprintf("GET /api/case/%d", i), web.Public, func(http.ResponseWriter, *http.Request) error { return c.err })
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, prefix := range []string{"", "/api"} {
				res := do(t, s, httptest.NewRequest(http.MethodGet, fmt.Sprintf("%s/case/%d", prefix, i), nil))
				text := body(t, res)
				if res.StatusCode != c.status || !strings.Contains(text, c.want) {
					t.Errorf("%s: got %d, want %d with %q in:\n%s", prefix, res.StatusCode, c.status, c.want, text)
				}
				if strings.Contains(text, "swordfish") {
					t.Errorf("%s: the answer tells what went wrong inside", prefix)
				}
				kind := res.Header.Get("Content-Type")
				if want := map[string]string{"": "text/html; charset=utf-8", "/api": "application/problem+json"}[prefix]; kind != want {
					t.Errorf("%s: Content-Type %q, want %q", prefix, kind, want)
				}
				if c.name == "busy" && res.Header.Get("Retry-After") != "91" {
					t.Errorf("Retry-After %q, want whole seconds, rounded up", res.Header.Get("Retry-After"))
				}
			}
		})
	}
}

func TestStaffRoutes(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), func(o *web.Options) { o.Gate = gate{} })
	show := func(w http.ResponseWriter, r *http.Request) error {
		_, err := fmt.Fprint(w, web.PersonOf(r.Context()).Name())
		return err
	}
	s.Handle("GET /staff/{post}/today", web.Staff("today.see", "post"), show)
	s.Handle("POST /staff/{post}/today", web.Staff("today.see", "post"), show)
	s.Handle("GET /staff/audit", web.Staff("audit.see", ""), show)
	s.Handle("GET /staff/any", web.Staff("today.see", ""), show)
	s.Handle("GET /api/v1/staff", web.Staff("today.see", ""), show)
	for _, c := range []struct {
		method, path, clerk string
		status              int
		location            string
	}{
		{"GET", "/staff/baku/today?day=2026-11-25", "", 303, "/staff/sign-in?next=%2Fstaff%2Fbaku%2Ftoday%3Fday%3D2026-11-25"},
		{"POST", "/staff/baku/today", "", 303, "/staff/sign-in"},
		{"GET", "/staff/baku/today", "yes", 200, ""},
		{"GET", "/staff/berlin/today", "yes", 403, ""},
		{"GET", "/staff/audit", "yes", 403, ""},
		{"GET", "/staff/any", "yes", 200, ""},
		{"GET", "/staff/any", "broken", 500, ""},
		{"GET", "/api/v1/staff", "", 401, ""},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		r.Header.Set("X-Test-Clerk", c.clerk)
		res := do(t, s, r)
		if res.StatusCode != c.status || res.Header.Get("Location") != c.location {
			t.Errorf("%s %s as %q: %d to %q, want %d to %q", c.method, c.path, c.clerk, res.StatusCode, res.Header.Get("Location"), c.status, c.location)
		}
	}
	found := false
	for _, route := range s.Routes() {
		found = found || route == web.Route{Pattern: "GET /staff/audit", Access: web.Staff("audit.see", "")}
	}
	if !found {
		t.Error("Routes does not list what was registered")
	}
}

func TestSafeNext(t *testing.T) {
	for next, want := range map[string]string{
		"/staff": "/staff", "/staff/baku/today?day=1": "/staff/baku/today?day=1",
		"": "/x", "/": "/x", "/appointments": "/x", "//evil.example/staff": "/x", "https://evil.example/staff": "/x",
		"/staff/../appointments": "/x", "/staff//evil.example": "/x", "/staff\\@evil": "/x", "/staff\r\nSet-Cookie: a": "/x",
		"/staff/sign-in?next=/staff": "/x", "/staffing": "/x", "javascript:/staff": "/x",
	} {
		if got := web.SafeNext(next, "/x"); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}

func TestChangesFromOtherSitesAreRefused(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), func(o *web.Options) { o.BaseURL = "https://example.org" })
	done := func(w http.ResponseWriter, _ *http.Request) error { w.WriteHeader(http.StatusNoContent); return nil }
	s.Handle("POST /change", web.Public, done)
	s.Handle("POST /api/v1/change", web.Public, done)
	for _, c := range []struct {
		name, path string
		header     map[string]string
		status     int
	}{
		{"own page", "/change", map[string]string{"Sec-Fetch-Site": "same-origin"}, 204},
		{"typed in", "/change", map[string]string{"Sec-Fetch-Site": "none"}, 204},
		{"other site", "/change", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"sub-domain", "/change", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"other origin, old browser", "/change", map[string]string{"Origin": "https://evil.example"}, 403},
		{"own origin behind a proxy", "/change", map[string]string{"Origin": "https://example.org", "Sec-Fetch-Site": "cross-site"}, 204},
		{"a program", "/change", nil, 204},
		{"API without cookies", "/api/v1/change", map[string]string{"Sec-Fetch-Site": "cross-site"}, 204},
		{"API with cookies", "/api/v1/change", map[string]string{"Sec-Fetch-Site": "cross-site", "Cookie": "a=b"}, 403},
	} {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+c.path, nil)
		for name, value := range c.header {
			r.Header.Set(name, value)
		}
		if res := do(t, s, r); res.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", c.name, res.StatusCode, c.status)
		}
	}
}

func TestLanguageIsChosenOnce(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), func(o *web.Options) { o.BaseURL = "https://example.org" })
	for _, c := range []struct{ path, location, cookie string }{
		{"/?lang=az", "/", "__Host-lang=az"},
		{"/privacy?a=1&lang=az&b=2", "/privacy?a=1&b=2", "__Host-lang=az"},
		{"/?lang=xx", "/", ""},
		{"//evil.example/?lang=az", "/evil.example/", "__Host-lang=az"},
	} {
		res := do(t, s, httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+c.path, nil))
		if res.StatusCode != 303 || res.Header.Get("Location") != c.location || !strings.HasPrefix(res.Header.Get("Set-Cookie"), c.cookie) {
			t.Errorf("%s: %d to %q with %q", c.path, res.StatusCode, res.Header.Get("Location"), res.Header.Get("Set-Cookie"))
		}
	}
	for _, c := range []struct{ cookie, accept, want string }{
		{"", "", "en"}, {"", "az,en;q=0.5", "az"}, {"__Host-lang=en", "az", "en"}, {"__Host-lang=az", "en", "az"}, {"__Host-lang=xx", "az", "az"}, {"lang=en", "az", "az"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/privacy?x=1", nil)
		r.Header.Set("Accept-Language", c.accept)
		r.Header.Set("Cookie", c.cookie)
		res := do(t, s, r)
		text := body(t, res)
		if res.Header.Get("Content-Language") != c.want || !strings.Contains(text, `<html lang="`+c.want+`"`) {
			t.Errorf("%+v: got %q", c, res.Header.Get("Content-Language"))
		}
		if !strings.Contains(text, `href="/privacy?lang=`) {
			t.Errorf("%+v: no link to the other language of this page", c)
		}
		if !strings.Contains(strings.Join(res.Header.Values("Vary"), ","), "Accept-Language") {
			t.Errorf("%+v: Vary %q lacks Accept-Language", c, res.Header.Values("Vary"))
		}
	}
}

func TestHeaders(t *testing.T) {
	db := storetest.SQLite(t)
	for _, c := range []struct {
		base string
		hsts string
	}{{"https://example.org", "max-age=63072000; includeSubDomains"}, {"http://127.0.0.1:8080", ""}} {
		s := newServer(t, db, func(o *web.Options) { o.BaseURL = c.base })
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("X-Request-Id", "from outside")
		h := do(t, s, r).Header
		for name, want := range map[string]string{
			"Strict-Transport-Security": c.hsts, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", c.base, name, h.Get(name), want)
			}
		}
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(h.Get("Content-Security-Policy"), part) {
				t.Errorf("the content policy lacks %s", part)
			}
		}
		if strings.Contains(h.Get("Content-Security-Policy"), "unsafe") {
			t.Error("the content policy lets inline code run")
		}
		if id := h.Get("X-Request-Id"); id == "" || id == "from outside" {
			t.Errorf("X-Request-Id %q", id)
		}
	}
}

func TestBodies(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), nil)
	read := func(w http.ResponseWriter, r *http.Request) error {
		form, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(w, form.Value("a"))
		return err
	}
	s.Handle("POST /form", web.Public, read)
	s.Handle("POST /large", web.Public, read, web.BodyLimit(1<<20))
	s.Handle("POST /upload", web.Public, func(_ http.ResponseWriter, r *http.Request) error { return r.ParseMultipartForm(1000) }, web.Multipart())
	const form = "application/x-www-form-urlencoded"
	many := strings.Repeat("b=1&", 600)
	for _, c := range []struct {
		name, path, kind, body string
		unknownLength          bool
		status                 int
	}{
		{"small", "/form", form, "a=+b+", false, 200},
		{"over the limit", "/form", form, "a=" + strings.Repeat("x", 70_000), false, 413},
		{"over the limit, length not told", "/form", form, "a=" + strings.Repeat("x", 70_000), true, 413},
		{"over the limit, allowed here", "/large", form, "a=" + strings.Repeat("x", 70_000), false, 200},
		{"files where none belong", "/form", "multipart/form-data; boundary=x", "--x--\r\n", false, 415},
		{"files where they belong", "/upload", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n", false, 200},
		{"JSON to a form", "/form", "application/json", "{}", false, 415},
		{"no type", "/form", "", "a=b", false, 415},
		{"not UTF-8", "/form", form, "a=%ff", false, 400},
		{"a NUL", "/form", form, "a=%00", false, 400},
		{"bad escape", "/form", form, "a=%zz", false, 400},
		{"too many fields", "/form", form, many, false, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, c.path, strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.kind)
			if c.unknownLength {
				r.ContentLength = -1
			}
			if res := do(t, s, r); res.StatusCode != c.status {
				t.Errorf("%d, want %d", res.StatusCode, c.status)
			}
		})
	}
}

func TestUnknownAddresses(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), nil)
	s.Handle("POST /only-post", web.Public, func(http.ResponseWriter, *http.Request) error { return nil })
	res := do(t, s, httptest.NewRequest(http.MethodGet, "/nowhere", nil))
	if res.StatusCode != 404 || !strings.Contains(body(t, res), `<html lang="en"`) {
		t.Errorf("an unknown address gave %d", res.StatusCode)
	}
	res = do(t, s, httptest.NewRequest(http.MethodGet, "/only-post", nil))
	if res.StatusCode != 405 || res.Header.Get("Allow") != "POST" || !strings.Contains(body(t, res), `<html lang="en"`) {
		t.Errorf("another method gave %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
}

func TestPanicIsAnAnswer(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), nil)
	s.Handle("GET /panic", web.Public, func(http.ResponseWriter, *http.Request) error { panic("swordfish") })
	r := httptest.NewRequest(http.MethodGet, "/panic", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	res := do(t, s, r)
	if text := body(t, res); res.StatusCode != 500 || strings.Contains(text, "swordfish") || !strings.Contains(text, "<html") {
		t.Errorf("%d %s", res.StatusCode, text)
	}
}

func TestClientBehindProxies(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), func(o *web.Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	var got netip.Addr
	s.Handle("GET /client", web.Public, func(_ http.ResponseWriter, r *http.Request) error { got = web.ClientOf(r.Context()); return nil })
	for _, c := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1:1", "", "192.0.2.1"},
		{"192.0.2.1:1", "198.51.100.9", "192.0.2.1"},
		{"10.0.0.1:1", "198.51.100.9", "198.51.100.9"},
		{"10.0.0.1:1", "203.0.113.7, 198.51.100.9, 10.0.0.2", "198.51.100.9"},
		{"10.0.0.1:1", "nonsense", "10.0.0.1"},
		{"[::ffff:10.0.0.1]:1", "2001:db8::1", "2001:db8::1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/client", nil)
		r.RemoteAddr = c.remote
		r.Header.Set("X-Forwarded-For", c.forwarded)
		do(t, s, r)
		if got.String() != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}

func TestAProxyThatNobodyNamedIsSaidOnce(t *testing.T) {
	var log bytes.Buffer
	s := newServer(t, storetest.SQLite(t), func(o *web.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	})
	for _, remote := range []string{"198.51.100.9:1", "10.0.0.1:1", "10.0.0.1:1", "127.0.0.1:1"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = remote
		r.Header.Set("X-Forwarded-For", "203.0.113.7")
		do(t, s, r)
		if warned := strings.Contains(log.String(), "trusted-proxies"); warned != (remote != "198.51.100.9:1") {
			t.Errorf("%s: %q", remote, log.String())
		}
	}
	if n := strings.Count(log.String(), "trusted-proxies"); n != 1 || strings.Contains(log.String(), "203.0.113.7") {
		t.Errorf("said %d times: %s", n, log.String())
	}
}

func TestARefusalForLoadSaysHowLong(t *testing.T) {
	s := newServer(t, storetest.SQLite(t), nil)
	for path, wait := range map[string]time.Duration{"/short": 4500 * time.Millisecond, "/long": 61 * time.Minute} {
		s.Handle("GET "+path, web.Public, func(http.ResponseWriter, *http.Request) error { return fault.NewBusy("guard.too_fast", wait) })
	}
	for path, want := range map[string]string{"/short": "Try again in 5 seconds.", "/long": "Try again in 61 minutes."} {
		if text := body(t, do(t, s, httptest.NewRequest(http.MethodGet, path, nil))); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
}

func TestPaceIsForThePublic(t *testing.T) {
	asked := 0
	s := newServer(t, storetest.SQLite(t), func(o *web.Options) {
		o.Pace = func(client netip.Addr) error {
			asked++
			return fault.NewBusy("guard.too_fast", 90*time.Second)
		}
	})
	s.Handle("GET /staff/x", web.Staff("x", ""), func(http.ResponseWriter, *http.Request) error { return nil })
	for path, want := range map[string]int{"/": 429, "/privacy": 429, "/healthz": 200, "/readyz": 200, "/staff/x": 303} {
		res := do(t, s, httptest.NewRequest(http.MethodGet, path, nil))
		if res.StatusCode != want || want == 429 && res.Header.Get("Retry-After") != "90" {
			t.Errorf("%s: %d, Retry-After %q; want %d", path, res.StatusCode, res.Header.Get("Retry-After"), want)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times, want 2", asked)
	}
}
