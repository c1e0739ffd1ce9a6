package country

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/unicode/norm"
)

// spoken are languages in which people look for countries, besides those of
// the product.
var spoken = []string{
	"ar", "bn", "de", "el", "es", "fa", "fr", "he", "hi", "hu", "hy", "id", "it", "ja", "ka", "kk", "ko", "ky", "nl", "pl", "pt", "ro", "ru",
	"sv", "tr", "uk", "ur", "uz", "vi", "zh",
}

// capitals.txt: alpha-3, latitude and longitude of the capital in whole or
// tenth degrees, and its name.
//
//go:embed capitals.txt
var capitals string

type place struct{ latitude, longitude float64 }

type gazetteer struct {
	words map[string][]string // folded name to codes
	seats map[string]place
}

var places = sync.OnceValue(func() gazetteer {
	g := gazetteer{words: map[string][]string{}, seats: map[string]place{}}
	add := func(name, code string) {
		if key := Fold(name); key != "" {
			g.words[key] = append(g.words[key], code)
		}
	}
	for line := range strings.Lines(capitals) {
		part := strings.SplitN(strings.TrimSpace(line), " ", 4)
		if len(part) != 4 {
			continue
		}
		latitude, _ := strconv.ParseFloat(part[1], 64) // a test reads every line
		longitude, _ := strconv.ParseFloat(part[2], 64)
		g.seats[part[0]] = place{latitude, longitude}
		add(part[3], part[0])
	}
	for _, c := range All("en") {
		if !IsState(c.Code) {
			continue
		}
		for _, name := range Words(c.Code) {
			add(name, c.Code)
		}
		region := language.MustParseRegion(c.Code)
		for _, lang := range spoken {
			if namer := display.Regions(language.MustParse(lang)); namer != nil {
				add(namer.Name(region), c.Code)
			}
		}
	}
	return g
})

// Find gives the codes of the countries with this name, or with this capital,
// in any of many languages and with or without marks on the letters.
func Find(name string) []string {
	var codes []string
	seen := map[string]bool{}
	for _, code := range places().words[Fold(name)] {
		if !seen[code] {
			seen[code] = true
			codes = append(codes, code)
		}
	}
	return codes
}

// Seat gives the place of the country's capital in WGS 84 degrees, exact to
// some ten kilometres; ok is false when it is not known.
func Seat(code string) (latitude, longitude float64, ok bool) {
	p, ok := places().seats[code]
	return p.latitude, p.longitude, ok
}

// letters that Unicode does not take apart into a base and a mark.
var plain = strings.NewReplacer("ə", "e", "ı", "i", "ø", "o", "ł", "l", "đ", "d", "ß", "ss", "æ", "ae", "œ", "oe", "þ", "th", "ð", "d")

// Fold writes a name in small letters without marks, in any script, with
// single spaces and nothing else between its words.
func Fold(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(name) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.Join(strings.FieldsFunc(plain.Replace(b.String()), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r)
	}), " ")
}
