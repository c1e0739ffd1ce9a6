package draw

import (
	"encoding/base32"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// alphabet is Crockford's base 32: no I, L, O or U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var numberEncoding = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

var numberPattern = regexp.MustCompile(`^E-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)

// newNumber makes an entry number such as E-7K2M-9QXD: 40 bits from random,
// by which nobody can tell when or by whom the entry was made.
func newNumber(random io.Reader) (string, error) {
	var raw [5]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("make an entry number: %w", err)
	}
	text := numberEncoding.EncodeToString(raw[:])
	return "E-" + text[:4] + "-" + text[4:], nil
}

var lookAlikes = strings.NewReplacer("I", "1", "L", "1", "O", "0", " ", "", "-", "", "\u00a0", "")

// ParseNumber reads an entry number as people type it: without dashes, in
// small letters, with O for 0 and I or L for 1. It gives the canonical form,
// or false when it cannot be one.
func ParseNumber(typed string) (string, bool) {
	if len(typed) > 64 {
		return "", false
	}
	text, marked := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(typed)), "E-")
	text = lookAlikes.Replace(text)
	if !marked && len(text) == 9 {
		text = strings.TrimPrefix(text, "E")
	}
	if len(text) != 8 {
		return "", false
	}
	number := "E-" + text[:4] + "-" + text[4:]
	return number, numberPattern.MatchString(number)
}
