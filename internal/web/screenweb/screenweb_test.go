package screenweb_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"net/http"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/identityweb"
	"github.com/chancery/chancery/internal/web/screenweb"
)

type people struct{}

func (people) NamesOf(_ context.Context, ids []string) (map[string]string, error) {
	names := map[string]string{}
	for _, id := range ids {
		names[id] = "Officer " + id
	}
	return names, nil
}

type posts struct{}

func (posts) All(context.Context) ([]post.Post, error) {
	return []post.Post{{ID: "london", Name: locale.Text{"en": "London"}}, {ID: "paris", Name: locale.Text{"en": "Paris"}}}, nil
}

type gate struct{ staff *identity.Staff }

func (g *gate) Staff(*http.Request) (web.Person, error) {
	return &identityweb.Person{Staff: g.staff}, nil
}

// From a file over its preview to a hit that two officers settle, in both
// languages.
func TestFromFileToSettledHit(t *testing.T) {
	ctx, db, g := context.Background(), storetest.SQLite(t), &gate{}
	now := func() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	service := screening.New(screening.Options{DB: db, Keys: keys, Audit: audit.New(now), Rules: match.UsualRules(), Now: now})
	server, err := web.New(web.Options{DB: db, Keys: keys, Now: now, Gate: g, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := (&screenweb.Pages{Service: service, People: people{}, Posts: posts{}}).Register(server); err != nil {
		t.Fatal(err)
	}
	if err := server.Check(); err != nil {
		t.Fatal(err)
	}
	h, err := server.Handler()
	if err != nil {
		t.Fatal(err)
	}
	lang := "en"
	do := func(method, path, kind, body string, want int) (text, to string) {
		t.Helper()
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Accept-Language", lang)
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		text = html.UnescapeString(rec.Body.String())
		if rec.Code != want {
			t.Fatalf("%s %s: %d, want %d", method, path, rec.Code, want)
		}
		return text, rec.Header().Get("Location")
	}
	as := func(id string, role identity.Role, at string) {
		g.staff = &identity.Staff{ID: id, DisplayName: id, Grants: []identity.Grant{{Role: role, Post: at}}}
	}
	file, err := os.ReadFile("../../screening/lists/testdata/un_sample.xml")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, _ := form.CreateFormFile("file", "un.xml")
	_, _ = part.Write(file)
	_ = form.Close()
	as("head", identity.Head, "london")
	do("POST", "/staff/screening/lists/un/import", form.FormDataContentType(), b.String(), 403)
	as("head", identity.Head, identity.AllPosts)
	_, preview := do("POST", "/staff/screening/lists/un/import", form.FormDataContentType(), b.String(), 303)
	if text, _ := do("GET", preview, "", "", 200); !strings.Contains(text, "Added: 4") {
		t.Error("the preview does not tell what is added")
	}
	const posted = "application/x-www-form-urlencoded"
	do("POST", preview, posted, "on=0", 303)
	if text, _ := do("GET", "/staff/screening", "", "", 200); !strings.Contains(text, "un.xml") || !strings.Contains(text, "Officer head") {
		t.Error("the version is not shown")
	}
	person := match.Subject{Names: []string{"Пимен Примеров"}}
	if _, err := service.Screen(ctx, "system", screening.Request{Ref: "application:1", PostID: "london", Person: person}); err != nil {
		t.Fatal(err)
	}
	hits, err := service.Hits(ctx, screening.Filter{Limit: 1})
	if err != nil || len(hits) != 1 {
		t.Fatal(err, len(hits))
	}
	page := "/staff/screening/london/hits/" + hits[0].ID
	as("paul", identity.Officer, "paris")
	if text, _ := do("GET", "/staff/screening/hits", "", "", 200); strings.Contains(text, "PRIMEROV") {
		t.Error("another post sees the hit")
	}
	do("GET", page, "", "", 403)
	do("GET", strings.Replace(page, "london", "paris", 1), "", "", 404)
	as("ann", identity.Officer, "london")
	for _, lang = range locale.Languages {
		for _, path := range []string{"/staff/screening", "/staff/screening/search", "/staff/screening/hits", page} {
			do("GET", path, "", "", 200)
		}
		text, _ := do("POST", "/staff/screening/search", posted, url.Values{"name": {"Zaftar Gorbulan Alnumunavi"}, "kind": {"individual"}, "birth": {"1966"}}.Encode(), 200)
		if !strings.Contains(text, "ZAFTAR QORBULAN") || !strings.Contains(text, locale.For(lang).T("screenweb.finding.compatible")) {
			t.Error("the search does not explain what it found")
		}
	}
	lang = "en"
	do("POST", "/staff/screening/search", posted, "name=x&birth=soon", 422)
	do("POST", page+"/judge", posted, "reason=x", 422)
	do("POST", page+"/judge", posted, "verdict=other&reason=Another+face", 303)
	do("POST", page+"/confirm", posted, "reason=x", 422)
	as("ben", identity.Officer, "london")
	do("POST", page+"/confirm", posted, "reason=Seen", 303)
	text, _ := do("GET", page, "", "", 200)
	for _, want := range []string{"Another face", "Officer ann", "Officer ben", fmt.Sprint(hits[0].Points)} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
}
