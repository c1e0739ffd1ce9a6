package match_test

import (
	"testing"
	"time"

	"github.com/chancery/chancery/internal/screening/match"
)

// A birth date that is read is a span of real days, and is read the same from
// what it is written as.
func FuzzParseBirth(f *testing.F) {
	for _, seed := range []string{"1971-05-02", "1971-05", "1971", "1970/1972", "1970-02/1972~", " 1900~ ", "1971-02-30", "1970/", "9999", "1972/1970", "１９７１"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, ok := match.ParseBirth(text)
		if !ok {
			return
		}
		from, err := time.Parse(time.DateOnly, b.From)
		to, wrong := time.Parse(time.DateOnly, b.To)
		if err != nil || wrong != nil || to.Before(from) {
			t.Fatalf("%q is %+v", text, b)
		}
		if again, ok := match.ParseBirth(b.String()); !ok || again != b {
			t.Fatalf("%q is %+v, written %q, and that %+v", text, b, b, again)
		}
	})
}
