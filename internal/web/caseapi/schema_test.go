package caseapi_test

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/chancery/chancery/internal/store/storetest"
)

// What the schema of GET /services/{service} takes, Accept takes, and what it
// refuses cannot be saved.
func TestTheSchemaAgreesWithTheChecks(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	published := caller{service: s, lang: "az"}.call("GET", "/services/visa-application", nil).is(200)["questionnaire"]
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	s.must(compiler.AddResource("questionnaire.json", published))
	schema, err := compiler.Compile("questionnaire.json")
	s.must(err)
	d, _ := s.forms.For("visa-application")
	today := monday.Format(time.DateOnly)
	sample := func(change func(object)) object {
		all := object{}
		for _, answers := range pages() {
			maps.Copy(all, answers)
		}
		maps.Copy(all, object{"photo": "01a21214-7f4f-778f-8057-0e50f37e97d2", "document_scan": []any{"01a21214-7f4f-778f-8057-0e50f37e97d3"}, "filled_by": "applicant", "declared": true})
		change(all)
		text, err := json.Marshal(all) // as it comes over the wire
		s.must(err)
		out := object{}
		s.must(json.Unmarshal(text, &out))
		return out
	}
	agree := func(name string, right bool, change func(object)) {
		t.Run(name, func(t *testing.T) {
			all := sample(change)
			bySchema, byCheck := schema.Validate(all), d.Check(all, today)
			if (bySchema == nil) != right || (byCheck == nil) != right {
				t.Errorf("the schema says %v, the check %v", bySchema, byCheck)
			}
		})
	}
	agree("right", true, func(object) {})
	agree("without what is optional", true, func(a object) { delete(a["home"].(object), "postcode") })
	for _, id := range []string{"document", "birth", "occupation", "payer", "declared", "photo", "document_scan", "convicted"} {
		agree("without "+id, false, func(a object) { delete(a, id) })
	}
	agree("another type", false, func(a object) { a["convicted"] = "no" })
	agree("no such option", false, func(a object) { a["occupation"] = "pirate" })
	agree("no such country", false, func(a object) { a["birth_country"] = "ZZZ" })
	agree("a date of another kind", false, func(a object) { a["arrival"] = "3 January 2027" })
	agree("nothing declared", false, func(a object) { a["declared"] = false })
	agree("a number as text", false, func(a object) { a["own_means"] = "much" })
	agree("a wrong round", false, func(a object) { a["children"] = []any{object{"child_birth": "2012-02-01"}} })
	agree("a short passport number", false, func(a object) { a["document"].(object)["number"] = "" })
	// And one that only the check can know: the schema says so itself.
	wrong := sample(func(a object) { a["departure"] = "2026-12-24" })
	if err := d.Check(wrong, today); err == nil {
		t.Error("a departure before the arrival is taken")
	}
	if checks, _ := published.(object)["x-checks"].([]any); len(checks) == 0 {
		t.Error("the schema does not tell of its checks")
	}
}
