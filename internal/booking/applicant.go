package booking

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
)

// Applicant is one named person. The place belongs to this person: document
// number, birth date and nationality are checked at the counter.
type Applicant struct {
	GivenNames     string `json:"given_names"`
	Surname        string `json:"surname"`
	DateOfBirth    string `json:"date_of_birth"` // "1990-04-17"
	Nationality    string `json:"nationality"`   // ISO 3166-1 alpha-3 or an ICAO code
	DocumentNumber string `json:"document_number"`
}

// FullName is the name as a counter clerk would call it.
func (a Applicant) FullName() string { return strings.TrimSpace(a.GivenNames + " " + a.Surname) }

const (
	maxName     = 300 // characters of one name
	maxDocument = 30  // characters of a document number
	maxAge      = 130 // years
)

// CheckApplicants reads what people typed: it normalises each answer and gives
// an Invalid fault with a path such as "applicants[0].surname" for each one
// that cannot be right. today is the day at the post.
func CheckApplicants(given []Applicant, today time.Time) ([]Applicant, error) {
	var wrong fault.Fields
	if len(given) == 0 || len(given) > maxParty {
		wrong.AddWith("applicants", "booking.applicants_count", fault.Args{"Max": maxParty})
		return nil, wrong.Err()
	}
	checked := make([]Applicant, len(given))
	seen := map[string]bool{}
	for i, a := range given {
		at := func(name string) string { return fmt.Sprintf("applicants[%d].%s", i, name) }
		a.GivenNames = checkName(&wrong, at("given_names"), a.GivenNames)
		a.Surname = checkName(&wrong, at("surname"), a.Surname)
		if a.GivenNames == "" && a.Surname == "" {
			wrong.Add(at("given_names"), "booking.name_missing")
		}
		a.DateOfBirth = checkBirth(&wrong, at("date_of_birth"), a.DateOfBirth, today)
		a.Nationality = strings.ToUpper(strings.TrimSpace(a.Nationality))
		if a.Nationality == "" {
			wrong.Add(at("nationality"), "booking.nationality_missing")
		} else if !country.Known(a.Nationality) {
			wrong.Add(at("nationality"), "booking.nationality_unknown")
		}
		a.DocumentNumber = checkDocument(&wrong, at("document_number"), a.DocumentNumber)
		if who := a.identity(); seen[who] {
			wrong.Add(at("document_number"), "booking.person_twice")
		} else {
			seen[who] = true
		}
		checked[i] = a
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	return checked, nil
}

// checkName keeps a name as given, in any script, without what cannot be part
// of one: control characters, invisible direction marks, digits and symbols.
func checkName(wrong *fault.Fields, path, name string) string {
	name = strings.Join(strings.Fields(norm.NFC.String(name)), " ")
	switch n := utf8.RuneCountInString(name); {
	case !utf8.ValidString(name):
		wrong.Add(path, "booking.name_unreadable")
		return ""
	case n > maxName:
		wrong.AddWith(path, "booking.name_long", fault.Args{"Max": maxName, "Length": n})
		return name
	}
	for _, r := range name {
		if !unicode.In(r, unicode.L, unicode.M) && !strings.ContainsRune(" -'’ʼ‘`´.,·()/\u200c\u200d", r) {
			if unicode.IsPrint(r) {
				wrong.AddWith(path, "booking.name_character", fault.Args{"Character": string(r)})
			} else {
				wrong.Add(path, "booking.name_unreadable")
			}
			break
		}
	}
	return name
}

func checkBirth(wrong *fault.Fields, path, text string, today time.Time) string {
	text = strings.TrimSpace(norm.NFKC.String(text))
	day, err := time.Parse(time.DateOnly, text)
	switch {
	case text == "" || text == "--":
		wrong.Add(path, "booking.birth_missing")
	case err != nil:
		wrong.Add(path, "booking.birth_not_a_date")
	case day.Format(time.DateOnly) > today.Format(time.DateOnly):
		wrong.Add(path, "booking.birth_in_future")
	case day.Year() < today.Year()-maxAge:
		wrong.AddWith(path, "booking.birth_too_early", fault.Args{"Year": today.Year() - maxAge})
	}
	return text
}

// latin gives the Latin letter for Cyrillic and Greek capitals that look the
// same: a document number copied with the wrong keyboard is still that number.
var latin = map[rune]rune{
	'А': 'A', 'В': 'B', 'С': 'C', 'Е': 'E', 'Н': 'H', 'І': 'I', 'Ј': 'J', 'К': 'K', 'М': 'M',
	'О': 'O', 'Р': 'P', 'Ѕ': 'S', 'Т': 'T', 'Х': 'X', 'У': 'Y', 'Ү': 'Y',
	'Α': 'A', 'Β': 'B', 'Ε': 'E', 'Ζ': 'Z', 'Η': 'H', 'Ι': 'I', 'Κ': 'K', 'Μ': 'M', 'Ν': 'N',
	'Ο': 'O', 'Ρ': 'P', 'Τ': 'T', 'Υ': 'Y', 'Χ': 'X',
}

// checkDocument writes a document number the one way in which it is compared:
// capitals and digits only, wide forms narrowed, look-alikes made Latin when
// that leaves a wholly Latin number.
func checkDocument(wrong *fault.Fields, path, text string) string {
	var out []rune
	for _, r := range strings.ToUpper(norm.NFKC.String(text)) {
		switch {
		case unicode.IsSpace(r) || strings.ContainsRune("-‐‑–—./№#", r):
			continue
		case unicode.IsDigit(r):
			out = append(out, asciiDigit(r))
		case unicode.IsLetter(r) || unicode.IsMark(r):
			out = append(out, r)
		default:
			wrong.Add(path, "booking.document_character")
			return text
		}
	}
	// What the left-out characters kept apart may be one letter now.
	out = []rune(norm.NFKC.String(string(out)))
	folded := make([]rune, len(out))
	for i, r := range out {
		folded[i] = r
		if l, ok := latin[r]; ok {
			folded[i] = l
		}
	}
	if isASCII(folded) {
		out = folded
	}
	switch {
	case len(out) == 0:
		wrong.Add(path, "booking.document_missing")
	case len(out) < 4:
		wrong.Add(path, "booking.document_short")
	case len(out) > maxDocument:
		wrong.AddWith(path, "booking.document_long", fault.Args{"Max": maxDocument})
	}
	return string(out)
}

// asciiDigit turns any decimal digit of Unicode into 0–9; decimal digits stand
// in runs of ten.
func asciiDigit(r rune) rune {
	value := rune(0)
	for r-value > 0 && unicode.IsDigit(r-value-1) && value < 9 {
		value++
	}
	return '0' + value
}

func isASCII(text []rune) bool {
	for _, r := range text {
		if r > unicode.MaxASCII {
			return false
		}
	}
	return true
}

// confusable digits and letters are one when two people are compared: a typing
// slip does not make a second person.
var confusable = strings.NewReplacer("O", "0", "I", "1", "L", "1")

func (a Applicant) identity() string {
	return confusable.Replace(a.DocumentNumber) + "|" + a.DateOfBirth + "|" + a.Nationality
}

// PersonKey is the keyed hash by which a checked applicant is found again.
func (a Applicant) PersonKey(ring *keyring.Ring) string {
	return "p:" + ring.LookupKey("person", a.identity())
}

func personKeys(ring *keyring.Ring, applicants []Applicant) []string {
	keys := make([]string, len(applicants))
	for i, a := range applicants {
		keys[i] = a.PersonKey(ring)
	}
	return keys
}
