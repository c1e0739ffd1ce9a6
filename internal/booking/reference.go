package booking

import (
	"crypto/rand"
	"strings"
)

// alphabet is Crockford's base 32: digits and letters without I, L, O and U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newReference makes a reference such as "K7QX-2M9D": 40 random bits.
func newReference() string {
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails, see crypto/rand
	out := make([]byte, 0, 9)
	for i, b := range raw {
		if i == 4 {
			out = append(out, '-')
		}
		out = append(out, alphabet[b&31])
	}
	return string(out)
}

// ParseReference reads a reference as people write it: any case, with or
// without the hyphen, with O for 0 and I or L for 1. ok is false when it
// cannot be one.
func ParseReference(text string) (reference string, ok bool) {
	var out []byte
	for _, r := range strings.ToUpper(text) {
		switch {
		case r == '-' || r == ' ' || r == '\u2011' || r == '\u2013':
			continue
		case r == 'O':
			r = '0'
		case r == 'I' || r == 'L':
			r = '1'
		}
		if r > 127 || strings.IndexByte(alphabet, byte(r)) < 0 || len(out) == 8 {
			return "", false
		}
		out = append(out, byte(r))
	}
	if len(out) != 8 {
		return "", false
	}
	return string(out[:4]) + "-" + string(out[4:]), true
}
