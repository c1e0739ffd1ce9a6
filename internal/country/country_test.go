package country_test

import (
	"slices"
	"testing"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/locale"
)

func TestNames(t *testing.T) {
	for _, c := range []struct{ code, lang, want string }{
		{"TUR", "en", "Türkiye"}, {"TUR", "az", "Türkiyə"}, {"GBR", "az", "Birləşmiş Krallıq"},
		{"D", "en", "Germany"}, {"D<<", "az", "Almaniya"}, {"XXA", "en", "Stateless person"},
		{"GBO", "az", "Britaniya dənizaşırı vətəndaşı"}, {"SVK", "xx", "Slovakia"}, {"QQQ", "en", "QQQ"},
	} {
		if got := country.Name(c.code, c.lang); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.code, c.lang, got, c.want)
		}
	}
}

func TestWhichCodesMayStand(t *testing.T) {
	for code, want := range map[string][2]bool{ // as a nationality, as a state
		"AZE": {true, true}, "XXA": {true, false}, "UNO": {true, false}, "D": {true, false}, "DEU": {true, true}, "GBN": {true, false}, "XPO": {true, false},
		"": {}, "aze": {}, "AZ": {}, "ZZZ": {}, "EUR": {},
	} {
		if country.Known(code) != want[0] || country.IsState(code) != want[1] {
			t.Errorf("%q: nationality %v, state %v; want %v", code, country.Known(code), country.IsState(code), want)
		}
	}
}

func TestCanonical(t *testing.T) {
	for code, want := range map[string]string{"D": "DEU", "D<<": "DEU", "AZE": "AZE", "XXA": "XXA", "": ""} {
		if got := country.Canonical(code); got != want {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
}

func TestEveryLanguageListsTheSameCodes(t *testing.T) {
	first := country.All("en")
	if len(first) < 250 || len(first) > 280 {
		t.Errorf("%d countries", len(first))
	}
	for _, lang := range locale.Languages {
		all := country.All(lang)
		if len(all) != len(first) {
			t.Errorf("%s lists %d, English %d", lang, len(all), len(first))
		}
		for _, c := range all {
			if c.Name == "" || c.Name == c.Code || len(c.Code) != 3 {
				t.Errorf("%s: %+v", lang, c)
			}
		}
	}
	az := country.All("az")
	at := func(code string) int {
		return slices.IndexFunc(az, func(c country.Country) bool { return c.Code == code })
	}
	// Ç comes before D, and Ə between E and F: Çin, Danimarka, Efiopiya, Əlcəzair, Fransa.
	if !(at("CHN") < at("DNK") && at("DNK") < at("ETH") && at("ETH") < at("DZA") && at("DZA") < at("FRA")) {
		t.Error("countries do not stand in the order of the Azerbaijani alphabet")
	}
	if !slices.Contains(country.Words("TUR"), "Turkey") {
		t.Error("the former name is not among the words")
	}
}
