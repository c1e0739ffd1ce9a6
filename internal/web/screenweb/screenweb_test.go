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

// desk is the pages with somebody in front of them.
type desk struct {
	t       *testing.T
	service *screening.Service
	gate    *gate
	handler http.Handler
	lang    string
}

const posted = "application/x-www-form-urlencoded"

func open(t *testing.T) *desk {
	t.Helper()
	db, g := storetest.SQLite(t), &gate{}
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
	return &desk{t, service, g, h, "en"}
}

// do asks for a page, and fails the test unless it answers as wanted.
func (d *desk) do(method, path, kind, body string, want int) (text, to string) {
	d.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Accept-Language", d.lang)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	rec := httptest.NewRecorder()
	d.handler.ServeHTTP(rec, r)
	text = html.UnescapeString(rec.Body.String())
	if rec.Code != want {
		d.t.Fatalf("%s %s: %d, want %d", method, path, rec.Code, want)
	}
	return text, rec.Header().Get("Location")
}

func (d *desk) as(id string, role identity.Role, at string) {
	d.gate.staff = &identity.Staff{ID: id, DisplayName: id, Grants: []identity.Grant{{Role: role, Post: at}}}
}

// From a file over its preview to a hit that two officers settle, in both
// languages.
func TestFromFileToSettledHit(t *testing.T) {
	ctx, d := context.Background(), open(t)
	service, do, as := d.service, d.do, d.as
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
	for _, lang := range locale.Languages {
		d.lang = lang
		for _, path := range []string{"/staff/screening", "/staff/screening/search", "/staff/screening/hits", page} {
			do("GET", path, "", "", 200)
		}
		text, _ := do("POST", "/staff/screening/search", posted, url.Values{"name": {"Zaftar Gorbulan Alnumunavi"}, "kind": {"individual"}, "birth": {"1966"}}.Encode(), 200)
		if !strings.Contains(text, "ZAFTAR QORBULAN") || !strings.Contains(text, locale.For(lang).T("screenweb.finding.compatible")) {
			t.Error("the search does not explain what it found")
		}
	}
	d.lang = "en"
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

// An entry of the national list is put on, found, and taken off; all of it stays
// to be seen.
func TestTheNationalListByHand(t *testing.T) {
	d := open(t)
	do, list := d.do, "/staff/screening/lists/national"
	d.as("olga", identity.Officer, "london")
	for _, d.lang = range locale.Languages {
		if text, _ := do("GET", list, "", "", 200); !strings.Contains(text, locale.For(d.lang).T("screenweb.no_entries")) || strings.Contains(text, list+"/add") {
			t.Error("an empty list does not say so, or offers an officer to add to it")
		}
		if text, _ := do("GET", "/staff/screening/removed/national", "", "", 200); !strings.Contains(text, locale.For(d.lang).T("screenweb.no_removals")) {
			t.Error("nothing was removed, and the page does not say so")
		}
	}
	do("GET", "/staff/screening/lists/nonsense", "", "", 404)
	do("GET", list+"?version=7", "", "", 404)
	for _, path := range []string{"/add", "/remove"} {
		do("POST", list+path, posted, "id=1", 403)
	}
	d.lang = "en"
	d.as("head", identity.Head, "london") // of one post: the list is everybody's
	do("GET", list+"/add", "", "", 403)
	d.as("hana", identity.Head, identity.AllPosts)
	entry := url.Values{"id": {"R-1"}, "kind": {"individual"}, "names": {"Boris Nobody\r\nБорис Никто"}, "birth": {"1951"}, "nationality": {"GBR"}, "number": {"XX1"}, "issuer": {"GBR"},
		"reason": {"Worked without a permit."}, "from.day": {"1"}, "from.month": {"6"}, "from.year": {"2024"}, "until.day": {"31"}, "until.month": {"5"}, "until.year": {"2020"}}
	if text, _ := do("POST", list+"/add", posted, entry.Encode(), 422); !strings.Contains(text, "Борис Никто") || !strings.Contains(text, "until-error") {
		t.Error("a period that ends before it begins is not refused beside the field, or what was typed is gone")
	}
	entry.Set("until.year", "2029")
	entry.Set("birth", "long ago")
	do("POST", list+"/add", posted, entry.Encode(), 422)
	entry.Set("birth", "1951")
	do("POST", list+"/add", posted, entry.Encode(), 303)
	do("POST", list+"/add", posted, entry.Encode(), 422)
	for i := range 60 {
		do("POST", list+"/add", posted, url.Values{"id": {fmt.Sprintf("S-%02d", i)}, "kind": {"entity"}, "names": {fmt.Sprint("Nowhere ", i)}, "reason": {"A trial."}}.Encode(), 303)
	}
	text, _ := do("GET", list, "", "", 200)
	for _, want := range []string{"Boris Nobody", "Борис Никто", "GBR XX1", "Worked without a permit.", "after=S-48"} {
		if !strings.Contains(text, want) {
			t.Errorf("the list does not show %q", want)
		}
	}
	if text, _ := do("GET", list+"?after=S-48", "", "", 200); !strings.Contains(text, "Nowhere 59") || strings.Contains(text, "Boris") {
		t.Error("the second page is another one")
	}
	found, err := d.service.Search(context.Background(), "hana", match.Subject{Names: []string{"Nobody, Boris"}}, time.Time{})
	if err != nil || len(found) == 0 {
		t.Errorf("the entry is not found: %v", err)
	}
	for _, bad := range []url.Values{{"entries": {"R-1"}}, {"reason": {"x"}}, {"entries": {"R-2"}, "reason": {"x"}}} {
		do("POST", list+"/remove", posted, bad.Encode(), 422)
	}
	do("POST", list+"/remove", posted, url.Values{"entries": {"R-1", "S-00"}, "reason": {"The ban is over."}}.Encode(), 303)
	if text, _ := do("GET", list, "", "", 200); strings.Contains(text, "Boris") {
		t.Error("the entry is still there")
	}
	text, _ = do("GET", "/staff/screening/removed/national", "", "", 200)
	for _, want := range []string{"Boris Nobody", "Nowhere 0", "The ban is over.", "Officer hana", "2 entries"} {
		if !strings.Contains(text, want) {
			t.Errorf("the removal does not show %q", want)
		}
	}
	if text, _ := do("GET", list+"?version=61", "", "", 200); !strings.Contains(text, "Boris Nobody") || strings.Contains(text, `name="entries"`) {
		t.Error("an earlier version is not shown as it was")
	}
}
