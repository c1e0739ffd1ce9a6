package form_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
)

// traveller fills in the visa questionnaire as somebody types it, by control
// name and page; rounds of repeating pages follow one another.
func traveller() map[string][]map[string]string {
	one := func(m map[string]string) []map[string]string { return []map[string]string{m} }
	return map[string][]map[string]string{
		// The specimen of ICAO Doc 9303-4.
		"travel_document": one(map[string]string{"document-mrz": "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10", "document-issuer": "DEU", "document-nationality": "Germany"}),
		"personal": one(map[string]string{"name-surname": "Эрикссон", "name-given_names": "Анна Мария", "name-surname_latin": "Eriksson",
			"birth-day": "12", "birth-month": "8", "birth-year": "1974", "birth_place": "  Bad   Homburg ", "birth_country": "DEU", "sex": "female",
			"has_other_nationalities": "no"}),
		"family": one(map[string]string{"civil_status": "single", "children_travel": "yes"}),
		"children": {
			{"child_name-surname": "Eriksson", "child_name-given_names": "Ola", "child_birth-day": "1", "child_birth-month": "2", "child_birth-year": "2006", "child_nationality": "DEU"},
			{"child_name-surname": "Əliyev", "child_name-given_names": "Cəlil", "child_birth-day": "29", "child_birth-month": "2", "child_birth-year": "2008", "child_nationality": "AZE"},
		},
		"contact":     one(map[string]string{"email": "anna@Example.ORG", "phone": "0049 30 1234567", "home-street": "Am Markt 1", "home-city": "Berlin", "home-postcode": "10115", "home-country": "DEU"}),
		"employment":  one(map[string]string{"occupation": "retired"}),
		"plan":        one(map[string]string{"purpose": "visit", "entries": "one", "arrival-day": "3", "arrival-month": "1", "arrival-year": "2012", "departure-day": "9", "departure-month": "1", "departure-year": "2012", "stay_address": "Hotel Xəzər\r\n Bakı "}),
		"past":        one(map[string]string{"visited_before": "yes", "refused_before": "no"}),
		"visits":      one(map[string]string{"visit_from-month": "6", "visit_from-year": "2009", "visit_days": "12", "visit_purpose": "Tourism"}),
		"invitation":  one(map[string]string{"host_kind": "person", "host_name": "Leyla", "host_phone": "012 596 90 00", "relationship": "Sister"}),
		"means":       {{"payer": "self", "own_means": "1 250,50", "insurance": "yes"}},
		"security":    one(map[string]string{"convicted": "no", "wanted": "no", "armed": "no", "illness": "no"}),
		"papers":      one(map[string]string{"photo": "f1", "document_scan": "f2", "invitation_scan": "f3"}),
		"declaration": one(map[string]string{"filled_by": "applicant", "declared": "yes"}),
	}
}

// then is a day on which the specimen was valid.
const then = "2011-11-25"

// fill goes through the questionnaire page by page, as a browser does.
func fill(t testing.TB, d *form.Definition, typed map[string][]map[string]string) form.Answers {
	t.Helper()
	all := form.Answers{}
	for range 40 {
		page := d.Next("", all, then)
		if page == nil {
			return all
		}
		rounds, ok := typed[page.ID]
		if !ok {
			t.Fatalf("nobody expected the page %s", page.ID)
		}
		for i, round := range rounds {
			given := d.ReadPage(page.ID, i, func(name string) []string {
				if value, ok := round[name]; ok {
					return []string{value}
				}
				return nil
			})
			normal, err := d.CheckPage(page.ID, i, given, all, then)
			if err != nil {
				t.Fatalf("%s %d: %v", page.ID, i, err)
			}
			all = d.Put(page.ID, i, normal, all)
		}
		// What is stored is JSON.
		text, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		all = form.Answers{}
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the questionnaire does not end")
	return nil
}

func TestATravellerFillsItIn(t *testing.T) {
	d := visa(t)
	all := fill(t, d, traveller())
	accepted, err := d.Accept(all, then)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(accepted, all) {
		t.Errorf("normal answers change when they are accepted:\n%v\n%v", all, accepted)
	}
	document, name := all["document"].(map[string]any), all["name"].(map[string]any)
	for what, pair := range map[string][2]any{
		"number from the zone":   {document["number"], "L898902C3"},
		"kind from the zone":     {document["kind"], "national"},
		"expiry from the zone":   {document["expires"], "2012-04-15"},
		"birth in the zone":      {document["zone"].(map[string]any)["birth"], "1974-08-12"},
		"a name's code":          {document["nationality"], "DEU"},
		"the original name":      {name["surname"], "Эрикссон"},
		"the Latin name given":   {name["surname_latin"], "ERIKSSON"},
		"the Latin name made":    {name["given_names_latin"], "ANNA MARIIA"},
		"spaces in a line":       {all["birth_place"], "Bad Homburg"},
		"a date":                 {all["birth"], "1974-08-12"},
		"a month":                {form.Rounds(all, "visits")[0]["visit_from"], "2009-06"},
		"a number with decimals": {all["own_means"], 1250.5},
		"a phone number":         {all["phone"], "+49301234567"},
		"a local phone number":   {all["host_phone"], "+994125969000"},
		"an address":             {all["email"], "anna@example.org"},
		"lines of text":          {all["stay_address"], "Hotel Xəzər\nBakı"},
		"Azerbaijani in Latin":   {form.Rounds(all, "children")[1]["child_name"].(map[string]any)["given_names_latin"], "CELIL"},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: %v, want %v", what, pair[0], pair[1])
		}
	}
	for _, task := range d.Tasks(all, then) {
		if task.State != form.TaskDone {
			t.Errorf("%s is %s", task.Page.ID, task.State)
		}
	}
	if refs := d.Files(all); len(refs) != 3 || refs[0].ID != "f1" || refs[2].Path != "invitation_scan[0]" {
		t.Errorf("files: %v", refs)
	}
	if err := schemaOf(t, d).Validate(plainJSON(t, all)); err != nil {
		t.Errorf("the schema refuses normal answers: %v", err)
	}
}

func schemaOf(t testing.TB, d *form.Definition) *jsonschema.Schema {
	t.Helper()
	text, err := json.Marshal(d.JSONSchema("en"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("urn:x", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:x")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func plainJSON(t testing.TB, a form.Answers) any {
	t.Helper()
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSummaryIsReadable(t *testing.T) {
	d := visa(t)
	all := fill(t, d, traveller())
	for lang, wants := range map[string][]string{
		"en": {"Эрикссон Анна Мария / ERIKSSON ANNA MARIIA", "12 August 1974", "June 2009", "12 days", "Never married", "Germany", "Child 2", "+49 30 1234567", "1,250.5 US dollars", "Expires on: 15 April 2012"},
		"az": {"12 avqust 1974", "12 gün", "Subay", "Almaniya", "Uşaq 2"},
	} {
		var b strings.Builder
		for _, s := range d.Summary(all, lang) {
			fmt.Fprintf(&b, "# %s\n", s.Title)
			for _, r := range s.Rows {
				fmt.Fprintf(&b, "%s: %s %v\n", r.Label, strings.Join(r.Lines, " / "), r.Files)
				if r.Label == "" || len(r.Lines) == 0 && len(r.Files) == 0 && !r.Question.Optional {
					t.Errorf("%s: an empty row at %s", lang, r.Path)
				}
			}
		}
		for _, want := range wants {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: no %q in\n%s", lang, want, b.String())
			}
		}
	}
}

// change is one answer that a traveller gives otherwise, and what is said.
func TestChecksOfTheVisaQuestionnaire(t *testing.T) {
	d := visa(t)
	good := fill(t, d, traveller())
	for name, c := range map[string]struct {
		change func(a form.Answers)
		want   string
	}{
		"stays too long for the passport": {func(a form.Answers) { a["arrival"], a["departure"] = "2012-01-20", "2012-01-25" }, "departure form.check"},
		"leaves before coming":            {func(a form.Answers) { a["departure"] = "2012-01-01" }, "departure form.check"},
		"another birth date":              {func(a form.Answers) { a["birth"] = "1974-08-13" }, "birth form.check"},
		"a grown-up child":                {func(a form.Answers) { a["children"].([]any)[0].(map[string]any)["child_birth"] = "1990-01-01" }, "children[0].child_birth form.check"},
		"no declaration":                  {func(a form.Answers) { a["declared"] = false }, "declared form.missing.declaration"},
		"a typing mistake in the zone": {func(a form.Answers) {
			a["document"].(map[string]any)["mrz"].([]any)[1] = "L898902C36UTO7408122F1204158ZE184226B<<<<<10"
		}, "document.mrz form.zone_digits"},
		"another number than the zone":  {func(a form.Answers) { a["document"].(map[string]any)["number"] = "L898902C4" }, "document.number form.zone_differs"},
		"an arrival in the past":        {func(a form.Answers) { a["arrival"] = "2011-11-24" }, "arrival form.future"},
		"no children listed":            {func(a form.Answers) { a["children"] = []any{} }, "children form.rounds.least"},
		"a wrong option":                {func(a form.Answers) { a["purpose"] = "spying" }, "purpose form.choice"},
		"a yes that is told nothing of": {func(a form.Answers) { a["wanted"] = true }, "security_story form.missing.enter"},
		"something unheard of":          {func(a form.Answers) { a["shoe_size"] = 43 }, "shoe_size form.unknown"},
		"a part unheard of":             {func(a form.Answers) { a["home"].(map[string]any)["planet"] = "Mars" }, "home.planet form.unknown"},
		"a short tax number": {func(a form.Answers) {
			a["host_kind"], a["host_tax_number"] = "organisation", "12345"
			delete(a, "relationship")
		}, "host_tax_number form.short"},
		"a tax number with letters": {func(a form.Answers) { a["host_kind"], a["host_tax_number"] = "organisation", "12345abcde" }, "host_tax_number form.check"},
	} {
		a := form.Answers{}
		text, _ := json.Marshal(good)
		if err := json.Unmarshal(text, &a); err != nil {
			t.Fatal(err)
		}
		c.change(a)
		err := d.Check(a, then)
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || !slices.ContainsFunc(f.Fields, func(f fault.Field) bool { return f.Path+" "+f.Key == c.want }) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
