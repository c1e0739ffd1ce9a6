package identityweb_test

import (
	"context"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/auditweb"
	"github.com/chancery/chancery/internal/web/identityweb"
)

const (
	password = "brick lantern orbit"
	secret   = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
)

type somePosts struct{}

func (somePosts) All(context.Context) ([]post.Post, error) {
	return []post.Post{
		{ID: "london", Name: locale.Text{"en": "Embassy in London"}, Active: true},
		{ID: "paris", Name: locale.Text{"en": "Embassy in Paris"}, Active: true},
	}, nil
}

// scripts are the built assets; only a real browser needs them.
var scripts fs.FS

// site is a running server with staff accounts.
type site struct {
	*httptest.Server
	t     *testing.T
	staff *identity.Service
	mu    sync.Mutex
	t0    time.Time
}

func (s *site) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.t0
}

func (s *site) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.t0 = s.t0.Add(d)
}

func newSite(t *testing.T, db *store.DB) *site {
	t.Helper()
	s := &site{t: t, t0: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)}
	keys, err := keyring.New()
	must(t, err)
	var handler http.Handler
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(s.Close)
	base := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	s.URL = base
	s.staff, err = identity.New(identity.Options{DB: db, Keys: keys, Audit: audit.New(s.now), Now: s.now, BaseURL: base})
	must(t, err)
	pages := identityweb.New(s.staff, somePosts{})
	server, err := web.New(web.Options{DB: db, Now: s.now, BaseURL: base, Gate: pages, Assets: scripts, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	must(t, err)
	must(t, pages.Register(server))
	must(t, auditweb.Register(server, db, s.staff, somePosts{}))
	server.Handle("GET /staff/{$}", web.Staff("", ""), func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.WriteString(w, "inside: "+web.PersonOf(r.Context()).Name())
		return err
	})
	server.Handle("GET /staff", web.Staff("", ""), func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.WriteString(w, "inside: "+web.PersonOf(r.Context()).Name())
		return err
	})
	must(t, server.Check())
	handler, err = server.Handler()
	must(t, err)
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *site) account(name string, grants ...identity.Grant) string {
	s.t.Helper()
	id, err := s.staff.CreateAccount(context.Background(), identity.System(), identity.NewAccount{
		UserName: name, Email: name + "@example.org", DisplayName: "Name of " + name, Grants: grants, Password: password, TOTPSecret: secret})
	must(s.t, err)
	return id
}

// browser keeps cookies and, like a browser, says where its requests come from.
type browser struct {
	http.Client
	s *site
}

// page is an answer after all redirects.
type page struct {
	status int
	path   string
	text   string
	header http.Header
}

func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	must(s.t, err)
	return &browser{http.Client{Jar: jar}, s}
}

func (b *browser) do(method, path, kind, body string) page {
	b.s.t.Helper()
	r, err := http.NewRequest(method, b.s.URL+path, strings.NewReader(body))
	must(b.s.t, err)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	res, err := b.Do(r)
	must(b.s.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(b.s.t, err)
	return page{res.StatusCode, res.Request.URL.RequestURI(), html.UnescapeString(string(text)), res.Header}
}

func (b *browser) get(path string) page { return b.do("GET", path, "", "") }

func (b *browser) post(path string, fields ...string) page {
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return b.do("POST", path, "application/x-www-form-urlencoded", values.Encode())
}

func (b *browser) signIn(name string) {
	b.s.t.Helper()
	b.s.pass(time.Minute)
	b.post("/staff/sign-in", "user_name", name, "password", password)
	b.post("/staff/sign-in/code", "code", b.s.code(secret)).want(b.s.t, 200, "inside: Name of "+name)
}

func (s *site) code(secret string) string {
	s.t.Helper()
	code, err := identity.TOTPCode(secret, s.now())
	must(s.t, err)
	return code
}

func (p page) want(t *testing.T, status int, texts ...string) page {
	t.Helper()
	if p.status != status {
		t.Errorf("%s: status %d, want %d", p.path, p.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(p.text, text) {
			t.Errorf("%s does not say %q:\n%s", p.path, text, mainOf(p.text))
		}
	}
	return p
}

func mainOf(text string) string {
	if _, rest, ok := strings.Cut(text, "<main"); ok {
		text, _, _ = strings.Cut(rest, "</main>")
	}
	return regexp.MustCompile(`(?s)<[^>]*>|\s+`).ReplaceAllString(text, " ")
}

var en = locale.For("en")

func each(t *testing.T, test func(t *testing.T, s *site)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newSite(t, db)) })
}

func TestSignInJourney(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account("ann")
		b := s.browser()
		p := b.get("/staff/account?x=1")
		p.want(t, 200, en.T("identity.sign_in.title"))
		if p.path != "/staff/sign-in?next=%2Fstaff%2Faccount%3Fx%3D1" {
			t.Errorf("sent to %s", p.path)
		}
		b.post("/staff/sign-in", "user_name", "ann", "password", "not it", "next", "/staff/account").
			want(t, 422, en.T("identity.error.wrong"), `value="ann"`, `name="next" value="/staff/account"`)
		p = b.post("/staff/sign-in", "user_name", "ann", "password", password, "next", "/staff/account").want(t, 200, en.T("identity.code.title"))
		if p.path != "/staff/sign-in/code?next=%2Fstaff%2Faccount" {
			t.Errorf("sent to %s", p.path)
		}
		b.post("/staff/sign-in/code", "code", "123456", "next", "/staff/account").want(t, 422, en.T("identity.error.code"))
		p = b.post("/staff/sign-in/code", "code", s.code(secret), "next", "/staff/account").want(t, 200, en.T("identity.own.title"), "Name of ann")
		if p.path != "/staff/account" {
			t.Errorf("sent to %s", p.path)
		}
		// Signed in already: no form.
		if p := b.get("/staff/sign-in?next=/staff/account"); p.path != "/staff/account" {
			t.Errorf("sent to %s", p.path)
		}
		b.post("/staff/sign-out").want(t, 200, en.T("identity.sign_in.out"))
		if p := b.get("/staff/account"); !strings.HasPrefix(p.path, "/staff/sign-in") {
			t.Errorf("still in at %s", p.path)
		}
	})
}

func TestSignInNeverLeadsElsewhere(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account("ann")
		for _, next := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "/demo", "javascript:alert(1)"} {
			b := s.browser()
			s.pass(time.Minute)
			b.post("/staff/sign-in", "user_name", "ann", "password", password, "next", next)
			if p := b.post("/staff/sign-in/code", "code", s.code(secret), "next", next).want(t, 200, "inside"); p.path != "/staff" {
				t.Errorf("%q led to %s", next, p.path)
			}
		}
	})
}

func TestCookies(t *testing.T) {
	db := storetest.SQLite(t)
	s := newSite(t, db)
	s.account("ann")
	b := s.browser()
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.post("/staff/sign-in", "user_name", "ann", "password", password)
	p := b.post("/staff/sign-in/code", "code", s.code(secret))
	for _, line := range p.header.Values("Set-Cookie") {
		if strings.HasPrefix(line, "staff=") && (!strings.Contains(line, "HttpOnly") || !strings.Contains(line, "SameSite=Lax") || strings.Contains(line, "Max-Age")) {
			t.Errorf("the session cookie is %s", line)
		}
	}
	if p.header.Get("Cache-Control") != "no-store" {
		t.Error("the answer may be stored")
	}
	// From another site nothing is posted.
	r, err := http.NewRequest("POST", s.URL+"/staff/sign-out", nil)
	must(t, err)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := b.Do(r)
	must(t, err)
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("signed out from another site: %d", res.StatusCode)
	}
	b.get("/staff").want(t, 200, "inside")
}

func TestTooManyTries(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.browser()
		for range 6 {
			b.post("/staff/sign-in", "user_name", "nobody", "password", "x").want(t, 422)
		}
		p := b.post("/staff/sign-in", "user_name", "nobody", "password", "x").want(t, 429, en.T("identity.error.wait", "Count", 2))
		if p.header.Get("Retry-After") != "2" {
			t.Errorf("Retry-After: %q", p.header.Get("Retry-After"))
		}
	})
}

func TestTheCodePageAlone(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account("ann")
		b := s.browser()
		for _, p := range []page{b.get("/staff/sign-in/code"), b.post("/staff/sign-in/code", "code", "123456")} {
			p.want(t, 200, en.T("identity.sign_in.title"), en.T("identity.error.start_again"))
		}
		b.post("/staff/sign-in", "user_name", "ann", "password", password)
		s.pass(identity.CeremonyLife)
		b.post("/staff/sign-in/code", "code", s.code(secret)).want(t, 200, en.T("identity.error.start_again"))
	})
}

func TestPasskeyEndpointsRefuseRubbish(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.browser()
		b.do("POST", "/staff/sign-in/passkey/begin", "application/json", "{}").want(t, 200, `"challenge"`, `"rpId":"localhost"`)
		for _, body := range []string{"", "{", "null", `{"id":"x"}`, "[]", `"text"`} {
			p := b.do("POST", "/staff/sign-in/passkey/finish", "application/json", body)
			if p.status < 400 && !strings.HasPrefix(p.path, "/staff/sign-in") || p.status >= 500 {
				t.Errorf("%q: %d at %s", body, p.status, p.path)
			}
			b.do("POST", "/staff/sign-in/passkey/begin", "application/json", "{}")
		}
		b.do("POST", "/staff/sign-in/passkey/finish", "application/json", strings.Repeat("x", 70<<10)).want(t, 413)
		b.do("POST", "/staff/enrol/passkey/begin?token=x", "application/json", "{}").want(t, 404)
		b.get("/staff/sign-in/oidc").want(t, 404)
		b.get(identity.OIDCCallback+"?code=x&state=y").want(t, 404)
	})
}
