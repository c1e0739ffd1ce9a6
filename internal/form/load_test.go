package form_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chancery/chancery/internal/form"
)

// replace changes one thing in the small questionnaire.
func replace(t *testing.T, old, now string) string {
	t.Helper()
	if strings.Count(small, old) != 1 {
		t.Fatalf("%q is %d times in the questionnaire", old, strings.Count(small, old))
	}
	return strings.Replace(small, old, now, 1)
}

// Each mistake stops the load, at its line, with what to do.
func TestMistakesAreSaid(t *testing.T) {
	for name, c := range map[string]struct{ old, now, want string }{
		"an unknown field":                                      {"max_length: 40", "maxlength: 40", "there is no field"},
		"a missing translation":                                 {"{en: Salary, az: Maaş}", "{en: Salary}", "pages[1].questions[1].label: lacks az"},
		"a language too many":                                   {"{en: Salary, az: Maaş}", "{en: Salary, az: Maaş, de: Lohn}", "not a language"},
		"an unknown type":                                       {"type: declaration", "type: oath", "pages[3].questions[1].type"},
		"a field of another type":                               {"id: child_name, type: name", "id: child_name, type: name, max_length: 3", "does not belong to a name"},
		"a condition on nothing":                                {"when: with_children\n", "when: with_cats\n", "undeclared reference"},
		"a condition on later answers":                          {"when: with_children\n", "when: stay > 3\n", "stay is not asked before this, but on page last"},
		"a condition of another type":                           {`when: purpose == "work"`, "when: purpose", "must give bool"},
		"a comparison of types":                                 {`when: purpose == "work"`, "when: purpose == 3", "no matching overload"},
		"broken CEL":                                            {`when: purpose == "work"`, `when: purpose == "work`, "no good CEL"},
		"an option that is none":                                {`when: purpose == "work"`, `when: purpose == "wrok"`, `none of its options`},
		"an option in a list":                                   {`when: purpose == "work"`, `when: purpose in ["work", "wrok"]`, `none of its options`},
		"a page that nobody reaches":                            {`when: purpose == "work"`, `when: purpose == "work" && purpose == "tourism"`, "is never met, so that nobody comes"},
		"a page reached by nobody as its question is not asked": {"when: with_children\n", "when: purpose == \"transit\" && with_children\n", "is never met"},
		"a constant":                                            {"when: with_children\n", "when: 'false'\n", "is never met"},
		"a condition that always is":                            {`when: purpose == "work"`, `when: purpose == "work" || purpose != "work"`, "is always met"},
		"a question that nobody sees":                           {`when: 'child_birth < "2020"'`, `when: purpose == "transit"`, "nobody is asked this"},
		"a check on a part unheard of":                          {"that: years(child_birth, today) < 18", "that: child_name.nickname == \"x\"", "undefined field"},
		"a check beside nothing":                                {"at: child_birth", "at: nobody", "name a question of this page"},
		"an id twice":                                           {"id: salary", "id: employer", "is there twice"},
		"an id with a meaning":                                  {"id: salary", "id: today", "has a meaning of its own"},
		"an id of another page":                                 {"id: school", "id: purpose", "is the id of another page's answer"},
		"a section unheard of":                                  {"section: you\n    title: {en: Sign", "section: them\n    title: {en: Sign", "name one of the sections"},
		"a choice of one":                                       {"          - {value: work, text: {en: Work, az: İş}}\n          - {value: transit, text: {en: Transit, az: Tranzit}}\n", "", "are too few"},
		"bounds the wrong way":                                  {"min: 1, max: 90", "min: 91, max: 90", "greater than max"},
		"rounds without end":                                    {"max: 3, item", "max: 3000, item", "repeat.max"},
		"no fee's currency":                                     {"fee_currency: USD", "fee_currency: dollars", "case.fee_currency"},
		"an anchor":                                             {"title: {en: Trial, az: Sınaq}", "title: &x {en: Trial, az: Sınaq}", "anchors and aliases"},
		"today in a condition":                                  {"when: with_children\n", "when: today > \"2026\"\n", "undeclared reference"},
	} {
		text := replace(t, c.old, c.now)
		_, err := form.Load(fstest.MapFS{"questionnaires/trial.yaml": {Data: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
			continue
		}
		m := regexp.MustCompile(`^questionnaires/trial\.yaml:(\d+): `).FindStringSubmatch(err.Error())
		if m == nil {
			t.Errorf("%s: no file and line in %v", name, err)
			continue
		}
		// The line is that of the change, or near it.
		var line int
		fmt.Sscan(m[1], &line)
		want := strings.Count(small[:strings.Index(small, c.old)], "\n") + 1
		if line < want-3 || line > want+4 {
			t.Errorf("%s: line %d, changed was %d", name, line, want)
		}
	}
}

// What may be met is not complained of.
func TestReachableConditionsPass(t *testing.T) {
	for _, now := range []string{
		`when: purpose == "work" && with_children`, `when: purpose in ["work", "tourism"]`, `when: '!has(answers.with_children)'`,
		`when: purpose.startsWith("w")`, `when: '!with_children || purpose == "transit"'`,
	} {
		if _, err := form.Parse("questionnaires/trial.yaml", []byte(replace(t, `when: purpose == "work"`, now))); err != nil {
			t.Errorf("%s: %v", now, err)
		}
	}
}

// A new service is one file: twelve pages, each after the answer before.
func TestAServiceOfTwelvePagesIsOneFile(t *testing.T) {
	var b strings.Builder
	b.WriteString("title: {en: Long service, az: Uzun xidmət}\nabout: {en: Twelve pages., az: On iki səhifə.}\n" +
		"case: {decide_days: 10, answer_days: 30, keep_months: 24, fee_currency: AZN, four_eyes: true}\npages:\n")
	kinds := []string{"text", "number", "yes-no", "date", "name", "country", "address", "phone", "email", "file", "photo", "declaration"}
	for i, kind := range kinds {
		fmt.Fprintf(&b, "  - id: page%d\n    title: {en: Page %d, az: Səhifə %d}\n    questions:\n      - {id: q%d, type: %s, label: {en: Question %d, az: Sual %d}}\n", i, i, i, i, kind, i, i)
		if i > 2 {
			fmt.Fprintf(&b, "    when: q2\n")
		}
	}
	d, err := form.Load(fstest.MapFS{"questionnaires/long-service.yaml": {Data: []byte(b.String())}})
	if err != nil {
		t.Fatal(err)
	}
	service, ok := d.For("long-service")
	if !ok || !service.Case.FourEyes {
		t.Fatal("the service is not there")
	}
	typed := map[string]string{"q0": "text", "q1": "7", "q2": "yes", "q3-day": "1", "q3-month": "2", "q3-year": "2003", "q4-surname": "Ada", "q5": "AZE",
		"q6-street": "S 1", "q6-city": "Bakı", "q6-country": "AZE", "q7": "+994 12 596 90 00", "q8": "a@example.org", "q9": "f1", "q10": "f2", "q11": "yes"}
	all := form.Answers{}
	for range kinds {
		page := service.Next("", all, today)
		if page == nil {
			t.Fatal("it ends too early")
		}
		given := service.ReadPage(page.ID, 0, func(name string) []string {
			if v, ok := typed[name]; ok {
				return []string{v}
			}
			return nil
		})
		normal, err := service.CheckPage(page.ID, 0, given, all, today)
		if err != nil {
			t.Fatal(err)
		}
		all = service.Put(page.ID, 0, normal, all)
	}
	if err := service.Check(all, today); err != nil {
		t.Error(err)
	}
	if n := len(service.Path(all)); n != 12 {
		t.Errorf("%d pages", n)
	}
	if n := len(service.Path(form.Answers{"q2": false})); n != 3 {
		t.Errorf("without q2 %d pages", n)
	}
}
