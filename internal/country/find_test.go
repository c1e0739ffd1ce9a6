package country_test

import (
	"slices"
	"testing"

	"github.com/chancery/chancery/internal/country"
)

func TestFindReadsNamesInAnyScript(t *testing.T) {
	for name, want := range map[string]string{
		"norway": "NOR", "NORVEÇ": "NOR", "Норвегия": "NOR", "النرويج": "NOR", "نروژ": "NOR", "挪威": "NOR", "Oslo": "NOR",
		"cote d'ivoire": "CIV", "Cote d’Ivoire": "CIV", "türkiye": "TUR", "Turkey": "TUR", "Great  Britain": "GBR", "reykjavik": "ISL", "Österreich": "AUT",
	} {
		if got := country.Find(name); !slices.Contains(got, want) {
			t.Errorf("%q finds %v, want %s", name, got, want)
		}
	}
	for _, name := range []string{"", "  ", "Atlantis", "Norw"} {
		if got := country.Find(name); len(got) > 0 {
			t.Errorf("%q finds %v", name, got)
		}
	}
}

func TestMostStatesHaveASeat(t *testing.T) {
	with := 0
	for _, c := range country.All("en") {
		latitude, longitude, ok := country.Seat(c.Code)
		if !ok {
			continue
		}
		with++
		if latitude < -90 || latitude > 90 || longitude < -180 || longitude > 180 || latitude == 0 && longitude == 0 {
			t.Errorf("%s lies at %v, %v", c.Code, latitude, longitude)
		}
	}
	if with < 195 {
		t.Errorf("only %d countries have a seat", with)
	}
}
