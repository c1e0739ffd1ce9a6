package mrz

import (
	"strings"
	"time"

	"github.com/chancery/chancery/internal/country"
)

// Parse reads the lines of a zone, or one text with all of them. now decides
// the centuries of dates. The fault is Invalid at "lines" or "lines[i]" when
// these are not the lines of any format; what is wrong inside a well-formed
// zone is no error but in Checks and Problems.
func Parse(typed []string, now time.Time) (*Zone, error) {
	lines, notes, err := clean(typed)
	if err != nil {
		return nil, err
	}
	l, lines, shaped, err := shape(lines)
	if err != nil {
		return nil, err
	}
	r := reader{layout: l, now: now, zone: &Zone{Lines: lines, Notes: append(notes, shaped...)}}
	r.zone.Format = l.format
	r.read()
	return r.zone, nil
}

type reader struct {
	layout
	now  time.Time
	zone *Zone
}

func (r *reader) get(s span) string { return s.of(r.zone.Lines) }

func (r *reader) note(n Note) { r.zone.Notes = append(r.zone.Notes, n) }

func (r *reader) problem(field, key string) {
	r.zone.Problems = append(r.zone.Problems, Problem{field, "travel.mrz.problem." + key})
}

// likeDigits and likeLetters are what the eye and recognition programs confuse.
var (
	likeDigits  = map[byte]byte{'O': '0', 'Q': '0', 'D': '0', 'I': '1', 'L': '1', 'Z': '2', 'S': '5', 'G': '6', 'B': '8'}
	likeLetters = map[byte]byte{'0': 'O', '1': 'I', '2': 'Z', '5': 'S', '6': 'G', '8': 'B'}
)

// mend reads characters that cannot stand in a span as those that they resemble.
func (r *reader) mend(s span, like map[byte]byte) {
	if s.width() == 0 {
		return
	}
	line := []byte(r.zone.Lines[s.line])
	for i := s.from; i < s.to; i++ {
		if to, ok := like[line[i]]; ok {
			r.note(Note{Kind: NoteLookAlike, Line: s.line + 1, Column: i + 1, From: string(line[i]), To: string(to)})
			line[i] = to
		}
	}
	r.zone.Lines[s.line] = string(line)
}

func (r *reader) read() {
	z := r.zone
	for _, s := range []span{r.numberCheck, r.birth, r.birthCheck, r.expiry, r.expiryCheck, r.optionalCheck, r.compositeCheck} {
		r.mend(s, likeDigits)
	}
	for _, s := range []span{r.issuer, r.names, r.nationality} {
		r.mend(s, likeLetters)
	}
	z.Code, z.Issuer, z.Nationality = bare(r.get(r.code)), bare(r.get(r.issuer)), bare(r.get(r.nationality))
	z.Surname, z.GivenNames, z.NamesMayBeTruncated = readNames(r.get(r.names))
	if z.Surname == "" {
		r.problem("surname", "no_name")
	}
	if strings.ContainsAny(r.get(r.names), "0123456789") {
		r.problem("surname", "digit_in_name")
	}
	z.Optional = bare(r.get(r.optional))
	if r.optional2.width() > 0 {
		z.Optional2 = bare(r.get(r.optional2))
	}
	r.number()
	z.Birth = r.date(r.birth, r.birthCheck, OfBirth)
	z.Expiry = r.date(r.expiry, r.expiryCheck, OfExpiry)
	r.sexOf()
	if r.optionalCheck.width() > 0 {
		c := r.check(OfOptional, r.get(r.optional), r.optionalCheck)
		// An empty personal number may go without a check digit (9303-4, 4.2.2.2).
		if c.Got == filler && z.Optional == "" {
			c.Want, c.Right = filler, true
		}
		z.Checks = append(z.Checks, c)
	}
	if r.compositeCheck.width() > 0 {
		z.Checks = append(z.Checks, r.check(OfComposite, r.joined(z.Lines), r.compositeCheck))
	}
	r.codes()
	r.propose()
}

// check compares the digit at s with the one that of asks for.
func (r *reader) check(name, of string, s span) Check {
	c := Check{Of: name, Got: r.get(s)[0], Want: CheckDigit(of), Line: s.line + 1, Column: s.from + 1}
	c.Right = c.Got == c.Want
	return c
}

// number reads the document number, and its rest from the optional data.
func (r *reader) number() {
	z := r.zone
	first, optional := r.get(r.layout.number), r.get(r.optional)
	if r.overflow && r.get(r.numberCheck)[0] == filler && bare(first) == first && optional[0] != filler {
		rest, after, _ := strings.Cut(optional, string(filler))
		digits := len(rest) - 1
		z.Number = first + rest[:digits]
		z.Optional = bare(strings.TrimLeft(after, string(filler)))
		c := Check{Of: OfNumber, Got: rest[digits], Want: CheckDigit(z.Number), Line: r.optional.line + 1, Column: r.optional.from + digits + 1}
		c.Right = c.Got == c.Want
		z.Checks = append(z.Checks, c)
		return
	}
	z.Number = bare(first)
	z.Checks = append(z.Checks, r.check(OfNumber, first, r.numberCheck))
	if z.Number == "" {
		r.problem("number", "no_number")
	}
}

func (r *reader) date(s, digit span, of string) Date {
	r.zone.Checks = append(r.zone.Checks, r.check(of, r.get(s), digit))
	d, ok := readDate(r.get(s), of == OfBirth, r.now)
	if !ok {
		r.problem(of, "no_date")
	}
	return d
}

func (r *reader) sexOf() {
	switch c := r.get(r.sex); c {
	case "M", "F":
		r.zone.Sex = c
	case "<":
		r.zone.Sex = "X"
	case "X":
		r.zone.Sex = "X"
		r.note(Note{Kind: NoteSex, Line: r.sex.line + 1, Column: r.sex.from + 1, From: "X", To: "<"})
	default:
		r.problem("sex", "no_sex")
	}
}

// former are codes that stand in specimens and in documents from before a
// change of ISO 3166-1 (9303-3, section 5, parts F to H).
var former = map[string]bool{"UTO": true, "ANT": true, "NTZ": true, "IAO": true}

// codes notes what is not in the lists of Doc 9303. Documents outlive lists, so
// that is nothing to refuse.
func (r *reader) codes() {
	z := r.zone
	for _, s := range []span{r.issuer, r.nationality} {
		if code := bare(r.get(s)); !country.Known(code) && !former[code] {
			r.note(Note{Kind: NoteUnknown, Line: s.line + 1, Column: s.from + 1, From: code})
		}
	}
	fits := map[Format]string{TD1: "ACI", TD2: "ACI", TD3: "P", MRVA: "V", MRVB: "V"}[z.Format]
	if z.Code == "" || !strings.Contains(fits, z.Code[:1]) {
		r.note(Note{Kind: NoteCode, Line: 1, Column: 1, From: z.Code})
	}
}

// propose looks for one look-alike in the document number that would make every
// check digit right. It changes nothing: a number is data.
func (r *reader) propose() {
	z, s := r.zone, r.layout.number
	wrong := false
	for _, c := range z.Checks {
		wrong = wrong || !c.Right && c.Of == OfNumber
	}
	if !wrong || r.get(r.numberCheck)[0] == filler {
		return
	}
	line := z.Lines[s.line]
	for i := s.from; i < s.to; i++ {
		for _, like := range []map[byte]byte{likeDigits, likeLetters} {
			to, ok := like[line[i]]
			if !ok {
				continue
			}
			tried := append([]string{}, z.Lines...)
			tried[s.line] = line[:i] + string(to) + line[i+1:]
			if CheckDigit(s.of(tried)) != r.get(r.numberCheck)[0] ||
				r.compositeCheck.width() > 0 && CheckDigit(r.joined(tried)) != r.get(r.compositeCheck)[0] {
				continue
			}
			r.note(Note{Kind: NoteProposal, Line: s.line + 1, Column: i + 1, From: string(line[i]), To: string(to)})
		}
	}
}
