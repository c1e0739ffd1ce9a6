package tariff_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/casework/tariff"
	"github.com/chancery/chancery/internal/form"
)

var problemLine = regexp.MustCompile(`^tariffs/trial\.yaml:[1-9][0-9]*: \S`)

// Whatever a file holds, it is refused, or has a price for everybody.
func FuzzLoad(f *testing.F) {
	text, err := os.ReadFile("../../../catalogue/tariffs/visa-application.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add("lines: [{id: a, title: {en: A, az: A}, under: 6, minor: 1}]")
	f.Add("lines: [{id: a, title: {en: A, az: A}, purposes: [work], minor: 9223372036854775807}]")
	f.Add("lines: &a [*a, *a]")
	f.Add("a: &a [x,x]\nb: &b [*a,*a]\nlines: [*b,*b]")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := tariff.Load(fstest.MapFS{"tariffs/trial.yaml": {Data: []byte(text)}})
		if err != nil {
			for _, line := range strings.Split(err.Error(), "\n") {
				if !problemLine.MatchString(line) {
					t.Fatalf("a line that does not say what is wrong where: %q", line)
				}
			}
			return
		}
		for _, who := range []casework.Subject{{}, {Nationality: "TUR", Purpose: "work", Birth: "2024-02-29", DocumentKind: "service"}} {
			if p := all.Price("trial", form.Case{FeeMinor: 2000, FeeCurrency: "USD"}, who, "2026-11-25"); p.Minor < 0 || p.Currency != "USD" || p.Basis == "" {
				t.Fatalf("%+v pays %+v", who, p)
			}
		}
	})
}
