package demo_test

import (
	"bytes"
	"context"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

var now = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

func services(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Load(declared.Services)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func setups(t *testing.T) []post.Setup {
	t.Helper()
	all, err := demo.Posts(now)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestThePostsLoadByTheOrdinaryWay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		clock := func() time.Time { return now }
		posts := post.New(db, audit.New(clock), services(t), clock)
		if err := demo.LoadPosts(ctx, posts, now); err != nil {
			t.Fatal(err)
		}
		all, err := posts.List(ctx)
		if err != nil || len(all) != 29 {
			t.Fatalf("%d posts, %v; want the reception centre and 28 abroad", len(all), err)
		}
		if all[0].ID != "baku" || all[0].Type != post.ReceptionCentre || all[1].Type == post.ReceptionCentre {
			t.Errorf("the one reception centre does not come first: %s", all[0].ID)
		}
		for _, want := range []struct{ post, date, name string }{
			{"london", "2026-05-25", "Spring Bank Holiday"},
			{"london", "2027-05-31", "Spring Bank Holiday"},
			{"london", "2027-12-28", "Christmas (substitute days)"},
			{"london", "2026-05-28", "Independence Day"},
			{"berlin", "2026-12-26", "Christmas"},
			{"baku", "2027-03-24", "Novruz"},
			{"istanbul", "2026-10-29", "Republic Day"},
			{"tel-aviv", "2026-09-21", "Yom Kippur"},
		} {
			h, ok, err := posts.IsHoliday(ctx, want.post, want.date)
			if err != nil || !ok || h.Name["en"] != want.name || h.Name["az"] == "" || h.Name["az"] == h.Name["en"] {
				t.Errorf("%s on %s: %v %v %v", want.post, want.date, h.Name, ok, err)
			}
		}
		if _, ok, _ := posts.IsHoliday(ctx, "london", "2026-06-15"); ok {
			t.Error("London keeps a holiday of the home country that posts abroad do not keep")
		}
	})
}

// boxes are rough bounds of countries: south, north, west, east.
var boxes = map[string][4]float64{
	"ARE": {22, 26.5, 51, 56.5}, "AUT": {46, 49.1, 9.5, 17.2}, "AZE": {38, 42, 44.7, 50.7}, "BRA": {-34, 5.5, -74, -34},
	"CHN": {18, 53.6, 73, 135}, "COL": {-4.3, 13, -79, -66.8}, "CZE": {48.5, 51.1, 12, 18.9}, "DEU": {47.2, 55.1, 5.8, 15.1},
	"EGY": {22, 31.7, 24.6, 37}, "GBR": {49.8, 61, -8.7, 1.8}, "GEO": {41, 43.6, 39.9, 46.8}, "HUN": {45.7, 48.6, 16.1, 22.9},
	"IDN": {-11, 6.1, 95, 141}, "IND": {6.7, 35.6, 68, 97.5}, "IRN": {25, 39.8, 44, 63.4}, "IRQ": {29, 37.4, 38.7, 48.7},
	"ISR": {29.4, 33.4, 34.2, 35.9}, "ITA": {35.4, 47.1, 6.6, 18.6}, "KAZ": {40.5, 55.5, 46.4, 87.4}, "KOR": {33, 38.7, 124.6, 131},
	"MAR": {27.6, 36, -13.2, -0.9}, "MEX": {14.5, 32.8, -117.2, -86.7}, "RUS": {41, 82, 27, 180}, "SVK": {47.7, 49.7, 16.8, 22.6},
	"TUR": {35.8, 42.2, 25.6, 44.9}, "USA": {24.4, 49.4, -125, -66.9}, "UZB": {37.1, 45.6, 55.9, 73.2},
}

func TestPostsAreWhereTheySay(t *testing.T) {
	for _, s := range setups(t) {
		p := s.Post
		box, ok := boxes[p.Country]
		if !ok || p.Latitude < box[0] || p.Latitude > box[1] || p.Longitude < box[2] || p.Longitude > box[3] {
			t.Errorf("%s at %v, %v is not in %s", p.ID, p.Latitude, p.Longitude, p.Country)
		}
		zone, err := post.Zone(p.Zone)
		if err != nil {
			t.Errorf("%s: %v", p.ID, err)
			continue
		}
		_, offset := now.In(zone).Zone()
		if off := math.Abs(float64(offset)/3600 - p.Longitude/15); off > 2 {
			t.Errorf("%s: the zone %s is %.1f hours from the sun", p.ID, p.Zone, off)
		}
		if n := len(s.Counters); n < 1 || n > 6 {
			t.Errorf("%s has %d counters", p.ID, n)
		}
		for _, text := range []locale.Text{p.Name, p.City, p.Address, p.Opening} {
			if missing := text.Missing(); len(missing) > 0 {
				t.Errorf("%s: %v lacks %v", p.ID, text, missing)
			}
		}
		if !strings.HasPrefix(p.Address["en"], "Demonstration address, ") || !strings.HasSuffix(p.Email, "@posts.example.org") {
			t.Errorf("%s: %q or %q could be taken for a real one", p.ID, p.Address["en"], p.Email)
		}
	}
}

func TestEveryPostHasHostHolidays(t *testing.T) {
	for _, s := range setups(t) {
		host := 0
		for _, h := range s.Holidays {
			if _, ok := post.ParseDate(h.Date); !ok {
				t.Errorf("%s: %q is no date", s.Post.ID, h.Date)
			}
			if h.Source == post.Host && strings.HasPrefix(h.Date, "2027-") {
				host++
			}
			if missing := h.Name.Missing(); len(missing) > 0 {
				t.Errorf("%s: %v lacks %v", s.Post.ID, h.Name, missing)
			}
		}
		if text, err := demo.Calendar(s.Post.Country); err == nil {
			days, _, err := post.ReadCalendar(bytes.NewReader(text), 2027, 2027)
			if err != nil {
				t.Errorf("%s: %v", s.Post.ID, err)
			}
			host += len(days)
		}
		if host < 5 && s.Post.Type != post.ReceptionCentre {
			t.Errorf("%s keeps %d holidays of its host country in 2027", s.Post.ID, host)
		}
	}
}

func TestThePlanCanBeKept(t *testing.T) {
	c := services(t)
	posts := map[string]post.Setup{}
	for _, s := range setups(t) {
		posts[s.Post.ID] = s
	}
	rules, err := demo.Plan()
	if err != nil {
		t.Fatal(err)
	}
	planned := map[string]bool{}
	kinds := map[catalogue.ReleaseKind]int{}
	for i, r := range rules {
		s, ok := posts[r.Post]
		if !ok {
			t.Fatalf("a rule for %s, which is no post", r.Post)
		}
		where := r.Post + ", " + r.Name["en"]
		from, err1 := time.Parse(post.ClockLayout, r.From)
		to, err2 := time.Parse(post.ClockLayout, r.To)
		step := time.Duration(r.SlotMinutes) * time.Minute
		if err1 != nil || err2 != nil || step < 5*time.Minute || !from.Before(to) || to.Sub(from)%step != 0 {
			t.Errorf("%s: %s to %s does not divide by %v", where, r.From, r.To, step)
		}
		if len(r.Days()) != len(r.Weekdays) || len(r.Weekdays) == 0 || r.Places < 1 || len(r.Name.Missing()) > 0 {
			t.Errorf("%s: %+v", where, r)
		}
		var kind catalogue.ReleaseKind
		for _, id := range r.Services {
			service, err := c.Service(id)
			if err != nil || !s.Post.Offers(id) {
				t.Errorf("%s: %s is not offered", where, id)
			}
			planned[r.Post+"/"+id] = true
			if service.Duration() > step {
				t.Errorf("%s: %s takes %v, a slot %v", where, id, service.Duration(), step)
			}
			own := service.Release.Kind
			if r.Release != nil {
				own = r.Release.Kind
			}
			if kind != "" && own != kind {
				t.Errorf("%s: its services are released in different ways", where)
			}
			kind = own
		}
		kinds[kind]++
		for _, label := range r.Counters {
			if !slices.ContainsFunc(s.Counters, func(c post.Counter) bool { return c.Label == label }) {
				t.Errorf("%s: there is no counter %s", where, label)
			}
			for _, other := range rules[:i] {
				if other.Post == r.Post && slices.Contains(other.Counters, label) && overlap(r, other) {
					t.Errorf("%s: counter %s is taken by %s", where, label, other.Name["en"])
				}
			}
		}
	}
	for _, s := range posts {
		for _, id := range s.Post.Services {
			if !planned[s.Post.ID+"/"+id] {
				t.Errorf("%s offers %s and never has a place for it", s.Post.ID, id)
			}
		}
	}
	if len(kinds) != 3 {
		t.Errorf("releases are %v, want all three kinds", kinds)
	}
}

func overlap(a, b demo.Rule) bool {
	sameDay := slices.ContainsFunc(a.Weekdays, func(day string) bool { return slices.Contains(b.Weekdays, day) })
	apart := a.ValidFrom != "" && b.ValidTo != "" && a.ValidFrom > b.ValidTo || b.ValidFrom != "" && a.ValidTo != "" && b.ValidFrom > a.ValidTo
	return sameDay && !apart && a.From < b.To && b.From < a.To
}

func TestPeopleAreInventedAndTheSameForASeed(t *testing.T) {
	seeded := func(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
	people := demo.People(seeded(7), 2000)
	if !reflect.DeepEqual(people, demo.People(seeded(7), 2000)) {
		t.Error("one seed gives two sets of people")
	}
	if reflect.DeepEqual(people, demo.People(seeded(8), 2000)) {
		t.Error("two seeds give one set of people")
	}
	scripts := map[string]bool{}
	for _, p := range people {
		check(t, p, 18, 79, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
		for name, table := range map[string]*unicode.RangeTable{"Latin": unicode.Latin, "Arabic": unicode.Arabic, "Cyrillic": unicode.Cyrillic, "Han": unicode.Han} {
			if strings.ContainsFunc(p.GivenNames, func(r rune) bool { return unicode.Is(table, r) }) {
				scripts[name] = true
			}
		}
	}
	if len(scripts) != 4 {
		t.Errorf("names are in %v only", scripts)
	}
}

func check(t *testing.T, p demo.Person, youngest, oldest int, today time.Time) {
	t.Helper()
	birth, ok := post.ParseDate(p.DateOfBirth)
	if !ok || birth.After(today.AddDate(-youngest, 0, 0)) || !birth.After(today.AddDate(-oldest-1, 0, 0)) {
		t.Errorf("born %s is not from %d to %d years old", p.DateOfBirth, youngest, oldest)
	}
	if p.GivenNames == "" || p.Surname == "" || !country.Known(p.Nationality) || !locale.Known(p.Language) {
		t.Errorf("incomplete: %+v", p)
	}
	if !strings.HasPrefix(p.DocumentNumber, "ZZ") && !strings.HasPrefix(p.DocumentNumber, "P0") {
		t.Errorf("the number %s could be somebody's", p.DocumentNumber)
	}
	if _, domain, _ := strings.Cut(p.Email, "@"); !strings.Contains(domain, "example.") {
		t.Errorf("the address %s could be somebody's", p.Email)
	}
}

func TestPartiesSuitTheService(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for _, s := range services(t).Services() {
		for range 50 {
			for i, p := range demo.Party(r, s, s.MaxParty, now) {
				youngest, oldest := 2, 79
				switch s.ID {
				case "birth-registration":
					youngest, oldest = 0, 0
				case "child-first-passport":
					youngest, oldest = 1, 17
				case "marriage-registration", "power-of-attorney":
					youngest = 18
				}
				check(t, p, youngest, oldest, now)
				if !s.Accepts(p.Document) {
					t.Fatalf("%s: person %d comes with a %s", s.ID, i, p.Document)
				}
			}
		}
	}
}

func TestStaffCanDoWhatTheDemonstrationShows(t *testing.T) {
	accounts, err := demo.Staff()
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{"*": true}
	for _, s := range setups(t) {
		ids[s.Post.ID] = true
	}
	has := map[string]int{}
	seen := map[string]bool{}
	for _, a := range accounts {
		if seen[a.User] || a.Name == "" || !strings.HasSuffix(a.Email, "@demo.example.org") || !locale.Known(a.Language) || len(a.Grants) == 0 {
			t.Errorf("account %+v", a)
		}
		seen[a.User] = true
		for _, g := range a.Grants {
			if !ids[g.Post] {
				t.Errorf("%s is granted for %s, which is no post", a.User, g.Post)
			}
			has[g.Role+"@"+g.Post]++
		}
	}
	for _, want := range []string{"administrator@*", "auditor@*", "head@london", "officer@london", "receptionist@london"} {
		if has[want] == 0 {
			t.Errorf("nobody is %s", want)
		}
	}
	if has["officer@*"] < 2 {
		t.Error("two officers of the ministry are needed to void bookings by two")
	}
}

func TestCalendarsReadLikeAnyUpload(t *testing.T) {
	if _, err := demo.Calendar("XXX"); err == nil {
		t.Error("a calendar of no country")
	}
	text, err := demo.Calendar("GBR")
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > post.MaxCalendarBytes {
		t.Error("too big for the upload")
	}
	days, skipped, err := post.ReadCalendar(io.LimitReader(bytes.NewReader(text), 1<<20), 2026, 2026)
	if err != nil || len(days) != 9 || days[0].Name["az"] != "Yeni il" {
		t.Errorf("%d days (%d left out), %v: %v", len(days), skipped, err, days)
	}
}

// Portraits pass what every portrait has to, and differ.
func TestPortraitsAreTaken(t *testing.T) {
	seen := map[string]bool{}
	for n := range demo.Portraits {
		drawn, err := demo.Portrait(n)
		if err != nil {
			t.Fatal(err)
		}
		f, err := upload.New(nil).Take(context.Background(), "portrait.jpg", bytes.NewReader(drawn), upload.Portraits())
		if err != nil {
			t.Fatal(err)
		}
		findings, err := upload.Measure(f)
		if err != nil || upload.Refused(findings) != nil {
			t.Errorf("portrait %d: %+v, %v", n, findings, err)
		}
		for _, one := range findings {
			if !one.Good {
				t.Errorf("portrait %d: %s is %.1f", n, one.ID, one.Measured)
			}
		}
		seen[string(drawn)] = true
	}
	if len(seen) != demo.Portraits {
		t.Errorf("%d portraits differ", len(seen))
	}
}
