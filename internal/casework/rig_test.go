package casework

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
)

// The clock starts on a Wednesday, at nine in Berlin.
var nine = time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)

type testClock struct{ millis atomic.Int64 }

func (c *testClock) now() time.Time          { return time.UnixMilli(c.millis.Load()).UTC() }
func (c *testClock) advance(d time.Duration) { c.millis.Add(d.Milliseconds()) }

// trial is a questionnaire with what cases need.
const trial = `
title: {en: Trial visa, az: Sınaq vizası}
about: {en: For a trial., az: Sınaq üçün.}
case: {four_eyes: true, issues: visa, decide_days: 10, answer_days: 14, keep_months: 24, fee_minor: 2000, fee_currency: USD}
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
      - id: purpose
        type: choice
        label: {en: Purpose, az: Məqsəd}
        options:
          - {value: tourism, text: {en: Tourism, az: Turizm}}
          - {value: work, text: {en: Work, az: İş}}
  - id: employer_page
    title: {en: Employer, az: İşəgötürən}
    when: purpose == "work"
    questions:
      - {id: employer, type: text, label: {en: Employer, az: İşəgötürən}}
  - id: papers
    title: {en: Papers, az: Sənədlər}
    questions:
      - {id: scans, type: file, files: 3, optional: true, label: {en: Scans, az: Surətlər}}
  - id: last
    title: {en: Sign, az: İmza}
    questions:
      - {id: agreed, type: declaration, label: {en: True, az: Doğrudur}}
`

// good are right answers of each page.
func good() map[string]form.Answers { return answers("TUR", "U1234567") }

func answers(nationality, number string) map[string]form.Answers {
	return map[string]form.Answers{
		"person": {"name": map[string]any{"surname": "Yılmaz", "given_names": "Ayşe"}, "birth": "1990-02-03",
			"document": map[string]any{"kind": "national", "number": number, "issuer": nationality, "nationality": nationality, "expires": "2030-01-01"}},
		"journey": {"purpose": "tourism"}, "papers": {}, "last": {"agreed": true},
	}
}

type testPosts struct{}

func (testPosts) Get(_ context.Context, id string) (post.Post, error) {
	switch id {
	case "berlin":
		return post.Post{ID: id, Country: "DEU", Zone: "Europe/Berlin"}, nil
	case "doha":
		return post.Post{ID: id, Country: "QAT", Zone: "Asia/Qatar"}, nil
	}
	return post.Post{}, fault.NewNotFound("post.not_found")
}

func (testPosts) IsHoliday(_ context.Context, _, date string) (post.Holiday, bool, error) {
	return post.Holiday{}, date == "2026-12-25", nil
}

func (testPosts) Closures(_ context.Context, _, from, _ string) ([]post.Closure, error) {
	if c := (post.Closure{From: "2026-12-01", To: "2026-12-02"}); c.Covers(from) {
		return []post.Closure{c}, nil
	}
	return nil, nil
}

// testTariff lets people of Serbia off and asks the standard of others.
type testTariff struct{}

func (testTariff) Price(_ string, rules form.Case, who Subject, _ string) Price {
	if who.Nationality == "SRB" {
		return Price{Currency: rules.FeeCurrency, Basis: "agreement:serbia"}
	}
	return Price{rules.FeeMinor, rules.FeeCurrency, "standard"}
}

// testForms has one questionnaire, whose text a test may change.
type testForms struct {
	mu   sync.Mutex
	text string
}

func (f *testForms) change(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.text = text
}

func (f *testForms) Current(serviceID string) (Questionnaire, bool) {
	if serviceID != "trial" {
		return nil, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	q, err := f.Read(serviceID, []byte(f.text))
	return q, err == nil
}

var parsed sync.Map

func (f *testForms) Read(serviceID string, source []byte) (Questionnaire, error) {
	if q, ok := parsed.Load(string(source)); ok {
		return q.(Questionnaire), nil
	}
	q, err := Forms{}.Read(serviceID, source)
	if err == nil {
		parsed.Store(string(source), q)
	}
	return q, err
}

type rig struct {
	*Service
	t     testing.TB
	db    *store.DB
	clock *testClock
	forms *testForms
	pay   *TestProvider
}

func open(t testing.TB, db *store.DB) *rig {
	t.Helper()
	if _, err := (&testForms{}).Read("trial", []byte(trial)); err != nil {
		t.Fatal(err)
	}
	ring, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, db: db, clock: &testClock{}, forms: &testForms{text: trial}, pay: &TestProvider{Page: "/demo/pay/"}}
	r.clock.millis.Store(nine.UnixMilli())
	r.Service = New(Config{DB: db, Ring: ring, Trail: audit.New(r.clock.now), Outbox: notify.NewOutbox(db, r.clock.now), Forms: r.forms,
		Tariffs: testTariff{}, Calendar: PostDays{testPosts{}}, Providers: []Provider{r.pay}, Now: r.clock.now})
	return r
}

// must fails the test on an error.
func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// refused fails the test unless err is a fault with that key.
func (r *rig) refused(err error, key string) {
	r.t.Helper()
	f := fault.As(err)
	if f == nil || f.Key != key && (len(f.Fields) == 0 || f.Fields[0].Key != key) {
		r.t.Fatalf("got %v, want a refusal with %s", err, key)
	}
}

func (r *rig) count(query string, args ...any) int {
	r.t.Helper()
	var n int
	r.must(r.db.Read().QueryRowContext(context.Background(), query, args...).Scan(&n))
	return n
}

// draft starts an application, proves its address and saves good answers.
func (r *rig) draft(pages map[string]form.Answers) *Application {
	r.t.Helper()
	ctx := context.Background()
	a, err := r.Start(ctx, Beginning{ServiceID: "trial", PostID: "berlin", Lang: "en", Email: "ayse@example.org"})
	r.must(err)
	r.must(r.SendCode(ctx, a.ID))
	a, err = r.Application(ctx, a.ID)
	r.must(err)
	_, _, err = r.Confirm(ctx, a.Reference, r.Code(a))
	r.must(err)
	for page, answers := range pages {
		_, err := r.Save(ctx, a.ID, page, 0, answers)
		r.must(err)
	}
	return a
}

func (r *rig) submitted() *Application {
	r.t.Helper()
	a, err := r.Submit(context.Background(), r.draft(good()).ID)
	r.must(err)
	return a
}

// proposed brings a case to a proposal by the officer, with the fee paid.
func (r *rig) proposed(by string, p Proposal) (*Application, *Proposal) {
	r.t.Helper()
	ctx := context.Background()
	a := r.submitted()
	_, err := r.TakePayment(ctx, "cashier", a.ID, "cash")
	r.must(err)
	_, err = r.Screen(ctx, audit.System, a.ID, "run-1")
	r.must(err)
	_, err = r.Examine(ctx, by, a.ID)
	r.must(err)
	made, err := r.Propose(ctx, by, a.ID, p)
	r.must(err)
	return a, made
}
