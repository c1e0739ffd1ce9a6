package post_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

const officer = "staff:1"

// catalogue knows two services.
type catalogue struct{}

func (catalogue) Known(id string) bool { return id == "passport" || id == "visa" }

func both(s string) locale.Text { return locale.Text{"en": s, "az": s + " (az)"} }

func london() post.Post {
	return post.Post{
		ID: "london", Type: post.Embassy, Name: both("Embassy in London"), City: locale.Text{"en": "London", "az": "London"},
		Country: "GBR", Address: both("Demonstration address"), Latitude: 51.5, Longitude: -0.13, Zone: "Europe/London",
		Phone: "+44 20 7946 0015", Email: "london@posts.example.org", Opening: both("Mornings"), Services: []string{"passport", "visa"},
		MinimumNoticeMinutes: 120, HorizonDays: 60, Active: true,
	}
}

func at(id string, city locale.Text, country string, lat, lon float64) post.Post {
	p := london()
	p.ID, p.City, p.Country, p.Latitude, p.Longitude, p.Name = id, city, country, lat, lon, both("Embassy "+id)
	return p
}

type room struct {
	*post.Service
	db    *store.DB
	clock time.Time
}

func open(t *testing.T, db *store.DB) *room {
	t.Helper()
	r := &room{db: db, clock: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)}
	now := func() time.Time { return r.clock }
	r.Service = post.New(db, audit.New(now), catalogue{}, now)
	setups := []post.Setup{
		{Post: london(), Counters: []post.Counter{{Label: "2", Active: true}, {Label: "10", Active: true}, {Label: "1", Services: []string{"visa"}, Active: true}}},
		{Post: at("ankara", locale.Text{"en": "Ankara", "az": "Ankara"}, "TUR", 39.93, 32.86)},
		{Post: at("tashkent", locale.Text{"en": "Tashkent", "az": "Daşkənd"}, "UZB", 41.3, 69.24)},
		{Post: at("mexico-city", locale.Text{"en": "Mexico City", "az": "Mexiko"}, "MEX", 19.43, -99.13)},
		{Post: at("bogota", locale.Text{"en": "Bogotá", "az": "Boqota"}, "COL", 4.71, -74.07)},
		{Post: at("tel-aviv", locale.Text{"en": "Tel Aviv", "az": "Təl-Əviv"}, "ISR", 32.09, 34.78)},
		{Post: at("baku", locale.Text{"en": "Baku", "az": "Bakı"}, "AZE", 40.41, 49.87)},
	}
	setups[6].Post.Type = post.ReceptionCentre
	closed := at("oslo", locale.Text{"en": "Oslo", "az": "Oslo"}, "NOR", 59.91, 10.75)
	closed.Active = false
	if err := r.Load(context.Background(), audit.System, append(setups, post.Setup{Post: closed})); err != nil {
		t.Fatal(err)
	}
	return r
}

func ids(posts []post.Post) string {
	var all []string
	for _, p := range posts {
		all = append(all, p.ID)
	}
	return strings.Join(all, " ")
}

func wantKind(t *testing.T, what string, err error, kind fault.Kind, fields ...string) {
	t.Helper()
	if fault.KindOf(err) != kind || err == nil {
		t.Errorf("%s: got %v, want %v", what, err, kind)
		return
	}
	var got []string
	for _, f := range fault.As(err).Fields {
		got = append(got, f.Path)
	}
	if len(fields) > 0 && strings.Join(got, " ") != strings.Join(fields, " ") {
		t.Errorf("%s: complaints about %v, want %v", what, got, fields)
	}
}

func TestReadingPosts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, r := context.Background(), open(t, db)
		list, err := r.List(ctx)
		if err != nil || ids(list) != "baku ankara bogota london mexico-city tashkent tel-aviv" {
			t.Errorf("%s, %v: want the reception centre first, then by city, without the one that is closed", ids(list), err)
		}
		if all, _ := r.All(ctx); len(all) != 8 {
			t.Errorf("%d posts in all", len(all))
		}
		got, err := r.Get(ctx, "london")
		want := london()
		want.Version = 1
		if err != nil || got.Name["az"] != want.Name["az"] || got.Latitude != want.Latitude || got.Version != 1 || !slices.Equal(got.Services, want.Services) || got.Location().String() != "Europe/London" {
			t.Errorf("%+v, %v", got, err)
		}
		_, err = r.Get(ctx, "atlantis")
		wantKind(t, "an unknown post", err, fault.NotFound)
		if in, _ := r.ByCountry(ctx, "TUR"); ids(in) != "ankara" {
			t.Errorf("in Türkiye: %s", ids(in))
		}
		counters, _ := r.Counters(ctx, "london")
		if len(counters) != 3 || counters[0].Label != "1" || counters[2].Label != "10" {
			t.Errorf("counters %v, want 1, 2, 10", counters)
		}
		if counters[0].Serves("passport") || !counters[0].Serves("visa") || !counters[1].Serves("passport") {
			t.Error("a counter with services serves those, one without serves all")
		}

		near, err := r.Near(ctx, 40.18, 44.51, 2) // between Baku and Ankara
		if err != nil || len(near) != 2 || near[0].Post.ID != "baku" || near[1].Post.ID != "ankara" {
			t.Errorf("near: %v, %v", near, err)
		}
		if math.Abs(near[0].Kilometres-454) > 5 {
			t.Errorf("Yerevan to Baku is about 454 km, got %.0f", near[0].Kilometres)
		}
		for _, n := range []int{-1, 0, 100} {
			if near, err := r.Near(ctx, 90, 180, n); err != nil || len(near) != max(0, min(n, 7)) {
				t.Errorf("%d of the nearest: %d, %v", n, len(near), err)
			}
		}
	})
}

func TestSearch(t *testing.T) {
	ctx, r := context.Background(), open(t, storetest.SQLite(t))
	for query, want := range map[string]string{
		"london": "london", "LONDON": "london", "lon": "london", "uk": "london", "birləşmiş krallıq": "london", "birlesmis": "london",
		"bogota": "bogota", "BOGOTÁ": "bogota", "boqota": "bogota",
		"daşkənd": "tashkent", "dashkent": "", "daskend": "tashkent", "Özbəkistan": "tashkent", "ozbek": "tashkent",
		"Türkiye": "ankara", "turkiye": "ankara", "Turkey": "ankara", "TÜRKİYƏ": "ankara", "turkıye": "ankara",
		"mexico": "mexico-city", "city": "mexico-city", "mexico ci": "mexico-city",
		"tel aviv": "tel-aviv", "Tel-Aviv": "tel-aviv", "təl əviv": "tel-aviv", "israel": "tel-aviv", "İsrail": "tel-aviv",
		"baki": "baku", "Bakı": "baku", "azerbaycan": "baku",
		"": "baku ankara bogota london mexico-city tashkent tel-aviv", "  -- ": "baku ankara bogota london mexico-city tashkent tel-aviv",
		"embassy lon": "london", "oslo": "", "xyzzy": "", "\xff\xfe": "baku ankara bogota london mexico-city tashkent tel-aviv",
		"t": "tel-aviv tashkent ankara",
	} {
		got, err := r.Search(ctx, query)
		sorted := func(s string) string { f := strings.Fields(s); slices.Sort(f); return strings.Join(f, " ") }
		if err != nil || sorted(ids(got)) != sorted(want) {
			t.Errorf("%q finds %q, %v; want %q", query, ids(got), err, want)
		}
	}
	// Cities come before countries.
	if got, _ := r.Search(ctx, "t"); ids(got) != "tashkent tel-aviv ankara" {
		t.Errorf("t finds %s", ids(got))
	}
	if _, err := r.Search(ctx, strings.Repeat("ə", 100_000)); err != nil {
		t.Error(err)
	}
}

func TestEditingAPost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, r := context.Background(), open(t, db)
		p, _ := r.Get(ctx, "london")
		p.Phone, p.Active = "+44 20 7946 0999", false
		if err := r.Update(ctx, officer, p); err != nil {
			t.Fatal(err)
		}
		got, _ := r.Get(ctx, "london")
		if got.Phone != p.Phone || got.Active || got.Version != 2 {
			t.Errorf("after the edit: %+v", got)
		}
		wantKind(t, "an edit of what somebody else has changed", r.Update(ctx, officer, p), fault.Conflict)
		p.ID = "atlantis"
		wantKind(t, "an edit of no post", r.Update(ctx, officer, p), fault.NotFound)
		wantKind(t, "a second london", r.Create(ctx, officer, london()), fault.Conflict)
		paris := london()
		paris.ID = "paris"
		if err := r.Create(ctx, officer, paris); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Get(ctx, "paris"); err != nil {
			t.Error(err)
		}
		err := r.Create(ctx, officer, post.Post{Latitude: math.NaN(), Longitude: 181, Services: []string{"tea", "visa", "visa"}, HorizonDays: 1000, MinimumNoticeMinutes: -1, Email: "A <a@example.org>"})
		wantKind(t, "a post of nothing", err, fault.Invalid, "id", "type", "name.en", "name.az", "city.en", "city.az", "address.en", "address.az",
			"opening.en", "opening.az", "country", "latitude", "longitude", "zone", "phone", "email", "services", "services", "minimum_notice_minutes", "horizon_days")
		long := london()
		long.ID, long.Name = "x", locale.Text{"en": strings.Repeat("x", 201), "az": "a\x00b", "fr": "x"}
		wantKind(t, "odd texts", r.Create(ctx, officer, long), fault.Invalid)
		if actions := trail(t, db); !slices.Contains(actions, "post.update london "+officer) || !slices.Contains(actions, "post.create paris "+officer) {
			t.Errorf("the trail has %v", actions)
		}
	})
}

// trail lists what the audit trail holds, as "action post actor".
func trail(t *testing.T, db *store.DB) []string {
	t.Helper()
	rows, err := db.Read().QueryContext(context.Background(), `SELECT action, post_id, actor FROM audit_entry ORDER BY seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var action, postID, actor string
		if err := rows.Scan(&action, &postID, &actor); err != nil {
			t.Fatal(err)
		}
		all = append(all, action+" "+postID+" "+actor)
	}
	return all
}

func TestARefusedChangeLeavesNoTrace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, r := context.Background(), open(t, db)
		before := len(trail(t, db))
		paris := london()
		paris.ID = "paris"
		// The second one's id is taken, so neither may stand.
		wantKind(t, "loading a post twice", r.Load(ctx, officer, []post.Setup{{Post: paris}, {Post: london()}}), fault.Conflict)
		_, err := r.Get(ctx, "paris")
		wantKind(t, "the first of the two", err, fault.NotFound)
		wantKind(t, "no holiday", r.RemoveHoliday(ctx, officer, "london", "2026-01-01"), fault.NotFound)
		if after := len(trail(t, db)); after != before {
			t.Errorf("the trail grew by %d", after-before)
		}
	})
}

func TestCounters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, r := context.Background(), open(t, db)
		c, err := r.SaveCounter(ctx, officer, post.Counter{PostID: "london", Label: " 3A ", Services: []string{"visa"}, Active: true})
		if err != nil || c.ID == "" || c.Label != "3A" {
			t.Fatal(c, err)
		}
		c.Active = false
		if _, err := r.SaveCounter(ctx, officer, c); err != nil {
			t.Fatal(err)
		}
		if got, err := r.Counter(ctx, "london", c.ID); err != nil || got.Active {
			t.Errorf("%+v, %v", got, err)
		}
		_, err = r.SaveCounter(ctx, officer, post.Counter{PostID: "london", Label: "3A"})
		wantKind(t, "a label twice", err, fault.Conflict)
		_, err = r.SaveCounter(ctx, officer, post.Counter{PostID: "ankara", ID: c.ID, Label: "9"})
		wantKind(t, "another post's counter", err, fault.NotFound)
		_, err = r.SaveCounter(ctx, officer, post.Counter{PostID: "london", Label: "<b>", Services: []string{"tea"}})
		wantKind(t, "a bad counter", err, fault.Invalid, "label", "services")
		_, err = r.SaveCounter(ctx, officer, post.Counter{PostID: "atlantis", Label: "1"})
		wantKind(t, "a counter nowhere", err, fault.NotFound)
	})
}

func TestHolidaysClosuresAndAbsences(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, r := context.Background(), open(t, db)
		day := post.Holiday{PostID: "london", Date: "2026-05-28", Name: both("Independence Day"), Source: post.Home}
		if err := r.AddHoliday(ctx, officer, day); err != nil {
			t.Fatal(err)
		}
		wantKind(t, "the day again", r.AddHoliday(ctx, officer, day), fault.Conflict)
		wantKind(t, "no day", r.AddHoliday(ctx, officer, post.Holiday{PostID: "london", Date: "2027-02-29"}), fault.Invalid, "date", "name.en", "name.az", "source")
		file := calendar("SUMMARY:Early May\nDTSTART;VALUE=DATE:20260504\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=1MO;COUNT=2", "SUMMARY:Same day\nDTSTART;VALUE=DATE:20260528")
		for i, want := range [][2]int{{2, 1}, {0, 3}} {
			added, skipped, err := r.ImportHolidays(ctx, officer, "london", strings.NewReader(file))
			if err != nil || added != want[0] || skipped != want[1] {
				t.Errorf("import %d: %d new, %d left out, %v; want %v", i+1, added, skipped, err, want)
			}
		}
		if h, ok, err := r.IsHoliday(ctx, "london", "2026-05-28"); err != nil || !ok || h.Name["en"] != "Independence Day" || h.Source != post.Home {
			t.Errorf("an import must not rename a day: %+v %v %v", h, ok, err)
		}
		if _, ok, _ := r.IsHoliday(ctx, "ankara", "2026-05-28"); ok {
			t.Error("a holiday of London is kept in Ankara")
		}
		if days, _ := r.Holidays(ctx, "london", "2026-05-01", "2026-05-31"); len(days) != 2 || days[0].Date != "2026-05-04" {
			t.Errorf("May: %v", days)
		}
		_, _, err := r.ImportHolidays(ctx, officer, "atlantis", strings.NewReader(file))
		wantKind(t, "an import nowhere", err, fault.NotFound)
		if err := r.RemoveHoliday(ctx, officer, "london", "2026-05-28"); err != nil {
			t.Error(err)
		}
		if _, ok, _ := r.IsHoliday(ctx, "london", "2026-05-28"); ok {
			t.Error("a removed holiday is still kept")
		}

		closed, err := r.AddClosure(ctx, officer, post.Closure{PostID: "london", From: "2026-12-28", To: "2027-01-03", Reason: both("Building works")})
		if err != nil {
			t.Fatal(err)
		}
		for span, want := range map[[2]string]int{{"2026-12-01", "2026-12-27"}: 0, {"2026-12-01", "2026-12-28"}: 1, {"2026-12-30", "2026-12-30"}: 1, {"2027-01-03", "2027-02-01"}: 1, {"2027-01-04", "2027-02-01"}: 0} {
			if got, _ := r.Closures(ctx, "london", span[0], span[1]); len(got) != want {
				t.Errorf("closures %v: %v", span, got)
			}
		}
		if !closed.Covers("2027-01-03") || closed.Covers("2027-01-04") {
			t.Error("the last day belongs to a closure, the next does not")
		}
		_, err = r.AddClosure(ctx, officer, post.Closure{PostID: "london", From: "2026-12-28", To: "2026-12-27"})
		wantKind(t, "a closure backwards", err, fault.Invalid, "to", "reason.en", "reason.az")
		_, err = r.AddClosure(ctx, officer, post.Closure{PostID: "london", From: "2026-01-01", To: "2028-01-01", Reason: both("x")})
		wantKind(t, "two years", err, fault.Invalid, "to")
		wantKind(t, "another post's closure", r.RemoveClosure(ctx, officer, "ankara", closed.ID), fault.NotFound)
		if err := r.RemoveClosure(ctx, officer, "london", closed.ID); err != nil {
			t.Error(err)
		}

		counters, _ := r.Counters(ctx, "london")
		from := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
		away, err := r.AddAbsence(ctx, officer, post.Absence{PostID: "london", CounterID: counters[0].ID, From: from, To: from.Add(3 * time.Hour), Note: "Training"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Absences(ctx, "london", from.Add(time.Hour), from.Add(2*time.Hour))
		if err != nil || len(got) != 1 || got[0] != away {
			t.Errorf("%+v, %v", got, err)
		}
		if got, _ := r.Absences(ctx, "london", from.Add(3*time.Hour), from.Add(4*time.Hour)); len(got) != 0 {
			t.Error("the end of an absence is not part of it")
		}
		_, err = r.AddAbsence(ctx, officer, post.Absence{PostID: "ankara", CounterID: counters[0].ID, From: from, To: from.Add(time.Hour)})
		wantKind(t, "another post's counter", err, fault.NotFound)
		_, err = r.AddAbsence(ctx, officer, post.Absence{PostID: "london", CounterID: counters[0].ID, From: from, To: from, Note: strings.Repeat("x", 201)})
		wantKind(t, "an absence of no time", err, fault.Invalid, "to", "note")
		if err := r.RemoveAbsence(ctx, officer, "london", away.ID); err != nil {
			t.Error(err)
		}
		wantKind(t, "the absence again", r.RemoveAbsence(ctx, officer, "london", away.ID), fault.NotFound)
	})
}

func TestAnotherServersChangeIsSeenSoon(t *testing.T) {
	ctx := context.Background()
	db := storetest.SQLite(t)
	r := open(t, db)
	other := &room{db: db, clock: r.clock}
	other.Service = post.New(db, audit.New(func() time.Time { return other.clock }), catalogue{}, func() time.Time { return other.clock })
	p, _ := r.Get(ctx, "london")
	if _, err := other.Get(ctx, "london"); err != nil {
		t.Fatal(err)
	}
	p.Phone = "+44 20 7946 0999"
	if err := r.Update(ctx, officer, p); err != nil {
		t.Fatal(err)
	}
	if got, _ := r.Get(ctx, "london"); got.Phone != p.Phone {
		t.Error("a server does not see its own change at once")
	}
	other.clock = other.clock.Add(time.Minute)
	if got, _ := other.Get(ctx, "london"); got.Phone != p.Phone {
		t.Error("another server does not see the change after a minute")
	}
}
