package form_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
)

var problemLine = regexp.MustCompile(`^questionnaires/trial\.yaml:[1-9][0-9]*: \S`)

// Whatever a file holds, it is loaded or each line of the error says what is
// wrong where; what is loaded can be walked.
func FuzzParse(f *testing.F) {
	f.Add(small)
	f.Add(simple)
	f.Add("title: [")
	f.Add("pages:\n  - questions:\n      - {id: x, type: text}")
	f.Add("!!binary x: {a: b}")
	if text, err := os.ReadFile("../../catalogue/questionnaires/visa-application.yaml"); err == nil {
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := form.Parse("questionnaires/trial.yaml", []byte(text))
		if err != nil {
			for _, line := range strings.Split(err.Error(), "\n") {
				if !problemLine.MatchString(line) {
					t.Fatalf("a line that does not say what is wrong where: %q", line)
				}
			}
			return
		}
		d.Tasks(form.Answers{}, today)
		d.Summary(form.Answers{}, "az")
		if _, err := json.Marshal(d.JSONSchema("en")); err != nil {
			t.Fatal(err)
		}
	})
}

// Whatever answers are sent, they are refused as invalid, or accepted as
// something that stays as it is and that every way of showing can read.
func FuzzAnswers(f *testing.F) {
	trial, err := form.Parse("questionnaires/trial.yaml", []byte(small))
	if err != nil {
		f.Fatal(err)
	}
	definitions := []*form.Definition{trial, visa(f)}
	f.Add(0, `{"purpose":"work","with_children":true,"employer":"X","salary":1.5,"children":[{"child_name":{"surname":"A"},"child_birth":"2015","school":"S"}],"stay":5,"agreed":true}`)
	f.Add(1, `{"document":{"mrz":["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<","L898902C36UTO7408122F1204159ZE184226B<<<<<10"]},"name":{"surname":"Əli"},"phone":"+1","home":{"country":"D<<"}}`)
	f.Add(1, `{"children":[null,{},7,{"child_birth":{}}],"payer":["self","self"],"own_means":1e308,"birth":"2023-02-30"}`)
	f.Fuzz(func(t *testing.T, which int, text string) {
		var a form.Answers
		if json.Unmarshal([]byte(text), &a) != nil {
			return
		}
		d := definitions[which&1]
		d.Tasks(a, today)
		d.Summary(a, "en")
		d.Files(a)
		d.Submitted(a)
		for i := range d.Pages {
			p := &d.Pages[i]
			for j := range p.Questions {
				p.Questions[j].Inputs(a[p.Questions[j].ID])
			}
			d.Suggest(p.ID, 0, a, today)
		}
		out, err := d.Accept(a, today)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		again, err := d.Accept(out, today)
		if err != nil || !reflect.DeepEqual(again, out) {
			t.Fatalf("not normal: %v, then %v (%v)", out, again, err)
		}
	})
}

// Whatever is typed as a date is none, or one that reads as itself.
func FuzzDate(f *testing.F) {
	for _, seed := range []string{"1974-08-12", "1974-XX", "2024-02-29", "0000-00-00", "1974-08-", "٢٠٢٤"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := form.ParseDate(text)
		if err != nil {
			return
		}
		if again, err := form.ParseDate(d.String()); err != nil || again != d || d.Last().Before(d.First()) {
			t.Fatalf("%q is %v, then %v (%v)", text, d, again, err)
		}
	})
}

// Whatever stands in a condition, it is refused at load, or walking over any
// answers ends.
func FuzzCondition(f *testing.F) {
	for _, seed := range []string{`purpose == "work"`, `[1,2,3].all(x, [1,2].exists(y, x > y))`, `years("2020", purpose) > 3`, `has(answers.purpose) && answers.with_children`,
		`plus_months(purpose, 9223372036854775807) > ""`, `purpose.matches("(a+)+$")`, `"a" + purpose + 1`, `form.Name{surname: "x"} == null`, `1/0 == 1`, strings.Repeat("(", 80) + "true"} {
		f.Add(seed, "work", true)
	}
	quote := func(s string) string { text, _ := json.Marshal(s); return string(text) }
	f.Fuzz(func(t *testing.T, condition, purpose string, with bool) {
		text := strings.Replace(small, `when: purpose == "work"`, "when: "+quote(condition), 1)
		text = strings.Replace(text, "that: years(child_birth, today) < 18", "that: "+quote(condition), 1)
		d, err := form.Parse("questionnaires/trial.yaml", []byte(text))
		if err != nil {
			return
		}
		a := form.Answers{"purpose": purpose, "with_children": with, "children": []any{map[string]any{"child_birth": "2019"}}}
		d.Tasks(a, today)
		if err := d.Check(a, today); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Fatalf("%v", err) // the declaration is missing
		}
	})
}
