package caseapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/casework/tariff"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
	"github.com/chancery/chancery/internal/web/caseapi"
	"github.com/chancery/chancery/internal/web/postweb"
)

var monday = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

// service is the interface over a real database, with the catalogue's visa
// application.
type service struct {
	t       *testing.T
	millis  atomic.Int64
	cases   *casework.Service
	forms   *form.Set
	handler http.Handler
	refused atomic.Bool // whether there were too many tries
}

func (s *service) now() time.Time { return time.UnixMilli(s.millis.Load()).UTC() }

func (s *service) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func open(t *testing.T, db *store.DB) *service {
	t.Helper()
	s := &service{t: t}
	s.millis.Store(monday.UnixMilli())
	services, err := catalogue.Load(declared.Services)
	s.must(err)
	keys, err := keyring.New()
	s.must(err)
	trail := audit.New(s.now)
	posts := post.New(db, trail, services, s.now)
	s.must(demo.LoadPosts(t.Context(), posts, monday))
	s.forms, err = form.Load(declared.Questionnaires)
	s.must(err)
	tariffs, err := tariff.Load(declared.Tariffs)
	s.must(err)
	s.cases = casework.New(casework.Config{DB: db, Ring: keys, Trail: trail, Outbox: notify.NewOutbox(db, s.now), Forms: casework.Forms{Set: s.forms},
		Tariffs: tariffs, Calendar: casework.PostDays{Posts: posts}, Now: s.now})
	server, err := web.New(web.Options{DB: db, Keys: keys, Now: s.now, BaseURL: "https://mfa.example",
		Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))})
	s.must(err)
	operations, err := api.New(server)
	s.must(err)
	pages := &postweb.Pages{Posts: posts, Services: services, Questionnaires: s.forms}
	s.must(pages.Register(server))
	pages.Operations(operations)
	caseapi.Operations{Cases: s.cases, Forms: s.forms, Posts: posts, Intake: upload.New(nil), Now: s.now, Admit: func(context.Context, string) error {
		if s.refused.Load() {
			return fault.NewBusy("guard.too_many_tries", time.Minute)
		}
		return nil
	}}.Register(operations)
	s.must(server.Check())
	s.handler, err = server.Handler()
	s.must(err)
	return s
}

type object = map[string]any

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// caller asks with a token, if there is one.
type caller struct {
	*service
	token, reference string
	lang             string
}

func (c caller) call(method, path string, body any, headers ...string) answer {
	c.t.Helper()
	var text []byte
	if body != nil {
		var err error
		text, err = json.Marshal(body)
		c.must(err)
	}
	r := httptest.NewRequest(method, "/api/v1"+path, bytes.NewReader(text))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.lang != "" {
		r.Header.Set("Accept-Language", c.lang)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return answer{c.t, w.Code, w.Header(), w.Body.String()}
}

// own asks about the caller's own application.
func (c caller) own(method, path string, body any) answer {
	c.t.Helper()
	return c.call(method, "/applications/"+c.reference+path, body)
}

// is reads the answer, which has to have the status.
func (a answer) is(status int) object {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %.600s", a.status, status, a.body)
	}
	if a.body == "" {
		return nil
	}
	var out object
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
	if status >= 400 && a.header.Get("Content-Type") != "application/problem+json" {
		a.t.Errorf("%d is no problem document", status)
	}
	if strings.Contains(a.body, "caseapi.") || strings.Contains(a.body, `"casework.`) || strings.Contains(a.body, `"form.`) {
		a.t.Errorf("words without a text: %s", a.body)
	}
	return out
}

// wrong are the places that a problem complains about.
func (a answer) wrong() string {
	a.t.Helper()
	var all []string
	problem := a.is(422)
	fields, _ := problem["errors"].([]any)
	for _, f := range fields {
		all = append(all, f.(object)["location"].(string))
	}
	return strings.Join(all, " ")
}

// start begins a visa application at London.
func (s *service) start(email string) caller {
	s.t.Helper()
	c := caller{service: s, lang: "en"}
	made := c.call("POST", "/applications", object{"service": "visa-application", "post": "london", "language": "en", "email": email}).is(201)
	c.token, c.reference = made["token"].(string), made["reference"].(string)
	return c
}

// code is the one that was mailed last.
func (c caller) code() string {
	c.t.Helper()
	a, err := c.cases.ByReference(c.t.Context(), c.reference)
	c.must(err)
	return c.cases.Code(a)
}
