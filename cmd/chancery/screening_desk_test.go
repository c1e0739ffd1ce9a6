package main

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/store"
)

const screened = `
title: {en: Permit, az: İcazə}
about: {en: For a trial., az: Sınaq üçün.}
case: {four_eyes: true, decide_days: 10, answer_days: 14, keep_months: 1, fee_minor: 1000, fee_currency: USD}
pages:
  - id: person
    title: {en: You, az: Siz}
    questions:
      - {id: document, type: document, label: {en: Document, az: Sənəd}}
      - {id: name, type: name, label: {en: Name, az: Ad}}
      - {id: former_names, type: text, optional: true, label: {en: Former names, az: Əvvəlki adlar}}
      - {id: birth, type: date, precision: year, range: past, label: {en: Born, az: Doğulub}}
      - {id: other_nationality, type: country, optional: true, label: {en: Other, az: Digər}}
  - id: last
    title: {en: Sign, az: İmza}
    questions:
      - {id: agreed, type: declaration, label: {en: True, az: Doğrudur}}
`

// everyDay is a post that never rests.
type everyDay struct{}

func (everyDay) Today(_ context.Context, _ string, t time.Time) (string, error) {
	return t.UTC().Format(time.DateOnly), nil
}

func (everyDay) Working(context.Context, string, string) (bool, error) { return true, nil }

type freeOfCharge struct{}

func (freeOfCharge) Price(string, form.Case, casework.Subject, string) casework.Price {
	return casework.Price{Currency: "USD", Basis: "free"}
}

// desk is cases and watch lists, as they are wired together.
type desk struct {
	t     *testing.T
	db    *store.DB
	clock atomic.Int64
	cases *casework.Service
	lists *screening.Service
	ring  *keyring.Ring
}

func openDesk(t *testing.T, db *store.DB) *desk {
	t.Helper()
	k := &desk{t: t, db: db}
	k.clock.Store(time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC).UnixMilli())
	var err error
	k.ring, err = keyring.New()
	k.must(err)
	set, err := form.Load(fstest.MapFS{"questionnaires/permit.yaml": {Data: []byte(screened)}})
	k.must(err)
	trail := audit.New(k.now)
	k.lists = newScreening(k.db, k.ring, trail, k.now, func(ctx context.Context, tx *store.Tx, ref string) error {
		return k.cases.SettleIn(ctx, tx, ref)
	})
	k.cases = casework.New(casework.Config{DB: k.db, Ring: k.ring, Trail: trail, Outbox: notify.NewOutbox(k.db, k.now), Forms: casework.Forms{Set: set},
		Tariffs: freeOfCharge{}, Calendar: everyDay{}, Screener: screener{k.lists}, Now: k.now})
	return k
}

func (k *desk) now() time.Time { return store.Time(k.clock.Load()) }

// later lets time pass.
func (k *desk) later() { k.clock.Add(time.Minute.Milliseconds()) }

func (k *desk) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *desk) refused(err error, key string) {
	k.t.Helper()
	if f := fault.As(err); f == nil || f.Key != key {
		k.t.Fatalf("got %v, want a refusal with %s", err, key)
	}
}

func anna() form.Answers {
	return form.Answers{"name": map[string]any{"surname": "Eriksson", "given_names": "Anna"}, "birth": "1974-08-12",
		"document": map[string]any{"kind": "national", "number": "L8988901", "issuer": "SWE", "nationality": "SWE", "expires": "2030-01-01"}}
}

// submit hands in somebody's answers at the counter.
func (k *desk) submit(answers form.Answers) *casework.Application {
	k.t.Helper()
	ctx := context.Background()
	a, err := k.cases.Start(ctx, casework.Beginning{ServiceID: "permit", PostID: "berlin", Lang: "en", Channel: casework.ByStaff, Staff: "clerk"})
	k.must(err)
	_, err = k.cases.Save(ctx, a.ID, "person", 0, answers)
	k.must(err)
	_, err = k.cases.Save(ctx, a.ID, "last", 0, form.Answers{"agreed": true})
	k.must(err)
	a, err = k.cases.Submit(ctx, a.ID)
	k.must(err)
	return a
}

func (k *desk) standing(a *casework.Application) casework.Screening {
	k.t.Helper()
	st, err := k.cases.Screening(context.Background(), a.ID)
	k.must(err)
	return st
}

func (k *desk) state(a *casework.Application) casework.State {
	k.t.Helper()
	now, err := k.cases.Application(context.Background(), a.ID)
	k.must(err)
	return now.State
}

// restrict puts somebody on the national list.
func (k *desk) restrict(id, name, born string) {
	k.t.Helper()
	birth, ok := match.ParseBirth(born)
	if !ok {
		k.t.Fatalf("%s is no date", born)
	}
	k.later()
	k.must(k.lists.Add(context.Background(), "ann", match.Entry{ID: id, Kind: match.Individual, Names: []match.Name{{Text: name}}, Births: []match.Birth{birth}, Reason: "A trial."}))
}

// settle has two officers judge all hits of the case.
func (k *desk) settle(a *casework.Application, verdict screening.Verdict) {
	k.t.Helper()
	ctx := context.Background()
	hits, err := k.lists.Hits(ctx, screening.Filter{Ref: "application:" + a.ID, State: screening.Open, Limit: 50})
	k.must(err)
	if len(hits) == 0 {
		k.t.Fatal("there is nothing to judge")
	}
	for _, h := range hits {
		k.later()
		k.must(k.lists.Judge(ctx, "ann", h.ID, verdict, "Compared the photographs."))
		k.must(k.lists.Confirm(ctx, "bob", h.ID, "So it is."))
	}
}

func (k *desk) proposed(a *casework.Application, p casework.Proposal) string {
	k.t.Helper()
	ctx := context.Background()
	_, err := k.cases.Examine(ctx, "ann", a.ID)
	k.must(err)
	made, err := k.cases.Propose(ctx, "ann", a.ID, p)
	k.must(err)
	return made.ID
}
