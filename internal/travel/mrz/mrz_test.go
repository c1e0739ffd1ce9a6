package mrz_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/travel/mrz"
)

var today = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func read(t testing.TB, lines ...string) *mrz.Zone {
	t.Helper()
	z, err := mrz.Parse(lines, today)
	if err != nil {
		t.Fatalf("%q: %v", lines, err)
	}
	return z
}

func day(y, m, d int) mrz.Date { return mrz.Date{Year: y, Month: m, Day: d} }

// The specimens of Doc 9303 parts 4 to 7 and of part 3, appendix A.
var specimens = []struct {
	name   string
	lines  []string
	fields mrz.Fields
	checks map[string]byte
}{
	{"9303-4 TD3", []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"},
		mrz.Fields{Format: mrz.TD3, Code: "P", Issuer: "UTO", Nationality: "UTO", Surname: "ERIKSSON", GivenNames: "ANNA MARIA", Number: "L898902C3",
			Birth: day(1974, 8, 12), Sex: "F", Expiry: day(2012, 4, 15), Optional: "ZE184226B"},
		map[string]byte{"number": '6', "birth": '2', "expiry": '9', "optional": '1', "composite": '0'}},
	{"9303-5 TD1", []string{"I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"},
		mrz.Fields{Format: mrz.TD1, Code: "I", Issuer: "UTO", Nationality: "UTO", Surname: "ERIKSSON", GivenNames: "ANNA MARIA", Number: "D23145890",
			Birth: day(1974, 8, 12), Sex: "F", Expiry: day(2012, 4, 15)},
		map[string]byte{"number": '7', "birth": '2', "expiry": '9', "composite": '6'}},
	{"9303-5 TD1 with a long number", []string{"I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", "STEVENSON<<PETER<JOHN<<<<<<<<<"},
		mrz.Fields{Format: mrz.TD1, Code: "I", Issuer: "UTO", Nationality: "UTO", Surname: "STEVENSON", GivenNames: "PETER JOHN", Number: "D23145890734",
			Birth: day(1934, 7, 12), Sex: "M", Expiry: day(1995, 7, 12)},
		map[string]byte{"number": '9', "birth": '7', "expiry": '2', "composite": '2'}},
	{"9303-6 TD2", []string{"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"},
		mrz.Fields{Format: mrz.TD2, Code: "I", Issuer: "UTO", Nationality: "UTO", Surname: "ERIKSSON", GivenNames: "ANNA MARIA", Number: "D23145890",
			Birth: day(1974, 8, 12), Sex: "F", Expiry: day(2012, 4, 15)},
		map[string]byte{"number": '7', "birth": '2', "expiry": '9', "composite": '6'}},
	{"TD2 with a long number", []string{"I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<", "D23145890<UTO3407127M95071227349<<<8"},
		mrz.Fields{Format: mrz.TD2, Code: "I", Issuer: "UTO", Nationality: "UTO", Surname: "STEVENSON", GivenNames: "PETER JOHN", Number: "D23145890734",
			Birth: day(1934, 7, 12), Sex: "M", Expiry: day(1995, 7, 12)},
		map[string]byte{"number": '9', "birth": '7', "expiry": '2', "composite": '8'}},
	{"9303-7 MRV-A", []string{"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C<3UTO6908061F9406236ZE184226B<<<<<<<"},
		mrz.Fields{Format: mrz.MRVA, Code: "V", Issuer: "UTO", Nationality: "UTO", Surname: "ERIKSSON", GivenNames: "ANNA MARIA", Number: "L898902C",
			Birth: day(1969, 8, 6), Sex: "F", Expiry: day(1994, 6, 23), Optional: "ZE184226B"},
		map[string]byte{"number": '3', "birth": '1', "expiry": '6'}},
	{"9303-7 MRV-B", []string{"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L898902C<3UTO6908061F9406236ZE184226"},
		mrz.Fields{Format: mrz.MRVB, Code: "V", Issuer: "UTO", Nationality: "UTO", Surname: "ERIKSSON", GivenNames: "ANNA MARIA", Number: "L898902C",
			Birth: day(1969, 8, 6), Sex: "F", Expiry: day(1994, 6, 23), Optional: "ZE184226"},
		map[string]byte{"number": '3', "birth": '1', "expiry": '6'}},
}

func TestSpecimens(t *testing.T) {
	for _, c := range specimens {
		z := read(t, c.lines...)
		if z.Fields != c.fields {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, z.Fields, c.fields)
		}
		if !z.Right() || len(z.Checks) != len(c.checks) {
			t.Errorf("%s: right %v, checks %+v, problems %v", c.name, z.Right(), z.Checks, z.Problems)
		}
		for _, check := range z.Checks {
			if check.Got != c.checks[check.Of] || !check.Right || z.Lines[check.Line-1][check.Column-1] != check.Got {
				t.Errorf("%s: %s is %q, want %q", c.name, check.Of, check.Got, c.checks[check.Of])
			}
		}
		if len(z.Notes) != 0 {
			t.Errorf("%s: notes %+v", c.name, z.Notes)
		}
		// Specimens of before 2026 are valid documents; composing gives them again.
		if lines, err := mrz.Compose(c.fields); err != nil || strings.Join(lines, "\n") != strings.Join(c.lines, "\n") {
			t.Errorf("%s composed: %v\n%s\n%s", c.name, err, strings.Join(lines, "\n"), strings.Join(c.lines, "\n"))
		}
	}
}

func TestCheckDigitExamples(t *testing.T) {
	for s, want := range map[string]byte{
		"520727": '3', "AB2134<<<": '5', // 9303-3, appendix A, examples 1 and 2
		"HA672242<658022549601086<<<<<<<<<<<<<<0":            '8', // example 3
		"D231458907<<<<<<<<<<<<<<<34071279507122<<<<<<<<<<<": '2', // example 4
		"": '0', "<<<<<<": '0',
	} {
		if got := mrz.CheckDigit(s); got != want {
			t.Errorf("%s: %c, want %c", s, got, want)
		}
	}
}

func TestCodesThatAreNotIso(t *testing.T) {
	for _, code := range []string{"D", "UNO", "UNA", "UNK", "XXA", "XXB", "XXC", "XXX", "XPO", "XOM", "GBD", "GBN", "GBO", "GBP", "GBS", "RKS", "EUE", "XCE", "XBA", "XIM", "XCC", "XCO", "XEC", "XES", "XMP", "XDC", "AZE"} {
		f := specimens[0].fields
		f.Issuer, f.Nationality = code, code
		lines, err := mrz.Compose(f)
		if err != nil {
			t.Errorf("%s: %v", code, err)
			continue
		}
		z := read(t, lines...)
		if z.Issuer != code || z.Nationality != code || !z.Right() || len(z.Notes) != 0 {
			t.Errorf("%s: %+v", code, z)
		}
	}
	f := specimens[0].fields
	if f.Issuer = "D<<"; true {
		if lines, err := mrz.Compose(f); err != nil || lines[0][2:5] != "D<<" {
			t.Errorf("D<<: %v, %v", lines, err)
		}
	}
	f.Issuer = "QQQ"
	if _, err := mrz.Compose(f); !refuses(err, "issuer") {
		t.Errorf("QQQ: %v", err)
	}
	// In a document that somebody holds, an unknown code is told and not refused.
	z := read(t, "P<YUGERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", specimens[0].lines[1])
	if !z.Right() || !noted(z, mrz.NoteUnknown) {
		t.Errorf("YUG: %+v", z)
	}
}

func TestKinds(t *testing.T) {
	for code, want := range map[string]string{"PP": "ordinary", "PE": "emergency", "PD": "diplomatic", "PO": "service", "PR": "refugee", "PT": "alien",
		"PS": "stateless", "PL": "laissez-passer", "PM": "military", "PU": "single-sheet", "P": "passport", "PC": "passport", "AC": "crew", "I": "card", "ID": "card", "X": ""} {
		if got := (mrz.Fields{Format: mrz.TD3, Code: code}).Kind(); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
	if got := (mrz.Fields{Format: mrz.MRVB, Code: "VC"}).Kind(); got != "visa" {
		t.Error(got)
	}
}

func refuses(err error, path string) bool {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid {
		return false
	}
	for _, field := range f.Fields {
		if field.Path == path {
			return true
		}
	}
	return false
}

func noted(z *mrz.Zone, kind string) bool {
	for _, n := range z.Notes {
		if n.Kind == kind {
			return true
		}
	}
	return false
}
