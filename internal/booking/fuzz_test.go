package booking

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/chancery/chancery/internal/fault"
)

// What is read is a reference in its one spelling, and reads as itself.
func FuzzParseReference(f *testing.F) {
	for _, seed := range []string{"K7QX-2M9D", "k7qx2m9d", "oIl1-0000", " 0 0 0 0\u20110000 ", "K7QX–2M9D", "K7QX-2M9", "K7QX-2M9DD", "ſſſſſſſſ", "KKKKKKKK", "\xff", "U000-0000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		reference, ok := ParseReference(text)
		if !ok {
			if reference != "" {
				t.Errorf("%q is refused, but gives %q", text, reference)
			}
			return
		}
		if len(reference) != 9 || reference[4] != '-' {
			t.Fatalf("%q gives %q", text, reference)
		}
		for i, c := range reference {
			if i != 4 && (c > unicode.MaxASCII || !unicode.In(c, unicode.Nd, unicode.Lu) || c == 'I' || c == 'L' || c == 'O' || c == 'U') {
				t.Errorf("%q gives %q", text, reference)
			}
		}
		if again, ok := ParseReference(reference); !ok || again != reference {
			t.Errorf("%q gives %q, which gives %q, %v", text, reference, again, ok)
		}
	})
}

// What is accepted is in its normal form: checked again it stays as it is, so
// that a person has one key however the answers were typed; and it survives
// the journey through the database and the API.
func FuzzCheckApplicants(f *testing.F) {
	f.Add("Aysel", "Nümunə", "1990-04-17", "AZE", "C01234567")
	f.Add(" \u200fليلى ", "", "2000-02-29", "d<<", "АА 123-456")
	f.Add("A\u030a", "O’Neil\u00a0-\u2002Łoś", "１９９０-０４-１７", "Aze ", "№ ٠١٢٣٤٥٦")
	f.Add("x", "y", "1990-04-30", "XXX", "A \u0308BCDE")
	f.Add("\x00", "\xff", "--", "", "ﷺ")
	today := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, given, surname, birth, nationality, document string) {
		typed := []Applicant{{given, surname, birth, nationality, document}}
		people, err := CheckApplicants(typed, today)
		if err != nil {
			refusal := fault.As(err)
			if refusal == nil || refusal.Kind != fault.Invalid || len(refusal.Fields) == 0 {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		a := people[0]
		if again, err := CheckApplicants(people, today); err != nil || !reflect.DeepEqual(again, people) {
			t.Fatalf("%q is not its normal form: it gives %q, %v", people, again, err)
		}
		for _, text := range []string{a.GivenNames, a.Surname, a.DateOfBirth, a.Nationality, a.DocumentNumber} {
			if !utf8.ValidString(text) || !norm.NFC.IsNormalString(text) || utf8.RuneCountInString(text) > maxName {
				t.Errorf("accepted %q", text)
			}
			for _, r := range text {
				if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
					t.Errorf("accepted %q with %U", text, r)
				}
			}
		}
		if day, err := time.Parse(time.DateOnly, a.DateOfBirth); err != nil || day.After(today) {
			t.Errorf("born on %s", a.DateOfBirth)
		}
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var back Applicant
		if err := json.Unmarshal(text, &back); err != nil || back != a {
			t.Errorf("%q comes back as %q, %v", a, back, err)
		}
	})
}

// Every decimal digit of Unicode is read as the digit that it is.
func TestDigitsOfAllScripts(t *testing.T) {
	for _, block := range unicode.Nd.R16 {
		checkDigits(t, rune(block.Lo), rune(block.Hi))
	}
	for _, block := range unicode.Nd.R32 {
		checkDigits(t, rune(block.Lo), rune(block.Hi))
	}
}

// checkDigits takes a block of digits, which holds whole sets of ten.
func checkDigits(t *testing.T, first, last rune) {
	for r := first; r <= last; r++ {
		// Mathematical digits become plain ones before they are read.
		if wide := []rune(norm.NFKC.String(string(r))); len(wide) == 1 {
			if got, want := asciiDigit(wide[0]), '0'+(r-first)%10; got != want {
				t.Errorf("%U is read as %c, not %c", r, got, want)
			}
		}
	}
}
