package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
)

type note struct {
	Text  string `json:"text" minLength:"2" maxLength:"10" doc:"What it says" example:"hello"`
	Count int    `json:"count,omitempty" minimum:"1" maximum:"5" doc:"How often"`
	Tags  []any  `json:"tags,omitempty" doc:"Anything"`
}

type noteInput struct {
	Kind string `query:"kind" enum:"a,b" doc:"Which kind"`
	Body note
}

type noteOutput struct{ Body note }

// newAPI serves one operation that answers as its text tells it to.
func newAPI(t *testing.T) http.Handler {
	t.Helper()
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	s, err := web.New(web.Options{
		DB: storetest.SQLite(t), Keys: keys, Now: func() time.Time { return time.Unix(0, 0) },
		BaseURL: "https://example.org", Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := api.New(s)
	if err != nil {
		t.Fatal(err)
	}
	api.Register(a, huma.Operation{
		OperationID: "make-note", Method: http.MethodPost, Path: "/notes", Summary: "Make a note",
		Tags: []string{"Notes"}, DefaultStatus: http.StatusCreated,
	}, func(_ context.Context, in *noteInput) (*noteOutput, error) {
		switch in.Body.Text {
		case "conflict":
			return nil, fault.NewConflict("web.error.idempotency_in_flight")
		case "secret":
			return nil, errors.New("the password is swordfish")
		case "panic":
			panic("swordfish")
		case "field":
			return nil, fault.NewInvalid(fault.Field{Path: "tags[0]", Key: "api.field.string"})
		}
		return &noteOutput{Body: in.Body}, nil
	})
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	h, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAnswers(t *testing.T) {
	h := newAPI(t)
	deep := `{"text":"hello","tags":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`
	for _, c := range []struct {
		name, method, path, kind, lang, body string
		status                               int
		want                                 string // in the answer
	}{
		{"good", "POST", "/notes", "application/json", "en", `{"text":"hello"}`, 201, `"text":"hello"`},
		{"too short", "POST", "/notes", "application/json", "en", `{"text":"x"}`, 422, `{"location":"body.text","message":"Must have 2 characters or more."}`},
		{"too short, Azerbaijani", "POST", "/notes", "application/json", "az", `{"text":"x"}`, 422, `Ən azı 2 simvol olmalıdır.`},
		{"missing", "POST", "/notes", "application/json", "en", `{}`, 422, `The field text is required.`},
		{"unknown field", "POST", "/notes", "application/json", "en", `{"text":"hello","more":1}`, 422, `{"location":"body.more","message":"There is no such field."}`},
		{"unknown parameter", "POST", "/notes?x=1", "application/json", "en", `{"text":"hello"}`, 422, `There is no such query parameter.`},
		{"not of the list", "POST", "/notes?kind=c", "application/json", "en", `{"text":"hello"}`, 422, `"location":"query.kind"`},
		{"too deep", "POST", "/notes", "application/json", "en", deep, 400, `nests more than 32`},
		{"not JSON", "POST", "/notes", "application/json", "en", `{`, 400, `"location":"body"`},
		{"empty", "POST", "/notes", "application/json", "en", ``, 400, `/problems/invalid`},
		{"too large", "POST", "/notes", "application/json", "en", `{"text":"` + strings.Repeat("x", 70_000) + `"}`, 413, `64 KiB`},
		{"another type", "POST", "/notes", "text/plain", "en", `x`, 415, `/problems/unsupported-media-type`},
		{"a form with files", "POST", "/notes", "multipart/form-data; boundary=x", "en", `x`, 415, `/problems/unsupported-media-type`},
		{"conflict", "POST", "/notes", "application/json", "en", `{"text":"conflict"}`, 409, `"type":"https://example.org/problems/conflict"`},
		{"a room's field", "POST", "/notes", "application/json", "en", `{"text":"field"}`, 422, `{"location":"body.tags[0]","message":"Must be a text."}`},
		{"internal error", "POST", "/notes", "application/json", "en", `{"text":"secret"}`, 500, `/problems/internal`},
		{"panic", "POST", "/notes", "application/json", "en", `{"text":"panic"}`, 500, `/problems/internal`},
		{"another method", "DELETE", "/notes", "", "en", ``, 405, `/problems/method-not-allowed`},
		{"nothing there", "GET", "/nowhere", "", "az", ``, 404, `Axtardığınızı tapa bilmədik.`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "/api/v1"+c.path, strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.kind)
			r.Header.Set("Accept-Language", c.lang)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("got %d %s, want %d with %s", w.Code, w.Body, c.status, c.want)
			}
			if strings.Contains(w.Body.String(), "swordfish") {
				t.Errorf("the answer tells what went wrong inside: %s", w.Body)
			}
			if kind := w.Header().Get("Content-Type"); c.status >= 400 && kind != "application/problem+json" {
				t.Errorf("Content-Type %q, want a problem document", kind)
			}
			if c.status == 405 && !strings.Contains(w.Header().Get("Allow"), "POST") {
				t.Errorf("Allow %q, want POST", w.Header().Get("Allow"))
			}
		})
	}
}

func TestDocumentAndPage(t *testing.T) {
	h := newAPI(t)
	get := func(path string) string {
		t.Helper()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		return w.Body.String()
	}
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Parameters []struct{ Name, In string }
			Responses  map[string]struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(get("/api/v1/openapi.json")), &document); err != nil {
		t.Fatal(err)
	}
	op := document.Paths["/notes"]["post"]
	if !strings.HasPrefix(document.OpenAPI, "3.1") || len(op.Parameters) == 0 {
		t.Fatalf("OpenAPI %q with operation %+v", document.OpenAPI, op)
	}
	for status, r := range op.Responses {
		if status == "201" {
			continue
		}
		if r.Content["application/problem+json"].Schema.Ref != "#/components/schemas/Problem" {
			t.Errorf("status %s is not documented as a problem: %+v", status, r)
		}
	}
	if yaml := get("/api/v1/openapi.yaml"); !strings.Contains(yaml, "make-note") {
		t.Error("the YAML form lacks the operation")
	}
	page := get("/api/v1/")
	for _, want := range []string{"Make a note", "/api/v1/notes", "Idempotency-Key", `id="schema-Problem"`, `href="#schema-Problem"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}
