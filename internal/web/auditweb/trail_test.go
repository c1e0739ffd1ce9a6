package auditweb_test

import (
	"context"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/auditweb"
	"github.com/chancery/chancery/internal/web/identityweb"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	en   = locale.For("en")
)

// people has one person, Ann.
type people struct{}

func (people) NamesOf(_ context.Context, ids []string) (map[string]string, error) {
	names := map[string]string{}
	for _, id := range ids {
		if id == "1" {
			names[id] = "Ann Aliyeva"
		}
	}
	return names, nil
}

func (people) IDOf(_ context.Context, name string) (string, error) {
	if name == "ann" {
		return "1", nil
	}
	return "", nil
}

func (people) All(context.Context) ([]post.Post, error) {
	return []post.Post{{ID: "london", Name: locale.Text{"en": "Embassy in London"}}, {ID: "paris", Name: locale.Text{"en": "Embassy in Paris"}}}, nil
}

// gate lets one person in.
type gate struct{ grants []identity.Grant }

func (g *gate) Staff(*http.Request) (web.Person, error) {
	return &identityweb.Person{Staff: &identity.Staff{ID: "9", DisplayName: "Auditor", Grants: g.grants}}, nil
}

type site struct {
	t       *testing.T
	handler http.Handler
	db      *store.DB
	now     time.Time
	log     *audit.Log
}

func newSite(t *testing.T, db *store.DB, post string) *site {
	t.Helper()
	s := &site{t: t, db: db, now: noon}
	now := func() time.Time { return s.now }
	s.log = audit.New(now)
	server, err := web.New(web.Options{DB: db, Now: now, Gate: &gate{[]identity.Grant{{Role: identity.Auditor, Post: post}}},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	must(t, err)
	must(t, auditweb.Register(server, db, people{}, people{}))
	must(t, server.Check())
	s.handler, err = server.Handler()
	must(t, err)
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *site) append(entries ...audit.Entry) {
	s.t.Helper()
	must(s.t, s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return s.log.Append(ctx, tx, entries...) }))
}

func (s *site) get(path string) (status int, text string) {
	s.t.Helper()
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
	return rec.Code, html.UnescapeString(rec.Body.String())
}

var objects = regexp.MustCompile(`>(booking:\w+|post:\w+|draw:\w+)<`)

// listed gives the objects that the page lists, in order.
func listed(text string) string {
	var list []string
	for _, m := range objects.FindAllStringSubmatch(text, -1) {
		list = append(list, m[1])
	}
	return strings.Join(list, " ")
}

func (s *site) someEntries() {
	s.append(audit.Entry{Actor: audit.Staff("1"), Action: "booking.void", Object: "booking:a", Post: "london", Detail: map[string]any{"why": "<script>"}})
	s.now = noon.AddDate(0, 0, 1)
	s.append(
		audit.Entry{Actor: audit.System, Action: "draw.run", Object: "draw:b", Post: "paris"},
		audit.Entry{Actor: audit.Staff("2"), Action: "post.update", Object: "post:c"},
		audit.Entry{Actor: audit.Applicant, Action: "booking.cancel", Object: "booking:d", Post: "london"})
}

func TestFilters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newSite(t, db, identity.AllPosts)
		s.someEntries()
		for query, want := range map[string]string{
			"":                                 "booking:d post:c draw:b booking:a",
			"post=london":                      "booking:d booking:a",
			"actor=ann":                        "booking:a",
			"actor=system":                     "draw:b",
			"actor=applicant":                  "booking:d",
			"actor=" + audit.Staff("2"):        "post:c",
			"action=booking.":                  "booking:d booking:a",
			"object=draw:b":                    "draw:b",
			"to=2026-11-25":                    "booking:a",
			"from=2026-11-26":                  "booking:d post:c draw:b",
			"from=2026-11-25&to=2026-11-25":    "booking:a",
			"post=london&action=booking.void":  "booking:a",
			"cursor=x":                         "booking:d post:c draw:b booking:a",
			"cursor=-1":                        "booking:d post:c draw:b booking:a",
			"object=%00&post=%ff&other=1;drop": "booking:d post:c draw:b booking:a",
			"post=nowhere":                     "",
		} {
			status, text := s.get("/staff/audit?" + query)
			if got := listed(text); status != 200 || got != want {
				t.Errorf("%s: %d %q, want %q", query, status, got, want)
			}
		}
		for query, key := range map[string]string{
			"actor=nobody": "audit.bad_actor", "from=2026-02-30": "audit.bad_date", "to=yesterday": "audit.bad_date", "from=0001-01-01": "audit.bad_date",
		} {
			if status, text := s.get("/staff/audit?" + query); status != 422 || !strings.Contains(text, en.T(key)) {
				t.Errorf("%s: %d, without %q", query, status, en.T(key))
			}
		}
		_, text := s.get("/staff/audit")
		for _, want := range []string{"Ann Aliyeva", "Embassy in London", en.T("audit.system"), en.T("audit.applicant"), en.T("audit.unknown")} {
			if !strings.Contains(text, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
	})
}

func TestObjectsAreNamed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newSite(t, db, identity.AllPosts)
		s.append(audit.Entry{Actor: audit.System, Action: "account.grant", Object: audit.Staff("1")},
			audit.Entry{Actor: audit.System, Action: "booking.void", Object: "booking:01a21205-5ba3-727c-a872-c09d0f528c23"})
		_, text := s.get("/staff/audit")
		for _, want := range []string{">Ann Aliyeva</a>", ">booking:…0f528c23</a>", `title="booking:01a21205-5ba3-727c-a872-c09d0f528c23"`} {
			if !strings.Contains(text, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
	})
}

func TestAnAuditorOfOnePostSeesOnlyIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newSite(t, db, "paris")
		s.someEntries()
		for query, want := range map[string]string{"": "draw:b", "post=london": "", "object=booking:a": "", "actor=ann": ""} {
			status, text := s.get("/staff/audit?" + query)
			if got := listed(text); status != 200 || got != want || strings.Contains(text, "Embassy in London") {
				t.Errorf("%s: %d %q, want %q", query, status, got, want)
			}
		}
	})
}

func TestOlderPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newSite(t, db, identity.AllPosts)
		for range 120 {
			s.append(audit.Entry{Actor: audit.System, Action: "booking.expire", Object: "booking:x", Post: "london"},
				audit.Entry{Actor: audit.System, Action: "draw.run", Object: "draw:y"})
		}
		count, pages := 0, 0
		older := regexp.MustCompile(`rel="next" href="([^"]+)"`)
		for path := "/staff/audit?post=london&action=booking."; path != ""; pages++ {
			_, text := s.get(path)
			count += strings.Count(listed(text), "booking:x")
			path = ""
			if m := older.FindStringSubmatch(text); m != nil {
				path = m[1]
				if u, err := url.Parse(path); err != nil || u.Query().Get("post") != "london" {
					t.Fatalf("the link %s forgets the filter", path)
				}
			}
		}
		if count != 120 || pages != 3 {
			t.Errorf("%d entries on %d pages", count, pages)
		}
	})
}

func TestTheChain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newSite(t, db, identity.AllPosts)
		s.someEntries()
		if status, text := s.get("/staff/audit/chain"); status != 200 || !strings.Contains(text, en.T("audit.entries", "Count", 4)) {
			t.Errorf("%d, a whole trail: %s", status, text)
		}
		must(t, db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE audit_entry SET actor = 'staff:2' WHERE seq = 2`)
			return err
		}))
		s.now = s.now.Add(time.Minute)
		if status, text := s.get("/staff/audit/chain"); status != 200 || !strings.Contains(text, en.T("audit.broken", "Seq", 2)) || !strings.Contains(text, en.T("audit.reason.altered")) {
			t.Errorf("%d, a broken trail: %s", status, text)
		}
	})
}
