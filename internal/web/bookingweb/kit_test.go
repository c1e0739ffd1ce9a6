package bookingweb_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/ballot"
	"github.com/chancery/chancery/internal/booking/draft"
	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/booking/letter"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
	"github.com/chancery/chancery/internal/web/bookingweb"
)

const origin = "https://mfa.example"

// portal is the applicants' side of an installation with the demonstration's
// posts, a clock of its own, and no slots.
type portal struct {
	clock
	db      *store.DB
	book    *booking.Book
	posts   *post.Service
	guard   *guard.Guard
	letters *letter.Writer
	rounds  *ballot.Rounds
	server  *web.Server
	handler http.Handler
}

// openPortal starts at the given moment. Its proofs of work are the easiest.
func openPortal(t *testing.T, db *store.DB, now time.Time, config guard.Config) *portal {
	t.Helper()
	p := &portal{db: db}
	p.millis.Store(now.UnixMilli())
	services, err := catalogue.Load(declared.Services)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	trail := audit.New(p.now)
	p.posts = post.New(db, trail, services, p.now)
	if err := demo.LoadPosts(t.Context(), p.posts, now); err != nil {
		t.Fatal(err)
	}
	p.book = booking.Open(booking.Options{DB: db, Ring: keys, Offer: ministry{services, p.posts}, Audit: trail, Outbox: notify.NewOutbox(db, p.now), Now: p.now})
	t.Cleanup(p.book.Close)
	if config.Difficulty == 0 {
		config.Difficulty = 1
	}
	p.guard = guard.New(db, keys, rand.Reader, p.now, config)
	gate := bookingweb.Gatekeeper{Guard: p.guard, Keys: keys}
	p.server, err = web.New(web.Options{
		DB: db, Keys: keys, Now: p.now, BaseURL: origin, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
		Pace:           func(a netip.Addr) error { return p.guard.AllowRead(p.guard.Network(a)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	p.letters = &letter.Writer{Book: p.book, Services: services, Posts: p.posts, BaseURL: origin, Ministry: locale.Text{"en": "Ministry", "az": "Nazirlik"}, Now: p.now}
	operations, err := api.New(p.server)
	if err != nil {
		t.Fatal(err)
	}
	bookingweb.Operations{Book: p.book, Posts: p.posts, Letter: p.letters, Gate: gate, Now: p.now}.Register(operations)
	pages := bookingweb.Pages{Web: p.server, Book: p.book, Posts: p.posts, Services: services, Keys: keys, Gate: gate, Drafts: draft.New(db, keys, p.now)}
	if err := pages.Register(); err != nil {
		t.Fatal(err)
	}
	if err := (bookingweb.Papers{Web: p.server, Book: p.book, Letter: p.letters}).Register(); err != nil {
		t.Fatal(err)
	}
	draws := draw.New(db, keys, trail, notify.NewOutbox(db, p.now), ballot.Booker{Book: p.book, Services: services, Posts: p.posts}, rand.Reader, p.now)
	p.rounds = &ballot.Rounds{Draws: draws, Book: p.book, Services: services, Posts: p.posts, Keys: keys, Now: p.now}
	bookingweb.Ballots{Web: p.server, Book: p.book, Rounds: p.rounds, Gate: gate}.Register()
	if err := p.server.Check(); err != nil {
		t.Fatal(err)
	}
	if p.handler, err = p.server.Handler(); err != nil {
		t.Fatal(err)
	}
	return p
}

// november is a Wednesday morning on which nothing special happens.
var november = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

// quietPortal is openPortal on SQLite in November.
func quietPortal(t *testing.T) *portal {
	return openPortal(t, storetest.SQLite(t), november, guard.Config{})
}

// addSlot puts a slot for passports at London into the book.
func (p *portal) addSlot(t *testing.T, id string, start time.Time, places int) {
	t.Helper()
	p.addSlotAt(t, "london", id, start, places)
}

func (p *portal) addSlotAt(t *testing.T, postID, id string, start time.Time, places int) {
	t.Helper()
	at, err := p.posts.Get(t.Context(), postID)
	if err != nil {
		t.Fatal(err)
	}
	local := start.In(at.Location())
	if err := p.book.AddSlots(t.Context(), []booking.Slot{{
		ID: id, PostID: postID, GroupID: "passport-renewal", RuleID: "rule-" + id, Date: local.Format(time.DateOnly), Clock: local.Format("15:04"),
		Start: start, End: start.Add(20 * time.Minute), Planned: places,
	}}); err != nil {
		t.Fatal(err)
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// problem reads the answer as a problem document.
func (a answer) problem(t *testing.T) web.Problem {
	t.Helper()
	var p web.Problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%d is no problem document (%s, %v): %.300s", a.status, a.header.Get("Content-Type"), err, a.body)
	}
	return p
}

// locations are the fields that a problem complains about.
func (a answer) locations(t *testing.T) string {
	t.Helper()
	var all []string
	for _, f := range a.problem(t).Errors {
		if f.Message == "" || strings.Contains(f.Message, "booking.") {
			t.Errorf("no sentence about %s: %q", f.Location, f.Message)
		}
		all = append(all, f.Location)
	}
	return strings.Join(all, " ")
}

// asking changes a request before it is sent.
type asking func(*http.Request)

func with(name, value string) asking { return func(r *http.Request) { r.Header.Set(name, value) } }

// from is another network, by way of the trusted proxy.
func from(address string) asking { return with("X-Forwarded-For", address) }

func (p *portal) ask(t *testing.T, method, path, kind string, body []byte, change ...asking) answer {
	t.Helper()
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// call asks the API with a JSON body, if there is one.
func (p *portal) call(t *testing.T, method, path string, body any, change ...asking) answer {
	t.Helper()
	if body == nil {
		return p.ask(t, method, "/api/v1"+path, "", nil, change...)
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return p.ask(t, method, "/api/v1"+path, "application/json", text, change...)
}

// must reads the answer of a call that has to succeed.
func must[T any](t *testing.T, status int, a answer) T {
	t.Helper()
	var out T
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return out
}

// proof solves a challenge.
func (p *portal) proof(t *testing.T, purpose string, change ...asking) string {
	t.Helper()
	c := must[guard.Challenge](t, http.StatusOK, p.call(t, "GET", "/challenge?for="+purpose, nil, change...))
	for n := int64(0); n <= c.MaxNumber; n++ {
		if fmt.Sprintf("%x", sha256.Sum256(fmt.Append([]byte(c.Salt), n))) != c.Challenge {
			continue
		}
		text, err := json.Marshal(map[string]any{"algorithm": c.Algorithm, "challenge": c.Challenge, "number": n, "salt": c.Salt, "signature": c.Signature})
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(text)
	}
	t.Fatal("the challenge has no solution")
	return ""
}

type object = map[string]any

func human(n int) object {
	return object{"given_names": "Aysel", "surname": "Specimen", "date_of_birth": "1990-04-17", "nationality": "AZE", "document_number": fmt.Sprintf("ZZ%07d", n)}
}

// holdBody is a request that is in order.
func (p *portal) holdBody(t *testing.T, slot string, people ...object) object {
	t.Helper()
	return object{"slot": slot, "service": "passport-renewal", "language": "en", "email": "aysel@example.org", "applicants": people, "proof": p.proof(t, "hold")}
}

type heldAnswer struct {
	ID        string `json:"id"`
	ExpiresAt string `json:"expires_at"`
}

type bookedAnswer struct {
	Reference  string   `json:"reference"`
	State      string   `json:"state"`
	ManageURL  string   `json:"manage_url"`
	Start      string   `json:"start"`
	End        string   `json:"end"`
	Post       string   `json:"post"`
	Service    string   `json:"service"`
	Applicants []object `json:"applicants"`
	ICSURL     string   `json:"ics_url"`
	PDFURL     string   `json:"pdf_url"`
}

// token is the one in the manage link.
func (b bookedAnswer) token(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(b.ManageURL)
	if err != nil || u.Query().Get("token") == "" {
		t.Fatalf("no token in %q: %v", b.ManageURL, err)
	}
	return u.Query().Get("token")
}

// code is the one that was mailed last for a hold.
func (p *portal) code(t *testing.T, id string) string {
	t.Helper()
	b, err := p.book.Booking(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p.book.HoldCode(id, b.CodeSerial)
}

// booked books the slot for people, by the API.
func (p *portal) booked(t *testing.T, slot string, people ...object) bookedAnswer {
	t.Helper()
	h := must[heldAnswer](t, http.StatusCreated, p.call(t, "POST", "/holds", p.holdBody(t, slot, people...)))
	return must[bookedAnswer](t, http.StatusCreated, p.call(t, "POST", "/holds/"+h.ID+"/confirm", object{"code": p.code(t, h.ID)}))
}
