package lookweb_test

import (
	"context"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/booking/lookback"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/spreadsheet"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/identityweb"
	"github.com/chancery/chancery/internal/web/lookweb"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	en   = locale.For("en")
)

type posts struct{}

func (posts) All(context.Context) ([]post.Post, error) {
	return []post.Post{
		{ID: "baku", Name: locale.Text{"en": "=Reception & <centre>"}, City: locale.Text{"en": "Bakı <1&"}, Zone: "Asia/Baku", Services: []string{"passport-renewal"}, Active: true},
		{ID: "london", Name: locale.Text{"en": "Embassy in London"}, City: locale.Text{"en": "London"}, Zone: "Europe/London", Services: []string{"passport-renewal", "visa-interview"}, Active: true},
	}, nil
}

type gate struct{ grants []identity.Grant }

func (g *gate) Staff(*http.Request) (web.Person, error) {
	return &identityweb.Person{Staff: &identity.Staff{ID: "9", DisplayName: "Head", Grants: g.grants}}, nil
}

type site struct {
	t       *testing.T
	db      *store.DB
	gate    *gate
	handler http.Handler
	lang    string
}

func open(t *testing.T, db *store.DB) *site {
	t.Helper()
	s := &site{t: t, db: db, gate: &gate{}, lang: "en"}
	now := func() time.Time { return noon }
	keys, err := keyring.New()
	must(t, err)
	services, err := catalogue.Load(declared.Services)
	must(t, err)
	server, err := web.New(web.Options{DB: db, Keys: keys, Now: now, Gate: s.gate, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	must(t, err)
	leads := lookback.NewLeads(db, posts{}, services, now)
	must(t, (&lookweb.Pages{Reader: lookback.New(db), Leads: leads, Posts: posts{}, Services: services}).Register(server))
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

// past writes slots, bookings and tickets: ten days in London with four
// bookings each, of which one in four is missed, and waits of 5, 10 and 40
// minutes; one day in Baku with one booking over the plan.
func (s *site) past() {
	s.t.Helper()
	must(s.t, s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		exec := func(query string, args ...any) {
			s.t.Helper()
			_, err := tx.ExecContext(ctx, query, args...)
			must(s.t, err)
		}
		day := func(at string, n, planned, bookings int, service string) {
			start := noon.AddDate(0, 0, -n).UnixMilli()
			date := noon.AddDate(0, 0, -n).Format(time.DateOnly)
			slot := fmt.Sprintf("%s-%d", at, n)
			exec(`INSERT INTO slot (id, post_id, group_id, rule_id, local_date, local_time, starts_at, ends_at, planned, places, taken, withheld, reserved, opens_at, ballot_id)
				VALUES ($1, $2, $3, $4, $5, '12:00', $6, $7, $8, $9, $10, 0, 0, 0, '')`, slot, at, service, slot, date, start, start+1, planned, max(planned, bookings), bookings)
			for i := range bookings {
				id := fmt.Sprintf("%s-%d", slot, i)
				state := []string{"served", "served", "served", "no_show"}[i%4]
				exec(`INSERT INTO booking (id, reference, state, slot_id, post_id, service_id, places, party, from_reserve, bound, email_key, network_key, browser_key, lang, zone, channel,
					created_at, expires_at, confirmed_at, ended_at, code_serial, code_tries, moves, move_by) VALUES ($1, $2, $3, $4, $5, $6, 1, 2, 0, $7, '', '', '', 'en', '', 'web', 1, 0, 1, 1, 0, 0, 0, 0)`,
					id, id, state, slot, at, service, true)
				if state == "no_show" {
					continue
				}
				wait := []int64{5, 10, 40}[i%4] * 60_000
				exec(`INSERT INTO queue_ticket (id, post_id, local_date, series, serial, number, booking_id, service_id, party, state, priority, counter_id, wanted_counter, appointment_at, arrived_at,
					turn_at, rest_until, called_at, last_called_at, calls, served_at, finished_at, outcome) VALUES ($1, $2, $3, 'B', $4, 'B', $1, $5, 2, 'finished', $6, '', '', $7, $8, 0, 0, $9, 0, 1, 0, 0, 'done')`,
					id, at, date, i+1, service, false, start, start-20*60_000, start-20*60_000+wait)
			}
		}
		for n := 1; n <= 10; n++ {
			day("london", n, 8, 4, "passport-renewal")
		}
		day("baku", 3, 1, 2, "passport-renewal")
		return nil
	}))
}

func (s *site) as(role identity.Role, at ...string) {
	s.gate.grants = nil
	for _, a := range at {
		s.gate.grants = append(s.gate.grants, identity.Grant{Role: role, Post: a})
	}
}

func (s *site) get(path string) (int, string, http.Header) {
	s.t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept-Language", s.lang)
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	return rec.Code, rec.Body.String(), rec.Header()
}

// table reads a CSV file back: column names to values, by line.
func (s *site) table(path string) []map[string]string {
	s.t.Helper()
	code, text, h := s.get(path)
	if code != 200 || !strings.HasPrefix(h.Get("Content-Type"), "text/csv") || !strings.HasPrefix(text, spreadsheet.ByteOrderMark) {
		s.t.Fatalf("%s: %d %s", path, code, h.Get("Content-Type"))
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, spreadsheet.ByteOrderMark))).ReadAll()
	must(s.t, err)
	var rows []map[string]string
	for _, l := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = l[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func expect(t *testing.T, what string, row map[string]string, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if row[name] != value {
			t.Errorf("%s: %s is %q, want %q", what, name, row[name], value)
		}
	}
}

func TestAPostsFigures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db)
		s.past()
		s.as(identity.Head, "london")
		code, text, _ := s.get("/staff/look/london")
		text = html.UnescapeString(text)
		if code != 200 || strings.Contains(text, "lookweb.") || strings.Count(text, "<svg role=\"img\"") < 3 {
			t.Fatalf("%d, %d charts", code, strings.Count(text, "<svg role=\"img\""))
		}
		for _, want := range []string{"<strong>40</strong>", "<strong>10 min</strong>", "<strong>40 min</strong>", "<strong>25.0\u00a0%</strong>", "<strong>50.0\u00a0%</strong>"} {
			if !strings.Contains(text, want) {
				t.Errorf("the tiles do not say %s", want)
			}
		}
		waits := s.table("/staff/look/london/csv/waits?by=day")
		if len(waits) != 10 || waits[9]["day"] != "2026-11-24" {
			t.Fatalf("%d days of waiting, the last %v", len(waits), waits[len(waits)-1])
		}
		// Arrived twenty minutes early, called after 5, 10 and 40 minutes.
		expect(t, "waits", waits[0], map[string]string{"visits": "3", "walk_ins": "0", "median_minutes": "10", "p90_minutes": "40", "beyond_median_minutes": "0", "beyond_p90_minutes": "20"})
		weeks := s.table("/staff/look/london/csv/bookings?by=week&from=2026-11-18&to=2026-11-23")
		if len(weeks) != 2 || weeks[0]["first_day"] != "2026-11-18" || weeks[0]["last_day"] != "2026-11-22" || weeks[1]["last_day"] != "2026-11-23" {
			t.Fatalf("weeks %v", weeks)
		}
		expect(t, "week", weeks[0], map[string]string{"bookings": "20", "people": "40", "came": "15", "missed": "5", "missed_percent": "25.0", "unrecorded": "0"})
		service := s.table("/staff/look/london/csv/places?by=service&from=2026-11-20&to=2026-11-21")
		expect(t, "places", service[0], map[string]string{"services": "passport-renewal", "slots": "2", "places_planned": "16", "places_taken": "8", "used_percent": "50.0"})
		expect(t, "channels", s.table("/staff/look/london/csv/channels")[0], map[string]string{"channel": "web", "bookings": "40", "percent": "100.0"})
		if next := s.table("/staff/look/london/csv/next"); len(next) != 2 || next[0]["next_day"] != "" {
			t.Errorf("next places %v", next)
		}
		if code, _, _ := s.get("/staff/look/london/csv/nonsense"); code != 404 {
			t.Errorf("a table that is not there: %d", code)
		}
	})
}

func TestWhoSeesWhichPosts(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	s.past()
	s.as(identity.Head, "london")
	if code, _, h := s.get("/staff/look"); code != 303 || h.Get("Location") != "/staff/look/london" {
		t.Errorf("a head of one post: %d %s", code, h.Get("Location"))
	}
	for _, path := range []string{"/staff/look/baku", "/staff/look/baku/csv/waits"} {
		if code, _, _ := s.get(path); code != 403 {
			t.Errorf("%s as the head of London: %d", path, code)
		}
	}
	if rows := s.table("/staff/look/csv/posts-waits"); len(rows) != 1 || rows[0]["post"] != "london" {
		t.Errorf("side by side for the head of London: %v", rows)
	}
	for _, role := range []identity.Role{identity.Administrator, identity.Auditor, identity.Head} {
		s.as(role, identity.AllPosts)
		code, text, _ := s.get("/staff/look")
		if code != 200 || !strings.Contains(text, `href="/staff/look/baku?from=`) || !strings.Contains(text, `href="/staff/look/london?from=`) {
			t.Errorf("%s of all posts: %d", role, code)
		}
		rows := s.table("/staff/look/csv/posts-places")
		if len(rows) != 2 {
			t.Fatalf("%d posts", len(rows))
		}
		expect(t, "baku", rows[0], map[string]string{"post": "baku", "places_planned": "1", "places_taken": "2", "used_percent": "200.0"})
		expect(t, "london", rows[1], map[string]string{"post": "london", "places_planned": "80", "places_taken": "40", "used_percent": "50.0"})
		if next := s.table("/staff/look/csv/posts-next"); next[0]["visa-interview"] != "" || next[1]["visa-interview"] != "none" {
			t.Errorf("%v", next)
		}
	}
	s.as(identity.Officer, identity.AllPosts)
	if code, text, _ := s.get("/staff/look"); code != 200 || strings.Contains(text, "<svg role") || !strings.Contains(text, `href="/staff/look/baku"`) {
		t.Errorf("an officer of all posts sees a list of them: %d", code)
	}
	if code, _, _ := s.get("/staff/look/csv/posts-waits"); code != 403 {
		t.Errorf("an officer's side by side: %d", code)
	}
}

func TestPeriods(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	s.past()
	s.as(identity.Head, "london")
	for query, key := range map[string]string{
		"from=2026-02-30": "lookweb.error.date", "to=x": "lookweb.error.date", "from=0001-01-01": "lookweb.error.date", "from=%00": "lookweb.error.date",
		"from=2026-11-24&to=2026-11-20": "lookweb.error.order", "from=2027-01-01&to=2027-02-01": "lookweb.error.order",
		"from=2020-01-01&to=2026-11-01": "lookweb.error.long",
	} {
		if code, text, _ := s.get("/staff/look/london?" + query); code != 422 || !strings.Contains(html.UnescapeString(text), en.T(key, "Max", 367)) {
			t.Errorf("%s: %d, without %s", query, code, key)
		}
		if code, _, _ := s.get("/staff/look/london/csv/waits?" + query); code != 422 {
			t.Errorf("%s as a file: %d", query, code)
		}
	}
	for query, days := range map[string]int{"": 10, "from=2026-11-20&to=2026-11-20": 1, "to=2030-01-01": 10, "from=2025-11-25": 10, "by=month": 10} {
		if query == "from=2025-11-25" { // a year comes in weeks unless asked otherwise
			if rows := s.table("/staff/look/london/csv/waits?" + query); len(rows) != 3 {
				t.Errorf("a year has %d lines", len(rows))
			}
			query += "&by=day"
		}
		if rows := s.table("/staff/look/london/csv/waits?" + query); len(rows) != days {
			t.Errorf("%q: %d lines, want %d", query, len(rows), days)
		}
	}
}

var drawn = regexp.MustCompile(`(?s)<svg role="img".*?</svg>`)

func TestChartsAreWellFormed(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	s.past()
	s.as(identity.Auditor, identity.AllPosts)
	for _, lang := range locale.Languages {
		s.lang = lang
		for _, path := range []string{"/staff/look", "/staff/look/london", "/staff/look/london?by=week", "/staff/look/london?by=service", "/staff/look/baku"} {
			code, text, _ := s.get(path)
			found := drawn.FindAllString(text, -1)
			if code != 200 || len(found) < 3 || strings.Contains(text, "lookweb.") {
				t.Errorf("%s in %s: %d, %d charts, or a key without a text", path, lang, code, len(found))
			}
			for _, svg := range found {
				if strings.Contains(svg, "style=") || strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
					t.Errorf("%s: a chart has styles of its own, or no number: %.200s", path, svg)
				}
				for d := xml.NewDecoder(strings.NewReader(svg)); ; {
					if _, err := d.Token(); err == io.EOF {
						break
					} else if err != nil {
						t.Errorf("%s: %v", path, err)
						break
					}
				}
			}
		}
	}
}

// A name that begins like a formula does not become one.
func TestFilesHoldNoFormulas(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	s.past()
	s.as(identity.Auditor, identity.AllPosts)
	for _, path := range []string{"posts-waits", "posts-bookings", "posts-places", "posts-next"} {
		for _, row := range s.table("/staff/look/csv/" + path) {
			for name, value := range row {
				if strings.HasPrefix(value, "=") {
					t.Errorf("%s: %s is %q", path, name, value)
				}
			}
		}
	}
}
