package tariff_test

import (
	"strings"
	"testing"
	"testing/fstest"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/casework/tariff"
	"github.com/chancery/chancery/internal/form"
)

const text = `
lines:
  - {id: official, title: {en: Official, az: Rəsmi}, documents: [diplomatic], minor: 0}
  - {id: child, title: {en: Child, az: Uşaq}, under: 6, minor: 0}
  - {id: agreement, title: {en: Agreement, az: Saziş}, nationalities: [SRB, QAT], purposes: [tourism], from: "2026-01-01", until: "2026-12-31", minor: 500}
`

func load(t *testing.T, text string) (*tariff.Tariffs, error) {
	t.Helper()
	return tariff.Load(fstest.MapFS{"tariffs/visa.yaml": {Data: []byte(text)}})
}

func TestTheFirstLineThatFitsSetsThePrice(t *testing.T) {
	all, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	rules := form.Case{FeeMinor: 2000, FeeCurrency: "USD"}
	for name, c := range map[string]struct {
		who   casework.Subject
		today string
		basis string
		minor int64
	}{
		"nobody in particular":        {casework.Subject{}, "2026-11-25", "standard", 2000},
		"a diplomat of Serbia":        {casework.Subject{Nationality: "SRB", Purpose: "tourism", DocumentKind: "diplomatic"}, "2026-11-25", "official", 0},
		"a tourist of Serbia":         {casework.Subject{Nationality: "SRB", Purpose: "tourism"}, "2026-12-31", "agreement", 500},
		"a worker of Serbia":          {casework.Subject{Nationality: "SRB", Purpose: "work"}, "2026-11-25", "standard", 2000},
		"before the agreement":        {casework.Subject{Nationality: "SRB", Purpose: "tourism"}, "2025-12-31", "standard", 2000},
		"after the agreement":         {casework.Subject{Nationality: "QAT", Purpose: "tourism"}, "2027-01-01", "standard", 2000},
		"five, six tomorrow":          {casework.Subject{Birth: "2020-11-26"}, "2026-11-25", "child", 0},
		"six today":                   {casework.Subject{Birth: "2020-11-25"}, "2026-11-25", "standard", 2000},
		"born in a month":             {casework.Subject{Birth: "2021-03"}, "2026-11-25", "child", 0},
		"born in a year":              {casework.Subject{Birth: "2020"}, "2026-11-25", "standard", 2000},
		"a birth that is no date":     {casework.Subject{Birth: "unknown"}, "2026-11-25", "standard", 2000},
		"a birth of too many letters": {casework.Subject{Birth: "2021-03-04T05:06"}, "2026-11-25", "standard", 2000},
	} {
		got := all.Price("visa", rules, c.who, c.today)
		if got != (casework.Price{Minor: c.minor, Currency: "USD", Basis: c.basis}) {
			t.Errorf("%s: %+v, want %d by %s", name, got, c.minor, c.basis)
		}
	}
	if got := all.Price("another", rules, casework.Subject{DocumentKind: "diplomatic"}, "2026-11-25"); got.Basis != "standard" {
		t.Errorf("another service has this one's lines: %+v", got)
	}
	if got := all.Title("visa", "child").In("az"); got != "Uşaq" {
		t.Errorf("title %q", got)
	}
	if all.Title("visa", "standard") != nil {
		t.Error("the standard fee has a title")
	}
}

func TestWrongTariffsAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ was, is, want string }{
		"no condition":      {"under: 6, ", "", "needs nationalities"},
		"twice":             {"id: child", "id: official", "is taken"},
		"reserved":          {"id: child", "id: standard", "is taken"},
		"one language":      {", az: Uşaq", "", "lacks az"},
		"unknown document":  {"[diplomatic]", "[red]", `"red" is none of`},
		"no code":           {"SRB", "serbia", "no code of a country"},
		"no day":            {`"2026-01-01"`, `"soon"`, "must be a day"},
		"less than nothing": {"minor: 500", "minor: -1", "less than 0"},
		"unknown field":     {"minor: 500", "minor: 500, colour: red", "colour"},
	} {
		_, err := load(t, strings.Replace(text, c.was, c.is, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := tariff.Load(files.Tariffs); err != nil {
		t.Errorf("the catalogue's: %v", err)
	}
	set, err := form.Load(files.Questionnaires)
	if err != nil {
		t.Fatal(err)
	}
	all, err := files.Tariffs.ReadDir("tariffs")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if _, ok := set.For(strings.TrimSuffix(f.Name(), ".yaml")); !ok {
			t.Errorf("%s is of no service", f.Name())
		}
	}
}
