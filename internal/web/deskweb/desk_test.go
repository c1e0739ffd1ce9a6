package deskweb_test

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/letter"
	"github.com/chancery/chancery/internal/booking/queue"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/deskweb"
)

// Nine in the morning in Baku, on a Wednesday.
var nine = time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC)

const service = "passport-renewal"

// clerk may do everything of the desk at one post.
type clerk struct{ id, post string }

func (c clerk) ID() string                              { return c.id }
func (c clerk) Name() string                            { return "Leyla " + c.id }
func (c clerk) May(_, postID string) bool               { return postID == c.post || postID == "" }
func (c clerk) Staff(*http.Request) (web.Person, error) { return c, nil }

type gate struct{ person web.Person }

func (g *gate) Staff(*http.Request) (web.Person, error) { return g.person, nil }

type offer struct{ services *catalogue.Catalogue }

func (o offer) Service(id string) (booking.Service, bool) {
	s, err := o.services.Service(id)
	return booking.Service{ID: id, PlacesPerApplicant: 1, MaxParty: s.MaxParty, WarnAfter: 1, PauseAfter: 2, Pause: 720 * time.Hour}, err == nil
}

func (offer) Post(id string) (booking.Post, bool) {
	return booking.Post{ID: id, Zone: time.UTC, Notice: time.Hour}, true
}

// scripts are the built static files when a browser looks at the pages.
var scripts fs.FS

type site struct {
	t       *testing.T
	handler http.Handler
	book    *booking.Book
	queue   *queue.Service
	letters *letter.Writer
	posts   *post.Service
	gate    *gate
	db      *store.DB
	millis  *atomic.Int64
}

func open(t *testing.T) *site {
	t.Helper()
	ctx := context.Background()
	s := &site{t: t, gate: &gate{clerk{"7", "baku"}}, db: storetest.SQLite(t), millis: &atomic.Int64{}}
	s.millis.Store(nine.UnixMilli())
	now := func() time.Time { return time.UnixMilli(s.millis.Load()).UTC() }
	services, err := catalogue.Load(declared.Services)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	trail := audit.New(now)
	s.posts = post.New(s.db, trail, services, now)
	if err := demo.LoadPosts(ctx, s.posts, nine); err != nil {
		t.Fatal(err)
	}
	s.book = booking.Open(booking.Options{DB: s.db, Ring: keys, Offer: offer{services}, Audit: trail, Outbox: notify.NewOutbox(s.db, now), Now: now})
	t.Cleanup(s.book.Close)
	s.queue = queue.New(s.db, s.book, s.posts, trail, now)
	server, err := web.New(web.Options{DB: s.db, Keys: keys, Now: now, Gate: s.gate, Assets: scripts, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s.letters = &letter.Writer{Book: s.book, Services: services, Posts: s.posts, BaseURL: server.BaseURL(), Now: now}
	if err := (&deskweb.Pages{Queue: s.queue, Book: s.book, Posts: s.posts, Services: services, Letter: s.letters}).Register(server); err != nil {
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

// slot makes a slot at a post, so many minutes from now.
func (s *site) slot(id, postID string, minutes, places int) {
	s.t.Helper()
	p, err := s.posts.Get(context.Background(), postID)
	if err != nil {
		s.t.Fatal(err)
	}
	start := nine.Add(time.Duration(minutes) * time.Minute)
	date, clock := post.Local(p.Location(), start)
	if err := s.book.AddSlots(context.Background(), []booking.Slot{{ID: id, PostID: postID, GroupID: service, RuleID: id, Date: date, Clock: clock,
		Start: start, End: start.Add(30 * time.Minute), Planned: places, OpensAt: nine.AddDate(0, 1, 0)}}); err != nil {
		s.t.Fatal(err)
	}
}

func who(given, surname, document string) booking.Applicant {
	return booking.Applicant{GivenNames: given, Surname: surname, DateOfBirth: "1990-04-17", Nationality: "AZE", DocumentNumber: document}
}

func (s *site) booked(slot, email string, people ...booking.Applicant) *booking.Booking {
	s.t.Helper()
	k, err := s.book.BookNow(context.Background(), "staff:1", booking.HoldRequest{Choice: booking.Choice{SlotID: slot}, Service: service,
		Details: booking.Details{Email: email, Applicants: people}, Origin: booking.Origin{Lang: "en", Channel: booking.Staff}})
	if err != nil {
		s.t.Fatal(err)
	}
	return k
}

type answer struct {
	code     int
	body, to string
	flash    []*http.Cookie
	header   http.Header
}

func (s *site) do(r *http.Request) answer {
	s.t.Helper()
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	return answer{rec.Code, rec.Body.String(), rec.Header().Get("Location"), rec.Result().Cookies(), rec.Header()}
}

func (s *site) get(path, lang string, cookies ...*http.Cookie) answer {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Language", lang)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return s.do(r)
}

// post sends a form: names and values by turns.
func (s *site) post(path string, pairs ...string) answer {
	s.t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "en")
	return s.do(r)
}

// leads wants a redirect, and follows it with its flash.
func (s *site) leads(a answer, to string) string {
	s.t.Helper()
	if a.code != http.StatusSeeOther || a.to != to {
		s.t.Fatalf("answered %d %q, want a redirect to %s\n%s", a.code, a.to, to, a.body)
	}
	page := s.get(to, "en", a.flash...)
	if page.code != http.StatusOK {
		s.t.Fatalf("%s answers %d", to, page.code)
	}
	return page.body
}

func (s *site) shows(body string, texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if !strings.Contains(body, text) {
			s.t.Errorf("the page does not show %q:\n%s", text, main(body))
		}
	}
}

func (s *site) hides(body string, texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if strings.Contains(body, text) {
			s.t.Errorf("the page shows %q:\n%s", text, main(body))
		}
	}
}

// main is the part of a page that matters in a failure.
func main(body string) string {
	if _, after, ok := strings.Cut(body, "<main"); ok {
		return after
	}
	return body
}

func (s *site) counter(label string) string {
	s.t.Helper()
	counters, err := s.posts.Counters(context.Background(), "baku")
	if err != nil {
		s.t.Fatal(err)
	}
	i := slices.IndexFunc(counters, func(c post.Counter) bool { return c.Label == label })
	if i < 0 || !counters[i].Serves(service) {
		s.t.Fatalf("no counter %s for %s among %+v", label, service, counters)
	}
	return counters[i].ID
}

func (s *site) state(k *booking.Booking) booking.State {
	s.t.Helper()
	now, err := s.book.Booking(context.Background(), k.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return now.State
}
