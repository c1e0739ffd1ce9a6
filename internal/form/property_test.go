package form_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery/chancery/internal/form"
)

// simple asks one thing of each simple type.
const simple = `
title: {en: Simple, az: Sadə}
about: {en: Simple., az: Sadə.}
case: {decide_days: 10, answer_days: 30, keep_months: 24, fee_currency: USD}
pages:
  - id: only
    title: {en: Only, az: Tək}
    questions:
      - {id: line, type: text, min_length: 2, max_length: 8, optional: true, label: {en: L, az: L}}
      - {id: lines, type: text, lines: 3, max_length: 12, optional: true, label: {en: L, az: L}}
      - {id: whole, type: number, min: -3, max: 40, optional: true, label: {en: L, az: L}}
      - {id: price, type: number, decimals: 2, optional: true, label: {en: L, az: L}}
      - {id: agreed, type: yes-no, optional: true, label: {en: L, az: L}}
      - {id: one, type: choice, optional: true, label: {en: L, az: L}, options: [{value: a, text: {en: A, az: A}}, {value: b, text: {en: B, az: B}}]}
      - {id: some, type: choices, optional: true, label: {en: L, az: L}, options: [{value: a, text: {en: A, az: A}}, {value: b, text: {en: B, az: B}}]}
      - {id: day, type: date, optional: true, label: {en: L, az: L}}
      - {id: month, type: date, precision: month, optional: true, label: {en: L, az: L}}
      - {id: year, type: date, precision: year, optional: true, label: {en: L, az: L}}
`

// The page and the schema take the same: the schema accepts exactly what Accept
// gives back as it was given.
func TestSchemaAndPageAgree(t *testing.T) {
	d := parse(t, simple)
	schema := schemaOf(t, d)
	text := rapid.OneOf(rapid.StringMatching(`[aə 7\n\t\x{a0}\x{202e}\x{3000}]{0,10}`), rapid.SampledFrom([]string{"a", "b", "ab", " ab", "a  b", "a\n\nb", "\x00\x01"}))
	number := rapid.OneOf(rapid.Float64Range(-50, 50), rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(-500, 500).Draw(t, "n")) / 10 }),
		rapid.SampledFrom([]float64{0, 1, 40, 41, -3, -4, 1e9, 1e10}))
	date := rapid.OneOf(rapid.StringMatching(`(18|19|20|21|22)[0-9]{2}(-[0-1][0-9](-[0-3][0-9])?)?`), rapid.SampledFrom([]string{"2024-02-29", "2023-02-29", "2024-XX", "2024-00", "1849", "1850", "2200-12-31", "2201"}))
	draw := func(t *rapid.T, right *rapid.Generator[any]) any {
		if rapid.IntRange(0, 9).Draw(t, "wrong") > 0 {
			return right.Draw(t, "right")
		}
		return rapid.OneOf(text.AsAny(), number.AsAny(), rapid.Bool().AsAny(), rapid.Just[any](map[string]any{"x": "y"}), rapid.Just[any]([]any{"a", 3.0})).Draw(t, "any")
	}
	option := rapid.SampledFrom([]string{"a", "b", "c", " a"})
	list := rapid.Custom(func(t *rapid.T) any {
		all := []any{}
		for _, o := range rapid.SliceOfN(option, 0, 3).Draw(t, "options") {
			all = append(all, o)
		}
		return all
	})
	right := map[string]*rapid.Generator[any]{
		"line": text.AsAny(), "lines": text.AsAny(), "whole": number.AsAny(), "price": number.AsAny(), "agreed": rapid.Bool().AsAny(),
		"one": option.AsAny(), "some": list, "day": date.AsAny(), "month": date.AsAny(), "year": date.AsAny(), "unheard_of": text.AsAny(),
	}
	names := []string{"line", "lines", "whole", "price", "agreed", "one", "some", "day", "month", "year", "unheard_of"}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "question")
		value := draw(t, right[name])
		given := form.Answers{name: value}
		out, err := d.Accept(given, today)
		same := err == nil && reflect.DeepEqual(out, given)
		valid := schema.Validate(map[string]any{name: value}) == nil
		// The order in which options are chosen is free in a schema.
		if list, ok := value.([]any); ok && name == "some" && err == nil && len(list) > 0 && len(list) == len(chosen(out)) {
			same = true
		}
		if same != valid {
			t.Fatalf("%s: %q is valid by the schema: %v, normal: %v (%v, %v)", name, value, valid, same, out, err)
		}
		if err == nil {
			if fault := schema.Validate(map[string]any(out)); fault != nil {
				t.Fatalf("the schema refuses what was accepted: %v: %v", out, fault)
			}
			again, err := d.Accept(out, today)
			if err != nil || !reflect.DeepEqual(again, out) {
				t.Fatalf("%v does not stay normal: %v %v", out, again, err)
			}
		}
	})
}

// What was typed wrong never reaches conditions as something else.
func TestDates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9]{4}-[0-9]{2}-[0-9]{2}`).Draw(t, "date")
		d, err := form.ParseDate(text)
		if err == nil && (d.String() != text || d.First() != d.Last() || !strings.HasPrefix(text, d.First().Format("2006-01-02"))) {
			t.Fatalf("%s is %v", text, d)
		}
	})
	for text, want := range map[string]string{"1974-XX-XX": "1974", "1974-08-XX": "1974-08", "1974-XX": "1974", "1974-XX-12": "", "2023-02-29": "", "2024-02-29": "2024-02-29", "0000": "", "1974-13": "", " 1974": ""} {
		d, err := form.ParseDate(text)
		if got := d.String(); err == nil && got != want || err != nil && want != "" {
			t.Errorf("%q is %q (%v), want %q", text, got, err, want)
		}
	}
}

func chosen(a form.Answers) []any {
	list, _ := a["some"].([]any)
	return list
}

// Startable and Next give what the task list shows, whatever is missing.
func TestTaskListAndShortCutsAgree(t *testing.T) {
	d := visa(t)
	all := fill(t, d, traveller())
	var pages []string
	for i := range d.Pages {
		pages = append(pages, d.Pages[i].ID)
	}
	rapid.Check(t, func(t *rapid.T) {
		some := form.Answers{}
		for _, question := range slices.Sorted(maps.Keys(all)) {
			switch rapid.IntRange(0, 19).Draw(t, question) {
			case 0: // missing
			case 1:
				some[question] = true // wrong, but for a few
			case 2:
				some[question] = "work"
			default:
				some[question] = all[question]
			}
		}
		tasks := d.Tasks(some, then)
		after := rapid.SampledFrom(append(pages, "", "nowhere")).Draw(t, "after")
		var next, first *form.Page
		passed := false
		for _, task := range tasks {
			todo := task.State == form.TaskTodo || task.State == form.TaskStarted
			if todo && first == nil && task.Page.ID != after {
				first = task.Page
			}
			if todo && passed && next == nil {
				next = task.Page
			}
			passed = passed || task.Page.ID == after
		}
		if next == nil {
			next = first
		}
		if got := d.Next(after, some, then); got != next {
			t.Fatalf("after %q comes %v, want %v", after, got, next)
		}
		for _, page := range append(pages, "nowhere") {
			want := slices.ContainsFunc(tasks, func(task form.Task) bool { return task.Page.ID == page && task.State != form.TaskCannotStart })
			if got := d.Startable(page, some, then); got != want {
				t.Fatalf("%s can be started: %v, want %v", page, got, want)
			}
		}
	})
}
