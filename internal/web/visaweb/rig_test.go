package visaweb_test

import (
	"context"
	"html"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/act/letter"
	"github.com/chancery/chancery/internal/act/paper"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/document/signkeys"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/travel/sealkeys"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/caseweb"
	"github.com/chancery/chancery/internal/web/identityweb"
	"github.com/chancery/chancery/internal/web/visaweb"
)

// The clock stands on a Wednesday, at nine in Berlin.
var nine = time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)

const trial = `
title: {en: Trial visa, az: Sınaq vizası}
about: {en: For a trial., az: Sınaq üçün.}
case: {four_eyes: true, issues: visa, decide_days: 10, answer_days: 14, keep_months: 24, fee_minor: 0, fee_currency: USD}
pages:
  - id: person
    title: {en: You, az: Siz}
    questions:
      - {id: name, type: name, label: {en: Name, az: Ad}}
      - {id: birth, type: date, range: past, label: {en: Born, az: Doğulub}}
      - {id: document, type: document, label: {en: Document, az: Sənəd}}
  - id: papers
    title: {en: Papers, az: Sənədlər}
    questions:
      - {id: photo, type: photo, label: {en: Photo, az: Foto}}
      - {id: agreed, type: declaration, label: {en: True, az: Doğrudur}}
`

type posts struct{}

var twoPosts = []post.Post{
	{ID: "berlin", Name: locale.Text{"en": "Embassy in Berlin", "az": "Berlindəki səfirlik"}, Country: "DEU", Zone: "Europe/Berlin"},
	{ID: "doha", Name: locale.Text{"en": "Embassy in Doha", "az": "Dohadakı səfirlik"}, Country: "QAT", Zone: "Asia/Qatar"},
}

func (posts) All(context.Context) ([]post.Post, error) { return twoPosts, nil }
func (posts) Get(_ context.Context, id string) (post.Post, error) {
	for _, p := range twoPosts {
		if p.ID == id {
			return p, nil
		}
	}
	return post.Post{}, fault.NewNotFound("post.not_found")
}
func (posts) IsHoliday(context.Context, string, string) (post.Holiday, bool, error) {
	return post.Holiday{}, false, nil
}
func (posts) Closures(context.Context, string, string, string) ([]post.Closure, error) {
	return nil, nil
}

type days struct{ casework.PostDays }

func (days) Zone() string { return "Asia/Baku" }

type people struct{}

func (people) NamesOf(_ context.Context, ids []string) (map[string]string, error) {
	names := map[string]string{}
	for _, id := range ids {
		names[id] = "Officer " + id
	}
	return names, nil
}

func (people) Holders(context.Context, identity.Permission, ...string) ([]identity.Holder, error) {
	return nil, nil
}

type noHits struct{}

func (noHits) Hits(context.Context, screening.Filter) ([]*screening.Hit, error) { return nil, nil }

type free struct{}

func (free) Price(_ string, rules form.Case, _ casework.Subject, _ string) casework.Price {
	return casework.Price{Currency: rules.FeeCurrency, Basis: "free"}
}

type gate struct{ staff *identity.Staff }

func (g *gate) Staff(*http.Request) (web.Person, error) {
	return &identityweb.Person{Staff: g.staff}, nil
}

// door lets everyone see the applications that were admitted.
type door struct {
	admitted map[string]*casework.Application
}

func (d *door) Application(r *http.Request) (*casework.Application, error) {
	if a := d.admitted[r.PathValue("reference")]; a != nil {
		return a, nil
	}
	return nil, fault.NewUnauthenticated("casework.sign_in")
}

func (d *door) Admit(_ http.ResponseWriter, _ *http.Request, a *casework.Application) error {
	d.admitted[a.Reference] = a
	return nil
}

type forms struct{ d *form.Definition }

func (f forms) Current(string) (casework.Questionnaire, bool) {
	q, err := f.Read("trial", f.d.Source())
	return q, err == nil
}
func (forms) Read(id string, source []byte) (casework.Questionnaire, error) {
	return casework.Forms{}.Read(id, source)
}

type rig struct {
	t      *testing.T
	db     *store.DB
	cases  *casework.Service
	papers *paper.Office
	gate   *gate
	door   *door
	mail   *letter.Writer
	http.Handler
}

func open(t *testing.T, db *store.DB) *rig {
	t.Helper()
	now := func() time.Time { return nine }
	ring, err := keyring.New()
	r := &rig{t: t, db: db, gate: &gate{}, door: &door{map[string]*casework.Application{}}}
	r.must(err)
	d, err := form.Parse("questionnaires/trial.yaml", []byte(trial))
	r.must(err)
	trail, outbox := audit.New(now), notify.NewOutbox(db, now)
	calendar := casework.PostDays{Posts: posts{}}
	r.cases = casework.New(casework.Config{DB: db, Ring: ring, Trail: trail, Outbox: outbox, Forms: forms{d}, Tariffs: free{}, Calendar: calendar, Now: now})
	ledger := verify.New(db, ring, now)
	acts := act.New(act.Config{DB: db, Ring: ring, Trail: trail, Outbox: outbox, Cases: r.cases, Posts: days{calendar}, Documents: ledger, Now: now})
	ministry := locale.Text{"en": "The Ministry", "az": "Nazirlik"}
	r.papers = &paper.Office{Acts: acts, Ledger: ledger, Keys: sealkeys.New(db, ring, "AZ", "Trial", now), Signing: signkeys.New(db, ring, trail, "AZ", "Trial", now), Issuer: "AZE", Ministry: ministry, BaseURL: "https://mfa.example", Now: now}
	r.mail = &letter.Writer{Acts: acts, Cases: r.cases, Posts: posts{}, BaseURL: "https://mfa.example", Ministry: ministry}
	s, err := web.New(web.Options{DB: db, Keys: ring, Now: now, BaseURL: "https://mfa.example", Gate: r.gate, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Assets: fstest.MapFS{}})
	r.must(err)
	r.must((&visaweb.Pages{Acts: acts, Papers: r.papers, Cases: r.cases, People: people{}, Posts: posts{}, Door: r.door}).Register(s))
	set, err := form.Load(fstest.MapFS{"questionnaires/trial.yaml": {Data: []byte(trial)}})
	r.must(err)
	r.must((&caseweb.Pages{Cases: r.cases, Reads: casework.NewReads(db, trail, now), Forms: set, People: people{}, Posts: posts{}, Hits: noHits{}, Door: r.door, Ministry: ministry}).Register(s))
	r.must(s.Check())
	r.Handler, err = s.Handler()
	r.must(err)
	r.as("ann", "berlin", identity.Officer)
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) as(id, at string, role identity.Role) {
	r.gate.staff = &identity.Staff{ID: id, DisplayName: id, Grants: []identity.Grant{{Role: role, Post: at}}}
}

// get asks for a page and gives what stands on it as text.
func (r *rig) get(path string, want int) string {
	r.t.Helper()
	return r.send(httptest.NewRequest(http.MethodGet, path, nil), want)
}

func (r *rig) post(path string, want int, values url.Values) string {
	r.t.Helper()
	q := httptest.NewRequest(http.MethodPost, path, strings.NewReader(values.Encode()))
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r.send(q, want)
}

// send gives the body, or where the browser is sent.
func (r *rig) send(q *http.Request, want int) string {
	r.t.Helper()
	q.Header.Set("Accept-Language", "en")
	rec := httptest.NewRecorder()
	r.ServeHTTP(rec, q)
	if rec.Code != want {
		r.t.Fatalf("%s %s gives %d, want %d: %s", q.Method, q.URL, rec.Code, want, errorsOn(rec.Body.String()))
	}
	if rec.Code == http.StatusSeeOther {
		return rec.Header().Get("Location")
	}
	return html.UnescapeString(rec.Body.String())
}

var tags = regexp.MustCompile(`(?s)<[^>]*>|\s+`)

func errorsOn(page string) string {
	if i := strings.Index(page, "govuk-error-summary"); i >= 0 {
		page = page[i:]
	}
	text := tags.ReplaceAllString(page, " ")
	return text[:min(len(text), 600)]
}

// portrait is a small picture.
func portrait(t *testing.T) []byte {
	t.Helper()
	var out strings.Builder
	if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, 35, 45)), nil); err != nil {
		t.Fatal(err)
	}
	return []byte(out.String())
}

// submitted hands an application in, with the photo.
func (r *rig) submitted(number string) *casework.Application {
	r.t.Helper()
	ctx := context.Background()
	a, err := r.cases.Start(ctx, casework.Beginning{ServiceID: "trial", PostID: "berlin", Lang: "en", Email: "ayse@example.org"})
	r.must(err)
	r.must(r.cases.SendCode(ctx, a.ID))
	a, err = r.cases.Application(ctx, a.ID)
	r.must(err)
	_, _, err = r.cases.Confirm(ctx, a.Reference, r.cases.Code(a))
	r.must(err)
	photo, err := r.cases.Attach(ctx, a.ID, casework.File{Question: "photo", Name: "me.jpg", MediaType: "image/jpeg"}, portrait(r.t))
	r.must(err)
	for page, answers := range map[string]form.Answers{
		"person": {"name": map[string]any{"surname": "Yılmaz", "given_names": "Ayşe"}, "birth": "1990-02-03",
			"document": map[string]any{"kind": "national", "number": number, "issuer": "TUR", "nationality": "TUR", "expires": "2030-01-01"}},
		"papers": {"photo": photo.ID, "agreed": true},
	} {
		_, err := r.cases.Save(ctx, a.ID, page, 0, answers)
		r.must(err)
	}
	a, err = r.cases.Submit(ctx, a.ID)
	r.must(err)
	r.door.admitted[a.Reference] = a
	return a
}

// granted brings an application to a decision by two officers.
func (r *rig) granted(number string) *casework.Application {
	r.t.Helper()
	ctx := context.Background()
	a := r.submitted(number)
	_, err := r.cases.Screen(ctx, audit.System, a.ID, "run")
	r.must(err)
	_, err = r.cases.Examine(ctx, "ann", a.ID)
	r.must(err)
	p, err := r.cases.Propose(ctx, "ann", a.ID, casework.Proposal{Outcome: casework.Grant, Terms: map[string]string{"entries": "2", "from": "2026-12-01", "until": "2027-02-28", "days": "30"}})
	r.must(err)
	a, err = r.cases.Decide(ctx, "ben", a.ID, p.ID)
	r.must(err)
	return a
}

// asTyped is what the form of a new visa brings back.
func asTyped(a *casework.Application) url.Values {
	return url.Values{"case": {a.Reference}, "type": {"ordinary"}, "surname": {"Yılmaz"}, "given_names": {"Ayşe"}, "surname_latin": {"YILMAZ"}, "given_names_latin": {"AYSE"},
		"sex": {"F"}, "birth": {"1990-02-03"}, "document_number": {"U1234567"}, "layout": {act.EVisa}, "do": {"issue"}}
}

var codeOn = regexp.MustCompile(`/v/([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})`)

func (r *rig) check(page string, want verify.Outcome) {
	r.t.Helper()
	code := codeOn.FindStringSubmatch(page)
	if code == nil {
		r.t.Fatal("no code on the page")
	}
	if got, err := r.papers.Check(context.Background(), code[1]); err != nil || got.Outcome != want {
		r.t.Fatalf("the code says %+v, %v; want %s", got, err, want)
	}
}

func contains(t *testing.T, page string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q: %s", want, errorsOn(page))
		}
	}
}
