package mrz

import (
	"strings"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
)

// Compose writes the zone of f, with every check digit. Names are in letters
// A–Z (package translit brings others there); hyphens, spaces and apostrophes
// are turned by Doc 9303-3, 4.6, and what does not fit is shortened by the rules
// of truncation, so that the field ends with a letter. The fault is Invalid with
// paths named as in JSON: code, issuer, surname, given_names, number,
// nationality, birth, sex, expiry, optional, optional2.
func Compose(f Fields) ([]string, error) {
	l, ok := layouts[f.Format]
	var bad fault.Fields
	if !ok {
		bad.Add("format", "travel.mrz.compose.format")
		return nil, bad.Err()
	}
	w := writer{layout: l, bad: &bad, lines: make([][]byte, l.lines)}
	for i := range w.lines {
		w.lines[i] = []byte(strings.Repeat(string(filler), l.width))
	}
	w.code(f)
	w.names(f)
	w.number(f)
	w.date(l.birth, l.birthCheck, f.Birth, "birth")
	w.date(l.expiry, l.expiryCheck, f.Expiry, "expiry")
	switch f.Sex {
	case "M", "F":
		w.put(l.sex, f.Sex)
	case "X", "":
	default:
		bad.Add("sex", "travel.mrz.compose.sex")
	}
	if l.optional2.width() > 0 {
		w.text(l.optional2, f.Optional2, "optional2")
	} else if f.Optional2 != "" {
		bad.Add("optional2", "travel.mrz.compose.too_long")
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	if l.optionalCheck.width() > 0 && f.Optional != "" {
		w.digit(l.optionalCheck, l.optional.of(w.strings()))
	}
	if l.compositeCheck.width() > 0 {
		w.digit(l.compositeCheck, l.joined(w.strings()))
	}
	return w.strings(), nil
}

type writer struct {
	layout
	bad   *fault.Fields
	lines [][]byte
}

func (w *writer) strings() []string {
	lines := make([]string, len(w.lines))
	for i, line := range w.lines {
		lines[i] = string(line)
	}
	return lines
}

func (w *writer) put(s span, text string) { copy(w.lines[s.line][s.from:s.to], text) }

func (w *writer) digit(s span, of string) { w.put(s, string(CheckDigit(of))) }

// letters says whether s holds only what a zone may, besides fillers at the
// ends, and no more than width characters.
func letters(s string, width int) bool {
	if len(s) > width || strings.Trim(s, "<") != s {
		return false
	}
	for i := range len(s) {
		if value(s[i]) < 0 {
			return false
		}
	}
	return true
}

// text writes an optional field.
func (w *writer) text(s span, text, path string) {
	if !letters(text, s.width()) {
		w.bad.AddWith(path, "travel.mrz.compose.text", fault.Args{"Max": s.width()})
		return
	}
	w.put(s, text)
}

func (w *writer) code(f Fields) {
	first := map[Format]string{TD1: "ACI", TD2: "ACI", TD3: "P", MRVA: "V", MRVB: "V"}[f.Format]
	if f.Code == "" || !letters(f.Code, 2) || !strings.Contains(first, f.Code[:1]) {
		w.bad.AddWith("code", "travel.mrz.compose.code", fault.Args{"First": strings.Join(strings.Split(first, ""), ", ")})
	} else {
		w.put(w.layout.code, f.Code)
	}
	for _, c := range []struct {
		at         span
		code, path string
	}{{w.issuer, f.Issuer, "issuer"}, {w.nationality, f.Nationality, "nationality"}} {
		if code := bare(c.code); country.Known(code) || former[code] {
			w.put(c.at, code)
		} else {
			w.bad.Add(c.path, "travel.mrz.compose.country")
		}
	}
}

func (w *writer) names(f Fields) {
	surname, ok := components(f.Surname)
	if !ok || len(surname) == 0 {
		w.bad.Add("surname", "travel.mrz.compose.name")
	}
	given, ok := components(f.GivenNames)
	if !ok {
		w.bad.Add("given_names", "travel.mrz.compose.name")
	}
	w.put(w.layout.names, nameField(surname, given, w.layout.names.width()))
}

// number writes the document number; what is longer than its field overflows
// into the optional data of TD1 and TD2, and is refused elsewhere.
func (w *writer) number(f Fields) {
	s, optional := w.layout.number, f.Optional
	room := s.width()
	if w.overflow {
		room += w.optional.width() - 2 // a check digit and a filler
	}
	if f.Number == "" || !letters(f.Number, room) {
		w.bad.AddWith("number", "travel.mrz.compose.number", fault.Args{"Max": room})
		return
	}
	if len(f.Number) <= s.width() {
		w.put(s, f.Number)
		w.digit(w.numberCheck, fill(f.Number, s.width()))
		w.text(w.optional, optional, "optional")
		return
	}
	if strings.Contains(f.Number[s.width()-1:], string(filler)) {
		// The rest ends at the first filler, and the ninth character tells a
		// long number from a short one; fillers there would be read wrongly.
		w.bad.AddWith("number", "travel.mrz.compose.number", fault.Args{"Max": s.width()})
		return
	}
	w.put(s, f.Number[:s.width()])
	rest := f.Number[s.width():] + string(CheckDigit(f.Number)) + string(filler)
	after := span{w.optional.line, w.optional.from + len(rest), w.optional.to}
	w.put(w.optional, rest)
	w.text(after, optional, "optional")
}

func (w *writer) date(s, digit span, d Date, path string) {
	if !d.real() || d.Year > 9999 {
		w.bad.Add(path, "travel.mrz.compose.date")
		return
	}
	w.put(s, d.zone())
	w.digit(digit, d.zone())
}
