package applicant_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/applicant"
)

// tokens opens "t-<reference>" and notes which token was left.
type tokens struct{ left []string }

func (*tokens) Admit(_ context.Context, id string) (string, error) { return "t-" + id, nil }

func (c *tokens) Open(_ context.Context, token string) (*casework.Application, error) {
	reference, ok := strings.CutPrefix(token, "t-")
	if !ok || slices.Contains(c.left, token) {
		return nil, fault.NewUnauthenticated("casework.sign_in")
	}
	return &casework.Application{ID: reference, Reference: reference}, nil
}

func (c *tokens) Leave(_ context.Context, token string) error {
	c.left = append(c.left, token)
	return nil
}

type hall struct {
	t       *testing.T
	cases   *tokens
	door    *applicant.Door
	handler http.Handler
	cookies []*http.Cookie
}

func open(t *testing.T) *hall {
	t.Helper()
	s, err := web.New(web.Options{DB: storetest.SQLite(t), Now: time.Now, BaseURL: "https://mfa.example", Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{t: t, cases: &tokens{}}
	h.door = applicant.New(s, h.cases)
	s.Handle("GET /applications/{reference}", web.Public, func(w http.ResponseWriter, r *http.Request) error {
		a, err := h.door.Application(r)
		if err == nil {
			_, err = io.WriteString(w, a.Reference)
		}
		return err
	})
	s.Handle("POST /in/{reference}", web.Public, func(w http.ResponseWriter, r *http.Request) error {
		return h.door.Admit(w, r, &casework.Application{ID: r.PathValue("reference"), Reference: r.PathValue("reference")})
	})
	s.Handle("POST /out", web.Public, func(w http.ResponseWriter, r *http.Request) error {
		return h.door.Forget(w, r, r.URL.Query().Get("reference"))
	})
	s.Handle("GET /mine", web.Public, func(w http.ResponseWriter, r *http.Request) error {
		all, err := h.door.Opened(r)
		for _, a := range all {
			_, _ = io.WriteString(w, a.Reference+" ")
		}
		return err
	})
	if h.handler, err = s.Handler(); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *hall) ask(method, path string) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequest(method, "https://mfa.example"+path, nil)
	for _, c := range h.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if !strings.HasSuffix(c.Name, "applications") {
			continue
		}
		h.cookies = []*http.Cookie{c}
		if c.MaxAge < 0 {
			h.cookies = nil
		}
		if !c.HttpOnly || !c.Secure {
			h.t.Errorf("scripts or listeners can read %v", c)
		}
	}
	return w
}

func TestDoor(t *testing.T) {
	h := open(t)
	w := h.ask("GET", "/applications/k7qx-2m9d?page=1")
	to, _ := url.Parse(w.Header().Get("Location"))
	if w.Code != http.StatusSeeOther || to.Path != applicant.ReturnPath || to.Query().Get("reference") != "K7QX-2M9D" || to.Query().Get("back") != "/applications/k7qx-2m9d?page=1" {
		t.Errorf("a stranger: %d %s", w.Code, to)
	}
	if w := h.ask("GET", "/applications/no-reference"); w.Code != http.StatusNotFound {
		t.Errorf("no reference: %d", w.Code)
	}
	h.ask("POST", "/in/K7QX-2M9D")
	h.ask("POST", "/in/ABCD-2345")
	if w := h.ask("GET", "/applications/k7qx2m9d"); w.Code != http.StatusOK || w.Body.String() != "K7QX-2M9D" {
		t.Errorf("who was admitted: %d %s", w.Code, w.Body)
	}
	if w := h.ask("GET", "/mine"); w.Body.String() != "ABCD-2345 K7QX-2M9D " {
		t.Errorf("mine: %q", w.Body)
	}
	// A token opens no other application than its own, whatever the cookie says.
	mine := h.cookies
	forged := *mine[0]
	forged.Value = strings.Replace(forged.Value, "K7QX-2M9D:", "ZZZZ-9999:", 1)
	h.cookies = []*http.Cookie{&forged}
	if w := h.ask("GET", "/applications/ZZZZ-9999"); w.Code != http.StatusSeeOther {
		t.Errorf("a forged reference: %d", w.Code)
	}
	h.cookies = mine
	h.ask("POST", "/out?reference=K7QX-2M9D")
	if w := h.ask("GET", "/applications/K7QX-2M9D"); w.Code != http.StatusSeeOther || !slices.Equal(h.cases.left, []string{"t-K7QX-2M9D"}) {
		t.Errorf("after leaving: %d %v", w.Code, h.cases.left)
	}
	h.ask("POST", "/out")
	if len(h.cookies) != 0 || len(h.cases.left) != 2 {
		t.Errorf("after leaving everything: %v %v", h.cookies, h.cases.left)
	}
}

func TestBackStaysHere(t *testing.T) {
	for path, want := range map[string]string{
		"/applications": "/applications", "/applications/K7QX-2M9D/pages/plan?x=1": "/applications/K7QX-2M9D/pages/plan?x=1",
		"": "-", "/": "-", "/staff": "-", "//evil.example/applications/": "-", "https://evil.example/applications/x": "-",
		"/applications/../staff": "-", "/applications//evil": "-", "/applications\\evil": "-", "/applicationsx": "-", "applications/x": "-", "/applications/\r\nx": "-",
	} {
		if got := applicant.Back(path, "-"); got != want {
			t.Errorf("Back(%q) = %q, want %q", path, got, want)
		}
	}
}
