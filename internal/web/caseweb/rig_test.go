package caseweb_test

import (
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/caseweb"
	"github.com/chancery/chancery/internal/web/identityweb"
)

// The clock starts on a Wednesday, at nine in Berlin.
var nine = time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)

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
      - id: entries
        type: choice
        label: {en: Entries, az: Girişlər}
        options: [{value: one, text: {en: Once, az: Bir dəfə}}, {value: two, text: {en: Twice, az: İki dəfə}}]
      - {id: arrival, type: date, range: future, label: {en: Arrival, az: Gəliş}}
      - {id: departure, type: date, range: future, label: {en: Departure, az: Gediş}}
  - id: papers
    title: {en: Papers, az: Sənədlər}
    questions:
      - {id: photo, type: photo, optional: true, label: {en: Photo, az: Foto}}
      - {id: scans, type: file, files: 3, optional: true, label: {en: Scans, az: Surətlər}}
  - id: last
    title: {en: Sign, az: İmza}
    questions:
      - {id: agreed, type: declaration, label: {en: True, az: Doğrudur}}
`

func answers(nationality, number, purpose string) map[string]form.Answers {
	return map[string]form.Answers{
		"person": {"name": map[string]any{"surname": "Yılmaz", "given_names": "Ayşe"}, "birth": "1990-02-03",
			"document": map[string]any{"kind": "national", "number": number, "issuer": nationality, "nationality": nationality, "expires": "2030-01-01"}},
		"journey": {"purpose": purpose, "entries": "two", "arrival": "2027-03-01", "departure": "2027-03-10"},
		"papers":  {}, "last": {"agreed": true},
	}
}

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

// people are ann, ben and cem in Berlin and paul in Doha.
type people struct{}

func (people) NamesOf(_ context.Context, ids []string) (map[string]string, error) {
	names := map[string]string{}
	for _, id := range ids {
		names[id] = "Officer " + id
	}
	return names, nil
}

func (people) Holders(_ context.Context, _ identity.Permission, at ...string) ([]identity.Holder, error) {
	var all []identity.Holder
	for _, id := range []string{"ann", "ben", "cem"} {
		if slices.Contains(at, "berlin") {
			all = append(all, identity.Holder{ID: id, Name: "Officer " + id})
		}
	}
	if slices.Contains(at, "doha") {
		all = append(all, identity.Holder{ID: "paul", Name: "Officer paul"})
	}
	return all, nil
}

type gate struct{ staff *identity.Staff }

func (g *gate) Staff(*http.Request) (web.Person, error) {
	return &identityweb.Person{Staff: g.staff}, nil
}

// door notes who was let in.
type door struct{ admitted []string }

func (d *door) Admit(_ http.ResponseWriter, _ *http.Request, a *casework.Application) error {
	d.admitted = append(d.admitted, a.Reference)
	return nil
}

type noHits struct{ found []*screening.Hit }

func (n *noHits) Hits(context.Context, screening.Filter) ([]*screening.Hit, error) {
	return n.found, nil
}

type price struct{}

func (price) Price(_ string, rules form.Case, _ casework.Subject, _ string) casework.Price {
	return casework.Price{Minor: rules.FeeMinor, Currency: rules.FeeCurrency, Basis: "standard"}
}

type rig struct {
	t       *testing.T
	ctx     context.Context
	db      *store.DB
	millis  atomic.Int64
	cases   *casework.Service
	gate    *gate
	door    *door
	hits    *noHits
	handler http.Handler
	lang    string
	serial  int
}

func (r *rig) now() time.Time { return time.UnixMilli(r.millis.Load()).UTC() }

func (r *rig) advance(d time.Duration) { r.millis.Add(d.Milliseconds()) }

func open(t *testing.T, db *store.DB, screener casework.Screener) *rig {
	t.Helper()
	r := &rig{t: t, ctx: context.Background(), db: db, gate: &gate{}, door: &door{}, hits: &noHits{}, lang: "en"}
	r.millis.Store(nine.UnixMilli())
	set, err := form.Load(fstest.MapFS{"questionnaires/trial.yaml": {Data: []byte(trial)}})
	r.must(err)
	keys, err := keyring.New()
	r.must(err)
	trail := audit.New(r.now)
	r.cases = casework.New(casework.Config{DB: db, Ring: keys, Trail: trail, Outbox: notify.NewOutbox(db, r.now), Forms: casework.Forms{Set: set},
		Tariffs: price{}, Calendar: casework.PostDays{Posts: posts{}}, Screener: screener, Now: r.now})
	server, err := web.New(web.Options{DB: db, Keys: keys, Now: r.now, Gate: r.gate, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	r.must(err)
	pages := &caseweb.Pages{Cases: r.cases, Reads: casework.NewReads(db, trail, r.now), Forms: set, People: people{}, Posts: posts{},
		Hits: r.hits, Door: r.door, Ministry: locale.Text{"en": "Ministry", "az": "Nazirlik"}}
	r.must(pages.Register(server))
	r.must(server.Check())
	r.handler, err = server.Handler()
	r.must(err)
	r.as("ann", identity.Officer, "berlin")
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) as(id string, role identity.Role, at string) {
	r.gate.staff = &identity.Staff{ID: id, DisplayName: "Officer " + id, Grants: []identity.Grant{{Role: role, Post: at}}}
}

// submitted hands in an application at the post.
func (r *rig) submitted(at string, pages map[string]form.Answers) *casework.Application {
	r.t.Helper()
	r.serial++
	a, err := r.cases.Start(r.ctx, casework.Beginning{ServiceID: "trial", PostID: at, Lang: "az", Email: fmt.Sprintf("ayse%d@example.org", r.serial)})
	r.must(err)
	r.must(r.cases.SendCode(r.ctx, a.ID))
	a, err = r.cases.Application(r.ctx, a.ID)
	r.must(err)
	_, _, err = r.cases.Confirm(r.ctx, a.Reference, r.cases.Code(a))
	r.must(err)
	for page, given := range pages {
		_, err := r.cases.Save(r.ctx, a.ID, page, 0, given)
		r.must(err)
	}
	a, err = r.cases.Submit(r.ctx, a.ID)
	r.must(err)
	return a
}

func (r *rig) do(method, path string, form url.Values) *httptest.ResponseRecorder {
	r.t.Helper()
	q := httptest.NewRequestWithContext(r.ctx, method, path, strings.NewReader(form.Encode()))
	q.Header.Set("Accept-Language", r.lang)
	if method == http.MethodPost {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	r.handler.ServeHTTP(rec, q)
	return rec
}

func (r *rig) get(path string, want int) string {
	r.t.Helper()
	rec := r.do("GET", path, nil)
	if rec.Code != want {
		r.t.Fatalf("GET %s: %d, want %d", path, rec.Code, want)
	}
	return html.UnescapeString(rec.Body.String())
}

// post sends a form by names and values in turns.
func (r *rig) post(path string, want int, pairs ...string) string {
	r.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	rec := r.do("POST", path, form)
	text := html.UnescapeString(rec.Body.String())
	if rec.Code != want {
		r.t.Fatalf("POST %s %v: %d, want %d: %s", path, form, rec.Code, want, complaint.FindAllString(text, 5))
	}
	return text
}

var complaint = regexp.MustCompile(`(?s)govuk-error-summary__list.*?</ul>`)

func (r *rig) has(text string, wanted ...string) {
	r.t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			r.t.Errorf("the page does not say %q", w)
		}
	}
}

func (r *rig) lacks(text string, unwanted ...string) {
	r.t.Helper()
	for _, w := range unwanted {
		if strings.Contains(text, w) {
			r.t.Errorf("the page says %q", w)
		}
	}
}

func (r *rig) state(id string, want casework.State) {
	r.t.Helper()
	a, err := r.cases.Application(r.ctx, id)
	r.must(err)
	if a.State != want {
		r.t.Fatalf("the case is %s, want %s", a.State, want)
	}
}

// count counts lines of the audit trail.
func (r *rig) count(action, actor string) int {
	r.t.Helper()
	var n int
	r.must(r.db.Read().QueryRowContext(r.ctx, `SELECT count(*) FROM audit_entry WHERE action = $1 AND actor = $2`, action, actor).Scan(&n))
	return n
}
