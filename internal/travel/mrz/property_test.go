package mrz_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery/chancery/internal/travel/mrz"
)

// value is the number behind a character, written here a second time.
func value(c byte) int {
	return strings.IndexByte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", c) + strings.Count(string(c), "<")
}

func drawDate(t *rapid.T, label string, from, to int) mrz.Date {
	d := day(rapid.IntRange(from, to).Draw(t, label+" year"), rapid.IntRange(1, 12).Draw(t, label+" month"), rapid.IntRange(1, 28).Draw(t, label+" day"))
	switch rapid.IntRange(0, 9).Draw(t, label+" unknown") {
	case 0:
		d.Day = 0
	case 1:
		d.Month, d.Day = 0, 0
	case 2:
		d = mrz.Date{}
	}
	return d
}

func drawFields(t *rapid.T) mrz.Fields {
	f := mrz.Fields{Format: rapid.SampledFrom([]mrz.Format{mrz.TD1, mrz.TD2, mrz.TD3, mrz.MRVA, mrz.MRVB}).Draw(t, "format")}
	codes := map[mrz.Format][]string{mrz.TD1: {"I", "ID", "AC", "C"}, mrz.TD2: {"I", "C"}, mrz.TD3: {"P", "PP", "PD"}, mrz.MRVA: {"V", "VC"}, mrz.MRVB: {"V"}}
	f.Code = rapid.SampledFrom(codes[f.Format]).Draw(t, "code")
	countries := rapid.SampledFrom([]string{"AZE", "D", "UTO", "UNO", "XXA", "RKS", "GBO", "TUR"})
	f.Issuer, f.Nationality = countries.Draw(t, "issuer"), countries.Draw(t, "nationality")
	f.Surname = rapid.StringMatching(`[A-Z]{1,7}( [A-Z]{1,5})?`).Draw(t, "surname")
	f.GivenNames = rapid.StringMatching(`([A-Z]{1,7}( [A-Z]{1,5})?)?`).Draw(t, "given")
	longest := map[mrz.Format]string{mrz.TD1: "22", mrz.TD2: "14"}[f.Format]
	if longest == "" {
		longest = "9"
	}
	f.Number = rapid.StringMatching(`[A-Z0-9]{1,`+longest+`}`).Draw(t, "number")
	f.Birth, f.Expiry = drawDate(t, "birth", 1928, 2026), drawDate(t, "expiry", 1976, 2075)
	if f.Birth.Year == 2026 && f.Birth.Month >= 11 {
		f.Birth.Month = 10
	}
	f.Sex = rapid.SampledFrom([]string{"F", "M", "X"}).Draw(t, "sex")
	if len(f.Number) <= 9 {
		room := map[mrz.Format]string{mrz.TD1: "15", mrz.TD2: "7", mrz.TD3: "14", mrz.MRVA: "16", mrz.MRVB: "8"}[f.Format]
		f.Optional = rapid.StringMatching(`[A-Z0-9]{0,`+room+`}`).Draw(t, "optional")
	}
	if f.Format == mrz.TD1 {
		f.Optional2 = rapid.StringMatching(`[A-Z0-9]{0,11}`).Draw(t, "optional2")
	}
	return f
}

func TestComposedIsReadTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFields(t)
		lines, err := mrz.Compose(f)
		if err != nil {
			t.Fatal(err)
		}
		z, err := mrz.Parse(lines, today)
		if err != nil {
			t.Fatal(err)
		}
		if z.Fields != f || !z.Right() || len(z.Notes) != 0 {
			t.Fatalf("%s\n got %+v\nwant %+v\nnotes %v", strings.Join(lines, "\n"), z.Fields, f, z.Notes)
		}
	})
}

// A name of any length ends the field with a letter when it was shortened, and
// what is left of each component is its beginning.
func TestShortenedNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFields(t)
		f.Surname = rapid.StringMatching(`[A-Z]{2,20}( [A-Z]{2,20}){0,4}`).Draw(t, "long surname")
		f.GivenNames = rapid.StringMatching(`([A-Z]{2,20}( [A-Z]{2,20}){0,4})?`).Draw(t, "long given")
		lines, err := mrz.Compose(f)
		if err != nil {
			t.Fatal(err)
		}
		z, err := mrz.Parse(lines, today)
		if err != nil {
			t.Fatal(err)
		}
		same := z.Surname == f.Surname && z.GivenNames == f.GivenNames
		if !same && !z.NamesMayBeTruncated {
			t.Fatalf("nothing tells that the name was shortened: %s", strings.Join(lines, "\n"))
		}
		for got, whole := range map[string]string{z.Surname: f.Surname, z.GivenNames: f.GivenNames} {
			parts, all := strings.Fields(got), strings.Fields(whole)
			if len(parts) > len(all) || len(all) > 0 && len(parts) == 0 {
				t.Fatalf("%q of %q", got, whole)
			}
			for i, p := range parts {
				if !strings.HasPrefix(all[i], p) {
					t.Fatalf("%q of %q", got, whole)
				}
			}
		}
	})
}

// The promise of the check digits (see the package comment): in what they
// cover, one changed character is seen unless the old and the new one are the
// same modulo 10.
func TestOneFlippedCharacter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFields(t)
		lines, err := mrz.Compose(f)
		if err != nil {
			t.Fatal(err)
		}
		covered := map[mrz.Format]map[int][][2]int{ // line, columns from–to, counted from 0
			mrz.TD1:  {0: {{5, 30}}, 1: {{0, 7}, {8, 15}, {18, 30}}},
			mrz.TD2:  {1: {{0, 10}, {13, 20}, {21, 36}}},
			mrz.TD3:  {1: {{0, 10}, {13, 20}, {21, 44}}},
			mrz.MRVA: {1: {{0, 10}, {13, 20}, {21, 28}}},
			mrz.MRVB: {1: {{0, 10}, {13, 20}, {21, 28}}},
		}[f.Format]
		line := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
		column := rapid.IntRange(0, len(lines[line])-1).Draw(t, "column")
		old := lines[line][column]
		flipped := rapid.SampledFrom([]byte("<0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")).Draw(t, "to")
		under := false
		for _, r := range covered[line] {
			under = under || column >= r[0] && column < r[1]
		}
		if !under || value(old)%10 == value(flipped)%10 {
			return
		}
		lines[line] = lines[line][:column] + string(flipped) + lines[line][column+1:]
		z, err := mrz.Parse(lines, today)
		if err == nil && z.Right() && len(z.Notes) == 0 {
			t.Fatalf("%c for %c in line %d, column %d of %s was not seen", flipped, old, line+1, column+1, strings.Join(lines, "\n"))
		}
	})
}

// The other half of the promise: within a group a change is invisible, and the
// groups in the package comment are all there are.
func TestWhatCheckDigitsCannotSee(t *testing.T) {
	const all = "<0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	groups := []string{"<0AKU", "1BLV", "2CMW", "3DNX", "4EOY", "5FPZ", "6GQ", "7HR", "8IS", "9JT"}
	group := map[byte]int{}
	for i, g := range groups {
		for j := range len(g) {
			group[g[j]] = i
		}
	}
	if len(group) != len(all) {
		t.Fatalf("%d of %d characters", len(group), len(all))
	}
	for a := range len(all) {
		for b := range len(all) {
			for position := range 3 {
				prefix := strings.Repeat("7", position)
				same := mrz.CheckDigit(prefix+string(all[a])) == mrz.CheckDigit(prefix+string(all[b]))
				if same != (group[all[a]] == group[all[b]]) {
					t.Errorf("%c and %c at position %d: same digit %v", all[a], all[b], position+1, same)
				}
				pair, turned := prefix+string(all[a])+string(all[b]), prefix+string(all[b])+string(all[a])
				hidden := mrz.CheckDigit(pair) == mrz.CheckDigit(turned)
				if multiple := (value(all[a])-value(all[b]))%5 == 0; hidden != multiple {
					t.Errorf("%c and %c changing places at %d: hidden %v", all[a], all[b], position+1, hidden)
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range specimens {
		f.Add(strings.Join(s.lines, "\n"))
	}
	f.Add("V<\n" + strings.Repeat("<", 28))
	f.Add("«‹＜ı")
	f.Fuzz(func(t *testing.T, text string) {
		z, err := mrz.Parse([]string{text}, today)
		if err != nil {
			return
		}
		// What was read is a zone by itself, and reads the same again.
		again, err := mrz.Parse(z.Lines, today)
		if err != nil || again.Fields != z.Fields || again.Right() != z.Right() {
			t.Fatalf("%q: %+v, then %+v, %v", text, z, again, err)
		}
		if !z.Right() || z.NamesMayBeTruncated {
			return
		}
		if lines, err := mrz.Compose(z.Fields); err == nil {
			if third, err := mrz.Parse(lines, today); err != nil || third.Surname != z.Surname || third.Number != z.Number || third.Birth != z.Birth {
				t.Fatalf("%q: composed to %q: %+v, %v", text, lines, third, err)
			}
		}
	})
}
