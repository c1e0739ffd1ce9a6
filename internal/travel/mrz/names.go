package mrz

import (
	"strings"
	"unicode/utf8"
)

// components brings a name into zone letters by Doc 9303-3, 4.6: apostrophes
// and other punctuation vanish, hyphens and commas part components as spaces do.
// ok is false when something is left that is no letter A–Z.
func components(name string) (parts []string, ok bool) {
	var b strings.Builder
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z':
			b.WriteRune(r - 'a' + 'A')
		case r >= 'A' && r <= 'Z':
			b.WriteRune(r)
		case strings.ContainsRune(" \t<,-‐‑–", r):
			b.WriteByte(' ')
		case strings.ContainsRune("'’‘ʼ`´.", r):
		default:
			return nil, false
		}
	}
	return strings.Fields(b.String()), utf8.ValidString(name)
}

// wide is the width of components with a filler between each two.
func wide(parts []string) int {
	n := max(len(parts)-1, 0)
	for _, p := range parts {
		n += len(p)
	}
	return n
}

// shorten brings components into width: letters are taken from the last one
// backwards, an initial stays of each; when even the initials are too many, the
// last ones go.
func shorten(parts []string, width int) []string {
	kept := append([]string{}, parts...)
	for len(kept) > 0 && 2*len(kept)-1 > width {
		kept = kept[:len(kept)-1]
	}
	over := wide(kept) - width
	for i := len(kept) - 1; i >= 0 && over > 0; i-- {
		cut := min(over, len(kept[i])-1)
		kept[i] = kept[i][:len(kept[i])-cut]
		over -= cut
	}
	return kept
}

// nameField writes surname and given names into width characters. A name that
// does not fit is shortened so that the last position holds a letter, which is
// the sign of it (9303-4, 4.2.2.1 and 4.2.3).
func nameField(surname, given []string, width int) string {
	join := func(s, g []string) string {
		field := strings.Join(s, "<")
		if len(g) > 0 {
			field += "<<" + strings.Join(g, "<")
		}
		return field
	}
	if len(given) == 0 {
		return fill(join(shorten(surname, width), nil), width)
	}
	// At least two letters of the given names stay, when there are two; one
	// when that is what makes the field end with a letter.
	for _, reserve := range []int{2, 1, 3} {
		first := surname
		if wide(surname) > width-2-reserve {
			first = shorten(surname, width-2-reserve)
		}
		field := join(first, shorten(given, width-2-wide(first)))
		if len(field) == width || wide(surname)+2+wide(given) <= width {
			return fill(field, width)
		}
	}
	return fill(join(shorten(surname, width-3), shorten(given, 1)), width)
}

// readNames takes a name field apart.
func readNames(field string) (surname, given string, maybeTruncated bool) {
	maybeTruncated = field[len(field)-1] != filler
	primary, secondary, _ := strings.Cut(bare(field), "<<")
	words := func(s string) string {
		return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == filler }), " ")
	}
	return words(primary), words(secondary), maybeTruncated
}
