package postweb_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
	"github.com/chancery/chancery/internal/web/postweb"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// clerk may edit posts at the posts named, "*" for all.
type clerk []string

func (clerk) ID() string   { return "7" }
func (clerk) Name() string { return "Leyla" }
func (c clerk) May(permission, postID string) bool {
	for _, p := range c {
		if permission == "posts.edit" && (p == "*" || p == postID || postID == "") {
			return true
		}
	}
	return false
}

type gate struct{ person web.Person }

func (g *gate) Staff(*http.Request) (web.Person, error) { return g.person, nil }

type site struct {
	handler http.Handler
	posts   *post.Service
	gate    *gate
}

func open(t *testing.T) *site {
	t.Helper()
	ctx := context.Background()
	db := storetest.SQLite(t)
	now := func() time.Time { return noon }
	services, err := catalogue.Load(declared.Services)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{posts: post.New(db, audit.New(now), services, now), gate: &gate{clerk{"*"}}}
	if err := demo.LoadPosts(ctx, s.posts, noon); err != nil {
		t.Fatal(err)
	}
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	server, err := web.New(web.Options{DB: db, Keys: keys, Now: now, Gate: s.gate, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	questionnaires, err := form.Load(declared.Questionnaires)
	if err != nil {
		t.Fatal(err)
	}
	pages := &postweb.Pages{Posts: s.posts, Services: services, Questionnaires: questionnaires}
	if err := pages.Register(server); err != nil {
		t.Fatal(err)
	}
	a, err := api.New(server)
	if err != nil {
		t.Fatal(err)
	}
	pages.Operations(a)
	if err := server.Check(); err != nil {
		t.Fatal(err)
	}
	if s.handler, err = server.Handler(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) do(t *testing.T, r *http.Request) (int, string, http.Header) {
	t.Helper()
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	return rec.Code, rec.Body.String(), rec.Header()
}

func (s *site) get(t *testing.T, path, lang string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Language", lang)
	code, body, _ := s.do(t, r)
	return code, body
}

func (s *site) post(t *testing.T, path string, values url.Values) (int, string, http.Header) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(t, r)
}

func TestEveryPageShowsInBothLanguages(t *testing.T) {
	s := open(t)
	counters, err := s.posts.Counters(context.Background(), "london")
	if err != nil {
		t.Fatal(err)
	}
	for path, wants := range map[string][2]string{
		"/services":                                            {"Passport renewal", "Pasportun yenilənməsi"},
		"/services/passport-renewal":                           {"40.00 AZN", "40,00 AZN"},
		"/services/visa-interview":                             {"Monday, 09:00", "bazar ertəsi, nümayəndəliyin saatı ilə 09:00"},
		"/services/marriage-registration":                      {"open together every week: Monday, 10:00", "hər həftə birlikdə açılır"},
		"/services/birth-registration":                         {"Free of charge", "Ödənişsiz"},
		"/staff/admin/posts":                                   {"Embassy in Bratislava", "Təl-Əvivdəki Səfirlik"},
		"/staff/admin/posts/new":                               {"Identifier", "İdentifikator"},
		"/staff/admin/posts/london":                            {"Europe/London", "Londondakı Səfirlik"},
		"/staff/admin/posts/london/counters":                   {"Add a counter", "Pəncərə əlavə et"},
		"/staff/admin/posts/london/holidays":                   {"Spring Bank Holiday", "Mayın son bazar ertəsi"},
		"/staff/admin/posts/baku/holidays":                     {"State Flag Day", "Dövlət Bayrağı günü"},
		"/staff/admin/posts/london/away":                       {"No closure is ahead.", "Qarşıda bağlı gün yoxdur."},
		"/staff/admin/posts/london/counters/" + counters[0].ID: {"Change counter 1", "1 nömrəli pəncərəni dəyiş"},
	} {
		for i, lang := range locale.Languages {
			if code, body := s.get(t, path, lang); code != http.StatusOK || !strings.Contains(body, wants[i]) || strings.Contains(body, "postweb.") || strings.Contains(body, "ZgotmplZ") {
				t.Errorf("%s in %s: %d, no %q in\n%s", path, lang, code, wants[i], between(body, "<main", "</main>"))
			}
		}
	}
	for _, path := range []string{"/services/tea", "/staff/admin/posts/atlantis", "/staff/admin/posts/london/counters/x"} {
		if code, _ := s.get(t, path, "en"); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
}

func between(text, from, to string) string {
	_, text, _ = strings.Cut(text, from)
	text, _, _ = strings.Cut(text, to)
	return text
}

func TestAServiceLeadsToBooking(t *testing.T) {
	s := open(t)
	if _, body := s.get(t, "/services/passport-renewal", "en"); !strings.Contains(body, `href="/appointments?service=passport-renewal"`) ||
		!strings.Contains(body, `href="/appointments?service=passport-renewal&amp;post=london"`) {
		t.Error("no way from the service to an appointment")
	}
}

func londonForm() url.Values {
	return url.Values{
		"version": {"1"}, "type": {"embassy"}, "name.en": {"Embassy in London"}, "name.az": {"Londondakı Səfirlik"}, "city.en": {"London"}, "city.az": {"London"},
		"country": {"GBR"}, "address.en": {"A"}, "address.az": {"B"}, "opening.en": {"Mornings"}, "opening.az": {"Səhər"}, "phone": {"+44 20 7946 0999"},
		"email": {"london@posts.example.org"}, "zone": {"Europe/London"}, "latitude": {"51.5"}, "longitude": {"-0.1"}, "services": {"passport-renewal", "visa-interview"},
		"minimum_notice_minutes": {"60"}, "horizon_days": {"30"}, "active": {"yes"},
	}
}

func TestEditingAPost(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	code, body, head := s.post(t, "/staff/admin/posts/london", londonForm())
	if code != http.StatusSeeOther || head.Get("Location") != "/staff/admin/posts/london" {
		t.Fatalf("%d %s", code, between(body, "<main", "</main>"))
	}
	if p, _ := s.posts.Get(ctx, "london"); p.Phone != "+44 20 7946 0999" || len(p.Services) != 2 || p.Version != 2 || p.HorizonDays != 30 {
		t.Errorf("saved %+v", p)
	}
	if code, body, _ := s.post(t, "/staff/admin/posts/london", londonForm()); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Somebody else saved this post") {
		t.Errorf("saving over another's change: %d", code)
	}
	bad := londonForm()
	bad.Set("latitude", "north")
	bad.Set("zone", "Mars/Olympus")
	bad.Set("name.az", "")
	bad.Set("version", "2")
	code, body, _ = s.post(t, "/staff/admin/posts/london", bad)
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, `href="#latitude"`) || !strings.Contains(body, `value="north"`) {
		t.Errorf("a latitude in words: %d", code)
	}
	bad.Set("latitude", "NaN")
	code, body, _ = s.post(t, "/staff/admin/posts/london", bad)
	for _, want := range []string{`href="#latitude"`, `href="#zone"`, `href="#name-az"`, `id="name-az"`, `value="Mars/Olympus"`} {
		if code != http.StatusUnprocessableEntity || !strings.Contains(body, want) {
			t.Errorf("%d, no %s", code, want)
		}
	}

	made := londonForm()
	made.Set("id", "paris")
	if code, body, _ := s.post(t, "/staff/admin/posts/new", made); code != http.StatusSeeOther {
		t.Errorf("a new post: %d %s", code, between(body, "<main", "</main>"))
	}
	if code, body, _ := s.post(t, "/staff/admin/posts/new", made); code != http.StatusUnprocessableEntity || !strings.Contains(body, "is there already") {
		t.Errorf("the new post again: %d", code)
	}
}

func TestAHeadOfPostSeesOnlyTheOwnPost(t *testing.T) {
	s := open(t)
	s.gate.person = clerk{"london"}
	_, body := s.get(t, "/staff/admin/posts", "en")
	if !strings.Contains(body, "Embassy in London") || strings.Contains(body, "Embassy in Rome") || strings.Contains(body, "Add a post") {
		t.Error("the list is not the person's own")
	}
	for path, want := range map[string]int{"/staff/admin/posts/london": 200, "/staff/admin/posts/rome": 403, "/staff/admin/posts/rome/holidays": 403, "/staff/admin/posts/new": 403} {
		if code, _ := s.get(t, path, "en"); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
	if code, _, _ := s.post(t, "/staff/admin/posts/new", londonForm()); code != http.StatusForbidden {
		t.Errorf("adding a post: %d", code)
	}
	if code, _, _ := s.post(t, "/staff/admin/posts/rome/holidays/2026-12-25/remove", nil); code != http.StatusForbidden {
		t.Errorf("another post's holiday: %d", code)
	}
}

func TestCountersClosuresAndAbsences(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	if code, _, _ := s.post(t, "/staff/admin/posts/london/counters", url.Values{"label": {"9"}, "services": {"visa-interview"}, "active": {"yes"}}); code != http.StatusSeeOther {
		t.Errorf("a counter: %d", code)
	}
	if code, body, _ := s.post(t, "/staff/admin/posts/london/counters", url.Values{"label": {"9"}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "has this label") {
		t.Errorf("the label again: %d", code)
	}
	counters, _ := s.posts.Counters(ctx, "london")
	nine := counters[len(counters)-1]
	if nine.Label != "9" || !nine.Active {
		t.Fatalf("counters %v", counters)
	}
	if code, _, _ := s.post(t, "/staff/admin/posts/london/counters/"+nine.ID, url.Values{"label": {"10"}}); code != http.StatusSeeOther {
		t.Errorf("changing it: %d", code)
	}
	if c, _ := s.posts.Counter(ctx, "london", nine.ID); c.Label != "10" || c.Active {
		t.Errorf("changed to %+v", c)
	}

	closing := url.Values{"from.day": {"28"}, "from.month": {"12"}, "from.year": {"2026"}, "to.day": {"3"}, "to.month": {"1"}, "to.year": {"2027"}, "reason.en": {"Works"}, "reason.az": {"Təmir"}}
	if code, body, _ := s.post(t, "/staff/admin/posts/london/closures", closing); code != http.StatusSeeOther {
		t.Errorf("a closure: %d %s", code, between(body, "<main", "</main>"))
	}
	closed, _ := s.posts.Closures(ctx, "london", "2026-12-31", "2026-12-31")
	if len(closed) != 1 || closed[0].To != "2027-01-03" {
		t.Fatalf("closures %v", closed)
	}
	closing.Set("to.day", "31")
	closing.Set("to.month", "2")
	if code, body, _ := s.post(t, "/staff/admin/posts/london/closures", closing); code != http.StatusUnprocessableEntity || !strings.Contains(body, `href="#to"`) || !strings.Contains(body, "Works") {
		t.Errorf("a closure without an end: %d", code)
	}
	if code, _, _ := s.post(t, "/staff/admin/posts/london/closures/"+closed[0].ID+"/remove", nil); code != http.StatusSeeOther {
		t.Errorf("removing it: %d", code)
	}

	absent := url.Values{"counter": {nine.ID}, "absent_from.day": {"29"}, "absent_from.month": {"3"}, "absent_from.year": {"2027"}, "absent_from_time": {"09:00"},
		"absent_to.day": {"29"}, "absent_to.month": {"3"}, "absent_to.year": {"2027"}, "absent_to_time": {"12:30"}, "note": {"Training"}}
	if code, body, _ := s.post(t, "/staff/admin/posts/london/absences", absent); code != http.StatusSeeOther {
		t.Errorf("an absence: %d %s", code, between(body, "<main", "</main>"))
	}
	got, _ := s.posts.Absences(ctx, "london", noon, noon.AddDate(1, 0, 0))
	if len(got) != 1 || got[0].From.Format(time.RFC3339) != "2027-03-29T08:00:00Z" {
		t.Errorf("absences %v: nine o'clock in London in summer is eight in UTC", got)
	}
	// On 28 March 2027 London's clocks jump from one to two.
	absent.Set("absent_from.day", "28")
	absent.Set("absent_from_time", "01:30")
	absent.Del("counter")
	if code, body, _ := s.post(t, "/staff/admin/posts/london/absences", absent); code != http.StatusUnprocessableEntity || !strings.Contains(body, `href="#absent-from"`) || !strings.Contains(body, `href="#counter"`) {
		t.Errorf("an hour that does not exist: %d", code)
	}
}

func upload(t *testing.T, s *site, name, kind, text string) (int, string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	head := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename=%q`, name)}, "Content-Type": {kind}}
	part, err := form.CreatePart(head)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(part, text); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/staff/admin/posts/rome/holidays/import", &b)
	r.Header.Set("Content-Type", form.FormDataContentType())
	code, body, _ := s.do(t, r)
	return code, body
}

func TestImportingHolidays(t *testing.T) {
	s := open(t)
	text, err := demo.Calendar("DEU")
	if err != nil {
		t.Fatal(err)
	}
	if code, body := upload(t, s, "Feiertage.ICS", "application/octet-stream", string(text)); code != http.StatusSeeOther {
		t.Errorf("a calendar: %d %s", code, between(body, "<main", "</main>"))
	}
	if h, ok, _ := s.posts.IsHoliday(context.Background(), "rome", "2026-10-03"); !ok || h.Source != post.Imported {
		t.Errorf("not imported: %+v", h)
	}
	timed := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:<b>Prayer</b>\r\nDTSTART:20260320T080000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	for name, c := range map[string]struct {
		file, kind, text, want string
		code                   int
	}{
		"a picture":     {"a.png", "image/png", "\x89PNG", "not a calendar file", 422},
		"wrong inside":  {"a.ics", "text/calendar", "<html>", "not a calendar file", 422},
		"a timed event": {"a.ics", "text/calendar", timed, "Event 1 (&lt;b&gt;Prayer&lt;/b&gt;) is not a whole-day event", 422},
		"no file":       {"", "application/octet-stream", "", "Choose a calendar file", 422},
		"too big":       {"a.ics", "text/calendar", string(text) + strings.Repeat("X", post.MaxCalendarBytes), "larger than 256 KiB", 422},
		"huge":          {"a.ics", "text/calendar", strings.Repeat("X", 2<<20), "", 413},
	} {
		code, body := upload(t, s, c.file, c.kind, c.text)
		if code != c.code || !strings.Contains(body, c.want) || code == 422 && !strings.Contains(body, `href="#file"`) {
			t.Errorf("%s: %d %s", name, code, between(body, "<main", "</main>"))
		}
	}
	if code, _, _ := s.post(t, "/staff/admin/posts/rome/holidays/import", url.Values{"file": {"x"}}); code != http.StatusUnprocessableEntity {
		t.Errorf("a form without a file: %d", code)
	}

	day := url.Values{"date.day": {"7"}, "date.month": {"12"}, "date.year": {"2026"}, "name.en": {"Local day"}, "name.az": {"Yerli gün"}, "source": {"host"}}
	if code, body, _ := s.post(t, "/staff/admin/posts/rome/holidays", day); code != http.StatusSeeOther {
		t.Errorf("a holiday: %d %s", code, between(body, "<main", "</main>"))
	}
	if code, body, _ := s.post(t, "/staff/admin/posts/rome/holidays", day); code != http.StatusUnprocessableEntity || !strings.Contains(body, "holiday at this post already") {
		t.Errorf("the holiday again: %d", code)
	}
	day.Set("date.day", "31")
	day.Set("date.month", "9")
	if code, body, _ := s.post(t, "/staff/admin/posts/rome/holidays", day); code != http.StatusUnprocessableEntity || !strings.Contains(body, `href="#date"`) {
		t.Errorf("31 September: %d", code)
	}
	if code, _, _ := s.post(t, "/staff/admin/posts/rome/holidays/2026-12-07/remove", nil); code != http.StatusSeeOther {
		t.Errorf("removing: %d", code)
	}
	if code, _, _ := s.post(t, "/staff/admin/posts/rome/holidays/2026-12-07/remove", nil); code != http.StatusNotFound {
		t.Errorf("removing again: %d", code)
	}
}
