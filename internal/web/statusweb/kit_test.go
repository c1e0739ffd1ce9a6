package statusweb_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/draft"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/applicant"
	"github.com/chancery/chancery/internal/web/bookingweb"
	"github.com/chancery/chancery/internal/web/statusweb"
)

// monday is when the tests begin: Monday 30 November 2026, 09:00 in London.
var monday = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

const trial = `
title: {en: Trial visa, az: Sınaq vizası}
about: {en: For a trial., az: Sınaq üçün.}
case: {appointment: visa-interview, issues: visa, four_eyes: true, decide_days: 10, answer_days: 14, keep_months: 24, fee_minor: 2000, fee_currency: USD}
pages:
  - id: person
    title: {en: You, az: Siz}
    questions:
      - {id: name, type: name, label: {en: Name, az: Ad}}
      - {id: birth, type: date, range: past, label: {en: Born, az: Doğulub}}
      - {id: document, type: document, label: {en: Document, az: Sənəd}}
  - id: journey
    title: {en: Journey, az: Səfər}
    questions:
      - {id: nights, type: number, min: 1, max: 90, label: {en: Nights, az: Gecələr}}
    checks:
      - {that: nights != 13, at: nights, message: {en: Not thirteen nights., az: On üç gecə olmaz.}}
  - id: last
    title: {en: Sign, az: İmza}
    questions:
      - {id: agreed, type: declaration, label: {en: True, az: Doğrudur}}
`

type clock struct{ millis atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMilli(c.millis.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.millis.Add(d.Milliseconds()) }

type forms struct{ *form.Definition }

func (f forms) Current(id string) (casework.Questionnaire, bool) {
	q, err := f.Read(id, f.Source())
	return q, err == nil
}

func (forms) Read(id string, source []byte) (casework.Questionnaire, error) {
	return casework.Forms{}.Read(id, source)
}

type tariffs struct{}

func (tariffs) Price(_ string, rules form.Case, who casework.Subject, _ string) casework.Price {
	if who.Nationality == "SRB" {
		return casework.Price{Currency: rules.FeeCurrency, Basis: "serbia"}
	}
	return casework.Price{Minor: rules.FeeMinor, Currency: rules.FeeCurrency, Basis: "standard"}
}

func (tariffs) Title(_, basis string) locale.Text {
	if basis == "serbia" {
		return locale.Text{"en": "Citizens of Serbia pay nothing", "az": "Serbiya vətəndaşları ödəmir"}
	}
	return nil
}

// bank is a provider at another site that never answers.
type bank struct{}

func (bank) Name() string { return "bank" }

func (bank) Begin(_ context.Context, p casework.Payment) (ref, redirect string, err error) {
	return p.ID, "https://bank.example/pay?of=" + p.ID, nil
}

func (bank) State(context.Context, string) (casework.PaymentState, error) {
	return "", errors.New("no answer")
}

type ministry struct {
	services *catalogue.Catalogue
	posts    *post.Service
}

func (m ministry) Service(id string) (booking.Service, bool) {
	s, err := m.services.Service(id)
	return booking.Service{ID: s.ID, PlacesPerApplicant: s.PlacesPerApplicant, MaxParty: s.MaxParty, ReleaseWithin: time.Hour}, err == nil
}

func (m ministry) Post(id string) (booking.Post, bool) {
	p, err := m.posts.Get(context.Background(), id)
	return booking.Post{ID: p.ID, Zone: p.Location(), Notice: time.Duration(p.MinimumNoticeMinutes) * time.Minute}, err == nil
}

// site is the pages over a real database, with the appointment portal beside.
type site struct {
	clock
	t       *testing.T
	db      *store.DB
	cases   *casework.Service
	book    *booking.Book
	papers  papers
	handler http.Handler
}

func openSite(t *testing.T, db *store.DB) *site {
	t.Helper()
	s := &site{t: t, db: db, papers: papers{}}
	s.millis.Store(monday.UnixMilli())
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	services, err := catalogue.Load(declared.Services)
	check(err)
	keys, err := keyring.New()
	check(err)
	trail := audit.New(s.now)
	posts := post.New(db, trail, services, s.now)
	check(demo.LoadPosts(t.Context(), posts, monday))
	outbox := notify.NewOutbox(db, s.now)
	s.book = booking.Open(booking.Options{DB: db, Ring: keys, Offer: ministry{services, posts}, Audit: trail, Outbox: outbox, Now: s.now})
	t.Cleanup(s.book.Close)
	d, err := form.Parse("questionnaires/trial.yaml", []byte(trial))
	check(err)
	pay := &casework.TestProvider{Page: "/demo/pay/"}
	s.cases = casework.New(casework.Config{DB: db, Ring: keys, Trail: trail, Outbox: outbox, Forms: forms{d}, Tariffs: tariffs{},
		Calendar: casework.PostDays{Posts: posts}, Providers: []casework.Provider{pay, bank{}}, Now: s.now})
	server, err := web.New(web.Options{DB: db, Keys: keys, Now: s.now, BaseURL: "http://chancery.example", Demo: true,
		Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))})
	check(err)
	drafts := draft.New(db, keys, s.now)
	appointments := bookingweb.Pages{
		Web: server, Book: s.book, Posts: posts, Services: services, Keys: keys, Drafts: drafts,
		Gate: bookingweb.Gatekeeper{Guard: guard.New(db, keys, rand.Reader, s.now, guard.Config{
			Wait: time.Second, Holds: []guard.Limit{{By: guard.ByNetwork, Max: 10_000, Window: time.Hour}},
		}), Keys: keys},
		Booked: func(ctx context.Context, what string, b *booking.Booking) (string, error) {
			a, err := s.cases.SetInterview(ctx, what, b.Reference)
			if err != nil {
				return "", err
			}
			return "/applications/" + a.Reference + "/interview", nil
		},
	}
	check(appointments.Register())
	room := &statusweb.Room{
		Cases: s.cases, Posts: posts, Tariffs: tariffs{}, Door: applicant.New(server, s.cases), Intake: upload.New(nil), Drafts: drafts, Book: s.book, Visas: s.papers,
		Ministry: locale.Text{"en": "Ministry", "az": "Nazirlik"}, TestPay: pay,
		Choose: func(w http.ResponseWriter, r *http.Request, want statusweb.Wanted) (string, error) {
			return appointments.Prefill(w, r, bookingweb.Prefilled{
				For: want.ApplicationID, PostID: want.PostID, ServiceID: want.ServiceID, People: []booking.Applicant{want.Person}, Email: want.Email,
			})
		},
	}
	check(room.Register(server))
	check(server.Check())
	s.handler, err = server.Handler()
	check(err)
	return s
}

func (s *site) slots(at ...string) {
	s.t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		s.t.Fatal(err)
	}
	var all []booking.Slot
	for _, text := range at {
		start, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, booking.Slot{
			ID: strings.NewReplacer(" ", "-", ":", "").Replace(text), PostID: "london", GroupID: "visa-interview", RuleID: "r", Date: text[:10], Clock: text[11:],
			Start: start.UTC(), End: start.Add(15 * time.Minute).UTC(), Planned: 1, OpensAt: monday.Add(-time.Hour),
		})
	}
	if err := s.book.AddSlots(s.t.Context(), all); err != nil {
		s.t.Fatal(err)
	}
}

// draft is an application with right answers, its address proven; number is that
// of the passport.
func (s *site) draft(number string) *casework.Application {
	s.t.Helper()
	ctx := s.t.Context()
	a, err := s.cases.Start(ctx, casework.Beginning{ServiceID: "trial", PostID: "london", Lang: "en", Channel: casework.Web, Email: "ayse@example.org"})
	s.must(err)
	s.must(s.cases.SendCode(ctx, a.ID))
	a, err = s.cases.Application(ctx, a.ID)
	s.must(err)
	_, _, err = s.cases.Confirm(ctx, a.Reference, s.cases.Code(a))
	s.must(err)
	for page, answers := range map[string]form.Answers{
		"person": {"name": map[string]any{"surname": "Yılmaz", "given_names": "Ayşe"}, "birth": "1990-02-03",
			"document": map[string]any{"kind": "national", "number": number, "issuer": "TUR", "nationality": "TUR", "expires": "2030-01-01"}},
		"journey": {"nights": 7.0}, "last": {"agreed": true},
	} {
		_, err = s.cases.Save(ctx, a.ID, page, 0, answers)
		s.must(err)
	}
	return a
}

func (s *site) submitted(number string) *casework.Application {
	s.t.Helper()
	a, err := s.cases.Submit(s.t.Context(), s.draft(number).ID)
	s.must(err)
	return a
}

// to takes the office's steps up to a decision.
func (s *site) decided(a *casework.Application, p casework.Proposal) {
	s.t.Helper()
	ctx := s.t.Context()
	_, err := s.cases.Screen(ctx, audit.System, a.ID, "run")
	s.must(err)
	_, err = s.cases.Examine(ctx, "ann", a.ID)
	s.must(err)
	made, err := s.cases.Propose(ctx, "ann", a.ID, p)
	s.must(err)
	_, err = s.cases.Decide(ctx, "ben", a.ID, made.ID)
	s.must(err)
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// browser keeps cookies and follows redirects, like one without JavaScript.
type browser struct {
	*site
	lang    string
	cookies map[string]string
	at      string // the address of the last page
	status  int
	header  http.Header
	body    string
}

func (s *site) browser() *browser { return &browser{site: s, lang: "en", cookies: map[string]string{}} }

// of is a browser that may see the application.
func (s *site) of(a *casework.Application) *browser {
	s.t.Helper()
	token, err := s.cases.Admit(s.t.Context(), a.ID)
	s.must(err)
	b := s.browser()
	b.cookies["applications"] = a.Reference + ":" + token
	return b
}

func (b *browser) once(method, address, kind string, body io.Reader) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, address, body)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("Accept-Language", b.lang)
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	rec := httptest.NewRecorder()
	b.handler.ServeHTTP(rec, r)
	for _, c := range rec.Result().Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return rec
}

func (b *browser) do(method, address, kind string, body io.Reader) *browser {
	b.t.Helper()
	for range 10 {
		rec := b.once(method, address, kind, body)
		b.at, b.status, b.header, b.body = address, rec.Code, rec.Header(), html.UnescapeString(rec.Body.String())
		if rec.Code != http.StatusSeeOther {
			return b
		}
		next, err := url.Parse(rec.Header().Get("Location"))
		b.must(err)
		method, kind, body = http.MethodGet, "", nil
		address = next.RequestURI()
		if strings.HasPrefix(address, "/appointments/wait?") {
			b.advance(2 * time.Second)
			method, kind, body = http.MethodPost, "application/x-www-form-urlencoded", strings.NewReader(next.Query().Encode())
			address = "/appointments/holds"
		}
	}
	b.t.Fatalf("%s leads nowhere", address)
	return nil
}

func (b *browser) get(address string) *browser { b.t.Helper(); return b.do("GET", address, "", nil) }

func (b *browser) post(address string, pairs ...string) *browser {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return b.do("POST", address, "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
}

// send posts a form with a file; name "" stands for none.
func (b *browser) send(address, name string, content []byte, pairs ...string) *browser {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		b.must(w.WriteField(pairs[i], pairs[i+1]))
	}
	part, err := w.CreateFormFile("file", name)
	b.must(err)
	_, err = part.Write(content)
	b.must(err)
	b.must(w.Close())
	return b.do("POST", address, w.FormDataContentType(), &body)
}

func (b *browser) sees(status int, wanted ...string) *browser {
	b.t.Helper()
	if b.status != status {
		b.t.Fatalf("%s gives %d, want %d: %.600s", b.at, b.status, status, b.body)
	}
	for _, want := range wanted {
		if !strings.Contains(b.body, want) {
			b.t.Errorf("%s lacks %q", b.at, want)
		}
	}
	if strings.Contains(b.body, "statusweb.") || strings.Contains(b.body, "casework.") || strings.Contains(b.body, "ZgotmplZ") {
		b.t.Errorf("%s has words without a text", b.at)
	}
	return b
}

func (b *browser) lacks(unwanted ...string) *browser {
	b.t.Helper()
	for _, word := range unwanted {
		if strings.Contains(b.body, word) {
			b.t.Errorf("%s shows %q", b.at, word)
		}
	}
	return b
}
