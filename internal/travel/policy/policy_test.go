package policy_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/travel/policy"
)

func shipped(t testing.TB) *policy.Policy {
	t.Helper()
	p, err := policy.Load(declared.Policy)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func decide(t testing.TB, p *policy.Policy, nationality, document, purpose string, days int, on string) policy.Answer {
	t.Helper()
	a, err := p.Decide(policy.Question{Nationality: nationality, Document: document, Purpose: purpose, Days: days, On: on})
	if err != nil {
		t.Fatalf("%s, %s, %s, %d, %s: %v", nationality, document, purpose, days, on, err)
	}
	return a
}

// The agreements of the release change the answer on the day they enter into
// force, for national passports only.
func TestAgreementsOfTheRelease(t *testing.T) {
	p := shipped(t)
	for _, nationality := range []string{"ARE", "SRB", "QAT"} {
		record, err := p.Record("waiver-" + strings.ToLower(nationality) + "-national")
		if err != nil || record.Source != policy.SourceRelease || record.Signed != "2023" || !strings.HasPrefix(record.InForce, "2023") {
			t.Fatalf("%+v, %v", record, err)
		}
		before := decide(t, p, nationality, "national", "tourism", 10, "2022-12-31")
		if before.Outcome != policy.EVisa || len(before.Hints) != 1 || before.Hints[0].Kind != policy.HintLater || before.Hints[0].Day != record.InForce {
			t.Errorf("%s before: %+v", nationality, before)
		}
		after := decide(t, p, nationality, "national", "tourism", 10, record.InForce)
		if after.Outcome != policy.VisaFree || after.MaxDays != 90 || after.Period != (policy.Period{Days: 90, In: 180}) || len(after.Basis) != 1 || after.Basis[0].ID != record.ID || len(after.Hints) != 0 {
			t.Errorf("%s after: %+v", nationality, after)
		}
		if a := decide(t, p, nationality, "refugee", "tourism", 10, "2026-11-25"); a.Outcome != policy.EmbassyVisa {
			t.Errorf("%s with a refugee's document: %+v", nationality, a)
		}
		long := decide(t, p, nationality, "national", "tourism", 120, "2026-11-25")
		if long.Outcome != policy.EmbassyVisa || len(long.Hints) != 2 || long.Hints[0] != (policy.Hint{Kind: policy.HintShorter, Outcome: policy.VisaFree, MaxDays: 90}) || long.Hints[1].Outcome != policy.EVisa {
			t.Errorf("%s for long: %+v", nationality, long)
		}
		if rules := p.Resting(record.ID); len(rules) != 1 {
			t.Errorf("%s: %d rules", record.ID, len(rules))
		}
	}
}

func TestAnswers(t *testing.T) {
	p := shipped(t)
	const today = "2026-11-25"
	for _, c := range []struct {
		nationality, document, purpose string
		days                           int
		rule                           string
	}{
		{"AZE", "national", "tourism", 0, "own-citizens"}, {"AZE", "identity-card", "work", 400, "own-citizens"}, {"D<<", "national", "tourism", 14, "evisa"}, {"DEU", "national", "tourism", 14, "evisa"},
		{"DEU", "national", "tourism", 31, "all-others"}, {"GEO", "identity-card", "tourism", 90, "neighbours-by-identity-card"}, {"DEU", "identity-card", "tourism", 1, "no-identity-cards"},
		{"JPN", "national", "business", 5, "on-arrival"}, {"JPN", "national", "work", 5, "work"}, {"ITA", "diplomatic", "official", 3, "official-passports-official-purpose"},
		{"XXA", "stateless", "family", 10, "protected-persons"}, {"GBO", "national", "tourism", 10, "evisa"}, {"UNO", "laissez-passer", "official", 10, "international-officials"},
		{"FRA", "emergency", "tourism", 1, "emergency-home-only"}, {"FRA", "emergency", "transit", 1, "transit-with-ticket"}, {"PRK", "national", "tourism", 7, "all-others"},
		{"RUS", "national", "medical", 91, "medical-at-a-post"}, {"RKS", "national", "tourism", 7, "all-others"},
	} {
		if a := decide(t, p, c.nationality, c.document, c.purpose, c.days, today); a.Rule != c.rule {
			t.Errorf("%+v: %s", c, a.Rule)
		}
	}
}

// Each nationality, document and purpose has exactly one outcome: found here by
// a second reading of the file, which counts the rules that nothing above takes
// the case from. And every rule is needed by somebody.
func TestExactlyOneOutcome(t *testing.T) {
	p := shipped(t)
	text, err := fs.ReadFile(declared.Policy, "policy/visa.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups map[string][]string
		Rules  []struct {
			ID, Outcome, From, Record      string
			Nationality, Document, Purpose []string
			Max                            int `yaml:"max_days"`
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	type reading struct {
		who, document, purpose map[string]bool // nil fits all
		start                  string
	}
	set := func(list []string) map[string]bool {
		if len(list) == 0 {
			return nil
		}
		out := map[string]bool{}
		for _, one := range list {
			out[one] = true
			for _, member := range file.Groups[one] {
				out[member] = true
			}
		}
		return out
	}
	readings := make([]reading, len(file.Rules))
	for i, r := range file.Rules {
		readings[i] = reading{set(r.Nationality), set(r.Document), set(r.Purpose), r.From}
		if r.Record != "" {
			record, err := p.Record(r.Record)
			if err != nil {
				t.Fatal(err)
			}
			readings[i].start = max(r.From, record.InForce)
		}
	}
	in := func(all map[string]bool, s string) bool { return all == nil || all[s] }
	dates, stays := []string{"2022-06-01", "2026-11-25"}, []int{1, 2, 31, 91}
	used, cases := map[string]bool{}, 0
	for _, c := range country.All("en") {
		for _, document := range policy.Documents {
			for _, purpose := range policy.Purposes {
				for _, on := range dates {
					for _, days := range stays {
						cases++
						a := decide(t, p, c.Code, document, purpose, days, on)
						used[a.Rule] = true
						if !slices.Contains(policy.Outcomes, a.Outcome) || a.Reason["az"] == "" || a.MaxDays > 0 && a.MaxDays < days {
							t.Fatalf("%s, %s, %s, %d days on %s: %+v", c.Code, document, purpose, days, on, a)
						}
						var open []string
						for i, r := range file.Rules {
							one := readings[i]
							if in(one.who, c.Code) && in(one.document, document) && in(one.purpose, purpose) && on >= one.start && (r.Max == 0 || days <= r.Max) && len(open) == 0 {
								open = append(open, r.ID)
							}
						}
						if len(open) != 1 || open[0] != a.Rule {
							t.Fatalf("%s, %s, %s, %d days on %s: %v, but the program says %s", c.Code, document, purpose, days, on, open, a.Rule)
						}
					}
				}
			}
		}
	}
	for _, r := range file.Rules {
		if !used[r.ID] {
			t.Errorf("rule %s decides nothing", r.ID)
		}
	}
	t.Logf("%d nationalities, %d cases, %d rules", len(country.All("en")), cases, len(file.Rules))
}

func TestProfile(t *testing.T) {
	p := shipped(t)
	steps, err := p.Profile(policy.Question{Nationality: "QAT", Document: "national", Purpose: "tourism", On: "2026-11-25", Days: -5})
	want := []policy.Step{{Outcome: policy.VisaFree, MaxDays: 90, Period: policy.Period{Days: 90, In: 180}, Rule: "waiver-qat"}, {Outcome: policy.EmbassyVisa, Rule: "all-others"}}
	if err != nil || !slices.Equal(steps, want) {
		t.Errorf("%+v, %v", steps, err)
	}
	if _, err := p.Profile(policy.Question{}); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
}

func TestQuestionsThatCannotBeAnswered(t *testing.T) {
	p := shipped(t)
	good := policy.Question{Nationality: "DEU", Document: "national", Purpose: "tourism", Days: 5, On: "2026-11-25"}
	for path, spoil := range map[string]func(*policy.Question){
		"nationality": func(q *policy.Question) { q.Nationality = "QQQ" }, "nationality ": func(q *policy.Question) { q.Nationality = "" },
		"document": func(q *policy.Question) { q.Document = "library-card" }, "purpose": func(q *policy.Question) { q.Purpose = "" },
		"days": func(q *policy.Question) { q.Days = -1 }, "days ": func(q *policy.Question) { q.Days = 4000 }, "on": func(q *policy.Question) { q.On = "2026-02-30" },
	} {
		q := good
		spoil(&q)
		_, err := p.Decide(q)
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Path != strings.TrimSpace(path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := p.Record("none"); fault.KindOf(err) != fault.NotFound {
		t.Error(err)
	}
}

// changed gives the shipped rules with one text replaced by another.
func changed(t testing.TB, file, old, new string) (*policy.Policy, error) {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, name := range []string{"policy/visa.yaml", "policy/waivers.yaml"} {
		text, err := fs.ReadFile(declared.Policy, name)
		if err != nil {
			t.Fatal(err)
		}
		if name == file {
			if !strings.Contains(string(text), old) {
				t.Fatalf("%s has no %q", name, old)
			}
			text = []byte(strings.Replace(string(text), old, new, 1))
		}
		fsys[name] = &fstest.MapFile{Data: text}
	}
	return policy.Load(fsys)
}

func TestWhatChangedBetweenVersions(t *testing.T) {
	p := shipped(t)
	if same := policy.Compare(p, "2026-11-25", p, "2026-11-25"); len(same) != 0 {
		t.Errorf("nothing changed, and yet %v", same)
	}
	print := func(changes []policy.Change) string {
		lines := make([]string, len(changes))
		for i, c := range changes {
			lines[i] = c.String()
		}
		return strings.Join(lines, "\n")
	}
	// What 2023 changed, by itself, through the records.
	got := print(policy.Compare(p, "2022-12-31", p, "2023-12-31"))
	t.Log("\n" + got)
	var want []string
	for _, name := range []string{"Qatar", "Serbia", "United Arab Emirates"} {
		want = append(want,
			name+", national, tourism+business+family+medical+culture: e-visa to 30 days, then embassy-visa → visa-free to 90 days (90 in 180), then embassy-visa",
			name+", national, transit: visa-free to 1 days, then e-visa to 30 days, then embassy-visa → visa-free to 90 days (90 in 180), then embassy-visa")
	}
	if got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	// Another version of the rules.
	next, err := changed(t, "policy/visa.yaml", "[BHR, KWT, OMN, SAU, JPN, KOR, SGP, MYS]", "[BHR, KWT, OMN, SAU, JPN, KOR, SGP]")
	if err != nil {
		t.Fatal(err)
	}
	got = print(policy.Compare(p, "2026-11-25", next, "2026-11-25"))
	t.Log("\n" + got)
	if want := "Malaysia, national, tourism+business+culture: on-arrival to 30 days, then embassy-visa → e-visa to 30 days, then embassy-visa\n" +
		"Malaysia, national, transit: visa-free to 1 days, then on-arrival to 30 days, then embassy-visa → visa-free to 1 days, then e-visa to 30 days, then embassy-visa"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// An agreement that ends.
	ended, err := changed(t, "policy/waivers.yaml", "in_force: \"2023-10-01\"", "in_force: \"2023-10-01\"\n    until: \"2026-06-30\"")
	if err != nil {
		t.Fatal(err)
	}
	if a := decide(t, ended, "QAT", "national", "family", 5, "2026-06-30"); a.Outcome != policy.VisaFree {
		t.Errorf("on the last day: %+v", a)
	}
	if a := decide(t, ended, "QAT", "national", "family", 5, "2026-07-01"); a.Outcome != policy.EVisa || len(a.Hints) != 1 || a.Hints[0].Kind != policy.HintEnded || a.Hints[0].Day != "2026-06-30" {
		t.Errorf("after it: %+v", a)
	}
}

func TestBadFiles(t *testing.T) {
	for _, c := range []struct{ file, old, new, want string }{
		{"policy/visa.yaml", "outcome: e-visa", "outcome: maybe", "outcome: \"maybe\" is not known"},
		{"policy/visa.yaml", "[ARE]", "[XYZ]", "neither a group nor a code"},
		{"policy/visa.yaml", "record: waiver-are-national", "record: waiver-are", "there is no record"},
		{"policy/visa.yaml", "id: evisa", "id: work", "is taken"},
		{"policy/visa.yaml", "period: 90 in 180", "period: 200 in 180", "is no window"},
		{"policy/visa.yaml", "needs: [identity-card]", "needs: [card]", "is not in documents"},
		{"policy/visa.yaml", "from: \"2024-01-01\"", "from: \"2024-02-30\"", "is no date"},
		{"policy/visa.yaml", "id: all-others", "id: all-others\n    purpose: [work]", "the last rule must have no conditions"},
		{"policy/visa.yaml", "max_days: 30", "max_day: 30", "unknown field"},
		{"policy/visa.yaml", "max_days: 30", "max_days: -1", "max_days: must be"},
		{"policy/visa.yaml", "      az: Təhsil", "      de: Təhsil", "lacks az"},
		{"policy/visa.yaml", "document: [identity-card]", "document: [card]", "document: \"card\" is not known"},
		{"policy/visa.yaml", "source: release", "source: hearsay", "source: \"hearsay\""},
		{"policy/visa.yaml", "version:", "version: [", "policy/visa.yaml:"},
		{"policy/waivers.yaml", "parties: [AZE, ARE]", "parties: [AZE, UAE]", "is no code of a country"},
		{"policy/waivers.yaml", "signed: \"2023\"", "signed: \"last year\"", "is no date"},
		{"policy/waivers.yaml", "id: waiver-srb-national", "id: waiver-are-national", "is taken"},
		{"policy/waivers.yaml", "in_force: \"2023-08-01\"", "in_force: \"2023-08-01\"\n    until: \"2020-01-01\"", "is before in_force"},
	} {
		p, err := changed(t, c.file, c.old, c.new)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), c.file+":") || strings.HasPrefix(err.Error(), c.file+":0") {
			t.Errorf("%s → %s: %v, %v", c.old, c.new, err, p != nil)
		}
	}
	if _, err := policy.Load(fstest.MapFS{}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"policy/visa.yaml", "policy/waivers.yaml"} {
		text, err := fs.ReadFile(declared.Policy, name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	records := policy.Records{"waiver-are-national": {ID: "waiver-are-national", InForce: "2023-01-01"}}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 4<<10 {
			return
		}
		_, _ = policy.ParseRecords(text)
		if p, err := policy.Parse(text, records); err == nil {
			if _, err := p.Decide(policy.Question{Nationality: "ARE", Document: "national", Purpose: "tourism", On: "2026-01-01"}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
