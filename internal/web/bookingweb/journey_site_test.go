package bookingweb_test

import (
	"context"
	"crypto/rand"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/draft"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/bookingweb"
)

// clock is a time that the test moves.
type clock struct{ millis atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMilli(c.millis.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.millis.Add(d.Milliseconds()) }

// ministry tells the book about the declared services and the demonstration's
// posts.
type ministry struct {
	services *catalogue.Catalogue
	posts    *post.Service
}

func (m ministry) Service(id string) (booking.Service, bool) {
	s, err := m.services.Service(id)
	return booking.Service{ID: s.ID, PlacesPerApplicant: s.PlacesPerApplicant, MaxParty: s.MaxParty, ReleaseWithin: time.Hour, PauseAfter: s.NoShow.PauseAfter}, err == nil
}

func (m ministry) Post(id string) (booking.Post, bool) {
	p, err := m.posts.Get(context.Background(), id)
	return booking.Post{ID: p.ID, Zone: p.Location(), Notice: time.Duration(p.MinimumNoticeMinutes) * time.Minute}, err == nil
}

// site is the applicant's pages over a real database.
type site struct {
	handler http.Handler
	book    *booking.Book
	posts   *post.Service
	db      *store.DB
	keys    *keyring.Ring
	clock   *clock
}

// monday is when the tests begin: Monday 30 November 2026, 09:00 in London.
var monday = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

func openSite(t *testing.T, db *store.DB) *site {
	t.Helper()
	ctx := context.Background()
	s := &site{db: db, clock: &clock{}}
	s.clock.millis.Store(monday.UnixMilli())
	services, err := catalogue.Load(declared.Services)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	s.keys = keys
	trail := audit.New(s.clock.now)
	s.posts = post.New(db, trail, services, s.clock.now)
	if err := demo.LoadPosts(ctx, s.posts, monday); err != nil {
		t.Fatal(err)
	}
	s.book = booking.Open(booking.Options{
		DB: db, Ring: keys, Offer: ministry{services, s.posts}, Audit: trail, Outbox: notify.NewOutbox(db, s.clock.now), Now: s.clock.now,
	})
	t.Cleanup(s.book.Close)
	server, err := web.New(web.Options{DB: db, Keys: keys, Now: s.clock.now, BaseURL: "http://chancery.example", Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))})
	if err != nil {
		t.Fatal(err)
	}
	pages := bookingweb.Pages{
		Web: server, Book: s.book, Posts: s.posts, Services: services, Keys: keys, Drafts: draft.New(db, keys, s.clock.now),
		Gate: bookingweb.Gatekeeper{Guard: guard.New(db, keys, rand.Reader, s.clock.now, guard.Config{
			Wait: time.Second, Holds: []guard.Limit{{By: guard.ByNetwork, Max: 10_000, Window: time.Hour}},
		}), Keys: keys},
	}
	if err := pages.Register(); err != nil {
		t.Fatal(err)
	}
	if err := server.Check(); err != nil {
		t.Fatal(err)
	}
	if s.handler, err = server.Handler(); err != nil {
		t.Fatal(err)
	}
	return s
}

// slots adds slots for passport renewal in London, at these local times of
// days from monday on.
func (s *site) slots(t *testing.T, places int, at ...string) {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	var all []booking.Slot
	for _, text := range at {
		start, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, booking.Slot{
			ID: strings.NewReplacer(" ", "-", ":", "").Replace(text), PostID: "london", GroupID: "passport-renewal", RuleID: "r",
			Date: text[:10], Clock: text[11:], Start: start.UTC(), End: start.Add(20 * time.Minute).UTC(), Planned: places, OpensAt: monday.Add(-time.Hour),
		})
	}
	if err := s.book.AddSlots(context.Background(), all); err != nil {
		t.Fatal(err)
	}
}

// browser keeps cookies and follows redirects, like one without JavaScript.
type browser struct {
	t       *testing.T
	site    *site
	lang    string
	cookies map[string]string
	at      string // the address of the last page
	status  int
	body    string
}

func (s *site) browser(t *testing.T) *browser {
	return &browser{t: t, site: s, lang: "en", cookies: map[string]string{}}
}

func (b *browser) once(method, address string, form url.Values) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(method, address, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept-Language", b.lang)
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	rec := httptest.NewRecorder()
	b.site.handler.ServeHTTP(rec, r)
	for _, c := range rec.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
		if c.Name != "lang" && !c.HttpOnly {
			b.t.Errorf("scripts can read the cookie %s", c.Name)
		}
	}
	return rec
}

func (b *browser) do(method, address string, form url.Values) *browser {
	b.t.Helper()
	for range 10 {
		rec := b.once(method, address, form)
		b.at, b.status, b.body = address, rec.Code, html.UnescapeString(rec.Body.String())
		if rec.Code != http.StatusSeeOther {
			return b
		}
		next, err := url.Parse(rec.Header().Get("Location"))
		if err != nil {
			b.t.Fatal(err)
		}
		method, form = http.MethodGet, nil
		if address = next.RequestURI(); strings.HasPrefix(address, "/appointments/wait?") {
			// What the waiting page does: wait, then send its fields.
			b.site.clock.advance(2 * time.Second)
			method, address, form = http.MethodPost, "/appointments/holds", next.Query()
		}
	}
	b.t.Fatalf("%s leads nowhere", address)
	return nil
}

func (b *browser) get(address string) *browser {
	b.t.Helper()
	return b.do(http.MethodGet, address, nil)
}

// post sends a form given as names and values by turns.
func (b *browser) post(address string, pairs ...string) *browser {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, address, form)
}

// sees fails the test unless the last page has the status and all the texts.
func (b *browser) sees(status int, texts ...string) *browser {
	b.t.Helper()
	if b.status != status {
		b.t.Fatalf("%s: status %d, want %d\n%s", b.at, b.status, status, b.text())
	}
	for _, text := range texts {
		if !strings.Contains(b.body, text) {
			b.t.Fatalf("%s does not say %q\n%s", b.at, text, b.text())
		}
	}
	return b
}

func (b *browser) lacks(texts ...string) *browser {
	b.t.Helper()
	for _, text := range texts {
		if strings.Contains(b.body, text) {
			b.t.Errorf("%s says %q\n%s", b.at, text, b.text())
		}
	}
	return b
}

var tags = regexp.MustCompile(`(?s)<head>.*</head>|<[^>]*>|\s+`)

// text is the page without its markup, for messages of failing tests.
func (b *browser) text() string { return tags.ReplaceAllString(b.body, " ") }

// choose holds a slot for passport renewal in London.
func (b *browser) choose(slot string, party string) *browser {
	b.t.Helper()
	return b.post("/appointments/holds", "slot", slot, "post", "london", "service", "passport-renewal", "party", party, "date", slot[:10])
}

// hold is the address of the hold whose page is shown.
func (b *browser) hold() string {
	b.t.Helper()
	m := regexp.MustCompile(`^/appointments/holds/[^/?]+`).FindString(b.at)
	if m == "" {
		b.t.Fatalf("%s is no page of a hold\n%s", b.at, b.text())
	}
	return m
}

func (b *browser) holdID() string { return strings.TrimPrefix(b.hold(), "/appointments/holds/") }

func field(i int, name string) string { return web.Index("applicants", i, name) }

// name fills in one person; documents tell people apart.
func (b *browser) name(n int, document string) *browser {
	b.t.Helper()
	i := n - 1
	return b.post(b.hold()+"/people/"+string(rune('0'+n)), field(i, "given_names"), "Aysel", field(i, "surname"), "Specimen", field(i, "date_of_birth.day"), "17",
		field(i, "date_of_birth.month"), "4", field(i, "date_of_birth.year"), "1990", field(i, "nationality"), "AZE", field(i, "document_number"), document)
}

// code is the one-time code that was mailed last.
func (b *browser) code() string {
	b.t.Helper()
	k, err := b.site.book.Booking(context.Background(), b.holdID())
	if err != nil {
		b.t.Fatal(err)
	}
	return b.site.book.HoldCode(k.ID, k.CodeSerial)
}

// bookOne goes all the way for one person and gives the booking's address.
func (b *browser) bookOne(slot, document string) string {
	b.t.Helper()
	b.choose(slot, "1").name(1, document).post(b.hold()+"/email", "email", "aysel@example.org").post(b.hold() + "/check")
	b.post(b.hold()+"/code", "code", b.code()).sees(http.StatusOK, "Your appointment is booked")
	return b.at
}

// count runs a query that gives one number.
func (s *site) count(t *testing.T, query string) (n int) {
	t.Helper()
	if err := s.db.Read().QueryRowContext(context.Background(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
