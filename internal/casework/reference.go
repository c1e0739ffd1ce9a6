package casework

import (
	"crypto/rand"
	"encoding/base32"

	"github.com/chancery/chancery/internal/booking"
)

// crockford is base 32 without letters that look like digits.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// newReference makes a reference such as "K7QX-2M9D": 40 random bits.
func newReference() string {
	var raw [5]byte
	_, _ = rand.Read(raw[:]) // never fails, see crypto/rand
	text := crockford.EncodeToString(raw[:])
	return text[:4] + "-" + text[4:]
}

// ParseReference reads a reference as people write it; ok is false when it
// cannot be one.
func ParseReference(text string) (reference string, ok bool) { return booking.ParseReference(text) }

// newToken makes an unguessable text of 128 bits.
func newToken() string { return rand.Text() }
