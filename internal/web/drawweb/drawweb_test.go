package drawweb_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
	"github.com/chancery/chancery/internal/web/drawweb"
	"github.com/chancery/chancery/test/drawcheck"
)

type book struct{}

func (book) BallotPlaces(context.Context, string) ([]draw.Place, error) {
	return []draw.Place{{Slot: "slot-1", Start: "2026-12-01T09:00:00+01:00", Places: 1}}, nil
}

func (book) BookWinners(_ context.Context, wins []draw.Win) ([]draw.Booked, error) {
	var booked []draw.Booked
	for _, w := range wins {
		booked = append(booked, draw.Booked{EntryID: w.EntryID, BookingID: "b-" + w.EntryID})
	}
	return booked, nil
}

type site struct {
	t       *testing.T
	handler http.Handler
	draws   *draw.Service
	at      time.Time
}

func newSite(t *testing.T) *site {
	s := &site{t: t, at: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)}
	now := func() time.Time { return s.at }
	db := storetest.SQLite(t)
	keys, err := keyring.New()
	s.must(err)
	services, err := catalogue.Load(files.Services)
	s.must(err)
	trail := audit.New(now)
	s.draws = draw.New(db, keys, trail, notify.NewOutbox(db, now), book{}, rand.Reader, now)
	server, err := web.New(web.Options{DB: db, Keys: keys, Now: now, BaseURL: "https://example.org", Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	s.must(err)
	a, err := api.New(server)
	s.must(err)
	room := &drawweb.Room{Draws: s.draws, Services: services, Posts: post.New(db, trail, services, now),
		EnterPath: func(b *draw.Ballot) string { return "/enter/" + b.ID }}
	s.must(room.Register(server, a))
	s.must(server.Check())
	s.handler, err = server.Handler()
	s.must(err)
	return s
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) get(path, lang string) (int, string) {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "https://example.org"+path, nil)
	r.Header.Set("Accept-Language", lang)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func (s *site) wants(path, lang string, texts ...string) {
	s.t.Helper()
	code, body := s.get(path, lang)
	if code != http.StatusOK {
		s.t.Fatalf("%s: %d", path, code)
	}
	for _, text := range texts {
		if !strings.Contains(body, text) {
			s.t.Errorf("%s lacks %q", path, text)
		}
	}
}

func (s *site) enter(ballot, person string) *draw.Ticket {
	s.t.Helper()
	ctx := context.Background()
	t, err := s.draws.Enter(ctx, draw.Application{BallotID: ballot, Places: 1, PersonKeys: []string{person}, Lang: "en", Wants: []string{draw.Any}})
	s.must(err)
	t, err = s.draws.Confirm(ctx, t.ID, s.draws.Code(t))
	s.must(err)
	return t
}

func TestADrawIsShownFromAnnouncementToResult(t *testing.T) {
	ctx := context.Background()
	s := newSite(t)
	s.wants("/draws", "en", "No draw has been announced yet.")
	b, err := s.draws.Announce(ctx, "officer-1", draw.Announcement{PostID: "nowhere", ServiceID: "passport-renewal",
		Title:   locale.Text{"en": "Passports <in> December", "az": "Dekabrda pasportlar"},
		OpensAt: s.at.Add(time.Hour), ClosesAt: s.at.Add(2 * time.Hour), DrawsAt: s.at.Add(3 * time.Hour)})
	s.must(err)
	page := "/draws/" + b.ID
	s.wants("/draws", "az", "Dekabrda pasportlar", "Elan edilib", page)
	s.wants(page, "en", "Passports &lt;in&gt; December", b.Commitment, "Not published yet", "1 place is drawn.", "chancery draw verify draw-"+b.ID+".json")

	s.at = b.OpensAt
	one, two := s.enter(b.ID, "anna"), s.enter(b.ID, "boris")
	s.wants(page+"?entry="+one.Number, "en", "Entry numbers are published when entries close", "/enter/"+b.ID, "2 entries")
	s.at = b.ClosesAt
	s.must(s.draws.Tick(ctx))
	s.wants(page+"?entry="+strings.ToLower(one.Number), "en", "Entry "+one.Number+" takes part")
	s.wants(page+"?entry=E-0000-0000", "en", "No entry E-0000-0000 takes part")
	s.wants(page+"?entry=hello", "en", "This is not an entry number")
	s.at = b.DrawsAt
	s.must(s.draws.Tick(ctx))

	f, err := s.draws.File(ctx, b.ID)
	s.must(err)
	texts := map[string]string{one.Number: "", two.Number: ""}
	for _, o := range f.Outcome {
		if o.Slot != nil {
			texts[o.Entry] = "got the place on Tuesday, 1 December 2026, 08:00."
		} else {
			texts[o.Entry] = "nothing that it asked for was free any more."
		}
	}
	for number, text := range texts {
		s.wants(page+"?entry="+number, "en", text)
	}
	s.wants(page, "az", f.Seed, f.MerkleRoot, f.ClosingDigest, "Yer düşməyib", "Püşk atılıb")

	code, body := s.get(page+"/draw.json", "en")
	published, err := draw.Parse(strings.NewReader(body))
	if code != http.StatusOK || err != nil {
		t.Fatalf("the draw file: %d, %v", code, err)
	}
	if _, err := draw.Verify(published); err != nil {
		t.Error(err)
	}
	code, body = s.get("/api/v1"+page, "en")
	fromAPI, err := draw.Parse(strings.NewReader(body))
	if code != http.StatusOK || err != nil {
		t.Fatalf("the API: %d, %v: %s", code, err, body)
	}
	a, err := json.Marshal(published)
	s.must(err)
	z, err := json.Marshal(fromAPI)
	s.must(err)
	if !bytes.Equal(a, z) {
		t.Error("the API gives another file than the page")
	}
	if code, body := s.get("/draws/drawcheck.py", "en"); code != http.StatusOK || body != string(drawcheck.Program) {
		t.Errorf("the second program: %d", code)
	}
	for _, path := range []string{"/draws/none", "/draws/none/draw.json", "/api/v1/draws/none"} {
		if code, _ := s.get(path, "en"); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
}

func TestTheListIsPaged(t *testing.T) {
	s := newSite(t)
	for range 21 {
		_, err := s.draws.Announce(context.Background(), "officer-1", draw.Announcement{PostID: "nowhere", ServiceID: "s",
			Title: locale.Text{"en": "A draw", "az": "Püşk"}, OpensAt: s.at.Add(time.Hour), ClosesAt: s.at.Add(2 * time.Hour), DrawsAt: s.at.Add(3 * time.Hour)})
		s.must(err)
	}
	_, first := s.get("/draws", "en")
	_, rest, found := strings.Cut(first, `href="/draws?before=`)
	if !found || strings.Count(first, "A draw") != 20 {
		t.Fatalf("the first page shows %d draws, and further ones: %v", strings.Count(first, "A draw"), found)
	}
	before, _, _ := strings.Cut(rest, `"`)
	if _, second := s.get("/draws?before="+before, "en"); strings.Count(second, "A draw") != 1 || strings.Contains(second, "Older draws") {
		t.Error("the second page does not show the last draw alone")
	}
}
