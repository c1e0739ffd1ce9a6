package extract_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/extract"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/spreadsheet"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
)

type house struct{}

func (house) Service(id string) (booking.Service, bool) {
	return booking.Service{ID: id, PlacesPerApplicant: 1, MaxParty: 5}, true
}
func (house) Post(id string) (booking.Post, bool) {
	return booking.Post{ID: id, Zone: time.UTC}, true
}
func (house) Get(_ context.Context, id string) (post.Post, error) {
	zone := map[string]string{"london": "Europe/London", "baku": "Asia/Baku"}[id]
	if zone == "" {
		return post.Post{}, fault.NewNotFound("post.not_found")
	}
	return post.Post{ID: id, Zone: zone}, nil
}

type names = [2]string

// fill books families, and gives their names by reference; the names try to be formulas,
// lines and quotes.
func fill(t *testing.T, db *store.DB) (*extract.Extractor, map[string][]string) {
	t.Helper()
	now := func() time.Time { return noon }
	ring, err := keyring.New()
	must(t, err)
	trail := audit.New(now)
	book := booking.Open(booking.Options{DB: db, Ring: ring, Offer: house{}, Audit: trail, Outbox: notify.NewOutbox(db, now), Now: now})
	t.Cleanup(book.Close)
	families := map[string][]string{}
	for i, family := range [][]names{
		{{"Aygün", "Məmmədova"}}, {{"=HYPERLINK(\"http://x\")", "@SUM"}, {"O'Connor", "\"Quoted\", Jr"}}, {{"محمد", "حسن"}, {"子涵", "王"}, {"-1+1", "+7"}},
		{{"Line\nbreak", "Semi; colon"}}, {{"Cancelled", "Person"}},
	} {
		at := []string{"london", "baku"}[i%2]
		start := noon.AddDate(0, 0, i+1).Add(9 * time.Hour) // past midnight in Baku
		local := start.In(map[string]*time.Location{"london": zone(t, "Europe/London"), "baku": zone(t, "Asia/Baku")}[at])
		slot := fmt.Sprint("slot", i)
		must(t, book.AddSlots(ctx, []booking.Slot{{ID: slot, PostID: at, GroupID: "visa", RuleID: slot, Date: local.Format(time.DateOnly), Clock: local.Format("15:04"),
			Start: start, End: start.Add(20 * time.Minute), Planned: 5, OpensAt: time.UnixMilli(0)}}))
		r := booking.HoldRequest{Choice: booking.Choice{SlotID: slot}, Service: "visa", Origin: booking.Origin{Lang: "en", Channel: booking.Staff},
			Details: booking.Details{Email: "secret@example.org"}}
		for k, n := range family {
			r.Details.Applicants = append(r.Details.Applicants, booking.Applicant{GivenNames: n[0], Surname: n[1], DateOfBirth: "1999-09-09", Nationality: "AZE", DocumentNumber: fmt.Sprintf("ZZ%d%06d", i, k)})
		}
		made, err := book.BookNow(ctx, audit.System, r)
		must(t, err)
		for _, a := range r.Details.Applicants {
			families[made.Reference] = append(families[made.Reference], a.FullName())
		}
		if i == 4 {
			_, err = book.Cancel(ctx, audit.Applicant, made.ID, "")
			must(t, err)
		}
	}
	return &extract.Extractor{DB: db, Posts: house{}, Book: book, Trail: trail}, families
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	must(t, err)
	return z
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func exported(t *testing.T, db *store.DB) int {
	t.Helper()
	page, err := audit.List(ctx, db.Read(), audit.Filter{Action: "booking.export_names"}, 50)
	must(t, err)
	return len(page.Records)
}

func TestFilesReadBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x, families := fill(t, db)
		write := func(format string, q extract.Query) (string, int) {
			t.Helper()
			var b bytes.Buffer
			n, err := x.Write(ctx, &b, format, q)
			must(t, err)
			return b.String(), n
		}
		for _, format := range extract.Formats {
			text, n := write(format, extract.Query{})
			if n != 5 {
				t.Errorf("%s: %d bookings", format, n)
			}
			for _, secret := range []string{"Aygün", "Connor", "1999-09-09", "ZZ0", "secret@"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s without names holds %q", format, secret)
				}
			}
		}
		if n := exported(t, db); n != 0 {
			t.Errorf("%d entries for files without names", n)
		}
		text, _ := write("csv", extract.Query{Names: true, By: "ops"})
		lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		must(t, err)
		at := func(line []string, name string) string { return spreadsheet.Plain(line[slices.Index(lines[0], name)]) }
		for i, l := range lines[1:] {
			who := families[at(l, "reference")]
			if got := at(l, "names"); got != strings.Join(who, "; ") || at(l, "people") != strconv.Itoa(len(who)) {
				t.Errorf("line %d: names %q, want %q", i, got, who)
			}
			start, err := time.Parse(time.RFC3339, at(l, "start"))
			must(t, err)
			if !start.Equal(noon.AddDate(0, 0, i+1).Add(9*time.Hour)) || at(l, "date") != start.Format(time.DateOnly) || at(l, "time") != start.Format("15:04") {
				t.Errorf("line %d starts %s, on %s at %s", i, at(l, "start"), at(l, "date"), at(l, "time"))
			}
			if (at(l, "state") == "cancelled") != (at(l, "ended_at") != "") {
				t.Errorf("line %d: %s ended %q", i, at(l, "state"), at(l, "ended_at"))
			}
			for k, v := range l {
				if v != "" && strings.ContainsAny(v[:1], "=+-@") {
					t.Errorf("%s is a formula: %q", lines[0][k], v)
				}
			}
		}
		if n := exported(t, db); n != 1 {
			t.Errorf("%d entries for one file with names", n)
		}

		text, _ = write("jsonl", extract.Query{Names: true, Post: "baku"})
		found := 0
		for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); found++ {
			var b extract.Booking
			must(t, json.Unmarshal(s.Bytes(), &b))
			if b.Post != "baku" || b.TimeZone != "Asia/Baku" || !slices.Equal(b.Names, families[b.Reference]) || !strings.HasSuffix(b.Start, "+04:00") {
				t.Errorf("%+v", b)
			}
		}
		if found != 2 {
			t.Errorf("%d bookings in Baku", found)
		}

		text, _ = write("ics", extract.Query{Names: true})
		calendar, err := ics.ParseCalendar(strings.NewReader(text))
		must(t, err)
		events := calendar.Events()
		if len(events) != 4 { // the cancelled one is none
			t.Fatalf("%d events", len(events))
		}
		for i, e := range events {
			start, err := e.GetStartAt()
			must(t, err)
			end, err := e.GetEndAt()
			must(t, err)
			if !start.Equal(noon.AddDate(0, 0, i+1).Add(9*time.Hour)) || end.Sub(start) != 20*time.Minute {
				t.Errorf("event %d from %s to %s", i, start, end)
			}
			summary := strings.Fields(e.GetProperty(ics.ComponentPropertySummary).Value)
			who := families[summary[len(summary)-1]]
			if got := e.GetProperty(ics.ComponentPropertyDescription).Value; got != strings.Join(who, "\n") {
				t.Errorf("event %d describes %q, want %q", i, got, who)
			}
		}
	})
}

func TestPeriodsAndPosts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x, _ := fill(t, db)
		// London is on 26, 28 and 30 November at nine in the evening, Baku on
		// 28 and 30 at one in the morning.
		for _, c := range []struct {
			q    extract.Query
			want int
		}{
			{extract.Query{From: "2026-11-26", To: "2026-11-26"}, 1}, {extract.Query{From: "2026-11-27", To: "2026-11-27"}, 0},
			{extract.Query{From: "2026-11-28", To: "2026-11-28"}, 2}, {extract.Query{To: "2026-11-28"}, 3}, {extract.Query{From: "2026-11-30"}, 2},
			{extract.Query{Post: "london"}, 3}, {extract.Query{Post: "london", From: "2026-11-28"}, 2},
		} {
			if n, err := x.Write(ctx, &bytes.Buffer{}, "csv", c.q); err != nil || n != c.want {
				t.Errorf("%+v: %d bookings, want %d, %v", c.q, n, c.want, err)
			}
		}
		if _, err := x.Write(ctx, &bytes.Buffer{}, "csv", extract.Query{Post: "atlantis", Names: true}); fault.KindOf(err) != fault.NotFound || exported(t, db) != 0 {
			t.Errorf("a post that does not exist: %v, %d entries", err, exported(t, db))
		}
		if _, err := x.Write(ctx, &bytes.Buffer{}, "xls", extract.Query{}); err == nil {
			t.Error("a format that does not exist")
		}
	})
}

// brokenPipe takes some bytes and then no more.
type brokenPipe struct{ left int }

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, fmt.Errorf("the disk is full")
	}
	return len(p), nil
}

func TestAFullDiskIsSaid(t *testing.T) {
	x, _ := fill(t, storetest.SQLite(t))
	for _, format := range extract.Formats {
		if _, err := x.Write(ctx, &brokenPipe{left: 100}, format, extract.Query{}); err == nil {
			t.Errorf("%s: nobody noticed", format)
		}
	}
}
