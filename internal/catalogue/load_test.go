package catalogue_test

import (
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
)

func good(t testing.TB) string {
	t.Helper()
	text, err := fs.ReadFile(declared.Services, "services/passport-renewal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheShippedServicesLoad(t *testing.T) {
	c, err := catalogue.Load(declared.Services)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"passport-renewal", "child-first-passport", "visa-interview", "birth-registration",
		"marriage-registration", "power-of-attorney", "certified-copy", "return-certificate"} {
		if s, err := c.Service(id); err != nil || s.ID != id || !c.Known(id) {
			t.Errorf("%s: %v, %v", id, s.ID, err)
		}
	}
	if c.Services()[0].ID != "passport-renewal" {
		t.Errorf("services do not stand in their order: %s first", c.Services()[0].ID)
	}
	if _, err := c.Service("no-such"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an unknown service: %v, want not found", err)
	}
	first, _ := c.Service("child-first-passport")
	if first.Accepts(catalogue.Passport) || !first.Accepts(catalogue.BirthCertificate) {
		t.Error("a child's first passport must not ask for a passport, but take a birth certificate")
	}
	if born, _ := c.Service("birth-registration"); !born.Accepts(catalogue.ParentsDocument) {
		t.Error("a newborn must be able to come by a parent's document")
	}
	kinds := map[catalogue.ReleaseKind]bool{}
	for _, s := range c.Services() {
		kinds[s.Release.Kind] = true
	}
	if len(kinds) != 3 {
		t.Errorf("the demonstration shows releases %v, want all three", kinds)
	}
}

func TestAddingAServiceIsAddingAFile(t *testing.T) {
	fsys := fstest.MapFS{}
	fsys["services/tea.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(good(t), "id: passport-renewal", "id: tea", 1))}
	c, err := catalogue.Load(fsys)
	if err != nil || !c.Known("tea") {
		t.Fatalf("%v", err)
	}
}

func TestBadFilesSayWhereAndWhat(t *testing.T) {
	text := good(t)
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown field":        {"max_party: 6", "max_party: 6\nmax_partty: 6", `x\.yaml:\d+: there is no field "max_partty"`},
		"unknown inner field":  {"kind: rolling", "kind: rolling\n  days: 3", `there is no field "days"`},
		"number as text":       {"max_party: 6", "max_party: six", `x\.yaml:11: `},
		"zero duration":        {"duration_minutes: 20", "duration_minutes: 0", `x\.yaml:9: duration_minutes: is 0; write how long`},
		"party too big":        {"max_party: 6", "max_party: 60", `max_party: is 60`},
		"no places":            {"places_per_applicant: 1", "places_per_applicant: 0", `places_per_applicant`},
		"language missing":     {"  az: Pasportun yenilənməsi\n", "", `title: lacks az`},
		"language unknown":     {"  az: Pasportun", "  aze: Pasportun", `title\.aze: is not a language`},
		"title too long":       {"en: Passport renewal", "en: " + strings.Repeat("x", 81), `title\.en: is longer`},
		"wrong currency":       {"currency: AZN", "currency: MANAT", `fee\.currency: must be an ISO 4217`},
		"odd currency":         {"currency: AZN", "currency: JPY", `two decimals`},
		"negative fee":         {"minor: 4000", "minor: -1", `fee\.minor`},
		"unknown document":     {"document: passport", "document: library-card", `identifiers\[0\]\.document: "library-card" is not known`},
		"document twice":       {"document: national-id", "document: passport", `identifiers\[1\]\.document: "passport" is there twice`},
		"bad spoken language":  {"[az, en, ru]", "[az, '%%']", `languages\[1\]`},
		"language twice":       {"[az, en, ru]", "[az, az]", `languages\[1\]: "az" is there twice`},
		"no language":          {"[az, en, ru]", "[]", `languages: is empty`},
		"unknown release":      {"kind: rolling", "kind: lottery", `release\.kind: is "lottery"`},
		"ballot without rules": {"kind: rolling", "kind: ballot", `release\.ballot: belongs to`},
		"batch of rolling":     {"days_ahead: 60", "days_ahead: 60\n  batch: {weekday: mon, time: \"10:00\", span_days: 7}", `release\.batch: belongs to`},
		"bad batch": {"kind: rolling", "kind: batch\n  batch: {weekday: monday, time: \"25:00\", span_days: 0}",
			`(?s)batch\.weekday: is "monday".*batch\.time: is "25:00".*batch\.span_days: is 0`},
		"ballot too late": {"kind: rolling\n  days_ahead: 60", "kind: ballot\n  days_ahead: 5\n  ballot: {opens_weekday: mon, opens_time: \"09:00\", entry_days: 4, span_days: 7, confirm_hours: 48}",
			`days_ahead: is 5; entries and confirmation take until day 7`},
		"pause before warning": {"warn_after: 1", "warn_after: 2", `no_show\.warn_after: must come before`},
		"pause without days":   {"pause_days: 30", "pause_days: 0", `no_show\.pause_days`},
		"rerelease backwards":  {"max_minutes: 180", "max_minutes: 5", `rerelease\.max_minutes`},
		"all reserved":         {"reserve_percent: 10", "reserve_percent: 100", `reserve_percent`},
		"offer too short":      {"offer_minutes: 120", "offer_minutes: 1", `offer_minutes`},
		"http link":            {"az: Rüsumu", "az: X\n    link: http://example.org\n  - text:\n      en: X\n      az: Rüsumu", `bring\[4\]\.link: must be a whole https`},
		"other id":             {"id: passport-renewal", "id: visa", `x\.yaml:1: id: is "visa"`},
		"bad id":               {"id: passport-renewal", "id: Passport Renewal", `id: must be small`},
		"not yaml":             {"id: passport-renewal", "id: [", `x\.yaml:\d+: `},
		"a key twice":          {"max_party: 6", "max_party: 6\nmax_party: 7", `x\.yaml:12: `},
		"anchor":               {"max_party: 6", "max_party: &n 6", `x\.yaml:11: anchors`},
		"two documents":        {"offer_minutes: 120", "offer_minutes: 120\n---\nid: y", `exactly one service`},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(text, c.old, c.new, 1)
			if changed == text {
				t.Fatalf("the file has no %q", c.old)
			}
			if name != "other id" && name != "bad id" {
				changed = strings.Replace(changed, "id: passport-renewal", "id: x", 1)
			}
			_, err := catalogue.Parse("services/x.yaml", []byte(changed))
			if err == nil || !regexp.MustCompile(c.want).MatchString(err.Error()) {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if strings.Contains(err.Error(), "\n\n") {
				t.Errorf("a problem takes more than a line: %q", err)
			}
		})
	}
	for name, text := range map[string]string{"empty": "", "comment": "# nothing", "huge": strings.Repeat("#", 65<<10), "list": "- a"} {
		var p catalogue.Problem
		if _, err := catalogue.Parse("services/x.yaml", []byte(text)); !errors.As(err, &p) || p.Line != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAllProblemsOfAllFilesAreListed(t *testing.T) {
	bad := strings.Replace(good(t), "offer_minutes: 120", "offer_minutes: 1", 1)
	_, err := catalogue.Load(fstest.MapFS{
		"services/a.yaml": {Data: []byte(strings.Replace(bad, "id: passport-renewal", "id: a", 1))},
		"services/b.yaml": {Data: []byte(strings.Replace(bad, "id: passport-renewal", "id: c", 1))},
	})
	if err == nil || strings.Count(err.Error(), "\n") != 2 || !strings.Contains(err.Error(), "a.yaml:58") {
		t.Errorf("got %v, want three problems with their lines", err)
	}
	if _, err := catalogue.Load(fstest.MapFS{}); err == nil {
		t.Error("an empty catalogue loads")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good(f)))
	f.Add([]byte("id: x\ntitle: {en: &a x, az: *a}"))
	f.Add([]byte("- - -\n? :"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := catalogue.Parse("services/passport-renewal.yaml", text)
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Error("an error that says nothing")
			}
			return
		}
		if s.ID != "passport-renewal" || len(s.Title.Missing()) > 0 || s.DurationMinutes < 5 || len(s.Identifiers) == 0 {
			t.Errorf("accepted %+v", s)
		}
	})
}
