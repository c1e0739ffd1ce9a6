package casework

import (
	"strconv"
	"testing"

	"github.com/chancery/chancery/internal/fault"
)

// A reference that is found is one, wherever it is found again.
func FuzzReferenceIn(f *testing.F) {
	for _, seed := range []string{"K7QX-2M9D", "k7qx2m9d", " https://mfa.example/applications/K7QX-2M9D/tasks?x=1 ", "/applications/", "applications/K7QX-2M9D/", "\xff/applications/\x00", "Ｋ7QX-2M9D"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		reference, ok := ReferenceIn(text)
		if !ok {
			if reference != "" {
				t.Fatalf("%q is none, and is %q", text, reference)
			}
			return
		}
		for _, again := range []string{reference, "https://mfa.example/applications/" + reference + "/?a=/b"} {
			if same, ok := ReferenceIn(again); !ok || same != reference {
				t.Fatalf("%q is %q, and that %q", text, reference, same)
			}
		}
	})
}

// Terms of a visa are refused as invalid, or hold together.
func FuzzCheckVisaTerms(f *testing.F) {
	f.Add("1", "2027-03-01", "2027-03-10", "10", "2026-11-25", "2030-01-01")
	f.Add("many", "2027-02-29", "0000-01-01", "-1", "", "")
	f.Add("2", "2027-03-10", "2027-03-01", "9999999999999999999", "2026-11-25", "x")
	f.Fuzz(func(t *testing.T, entries, from, until, stay, today, expires string) {
		err := CheckVisaTerms(map[string]string{TermEntries: entries, TermFrom: from, TermUntil: until, TermDays: stay}, today, expires)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		if n, err := strconv.Atoi(stay); err != nil || n < 1 || n > maxStay || from > until || until < today || expires != "" && until > expires {
			t.Fatalf("%s to %s, %s days, on %s with a document until %s", from, until, stay, today, expires)
		}
	})
}
