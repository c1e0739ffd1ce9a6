package draw

import "testing"

// An entry number that is read is in its one spelling, which reads as itself
// and as which the pattern of files knows it.
func FuzzParseNumber(f *testing.F) {
	for _, seed := range []string{"E-7K2M-9QXD", "e7k2m9qxd", " 7k2m-9qxd ", "E-E-7K2M9QXD", "EEEEEEEE", "EEEEEEEEE", "E-OIL0-0000", "E\u00a07K2M 9QXD", "E-7K2M-9QX\u0131", "\xff\xff\xff\xff\xff\xff\xff\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		number, ok := ParseNumber(typed)
		if !ok {
			return
		}
		if !numberPattern.MatchString(number) {
			t.Fatalf("%q gives %q", typed, number)
		}
		if again, ok := ParseNumber(number); !ok || again != number {
			t.Errorf("%q gives %q, which gives %q, %v", typed, number, again, ok)
		}
	})
}
