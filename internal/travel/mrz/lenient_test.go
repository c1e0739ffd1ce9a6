package mrz_test

import (
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/travel/mrz"
)

func TestWhatPeopleType(t *testing.T) {
	passport := specimens[0]
	one, two := passport.lines[0], passport.lines[1]
	td1 := specimens[1].lines
	for _, c := range []struct {
		name  string
		lines []string
		notes []string
	}{
		{"small letters", []string{strings.ToLower(one), two}, []string{mrz.NoteCase}},
		{"spaces", []string{"P< UTO ERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", " " + two + "\t"}, []string{mrz.NoteSpaces}},
		{"one text", []string{one + "\r\n\n" + two + "\n"}, nil},
		{"one line", []string{one + two}, []string{mrz.NoteSplit}},
		{"quotes for fillers", []string{strings.Replace(one, "<<", "«", 1), two}, []string{mrz.NoteFiller}},
		{"fillers left out", []string{"P<UTOERIKSSON<<ANNA<MARIA", two}, []string{mrz.NotePadded}},
		{"fillers too many", []string{one + "<<<", two}, []string{mrz.NoteTrimmed}},
		{"O for 0 in dates", []string{one, strings.Replace(two, "120415", "12O4l5", 1)}, []string{mrz.NoteCase, mrz.NoteLookAlike, mrz.NoteLookAlike}},
		{"0 for O in names", []string{strings.Replace(one, "ERIKSSON", "ERIKSS0N", 1), two}, []string{mrz.NoteLookAlike}},
		{"Cyrillic letters", []string{strings.Replace(one, "MARIA", "МАRIА", 1), two}, []string{mrz.NoteLookAlike, mrz.NoteLookAlike, mrz.NoteLookAlike}},
		{"X for the filler of sex", []string{one, strings.Replace(two, "F1204159", "X1204159", 1)}, []string{mrz.NoteSex}},
	} {
		z := read(t, c.lines...)
		want := passport.fields
		if c.notes != nil && c.notes[0] == mrz.NoteSex {
			want.Sex = "X"
		}
		var kinds []string
		for _, n := range z.Notes {
			kinds = append(kinds, n.Kind)
		}
		if z.Fields != want || !z.Right() || strings.Join(kinds, " ") != strings.Join(c.notes, " ") {
			t.Errorf("%s: %+v, right %v, notes %v, want %v", c.name, z.Fields, z.Right(), kinds, c.notes)
		}
	}
	if z := read(t, strings.TrimRight(td1[0], "<")+"\n"+td1[1]+"\n"+strings.TrimRight(td1[2], "<")); z.Fields != specimens[1].fields || !z.Right() {
		t.Errorf("%+v", z)
	}
	// What was read is shown, so that it can be compared with the document.
	if z := read(t, strings.ToLower(one), two); z.Lines[0] != one {
		t.Error(z.Lines)
	}
}

func TestWrongInside(t *testing.T) {
	one, two := specimens[0].lines[0], specimens[0].lines[1]
	put := func(at int, s string) string { return two[:at] + s + two[at+len(s):] }
	wrongOf := func(z *mrz.Zone) (names []string) {
		for _, c := range z.Checks {
			if !c.Right {
				names = append(names, c.Of)
			}
		}
		return names
	}
	for line, want := range map[string]string{
		put(9, "7"): "number composite", put(19, "3"): "birth composite", put(27, "8"): "expiry composite",
		put(42, "2"): "optional composite", put(43, "1"): "composite", put(0, "M"): "number composite",
	} {
		z := read(t, one, line)
		if got := strings.Join(wrongOf(z), " "); got != want || z.Right() {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
	for line, want := range map[string]string{
		put(13, "741312"): "birth", put(13, "740230"): "birth", put(13, "7<0812"): "birth", put(21, "12A415"): "expiry", put(20, "Q"): "sex", put(0, "<<<<<<<<<"): "number",
	} {
		z := read(t, one, line)
		if len(z.Problems) != 1 || z.Problems[0].Field != want || z.Right() {
			t.Errorf("%s: %+v, want %s", line, z.Problems, want)
		}
	}
	for _, names := range []string{strings.Repeat("<", 39), "ERIK7SON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"} {
		if z := read(t, "P<UTO"+names, two); len(z.Problems) != 1 || z.Problems[0].Field != "surname" {
			t.Errorf("%s: %+v", names, z.Problems)
		}
	}
}

func TestProposal(t *testing.T) {
	// O and 0 differ in the check digit, so a number with one confused is found
	// out; it is proposed, not changed.
	f := specimens[0].fields
	f.Number = "AB0123456"
	lines, err := mrz.Compose(f)
	if err != nil {
		t.Fatal(err)
	}
	z := read(t, lines[0], strings.Replace(lines[1], "AB0", "ABO", 1))
	if z.Number != "ABO123456" || z.Right() || !noted(z, mrz.NoteProposal) {
		t.Fatalf("%+v", z)
	}
	for _, n := range z.Notes {
		if n.Kind == mrz.NoteProposal && (n.From != "O" || n.To != "0" || n.Line != 2 || n.Column != 3) {
			t.Errorf("%+v", n)
		}
	}
}

func TestNoZone(t *testing.T) {
	one, two := specimens[0].lines[0], specimens[0].lines[1]
	for _, c := range []struct {
		lines []string
		path  string
	}{
		{nil, "lines"}, {[]string{"", " \n"}, "lines"}, {[]string{one}, "lines"}, {[]string{one, two, one}, "lines"}, {[]string{one, two[:43]}, "lines"},
		{[]string{one, two + "0"}, "lines"}, {[]string{one, two, one, two}, "lines"}, {[]string{one, strings.Replace(two, "U", "Ü", 1)}, "lines[1]"},
		{[]string{one + "\x00", two}, "lines[0]"}, {[]string{strings.Repeat("<", 3000)}, "lines"}, {[]string{"P<", two}, "lines"}, {[]string{"V", "V"}, "lines"},
	} {
		if z, err := mrz.Parse(c.lines, today); !refuses(err, c.path) {
			t.Errorf("%q: %+v, %v", c.lines, z, err)
		}
	}
}

func TestCenturiesAndUnknownParts(t *testing.T) {
	for _, c := range []struct {
		birth, expiry         string
		wantBirth, wantExpiry string
	}{
		{"261125", "261125", "2026-11-25", "2026-11-25"},
		{"261126", "750101", "1926-11-26", "2075-01-01"},
		{"270101", "760101", "1927-01-01", "1976-01-01"},
		{"000229", "240229", "2000-02-29", "2024-02-29"},
		{"74<<<<", "<<<<<<", "1974", ""},
		{"7408<<", "3001<<", "1974-08", "2030-01"},
		{"<<<<<<", "300101", "", "2030-01-01"},
		{"<<0812", "300101", "XXXX-08-12", "2030-01-01"},
		{"74<<12", "300101", "1974-XX-12", "2030-01-01"},
	} {
		line := "L898902C36UTO" + c.birth + string(mrz.CheckDigit(c.birth)) + "F" + c.expiry + string(mrz.CheckDigit(c.expiry)) + "<<<<<<<<<<<<<<<"
		line += string(mrz.CheckDigit(line[0:10] + line[13:20] + line[21:43]))
		z := read(t, specimens[0].lines[0], line)
		if z.Birth.String() != c.wantBirth || z.Expiry.String() != c.wantExpiry || !z.Right() {
			t.Errorf("%s, %s: %q, %q, %+v", c.birth, c.expiry, z.Birth, z.Expiry, z.Problems)
		}
	}
	// 29 February of a year that is none.
	if z := read(t, specimens[5].lines[0], strings.Replace(specimens[5].lines[1], "6908061", "9902292", 1)); len(z.Problems) != 1 {
		t.Errorf("%+v", z.Problems)
	}
}

func TestLongNumbers(t *testing.T) {
	f := specimens[1].fields
	for number, optional := range map[string]string{"D23145890734": "AB12", "D231458907": "", "D231458901234567890123": "", "D23145890X": "A<B"} {
		f.Number, f.Optional, f.Optional2 = number, optional, "SECOND"
		lines, err := mrz.Compose(f)
		if err != nil {
			t.Errorf("%s: %v", number, err)
			continue
		}
		if z := read(t, lines...); z.Fields != f || !z.Right() {
			t.Errorf("%s:\n got %+v\nwant %+v", number, z.Fields, f)
		}
	}
	for _, c := range []struct {
		format mrz.Format
		number string
	}{{mrz.TD1, "D2314589012345678901234"}, {mrz.TD2, "D23145890123456"}, {mrz.TD3, "D231458901"}, {mrz.MRVA, "D231458901"}, {mrz.TD1, ""}, {mrz.TD1, "D23145890<1"}, {mrz.TD3, "AB 12"}} {
		f := mrz.Fields{Format: c.format, Code: map[mrz.Format]string{mrz.TD1: "I", mrz.TD2: "I", mrz.TD3: "PP", mrz.MRVA: "V"}[c.format], Issuer: "UTO", Nationality: "UTO", Surname: "A", Number: c.number}
		if _, err := mrz.Compose(f); !refuses(err, "number") {
			t.Errorf("%v %s: %v", c.format, c.number, err)
		}
	}
}
