package act

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/travel/mrz"
	"github.com/chancery/chancery/internal/travel/translit"
)

// VisaTypes are the types of visas.
var VisaTypes = []string{"ordinary", "transit", "service", "diplomatic"}

// TypeKey is the translation key of one of VisaTypes.
func TypeKey(kind string) string { return "act.visa_type." + kind }

// Layouts are the ways in which a visa is printed: as a page of A4 that is sent,
// or as a sticker of format A or B (ICAO Doc 9303-7).
var Layouts = []string{EVisa, StickerA, StickerB}

// The layouts.
const (
	EVisa    = "e-visa"
	StickerA = "mrv-a"
	StickerB = "mrv-b"
)

// Visa is the content of an act in the register of visas.
type Visa struct {
	Type string `json:"type"` // one of VisaTypes
	// Entries is how often the holder may enter, 0 for without limit.
	Entries int `json:"entries"`
	// From and Until are local days, YYYY-MM-DD, both included.
	From  string `json:"from"`
	Until string `json:"until"`
	// Days is the longest stay.
	Days int `json:"days"`
	// Surname and GivenNames are as the holder writes them, the Latin ones in
	// letters of a machine-readable zone.
	Surname         string `json:"surname"`
	GivenNames      string `json:"given_names"`
	SurnameLatin    string `json:"surname_latin"`
	GivenNamesLatin string `json:"given_names_latin"`
	DocumentKind    string `json:"document_kind,omitempty"`
	DocumentNumber  string `json:"document_number"`
	DocumentIssuer  string `json:"document_issuer,omitempty"`
	DocumentExpires string `json:"document_expires,omitempty"`
	Nationality     string `json:"nationality"` // ISO 3166-1 alpha-3 or an ICAO code
	Sex             string `json:"sex"`         // F, M or X
	Birth           string `json:"birth"`       // YYYY-MM-DD, or less
	Purpose         string `json:"purpose,omitempty"`
	Remarks         string `json:"remarks,omitempty"`
	// Lang is the holder's language for letters.
	Lang string `json:"lang"`
}

// Limits of what a visa may say.
const (
	maxYears   = 10 // of validity
	maxEntries = 99
	maxRemarks = 120 // characters
	maxName    = 120
)

var (
	birthForm    = regexp.MustCompile(`^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$`)
	documentForm = regexp.MustCompile(`^[A-Z0-9]{1,20}$`)
	zoneForm     = regexp.MustCompile(`^[A-Z]+( [A-Z]+)*$`)
)

// Normal gives the visa with its fields as they are kept.
func (v Visa) Normal() Visa {
	for _, text := range []*string{&v.Surname, &v.GivenNames, &v.Remarks, &v.Purpose, &v.From, &v.Until, &v.Birth} {
		*text = strings.TrimSpace(*text)
	}
	if v.SurnameLatin == "" {
		v.SurnameLatin = v.Surname
	}
	if v.GivenNamesLatin == "" {
		v.GivenNamesLatin = v.GivenNames
	}
	for _, name := range []*string{&v.SurnameLatin, &v.GivenNamesLatin} {
		if zone, unknown := translit.Zone(*name, ""); len(unknown) == 0 {
			*name = zone
		}
	}
	v.DocumentNumber = documentNumber(v.DocumentNumber)
	if code := country.Canonical(v.Nationality); code != "" {
		v.Nationality = code
	}
	return v
}

func documentNumber(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '/' || unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, text)
}

// Check finds what is wrong, with paths named as in JSON. today is the post's
// local day.
func (v Visa) Check(today string) error {
	var bad fault.Fields
	if !slices.Contains(VisaTypes, v.Type) {
		bad.Add("type", "act.visa.type")
	}
	if v.Entries < 0 || v.Entries > maxEntries {
		bad.AddWith("entries", "act.visa.entries", fault.Args{"Max": maxEntries})
	}
	v.checkDates(&bad, today)
	for path, text := range map[string]string{"surname": v.Surname, "given_names": v.GivenNames, "purpose": v.Purpose} {
		if utf8.RuneCountInString(text) > maxName || unprintable(text) {
			bad.AddWith(path, "act.visa.long", fault.Args{"Max": maxName})
		}
	}
	if v.Surname == "" && v.GivenNames == "" {
		bad.Add("surname", "act.visa.name")
	}
	if v.SurnameLatin == "" && v.GivenNamesLatin == "" {
		bad.Add("surname_latin", "act.visa.latin")
	}
	for path, text := range map[string]string{"surname_latin": v.SurnameLatin, "given_names_latin": v.GivenNamesLatin} {
		if text != "" && (!zoneForm.MatchString(text) || len(text) > maxName) {
			bad.Add(path, "act.visa.latin")
		}
	}
	if !documentForm.MatchString(v.DocumentNumber) {
		bad.Add("document_number", "act.visa.document_number")
	}
	if !country.Known(v.Nationality) {
		bad.Add("nationality", "act.visa.nationality")
	}
	if !slices.Contains([]string{"F", "M", "X"}, v.Sex) {
		bad.Add("sex", "act.visa.sex")
	}
	if !birthForm.MatchString(v.Birth) || v.Birth > today || !isDate((v.Birth + "-01-01")[:10]) {
		bad.Add("birth", "act.visa.birth")
	}
	if utf8.RuneCountInString(v.Remarks) > maxRemarks || unprintable(v.Remarks) {
		bad.AddWith("remarks", "act.visa.long", fault.Args{"Max": maxRemarks})
	}
	return bad.Err()
}

func (v Visa) checkDates(bad *fault.Fields, today string) {
	from, errFrom := time.Parse(time.DateOnly, v.From)
	until, errUntil := time.Parse(time.DateOnly, v.Until)
	switch {
	case errFrom != nil:
		bad.Add("from", "act.visa.date")
	case errUntil != nil:
		bad.Add("until", "act.visa.date")
	case until.Before(from):
		bad.Add("until", "act.visa.until_before")
	case v.Until < today:
		bad.Add("until", "act.visa.until_past")
	case until.After(from.AddDate(maxYears, 0, 0)):
		bad.AddWith("until", "act.visa.until_late", fault.Args{"Max": maxYears})
	case v.DocumentExpires != "" && v.Until > v.DocumentExpires:
		bad.Add("until", "act.visa.until_document")
	case v.Days < 1 || v.Days > int(until.Sub(from).Hours()/24)+1:
		bad.Add("days", "act.visa.days")
	}
}

func unprintable(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) })
}

func isDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// Zone composes the lines of the machine-readable zone for the layout; an e-visa
// bears that of format A. number is Act.SerialText, issuer the issuing State as
// in zones. The fault is Invalid as of package mrz.
func (v Visa) Zone(layout, issuer, number string) ([]string, error) {
	format := mrz.MRVA
	if layout == StickerB {
		format = mrz.MRVB
	}
	return mrz.Compose(mrz.Fields{
		Format: format, Code: "V", Issuer: issuer, Nationality: v.Nationality, Surname: v.SurnameLatin, GivenNames: v.GivenNamesLatin,
		Number: number, Birth: zoneDate(v.Birth), Sex: v.Sex, Expiry: zoneDate(v.Until),
	})
}

func zoneDate(text string) (d mrz.Date) {
	for i, part := range strings.Split(text, "-") {
		n, _ := strconv.Atoi(part)
		switch i {
		case 0:
			d.Year = n
		case 1:
			d.Month = n
		case 2:
			d.Day = n
		}
	}
	return d
}

// Shown lists what a visa's paper shows; nothing else is told to who checks it.
func (a *Act) Shown(postName string) []verify.Line {
	v := a.Visa
	entries := strconv.Itoa(v.Entries)
	lines := []verify.Line{
		{Label: "act.label.number", Value: a.Label()},
		{Label: "act.label.type", Value: TypeKey(v.Type), Kind: verify.KindWord},
		{Label: "act.label.from", Value: v.From, Kind: verify.KindDate},
		{Label: "act.label.until", Value: v.Until, Kind: verify.KindDate},
		{Label: "act.label.entries", Value: entries},
		{Label: "act.label.days", Value: strconv.Itoa(v.Days)},
		{Label: "act.label.post", Value: postName},
		{Label: "act.label.surname", Value: v.SurnameLatin},
		{Label: "act.label.given_names", Value: v.GivenNamesLatin},
		{Label: "act.label.birth", Value: v.Birth, Kind: verify.KindDate},
		{Label: "act.label.sex", Value: v.Sex},
		{Label: "act.label.nationality", Value: v.Nationality, Kind: verify.KindCountry},
		{Label: "act.label.document", Value: v.DocumentNumber},
		{Label: "act.label.serial", Value: a.SerialText()},
	}
	if v.Entries == 0 {
		lines[4] = verify.Line{Label: "act.label.entries", Value: "act.entries.unlimited", Kind: verify.KindWord}
	}
	if v.Remarks != "" {
		lines = append(lines, verify.Line{Label: "act.label.remarks", Value: v.Remarks})
	}
	return lines
}

// keys are the hashes by which the visa is found: its passport, and each word of
// the names in every way in which the tables of Doc 9303 allow to write it.
func (s *Service) keys(v *Visa) []key {
	keys := []key{s.documentKey(v.DocumentNumber)}
	for _, name := range []string{v.Surname, v.GivenNames, v.SurnameLatin, v.GivenNamesLatin} {
		for _, word := range strings.Fields(strings.ReplaceAll(name, "-", " ")) {
			for _, variant := range translit.Variants(word, "") {
				if variant != "" {
					keys = append(keys, s.nameKey(variant))
				}
			}
		}
	}
	return keys
}

func (s *Service) documentKey(number string) key {
	return key{"document", s.ring.LookupKey("act-document", documentNumber(number))}
}

func (s *Service) nameKey(word string) key {
	return key{"name", s.ring.LookupKey("act-name", word)}
}
