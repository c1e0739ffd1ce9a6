package form_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/locale"
)

func states(tasks []form.Task) string {
	var all []string
	for _, t := range tasks {
		all = append(all, t.Page.ID+" "+string(t.State))
	}
	return strings.Join(all, ", ")
}

func TestTasks(t *testing.T) {
	d := parse(t, small)
	child := map[string]any{"child_name": map[string]any{"surname": "A"}, "child_birth": "2021-05"}
	for text, want := range map[string]string{
		// Nothing is known: what may come is shown, and cannot be started.
		`{}`:                               "start todo, employer_page cannot-start, children cannot-start, last cannot-start",
		`{"purpose":"work"}`:               "start started, employer_page todo, children cannot-start, last cannot-start",
		`{"purpose":"transit","stay":100}`: "start done, last started",
		`{"purpose":"tourism","with_children":false}`:                                    "start done, last todo",
		`{"purpose":"tourism","with_children":false,"stay":100}`:                         "start done, last started",
		`{"purpose":"tourism","with_children":true,"children":[]}`:                       "start done, children todo, last cannot-start",
		`{"purpose":"tourism","with_children":true,"children":[{"child_birth":"1990"}]}`: "start done, children started, last cannot-start",
	} {
		var a form.Answers
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			t.Fatal(err)
		}
		if got := states(d.Tasks(a, today)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	done := form.Answers{"purpose": "tourism", "with_children": true, "children": []any{child}, "stay": 5.0, "agreed": true}
	if got := states(d.Tasks(done, today)); got != "start done, children done, last done" {
		t.Error(got)
	}
	if err := d.Check(done, today); err != nil {
		t.Error(err)
	}
	if page := d.Next("", done, today); page != nil {
		t.Errorf("after everything comes %s", page.ID)
	}
	if page := d.Next("start", form.Answers{"purpose": "work", "with_children": false}, today); page == nil || page.ID != "employer_page" {
		t.Errorf("after the start comes %v", page)
	}
}

// What lies outside the path is kept for the person, checked by nobody and never
// submitted.
func TestSubmitted(t *testing.T) {
	d := parse(t, small)
	a := form.Answers{"purpose": "transit", "employer": "X", "with_children": true, "children": []any{map[string]any{"child_birth": "nonsense"}}, "stay": 5.0, "agreed": true}
	want := form.Answers{"purpose": "transit", "stay": 5.0, "agreed": true}
	if got := d.Submitted(a); !reflect.DeepEqual(got, want) {
		t.Errorf("submitted: %v", got)
	}
	if got, err := d.Accept(a, today); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("accepted: %v, %v", got, err)
	}
	if a["employer"] != "X" {
		t.Error("the draft has lost an answer")
	}
}

func TestRounds(t *testing.T) {
	d := parse(t, small)
	all := form.Answers{"purpose": "tourism", "with_children": true}
	name := map[string]any{"surname": "A", "surname_latin": "A"}
	for i := range 3 {
		given, err := d.CheckPage("children", i, form.Answers{"child_name": map[string]any{"surname": "A"}, "child_birth": "2021"}, all, today)
		if err != nil || !reflect.DeepEqual(given["child_name"], name) {
			t.Fatalf("%v: %v", given, err)
		}
		before := len(form.Rounds(all, "children"))
		next := d.Put("children", i, given, all)
		if len(form.Rounds(all, "children")) != before || len(form.Rounds(next, "children")) != before+1 {
			t.Fatalf("%v, then %v", all, next)
		}
		all = next
	}
	if _, err := d.CheckPage("children", 3, form.Answers{}, all, today); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a fourth of three: %v", err)
	}
	if got := d.Put("children", 3, form.Answers{}, all); len(form.Rounds(got, "children")) != 3 {
		t.Errorf("a fourth of three was put: %v", got)
	}
	for _, where := range []struct {
		page  string
		index int
	}{{"nowhere", 0}, {"start", 1}, {"children", -1}} {
		if _, err := d.CheckPage(where.page, where.index, form.Answers{}, all, today); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%v: %v", where, err)
		}
	}
	if got := d.Remove("children", 0, all); len(form.Rounds(got, "children")) != 2 || len(form.Rounds(all, "children")) != 3 {
		t.Errorf("removed: %v of %v", got, all)
	}
	all["stay"], all["agreed"] = 40.0, true
	if f := fault.As(d.Check(all, today)); f == nil || len(f.Fields) != 1 || f.Fields[0].Path != "stay" {
		t.Errorf("a check over all rounds: %v", f)
	}
}

// What is wrong is said in the reader's language, beside the control it is about.
func TestFaultsReadWell(t *testing.T) {
	d := parse(t, small)
	all := form.Answers{"purpose": "tourism", "with_children": true}
	_, err := d.CheckPage("children", 0, form.Answers{"child_birth": "1990-01-01", "child_name": map[string]any{"given_names": "B"}}, all, today)
	f := fault.As(form.In(err, "az"))
	if f == nil {
		t.Fatal(err)
	}
	page, _ := d.Page("children")
	got := map[string]string{}
	for _, field := range f.Fields {
		got[page.At(field.Path)] = locale.For("az").T(field.Key, field.Args)
	}
	want := map[string]string{"child_birth-day": "Uşaq 18 yaşdan kiçikdir.", "child_name-surname": locale.For("az").T("form.missing.part.surname"), "school": "“Məktəb” sualına cavab yazın"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for _, lang := range locale.Languages {
		for _, field := range fault.As(form.In(err, lang)).Fields {
			if text := locale.For(lang).T(field.Key, field.Args); text == field.Key || strings.Contains(text, "no value") || strings.Contains(text, "map[") {
				t.Errorf("%s in %s: %q", field.Key, lang, text)
			}
		}
	}
}

// What a page shows is read back as what it was.
func TestInputsAreReadBack(t *testing.T) {
	d := visa(t)
	all := fill(t, d, traveller())
	for _, task := range d.Tasks(all, then) {
		p := task.Page
		for i := range max(1, task.Rounds) {
			stored := d.Stored(p.ID, i, all)
			shown := map[string][]string{}
			for j := range p.Questions {
				for _, in := range p.Questions[j].Inputs(stored[p.Questions[j].ID]) {
					shown[in.Name] = in.Values
					if len(in.Label) > 0 && len(in.Label.Missing()) > 0 || in.Label["en"] == "form.part."+in.Part && in.Part != "" {
						t.Errorf("%s has no label in %v", in.Name, in.Label.Missing())
					}
					for _, o := range in.Options {
						if len(o.Text.Missing()) > 0 || strings.HasPrefix(o.Text["az"], "form.") {
							t.Errorf("%s: the option %s has no text", in.Name, o.Value)
						}
					}
				}
			}
			given := d.ReadPage(p.ID, i, func(name string) []string { return shown[name] })
			back, err := d.CheckPage(p.ID, i, given, all, then)
			if err != nil || !reflect.DeepEqual(jsonOf(t, back), jsonOf(t, stored)) {
				t.Errorf("%s: %v is read back as %v: %v", p.ID, stored, back, err)
			}
		}
	}
}

func jsonOf(t *testing.T, a form.Answers) string {
	t.Helper()
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The zone of the travel document fills in what comes after it.
func TestSuggestions(t *testing.T) {
	d := visa(t)
	all := fill(t, d, traveller())
	draft := form.Answers{"document": all["document"]}
	got := d.Suggest("personal", 0, draft, then)
	name, _ := got["name"].(map[string]any)
	if got["birth"] != "1974-08-12" || got["sex"] != "female" || name["surname"] != "ERIKSSON" || len(got) != 3 {
		t.Errorf("suggested: %v", got)
	}
	if got := d.Suggest("personal", 0, form.Answers{}, then); len(got) != 0 {
		t.Errorf("out of nothing: %v", got)
	}
	if got := d.Suggest("personal", 0, all, then); len(got) != 0 {
		t.Errorf("over answers: %v", got)
	}
}

func TestNumbersAsTyped(t *testing.T) {
	d := parse(t, simple)
	for typed, want := range map[string]any{"12.5": 12.5, "12,50": 12.5, "1 250,5": 1250.5, "1250": 1250.0, "-3": -3.0, "1,250": "form.number", "1.2.3": "form.number", "0x10": "form.number", "1e3": "form.number", "NaN": "form.number", "12.555": "form.decimals", "99999999999": "form.number"} {
		given := d.ReadPage("only", 0, func(name string) []string {
			if name == "price" {
				return []string{typed}
			}
			return nil
		})
		got, err := d.CheckPage("only", 0, given, nil, today)
		if f := fault.As(err); f != nil {
			if f.Fields[0].Key != want {
				t.Errorf("%q: %v", typed, f)
			}
		} else if got["price"] != want {
			t.Errorf("%q is %v, want %v", typed, got["price"], want)
		}
	}
}
