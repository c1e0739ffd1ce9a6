package locale

import (
	"slices"
	"strings"
	"testing"
)

// Whatever a browser asks for, it gets one of the languages; and a language
// that is asked for alone, in any case and for any country, is the one given.
func FuzzMatch(f *testing.F) {
	for _, seed := range []string{"", "az", "en-GB,en;q=0.9,az;q=0.8", "az-Cyrl-AZ;q=0.1, fr", "*", "de;q=2", "x-klingon", "AZ-latn",
		strings.Repeat("a-", 600), "en;q=0,az", "\x00", "ru,tr;q=0.5", "i-default"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		lang := Match(header)
		if !slices.Contains(Languages, lang) || For(lang).Lang() != lang {
			t.Fatalf("%q gives %q", header, lang)
		}
		if again := Match(lang); again != lang {
			t.Errorf("%q gives %q, which gives %q", header, lang, again)
		}
		for _, known := range Languages {
			if strings.EqualFold(header, known) && lang != known {
				t.Errorf("%q gives %q", header, lang)
			}
		}
	})
}
