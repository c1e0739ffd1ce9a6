package verify

import (
	"crypto/rand"
	"strings"
)

// alphabet is Crockford's base 32, without letters that look like digits.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Length of a code without hyphens: 75 random bits and a check character.
const (
	length = 16
	group  = 4
)

// newCode makes a code such as "K7QX-2M9D-4F6T-8WPA".
func newCode() string {
	var raw [length]byte
	_, _ = rand.Read(raw[:]) // never fails, see crypto/rand
	for i := range raw[:length-1] {
		raw[i] &= 31 // of 256 bytes, 8 give each character
	}
	raw[length-1] = check(raw[:length-1])
	return write(raw[:])
}

// check is Luhn's algorithm for base 32: it catches every wrong character and
// nearly all neighbours that changed places.
func check(values []byte) byte {
	sum := 0
	for i, v := range values {
		n := int(v)
		if (len(values)-i)%2 == 1 {
			n *= 2
			n = n/32 + n%32
		}
		sum += n
	}
	return byte((32 - sum%32) % 32)
}

func write(values []byte) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 && i%group == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[v])
	}
	return b.String()
}

// ParseCode reads a code as people write it: in any case, with or without
// hyphens and spaces, with O for 0 and I or L for 1. looks is false when the text
// is of another shape, right when the last character is not the one that the
// others ask for: somebody mistyped.
func ParseCode(text string) (code string, looks, right bool) {
	values := make([]byte, 0, length)
	for _, r := range strings.ToUpper(text) {
		switch r {
		case '-', ' ', '\t', '\n', '\r', '\u00a0', '\u2010', '\u2011', '\u2013':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		at := strings.IndexRune(alphabet, r)
		if at < 0 || len(values) == length {
			return "", false, false
		}
		values = append(values, byte(at))
	}
	if len(values) != length {
		return "", false, false
	}
	return write(values), true, check(values[:length-1]) == values[length-1]
}
