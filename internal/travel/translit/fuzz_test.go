package translit_test

import (
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/travel/translit"
)

// Whatever bytes a name is made of, only letters and single spaces come out,
// and the first variant is what Zone gives.
func FuzzZone(f *testing.F) {
	for _, seed := range [][2]string{{"Əliyev", "az"}, {"Щербаков", "bg"}, {"محمد\u200cعلی", "fa"}, {"O'Connor-Smith", ""}, {"ﷺ", "ar"}, {"\xff\x00", "xx"}, {strings.Repeat("Ö", 50), "de"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, lang string) {
		zone, _ := translit.Zone(name, lang)
		if strings.Trim(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZ ") != "" || strings.Join(strings.Fields(zone), " ") != zone {
			t.Fatalf("%q is %q", name, zone)
		}
		if all := translit.Variants(name, lang); all[0] != zone {
			t.Fatalf("%q is %q, but the first variant is %q", name, zone, all[0])
		}
	})
}
