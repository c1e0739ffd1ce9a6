package mrz

import "strings"

// filler is the character of unused positions.
const filler = '<'

// value is the number that a character stands for in check digits, -1 for a
// character that a zone cannot hold.
func value(c byte) int {
	switch {
	case c == filler:
		return 0
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	}
	return -1
}

// CheckDigit computes the check digit of s by ICAO Doc 9303-3, 4.9, where s
// holds only digits, capital letters and fillers; any other character counts
// as zero.
func CheckDigit(s string) byte {
	weights := [3]int{7, 3, 1}
	sum := 0
	for i := range len(s) {
		sum += max(value(s[i]), 0) * weights[i%3]
	}
	return byte('0' + sum%10)
}

// Check is one check digit as read and as it should be.
type Check struct {
	// Of says what it protects: number, birth, expiry, optional or composite.
	Of string
	// Got is the character in the zone, Want the one that the rest asks for.
	Got, Want byte
	Right     bool
	// Line and Column are where it stands, counted from 1.
	Line, Column int
}

// What check digits protect.
const (
	OfNumber    = "number"
	OfBirth     = "birth"
	OfExpiry    = "expiry"
	OfOptional  = "optional"
	OfComposite = "composite"
)

// fill pads s with fillers up to width.
func fill(s string, width int) string {
	if len(s) >= width {
		return s
	}
	return s + strings.Repeat(string(filler), width-len(s))
}

// bare cuts the fillers off the end.
func bare(s string) string { return strings.TrimRight(s, string(filler)) }
