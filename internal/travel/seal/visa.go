package seal

import (
	"strings"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/travel/mrz"
)

// The visa profile (9303-7, 9.1).
const (
	visaDefinition = 93 // 0x5D
	visaCategory   = 1

	tagMRVA       = 0x01
	tagMRVB       = 0x02
	tagEntries    = 0x03
	tagStay       = 0x04
	tagPassport   = 0x05
	tagType       = 0x06
	tagAdditional = 0x07
)

// sealedSecond is how much of the second line goes into the seal: all but the
// optional data.
const sealedSecond = 28

// Stay is how long the holder may stay (9303-7, table 1): the sum of days,
// months and years from entry on, or one of the three below.
type Stay struct{ Days, Months, Years uint8 }

// Stays with a meaning of their own.
var (
	// StayUntilExpiry: the last day of stay is that of the visa.
	StayUntilExpiry = Stay{}
	// StayAtBorder: the border decides; the visa's last day is the last day of entry.
	StayAtBorder = Stay{255, 255, 255}
	// StayTransit: no permission to enter the country.
	StayTransit = Stay{254, 254, 254}
)

// Unlimited entries, and entries that the seal does not state.
const (
	EntriesUnlimited = 0
	EntriesNotStated = -1
)

// Visa is what the seal of a visa says.
type Visa struct {
	// Issuer is the issuing State, as in the zone.
	Issuer string
	// Issued is the day of issue, Signed that of the seal; days in UTC.
	Issued, Signed time.Time
	// Zone are the two lines of the visa's machine-readable zone, format A or B.
	// Read back, the second line has fillers for its optional data.
	Zone []string
	// Entries is 1–255, EntriesUnlimited or EntriesNotStated.
	Entries int
	Stay    Stay
	// Passport is the number of the passport, up to nine characters.
	Passport string
	// Type is the issuer's own coding of the type, up to four bytes.
	Type []byte
}

// features brings the visa into the message zone. The fault is Invalid.
func (v Visa) features() ([]Feature, error) {
	var bad fault.Fields
	zone, err := mrz.Parse(v.Zone, v.Issued)
	tag := byte(tagMRVA)
	switch {
	case err != nil || !zone.Visa() || !zone.Right():
		bad.Add("zone", "travel.seal.zone")
	case zone.Format == mrz.MRVB:
		tag = tagMRVB
	}
	passport, ok := encodeC40((v.Passport + strings.Repeat("<", 9))[:9])
	if !ok || v.Passport == "" || len(v.Passport) > 9 {
		bad.Add("passport", "travel.seal.passport")
	}
	if v.Entries < EntriesNotStated || v.Entries > 255 {
		bad.Add("entries", "travel.seal.entries")
	}
	if len(v.Type) > 4 {
		bad.Add("type", "travel.seal.type")
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	// A right zone has no characters but those of C40.
	lines, _ := encodeC40(zone.Lines[0] + zone.Lines[1][:sealedSecond])
	out := []Feature{{tag, lines}}
	if v.Entries != EntriesNotStated {
		out = append(out, Feature{tagEntries, []byte{byte(v.Entries)}})
	}
	out = append(out, Feature{tagStay, []byte{v.Stay.Days, v.Stay.Months, v.Stay.Years}}, Feature{tagPassport, passport})
	if len(v.Type) > 0 {
		out = append(out, Feature{tagType, v.Type})
	}
	return out, nil
}

// Visa reads the features of a visa's seal. Unknown features are passed over, as
// 9303-13, 2.3.1, asks. The fault is Invalid at "seal" for a seal of something
// else, or with a feature that is missing, doubled or not of its length.
func (s *Seal) Visa() (Visa, error) {
	if s.Definition != visaDefinition || s.Category != visaCategory {
		return Visa{}, unreadable("no_visa")
	}
	v := Visa{Issuer: s.Issuer, Issued: s.Issued, Signed: s.Signed, Entries: EntriesNotStated}
	seen := map[byte]bool{}
	for _, f := range s.Features {
		if seen[f.Tag] && f.Tag <= tagAdditional {
			return Visa{}, unreadable("doubled")
		}
		seen[f.Tag] = true
		if !v.read(f) {
			return Visa{}, unreadable("feature")
		}
	}
	if seen[tagMRVA] == seen[tagMRVB] || !seen[tagStay] || !seen[tagPassport] {
		return Visa{}, unreadable("missing")
	}
	return v, nil
}

// read takes one feature in; false when it is not as the profile wants it.
func (v *Visa) read(f Feature) bool {
	switch f.Tag {
	case tagMRVA, tagMRVB:
		width := map[byte]int{tagMRVA: 44, tagMRVB: 36}[f.Tag]
		text, ok := decodeC40(f.Value)
		if !ok || len(f.Value) != c40Length(width+sealedSecond) || len(text) != width+sealedSecond {
			return false
		}
		text = strings.ReplaceAll(text, " ", "<")
		v.Zone = []string{text[:width], text[width:] + strings.Repeat("<", width-sealedSecond)}
	case tagEntries:
		if len(f.Value) != 1 {
			return false
		}
		v.Entries = int(f.Value[0])
	case tagStay:
		if len(f.Value) != 3 {
			return false
		}
		v.Stay = Stay{f.Value[0], f.Value[1], f.Value[2]}
	case tagPassport:
		text, ok := decodeC40(f.Value)
		if !ok || len(f.Value) != 6 {
			return false
		}
		v.Passport = strings.TrimRight(text, " ")
	case tagType:
		if len(f.Value) < 1 || len(f.Value) > 4 {
			return false
		}
		v.Type = f.Value
	}
	return true
}
