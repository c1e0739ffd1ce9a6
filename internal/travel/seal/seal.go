package seal

import (
	"bytes"
	"encoding/hex"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/fault"
)

// First and marking bytes.
const (
	magic        = 0xDC
	version3     = 0x02
	version4     = 0x03
	signatureTag = 0xFF
)

// maxSeal bounds what is read, in bytes: more than any Data Matrix holds.
const maxSeal = 3000

// Header is the head of a seal (9303-13, table 1).
type Header struct {
	// Version is 3 or 4.
	Version int
	// Issuer is the code of the issuing State by Doc 9303-3, without fillers.
	Issuer string
	// Signer is the country of the signer in two letters and two more characters.
	Signer string
	// Certificate is the serial number of the signer's certificate, as
	// hexadecimal digits in capitals.
	Certificate string
	// Issued is the day of the document, Signed that of the seal; both UTC.
	Issued, Signed time.Time
	// Definition and Category say what the features mean; 0x5D and 0x01 for visas.
	Definition, Category byte
}

// Feature is one entry of the message zone.
type Feature struct {
	Tag   byte
	Value []byte
}

// Seal is a seal in parts.
type Seal struct {
	Header
	Features  []Feature
	Signature []byte // r || s
	// signed is what the signature covers: header and message zone.
	signed []byte
}

// unreadable is the fault of a seal that is none.
func unreadable(why string) error {
	var bad fault.Fields
	bad.Add("seal", "travel.seal."+why)
	return bad.Err()
}

// encodeDate packs a day as month, day and year in digits (9303-13, 2.3.1).
func encodeDate(t time.Time) []byte {
	n := int(t.Month())*1_000_000 + t.Day()*10_000 + t.Year()
	return []byte{byte(n >> 16), byte(n >> 8), byte(n)}
}

func decodeDate(b []byte) (time.Time, bool) {
	n := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	year, month, day := n%10_000, n/1_000_000, n/10_000%100
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t, month >= 1 && month <= 12 && t.Day() == day
}

// encodeLength writes a DER length (X.690).
func encodeLength(n int) []byte {
	switch {
	case n < 0x80:
		return []byte{byte(n)}
	case n < 0x100:
		return []byte{0x81, byte(n)}
	}
	return []byte{0x82, byte(n >> 8), byte(n)}
}

// encode writes header and message zone, which is what gets signed.
func (s *Seal) encode() ([]byte, error) {
	var bad fault.Fields
	issuer, ok := encodeC40((s.Issuer + "<<<")[:3])
	if !ok || len(s.Issuer) > 3 || s.Issuer == "" {
		bad.Add("issuer", "travel.seal.issuer")
	}
	reference, ok := encodeC40(s.Signer + strings.ToUpper(hex.EncodeToString([]byte{byte(len(s.Certificate))})) + s.Certificate)
	if !ok || len(s.Signer) != 4 || s.Certificate == "" || len(s.Certificate) > 40 {
		bad.Add("signer", "travel.seal.signer")
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	out := append([]byte{magic, version4}, issuer...)
	out = append(out, reference...)
	out = append(append(out, encodeDate(s.Issued)...), encodeDate(s.Signed)...)
	out = append(out, s.Definition, s.Category)
	for _, f := range s.Features {
		out = append(append(append(out, f.Tag), encodeLength(len(f.Value))...), f.Value...)
	}
	return out, nil
}

// Bytes gives the whole seal as it stands in the code.
func (s *Seal) Bytes() []byte {
	out := append([]byte{}, s.signed...)
	out = append(append(out, signatureTag), encodeLength(len(s.Signature))...)
	return append(out, s.Signature...)
}

// Decode takes a seal apart; it says nothing of the signature. The fault is
// Invalid at "seal".
func Decode(data []byte) (*Seal, error) {
	if len(data) > maxSeal {
		return nil, unreadable("too_long")
	}
	data = bytes.Clone(data) // the seal keeps what was signed
	r := reader{data: data, ok: true}
	s := &Seal{}
	if r.take(1)[0] != magic {
		return nil, unreadable("no_seal")
	}
	s.Version = int(r.take(1)[0]) + 1
	if s.Version != 3 && s.Version != 4 {
		return nil, unreadable("version")
	}
	s.Issuer = strings.TrimRight(r.text(2), " ")
	r.reference(s)
	s.Issued, s.Signed = r.date(), r.date()
	s.Definition, s.Category = r.take(1)[0], r.take(1)[0]
	for r.ok {
		start := r.at
		tag := r.take(1)[0]
		value := r.take(r.length(s.Version))
		if tag != signatureTag {
			s.Features = append(s.Features, Feature{tag, value})
			continue
		}
		s.Signature, s.signed = value, data[:start:start]
		if r.ok && r.at == len(data) && len(value)%2 == 0 && len(value) > 0 {
			return s, nil
		}
		break
	}
	return nil, unreadable("broken")
}

// reader reads byte by byte; after the end it gives zeros, and ok is false.
type reader struct {
	data []byte
	at   int
	ok   bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.data)-r.at {
		r.ok = false
		return make([]byte, 8)
	}
	r.at += n
	return r.data[r.at-n : r.at : r.at]
}

func (r *reader) text(n int) string {
	s, ok := decodeC40(r.take(n))
	r.ok = r.ok && ok
	return s
}

func (r *reader) date() time.Time {
	t, ok := decodeDate(r.take(3))
	r.ok = r.ok && ok
	return t
}

// reference reads the signer and the certificate (9303-13, 2.2.1).
func (r *reader) reference(s *Seal) {
	if s.Version == 3 {
		// Nine characters in three groups.
		if both := r.text(6); len(both) == 9 {
			s.Signer, s.Certificate = both[:4], both[4:]
			return
		}
		r.ok = false
		return
	}
	head := r.text(4)
	if len(head) != 6 {
		r.ok = false
		return
	}
	length, err := hex.DecodeString(head[4:])
	if err != nil || length[0] == 0 {
		r.ok = false
		return
	}
	s.Signer, s.Certificate = head[:4], r.text(c40Length(int(length[0])))
	r.ok = r.ok && len(s.Certificate) == int(length[0])
}

// length reads the length of a feature: one byte in version 3, DER in version 4.
func (r *reader) length(version int) int {
	first := int(r.take(1)[0])
	if version == 3 || first < 0x80 {
		return first
	}
	n := 0
	for _, b := range r.take(min(first&0x7F, 4)) {
		n = n<<8 | int(b)
	}
	if first == 0x80 || first > 0x84 {
		r.ok = false
	}
	return n
}
