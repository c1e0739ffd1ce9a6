package seal

import "strings"

// c40Letters are the characters of Doc 9303-13, table 2, at their values; 0 to
// 2 are shifts.
const c40Letters = "\x00\x00\x00 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// unlatch goes before a single character at the end, in ASCII plus one.
const unlatch = 254

// c40Length is how many bytes n characters take: the least even number that is
// not smaller than two thirds, in steps of three characters.
func c40Length(n int) int { return (n + 2) / 3 * 2 }

// encodeC40 packs three characters into two bytes (9303-13, 2.6). The filler <
// becomes a space. ok is false for a character that C40 does not have.
func encodeC40(s string) (packed []byte, ok bool) {
	s = strings.ReplaceAll(s, "<", " ")
	values := make([]int, len(s))
	for i := range len(s) {
		if values[i] = strings.IndexByte(c40Letters, s[i]); values[i] < 3 {
			return nil, false
		}
	}
	for i := 0; i < len(s); i += 3 {
		switch len(s) - i {
		case 1:
			packed = append(packed, unlatch, s[i]+1)
			continue
		case 2:
			values = append(values, 0)
		}
		u := 1600*values[i] + 40*values[i+1] + values[i+2] + 1
		packed = append(packed, byte(u>>8), byte(u))
	}
	return packed, true
}

// decodeC40 is the inverse; spaces stay spaces.
func decodeC40(packed []byte) (s string, ok bool) {
	if len(packed)%2 != 0 {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(packed); i += 2 {
		last := i+2 == len(packed)
		if packed[i] == unlatch {
			if c := packed[i+1] - 1; !last || strings.IndexByte(c40Letters[3:], c) < 0 {
				return "", false
			} else {
				b.WriteByte(c)
			}
			continue
		}
		u := int(packed[i])<<8 + int(packed[i+1]) - 1
		if u < 0 || u >= 64000 {
			return "", false
		}
		for j, v := range []int{u / 1600, u / 40 % 40, u % 40} {
			if v == 0 && j == 2 && last {
				break // filled up
			}
			if v < 3 {
				return "", false
			}
			b.WriteByte(c40Letters[v])
		}
	}
	return b.String(), true
}
