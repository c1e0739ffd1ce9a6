package guardweb_test

import (
	"context"
	"crypto/rand"
	"fmt"
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

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/guardweb"
	"github.com/chancery/chancery/internal/web/identityweb"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	en   = locale.For("en")
)

type offer struct{}

func (offer) Service(id string) (booking.Service, bool) {
	return booking.Service{ID: id, PlacesPerApplicant: 1, MaxParty: 5}, true
}
func (offer) Post(id string) (booking.Post, bool) {
	return booking.Post{ID: id, Zone: time.UTC}, true
}

type posts struct{}

func (posts) All(context.Context) ([]post.Post, error) {
	return []post.Post{
		{ID: "london", Name: locale.Text{"en": "Embassy in London"}, Zone: "Europe/London"},
		{ID: "paris", Name: locale.Text{"en": "Embassy in Paris"}, Zone: "Europe/Paris"},
	}, nil
}

type people struct{}

func (people) NamesOf(_ context.Context, ids []string) (map[string]string, error) {
	names := map[string]string{}
	for _, id := range ids {
		names[id] = "Officer " + id
	}
	return names, nil
}

// gate lets in whoever the site says is signed in.
type gate struct{ staff *identity.Staff }

func (g *gate) Staff(*http.Request) (web.Person, error) {
	return &identityweb.Person{Staff: g.staff}, nil
}

type site struct {
	t       *testing.T
	db      *store.DB
	book    *booking.Book
	gate    *gate
	handler http.Handler
	lang    string
}

func open(t *testing.T, db *store.DB) *site {
	t.Helper()
	s := &site{t: t, db: db, gate: &gate{}}
	now := func() time.Time { return noon }
	keys, err := keyring.New()
	must(t, err)
	trail := audit.New(now)
	s.book = booking.Open(booking.Options{DB: db, Ring: keys, Offer: offer{}, Audit: trail, Outbox: notify.NewOutbox(db, now), Now: now})
	t.Cleanup(s.book.Close)
	services, err := catalogue.Load(declared.Services)
	must(t, err)
	server, err := web.New(web.Options{DB: db, Keys: keys, Now: now, Gate: s.gate, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	must(t, err)
	void := func(ctx context.Context, actor, id, reason string) error {
		_, err := s.book.Void(ctx, actor, id, reason)
		return err
	}
	pages := &guardweb.Pages{Finder: guard.New(db, keys, rand.Reader, now, guard.Config{}),
		Cases: guard.NewCases(db, trail, guard.VoiderFunc(void), now), People: people{}, Posts: posts{}, Services: services}
	must(t, pages.Register(server))
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

// as signs somebody in with one role.
func (s *site) as(id string, role identity.Role, at string) {
	s.gate.staff = &identity.Staff{ID: id, DisplayName: id, Grants: []identity.Grant{{Role: role, Post: at}}}
}

func (s *site) get(path string) (int, string) {
	s.t.Helper()
	rec := httptest.NewRecorder()
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept-Language", s.lang)
	s.handler.ServeHTTP(rec, r)
	return rec.Code, html.UnescapeString(rec.Body.String())
}

func (s *site) post(path string, values url.Values) (code int, body, location string) {
	s.t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	return rec.Code, html.UnescapeString(rec.Body.String()), rec.Header().Get("Location")
}

// rush books n places of a post from one network, and gives the bookings' ids.
func (s *site) rush(at, network string, n int) []string {
	s.t.Helper()
	start := noon.AddDate(0, 0, 3)
	slot := "slot-" + at + network
	must(s.t, s.book.AddSlots(ctx, []booking.Slot{{ID: slot, PostID: at, GroupID: "visa-interview", RuleID: slot, Date: start.Format(time.DateOnly),
		Clock: start.Format("15:04"), Start: start, End: start.Add(time.Hour), Planned: n, OpensAt: time.UnixMilli(0)}}))
	var ids []string
	for i := range n {
		k, err := s.book.Hold(ctx, booking.HoldRequest{Choice: booking.Choice{SlotID: slot}, Service: "visa-interview",
			Details: booking.Details{Email: fmt.Sprintf("p%d@example.org", i), Applicants: []booking.Applicant{{GivenNames: "Kamala", Surname: "Secretperson",
				DateOfBirth: "1990-01-02", Nationality: "AZE", DocumentNumber: fmt.Sprintf("ZZ%s%05d", slot, i)}}},
			Origin: booking.Origin{Lang: "en", Channel: booking.Web, NetworkKey: network}})
		must(s.t, err)
		_, err = s.book.Confirm(ctx, k.ID, s.book.HoldCode(k.ID, 1))
		must(s.t, err)
		ids = append(ids, k.ID)
	}
	return ids
}

func (s *site) state(id string) booking.State {
	s.t.Helper()
	k, err := s.book.Booking(ctx, id)
	must(s.t, err)
	return k.State
}

var findingLink = regexp.MustCompile(`href="(/staff/review/finding\?[^"]+)"`)

func TestFromPatternToVoidingByTwo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db)
		ids := s.rush("london", "n1", 7)
		s.as("ann", identity.Officer, "london")
		code, text := s.get("/staff/review")
		link := findingLink.FindStringSubmatch(text)
		if code != 200 || link == nil || !strings.Contains(text, en.T("guard.finding.network")) || !strings.Contains(text, en.T("guardweb.bookings", "Count", 7)) {
			t.Fatalf("the finding is not told: %d %v", code, link)
		}
		code, text = s.get(link[1])
		if code != 200 || strings.Count(text, `name="bookings"`) != 7 || strings.Contains(text, " checked>") {
			t.Fatalf("the finding's page: %d", code)
		}
		if strings.Contains(text, "Secretperson") || strings.Contains(text, "example.org") {
			t.Error("the page names people")
		}
		if _, text = s.get(link[1] + "&all=1"); strings.Count(text, " checked>") != 7 {
			t.Error("not all are chosen")
		}

		u, _ := url.Parse(link[1])
		form := url.Values{"pattern": {"network"}, "key": {u.Query().Get("key")}, "days": {"7"}, "scope": {"london"}, "bookings": ids[:5]}
		code, text, _ = s.post("/staff/review/london/cases", form)
		if code != 422 || !strings.Contains(text, en.T("guard.reason_missing")) || strings.Count(text, " checked>") != 5 {
			t.Fatalf("without a reason: %d, chosen %d", code, strings.Count(text, " checked>"))
		}
		form.Set("reason", "Made by a program.")
		form.Set("note", "Seven in a second.")
		code, _, path := s.post("/staff/review/london/cases", form)
		if code != 303 || !strings.HasPrefix(path, "/staff/review/london/cases/") {
			t.Fatalf("propose: %d %s", code, path)
		}
		if code, text, _ = s.post("/staff/review/london/cases", form); code != 422 || !strings.Contains(text, en.T("guard.booking_in_case")) {
			t.Errorf("proposed twice: %d", code)
		}
		// One's own proposal is not one's own to decide.
		if _, text = s.get(path); !strings.Contains(text, en.T("guardweb.own_case")) || strings.Contains(text, path+"/approve") {
			t.Error("the proposer is offered to decide")
		}
		if code, text, _ = s.post(path+"/approve", url.Values{}); code != 422 || !strings.Contains(text, en.T("guard.second_officer")) {
			t.Errorf("approved by the proposer: %d", code)
		}
		if got := s.state(ids[0]); got != booking.Booked {
			t.Fatalf("voided by one: %s", got)
		}

		s.as("bob", identity.Officer, "london")
		if code, text = s.get(path); code != 200 || !strings.Contains(text, path+"/approve") || !strings.Contains(text, "Officer ann") || !strings.Contains(text, "Seven in a second.") {
			t.Errorf("the second officer's page: %d", code)
		}
		if code, text, _ = s.post(path+"/reject", url.Values{}); code != 422 || !strings.Contains(text, en.T("guard.reason_missing")) {
			t.Errorf("rejected without a word: %d", code)
		}
		if code, _, _ = s.post(path+"/approve", url.Values{}); code != 303 {
			t.Fatalf("approve: %d", code)
		}
		for i, id := range ids {
			want := booking.Voided
			if i >= 5 {
				want = booking.Booked
			}
			if got := s.state(id); got != want {
				t.Errorf("booking %d is %s, want %s", i, got, want)
			}
		}
		if _, text = s.get(path); strings.Count(text, en.T("guardweb.fate.voided")) != 5 || !strings.Contains(text, "Officer bob") {
			t.Error("the case does not say what became of the bookings")
		}
		if code, text, _ = s.post(path+"/reject", url.Values{"decision": {"no"}}); code != 422 || !strings.Contains(text, en.T("guard.case_decided")) {
			t.Errorf("decided twice: %d", code)
		}
	})
}

func TestAnOfficerSeesOwnPostsOnly(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	s.rush("london", "n1", 7)
	ids := s.rush("paris", "n2", 8)
	s.rush("paris", "n1", 1) // the network of London, once
	s.as("ann", identity.Officer, "paris")
	_, text := s.get("/staff/review")
	if n := len(findingLink.FindAllString(text, -1)); n != 1 || !strings.Contains(text, en.T("guardweb.bookings", "Count", 8)) || strings.Contains(text, "London") {
		t.Errorf("%d findings for an officer of Paris", n)
	}
	if code, _ := s.get("/staff/review?post=london"); code != 403 {
		t.Errorf("another post's findings: %d", code)
	}
	if code, _ := s.get("/staff/review/finding?post=london&pattern=network&key=n1"); code != 403 {
		t.Errorf("another post's finding: %d", code)
	}
	if code, _ := s.get("/staff/review/finding?post=paris&pattern=network&key=n1"); code != 404 {
		t.Errorf("a finding that Paris alone does not make: %d", code)
	}
	_, _, path := s.post("/staff/review/paris/cases", url.Values{"bookings": ids, "reason": {"r"}})
	if path == "" {
		t.Fatal("not proposed")
	}
	s.as("zoe", identity.Officer, "london")
	if code, _ := s.get(path); code != 403 {
		t.Errorf("another post's case: %d", code)
	}
	if code, _ := s.get(strings.Replace(path, "/paris/", "/london/", 1)); code != 404 {
		t.Errorf("another post's case under the own post: %d", code)
	}
	if code, _, _ := s.post(strings.Replace(path, "/paris/", "/london/", 1)+"/approve", url.Values{}); code != 404 || s.state(ids[0]) != booking.Booked {
		t.Errorf("another post's case decided under the own post: %d", code)
	}
	if _, text := s.get("/staff/review/cases"); strings.Contains(text, path) {
		t.Error("another post's case in the list")
	}
	// The auditor of all posts sees the network as one finding, and may not act.
	s.as("eve", identity.Auditor, identity.AllPosts)
	_, text = s.get("/staff/review")
	if !strings.Contains(text, en.T("guardweb.several_posts")) {
		t.Error("a network at two posts is not one finding")
	}
	for _, link := range findingLink.FindAllStringSubmatch(text, -1) {
		if code, page := s.get(link[1]); code != 200 || strings.Contains(page, `name="bookings"`) {
			t.Errorf("%s: %d, or the auditor may propose", link[1], code)
		}
	}
	if _, text := s.get("/staff/review/cases?state=proposed"); !strings.Contains(text, path) {
		t.Error("the auditor does not see the case")
	}
}

func TestAddressesThatAreNoText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db)
		s.as("ann", identity.Officer, "london")
		for path, want := range map[string]int{
			"/staff/review?post=%00&days=%ff": 403, "/staff/review?days=-1": 200, "/staff/review/cases?before=%00&state=%ff": 200,
			"/staff/review/finding?pattern=%00&key=%ff": 404, "/staff/review/london/cases/%00": 404, "/staff/review/london/cases/x": 404, "/staff/review/%00/cases/x": 403,
		} {
			if code, _ := s.get(path); code != want {
				t.Errorf("%s: %d, want %d", path, code, want)
			}
		}
		for _, id := range []string{"\x00", "\xff", "nobody", ""} {
			values := url.Values{"bookings": {id}, "reason": {"r"}, "pattern": {"network"}, "key": {"k"}}
			if code, _, _ := s.post("/staff/review/london/cases", values); code >= 500 || code < 400 {
				t.Errorf("booking %q: %d", id, code)
			}
		}
		if code, _, _ := s.post("/staff/review/london/cases/%00/approve", url.Values{}); code != 404 {
			t.Errorf("approve nothing: %d", code)
		}
	})
}

func TestCasesArePaged(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	s.as("ann", identity.Officer, identity.AllPosts)
	for i := range 60 {
		at := []string{"london", "paris"}[i%2]
		id := s.rush(at, fmt.Sprintf("%s%02d", at, i), 1)
		if code, _, _ := s.post("/staff/review/"+at+"/cases", url.Values{"bookings": id, "reason": {"r"}}); code != 303 {
			t.Fatalf("propose %d: %d", i, code)
		}
	}
	link, next := regexp.MustCompile(`href="(/staff/review/(?:london|paris)/cases/[^"]+)"`), regexp.MustCompile(`href="([^"]+)" rel="next"`)
	for _, who := range []string{identity.AllPosts, "two"} {
		if s.as("ann", identity.Officer, who); who == "two" {
			s.gate.staff.Grants = []identity.Grant{{Role: identity.Officer, Post: "london"}, {Role: identity.Officer, Post: "paris"}}
		}
		seen := map[string]bool{}
		for path := "/staff/review/cases"; path != ""; {
			_, text := s.get(path)
			for _, m := range link.FindAllStringSubmatch(text, -1) {
				seen[m[1]] = true
			}
			path = ""
			if m := next.FindStringSubmatch(text); m != nil {
				path = m[1]
			}
		}
		if len(seen) != 60 {
			t.Errorf("%s: %d cases on all pages", who, len(seen))
		}
	}
}

func TestTheRoomReadsInBothLanguages(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	s.rush("london", "n1", 7)
	s.as("ann", identity.Officer, identity.AllPosts)
	for _, lang := range locale.Languages {
		for _, path := range []string{"/staff/review", "/staff/review/cases", "/staff/review/finding?pattern=network&key=n1"} {
			s.lang = lang
			if code, text := s.get(path); code != 200 || strings.Contains(text, "guardweb.") {
				t.Errorf("%s in %s: %d, or a key without a text", path, lang, code)
			}
		}
	}
}
