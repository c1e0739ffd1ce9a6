package planweb_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/letter"
	"github.com/chancery/chancery/internal/booking/plan"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/planweb"
)

// noon is a Wednesday.
var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func now() time.Time { return noon }

// head may do these things in London.
type head []string

func (head) ID() string   { return "7" }
func (head) Name() string { return "Leyla" }
func (h head) May(permission, postID string) bool {
	for _, p := range h {
		if p == permission && (postID == "london" || postID == "") {
			return true
		}
	}
	return false
}

type gate struct{ person web.Person }

func (g *gate) Staff(*http.Request) (web.Person, error) { return g.person, nil }

type people struct{}

func (people) NamesOf(_ context.Context, ids []string) (map[string]string, error) {
	names := map[string]string{}
	for _, id := range ids {
		names[id] = "Leyla"
	}
	return names, nil
}

type offer struct{ posts *post.Service }

func (offer) Service(id string) (booking.Service, bool) {
	return booking.Service{ID: id, PlacesPerApplicant: 1, MaxParty: 5, ReleaseWithin: time.Hour}, true
}

func (o offer) Post(id string) (booking.Post, bool) {
	p, err := o.posts.Get(context.Background(), id)
	return booking.Post{ID: id, Zone: p.Location(), Notice: time.Hour}, err == nil
}

type site struct {
	handler http.Handler
	db      *store.DB
	letters *letter.Writer
	posts   *post.Service
	book    *booking.Book
	plans   *plan.Service
	gate    *gate
	cookies []*http.Cookie // of the last answer
}

func open(t *testing.T, db *store.DB) *site {
	t.Helper()
	services, err := catalogue.Load(declared.Services)
	if err != nil {
		t.Fatal(err)
	}
	trail := audit.New(now)
	s := &site{db: db, posts: post.New(db, trail, services, now), gate: &gate{head{"plan.see", "plan.edit", "day.see"}}}
	if err := demo.LoadPosts(context.Background(), s.posts, noon); err != nil {
		t.Fatal(err)
	}
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	s.book = booking.Open(booking.Options{DB: db, Ring: keys, Offer: offer{s.posts}, Audit: trail, Outbox: notify.NewOutbox(db, now), Now: now})
	t.Cleanup(s.book.Close)
	s.letters = &letter.Writer{Book: s.book, Services: services, Posts: s.posts, BaseURL: "https://mfa.example", Ministry: locale.Text{"en": "Ministry", "az": "Nazirlik"}, Now: now}
	s.plans = plan.New(db, s.book, s.posts, now)
	server, err := web.New(web.Options{DB: db, Keys: keys, Now: now, Gate: s.gate, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := (&planweb.Pages{People: people{}, Plans: s.plans, Book: s.book, Posts: s.posts, Services: services}).Register(server); err != nil {
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

func (s *site) get(t *testing.T, path, lang string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Language", lang)
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	return rec.Code, rec.Body.String()
}

func (s *site) post(t *testing.T, path string, form url.Values) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "en")
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	s.cookies = rec.Result().Cookies()
	if where := rec.Header().Get("Location"); where != "" {
		return rec.Code, where
	}
	return rec.Code, rec.Body.String()
}

// flash is what the next page says about what was just done.
func (s *site) flash(t *testing.T) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/staff/plan/london", nil)
	r.Header.Set("Accept-Language", "en")
	for _, c := range s.cookies {
		r.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	return between(rec.Body.String(), "govuk-notification-banner__heading", "</p>")
}

func between(text, from, to string) string {
	_, text, _ = strings.Cut(text, from)
	text, _, _ = strings.Cut(text, to)
	return text
}

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// agree sends an effect page's form as a browser would.
func (s *site) agree(t *testing.T, path, page string, more url.Values) (int, string) {
	t.Helper()
	form := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(between(page, "<main", "</main>"), -1) {
		form.Add(m[1], m[2])
	}
	if form.Get("digest") == "" {
		t.Fatalf("%s shows no effect: %s", path, between(page, "<main", "</main>"))
	}
	for name, values := range more {
		form[name] = values
	}
	return s.post(t, path, form)
}

// mondays is the form of a rule: nine to ten, three slots of two places.
func mondays() url.Values {
	return url.Values{"weekdays": {"1"}, "from": {"9:00"}, "to": {"10.00"}, "slot_minutes": {"20"}, "places": {"2"}, "services": {"passport-renewal"},
		"reserve": {"0"}, "reserve_unit": {"percent"}, "release": {"rolling"}, "days_ahead": {"0"}}
}

const rules = "/staff/plan/london/rules/new"

func (s *site) slots(t *testing.T) []booking.Slot {
	t.Helper()
	found, err := s.book.Slots(context.Background(), booking.Query{PostID: "london", Service: "passport-renewal", From: noon, To: noon.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (s *site) come(t *testing.T, slot string, n int) *booking.Booking {
	t.Helper()
	k, err := s.book.BookNow(context.Background(), "staff:1", booking.HoldRequest{Choice: booking.Choice{SlotID: slot}, Service: "passport-renewal",
		Details: booking.Details{Phone: "+44 20 7946 0001", Email: "aysel@example.org", Applicants: []booking.Applicant{{GivenNames: "Aysel", Surname: "Test", DateOfBirth: "1990-01-01", Nationality: "AZE", DocumentNumber: fmt.Sprint("P", n)}}},
		Origin:  booking.Origin{Lang: "en", Channel: booking.Staff}})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// mail renders the one mail of a kind about a booking that waits to be sent.
func (s *site) mail(t *testing.T, kind, ref string) notify.Mail {
	t.Helper()
	m := notify.Message{Kind: kind, Ref: ref}
	var data string
	if err := s.db.Read().QueryRowContext(context.Background(), `SELECT lang, data FROM outbox WHERE kind = $1 AND ref = $2`, kind, ref).Scan(&m.Lang, &data); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(data), &m.Data); err != nil {
		t.Fatal(err)
	}
	mail, err := s.letters.Render(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	return mail
}
