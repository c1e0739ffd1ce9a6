package letter_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/casework/letter"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store/storetest"
)

const trial = `
title: {en: Trial visa, az: Sınaq vizası}
about: {en: For a trial., az: Sınaq üçün.}
case: {decide_days: 10, answer_days: 14, keep_months: 24, fee_currency: USD}
pages:
  - id: start
    title: {en: Start, az: Başlanğıc}
    questions:
      - {id: agreed, type: declaration, label: {en: True, az: Doğrudur}}
`

type posts struct{}

func (posts) Get(_ context.Context, id string) (post.Post, error) {
	return post.Post{ID: id, Name: locale.Text{"en": "Embassy in Berlin", "az": "Berlindəki səfirlik"}, Country: "DEU", Zone: "Europe/Berlin"}, nil
}

func (posts) IsHoliday(context.Context, string, string) (post.Holiday, bool, error) {
	return post.Holiday{}, false, nil
}

func (posts) Closures(context.Context, string, string, string) ([]post.Closure, error) {
	return nil, nil
}

type forms struct{ *form.Definition }

func (f forms) Current(string) (casework.Questionnaire, bool) {
	q, err := f.Read("trial", f.Source())
	return q, err == nil
}

func (forms) Read(id string, source []byte) (casework.Questionnaire, error) {
	return casework.Forms{}.Read(id, source)
}

type free struct{}

func (free) Price(_ string, rules form.Case, _ casework.Subject, _ string) casework.Price {
	return casework.Price{Currency: rules.FeeCurrency, Basis: "free"}
}

func TestLetters(t *testing.T) {
	ctx := context.Background()
	at := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	now := func() time.Time { return at }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	db := storetest.SQLite(t)
	keys, err := keyring.New()
	must(err)
	d, err := form.Parse("questionnaires/trial.yaml", []byte(trial))
	must(err)
	cases := casework.New(casework.Config{DB: db, Ring: keys, Trail: audit.New(now), Outbox: notify.NewOutbox(db, now), Forms: forms{d},
		Tariffs: free{}, Calendar: casework.PostDays{Posts: posts{}}, Now: now})
	w := &letter.Writer{Cases: cases, Posts: posts{}, BaseURL: "https://example.org", Ministry: locale.Text{"en": "The ministry"}}

	render := func(kind, lang, id string, data map[string]string, wanted ...string) {
		t.Helper()
		mail, err := w.Render(ctx, notify.Message{Kind: kind, Ref: id, Lang: lang, Data: data})
		must(err)
		if mail.To != "ayse@example.org" || mail.Lang != lang || strings.Contains(mail.Subject+mail.Text, "casework.") {
			t.Errorf("%s to %s in %s: %s\n%s", kind, mail.To, mail.Lang, mail.Subject, mail.Text)
		}
		for _, want := range wanted {
			if !strings.Contains(mail.Text, want) || !strings.Contains(mail.HTML, strings.ReplaceAll(want, "&", "&amp;")) {
				t.Errorf("%s lacks %q:\n%s", kind, want, mail.Text)
			}
		}
	}
	gone := func(kind, id string, data map[string]string) {
		t.Helper()
		if _, err := w.Render(ctx, notify.Message{Kind: kind, Ref: id, Lang: "en", Data: data}); !errors.Is(err, notify.ErrObsolete) {
			t.Errorf("%s is not obsolete: %v", kind, err)
		}
	}
	a, err := cases.Start(ctx, casework.Beginning{ServiceID: "trial", PostID: "berlin", Lang: "az", Email: "ayse@example.org"})
	must(err)
	gone(notify.KindApplicationCode, a.ID, nil)
	must(cases.SendCode(ctx, a.ID))
	a, err = cases.Application(ctx, a.ID)
	must(err)
	for _, lang := range locale.Languages {
		render(notify.KindApplicationCode, lang, a.ID, nil, cases.Code(a), a.Reference, "09:30")
	}
	_, _, err = cases.Confirm(ctx, a.Reference, cases.Code(a))
	must(err)
	gone(notify.KindApplicationCode, a.ID, nil)
	_, err = cases.Save(ctx, a.ID, "start", 0, form.Answers{"agreed": true})
	must(err)
	_, err = cases.Submit(ctx, a.ID)
	must(err)
	q, err := cases.Ask(ctx, "ann", a.ID, "Where is the hotel?", nil)
	must(err)
	data := map[string]string{"question": q.ID}
	for _, lang := range locale.Languages {
		render(notify.KindApplicationSubmitted, lang, a.ID, nil, "https://example.org/applications/"+a.Reference, a.Reference)
		render(notify.KindApplicationAsked, lang, a.ID, data, w.AnswerURL(q.ID), "2026")
		render(notify.KindApplicationDecided, lang, a.ID, nil, a.Reference)
	}
	mail, err := w.Render(ctx, notify.Message{Kind: notify.KindApplicationAsked, Ref: a.ID, Lang: "en", Data: data})
	must(err)
	if strings.Contains(mail.Text, "hotel") {
		t.Error("the question itself travels by mail")
	}
	_, err = cases.Answer(ctx, a.ID, "Here.")
	must(err)
	gone(notify.KindApplicationAsked, a.ID, data)
	gone(notify.KindApplicationSubmitted, "no-such", nil)
	_, err = cases.Withdraw(ctx, a.ID)
	must(err)
	must(cases.Erase(ctx, audit.System, a.ID))
	gone(notify.KindApplicationSubmitted, a.ID, nil)
}

// The catalogue's questionnaires tell whom a case is about, as their rules want.
func TestTheCatalogueIsUnderstood(t *testing.T) {
	set, err := form.Load(files.Questionnaires)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range set.All() {
		if d.Case.KeepMonths == 0 || d.Case.DecideDays == 0 || d.Case.AnswerDays == 0 {
			t.Errorf("%s has no deadlines: %+v", d.ServiceID, d.Case)
		}
		if _, err := (casework.Forms{Set: set}).Read(d.ServiceID, d.Source()); err != nil {
			t.Errorf("%s cannot be read again: %v", d.ServiceID, err)
		}
	}
	if len(set.All()) == 0 {
		t.Error("the catalogue has no questionnaire")
	}
}
