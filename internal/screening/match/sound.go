package match

import "strings"

// Sounds: a word is written once more with one sign for what different
// alphabets and spellings take for one sound, vowels in small letters:
// DZHAFAROV, JAFAROV and CAFAROV are all "JaVaRoV". Letters that one language
// reads this way and another that way (C, X, J, W) give several writings.

// clusters are what several letters stand for, the longest first.
var clusters = []struct{ from, to string }{
	{"SHCH", "S"}, {"TSCH", "J"}, {"DSCH", "J"}, {"DZH", "J"}, {"TCH", "J"}, {"SCH", "S"}, {"DJ", "J"}, {"DZ", "S"}, {"TS", "S"}, {"TZ", "S"},
	{"ZH", "J"}, {"SH", "S"}, {"CH", "J"}, {"KH", "H"}, {"GH", "K"}, {"PH", "V"}, {"TH", "T"}, {"DH", "T"}, {"CK", "K"}, {"QU", "K"},
	{"OU", "u"}, {"OO", "u"}, {"EE", "i"}, {"EI", "ei"}, {"IA", "ia"}, {"IU", "iu"},
}

var single = [26]string{
	0: "a", 'E' - 'A': "e", 'I' - 'A': "i", 'O' - 'A': "o", 'U' - 'A': "u", 'Y' - 'A': "i",
	'B' - 'A': "P", 'P' - 'A': "P", 'D' - 'A': "T", 'T' - 'A': "T", 'V' - 'A': "V", 'F' - 'A': "V", 'S' - 'A': "S", 'Z' - 'A': "S",
	'K' - 'A': "K", 'G' - 'A': "K", 'Q' - 'A': "K", 'H' - 'A': "H", 'L' - 'A': "L", 'M' - 'A': "M", 'N' - 'A': "N", 'R' - 'A': "R",
	'C' - 'A': "J", 'J' - 'A': "J", 'W' - 'A': "V", 'X' - 'A': "H",
}

// otherwise are the second readings.
var otherwise = map[byte]string{'C': "K", 'X': "KS", 'J': "i", 'W': "u"}

// writings gives the word in sounds, at most three ways.
func writings(text string) []string {
	var first, second strings.Builder
	ambiguous := false
	put := func(a, b string) {
		first.WriteString(a)
		second.WriteString(b)
	}
	for i := 0; i < len(text); {
		taken := false
		for _, c := range clusters {
			if strings.HasPrefix(text[i:], c.from) {
				put(c.to, c.to)
				i += len(c.from)
				taken = true
				break
			}
		}
		if taken {
			continue
		}
		c := text[i]
		i++
		if c < 'A' || c > 'Z' {
			put(string([]byte{c}), string([]byte{c}))
			continue
		}
		if b, ok := otherwise[c]; ok {
			ambiguous = true
			put(single[c-'A'], b)
			continue
		}
		put(single[c-'A'], single[c-'A'])
	}
	out := []string{tidy(first.String())}
	if ambiguous {
		if b := tidy(second.String()); b != out[0] {
			out = append(out, b)
		}
	}
	return out
}

// tidy writes doubled sounds once and drops a mute H at the end.
func tidy(s string) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if n := len(b); n > 0 && b[n-1] == s[i] {
			continue
		}
		b = append(b, s[i])
	}
	if n := len(b); n > 2 && b[n-1] == 'H' && vowel(b[n-2]) {
		b = b[:n-1]
	}
	return string(b)
}

func vowel(c byte) bool { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' }

// skeleton leaves the vowels out, but for a sign that the word begins with one.
func skeleton(writing string) string {
	b := make([]byte, 0, len(writing))
	for i := range len(writing) {
		c := writing[i]
		switch {
		case vowel(c) && i == 0:
			b = append(b, 'A')
		case vowel(c):
		case len(b) > 0 && b[len(b)-1] == c:
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// consonants gives a bit for each consonant of a writing.
func consonants(writing string) (bits uint32) {
	for i := range len(writing) {
		if !vowel(writing[i]) {
			bits |= 1 << (writing[i] & 31)
		}
	}
	return bits
}

// token is a distinct word of an index or of a question.
type token struct {
	text      string
	bare      bool
	writings  []string
	skeletons []string
	// sounds are the consonants of each writing, a bit for each.
	sounds   []uint32
	particle bool
	// rest is the word without an article that a Latin spelling has joined.
	rest *token
}

func newToken(w word) token {
	t := token{text: w.text, bare: w.bare, particle: w.particle, writings: writings(w.text)}
	for _, one := range t.writings {
		t.skeletons = append(t.skeletons, skeleton(one))
		t.sounds = append(t.sounds, consonants(one))
	}
	if rest, ok := withoutArticle(t.text); ok && !t.bare {
		one := newToken(word{text: rest})
		t.rest = &one
	}
	return t
}

// keys are the hashes under which the word is filed and looked up: its
// skeletons, what is left of them when one sound is dropped (so that one wrong,
// missing or additional sound is no obstacle), and that of the word without a
// joined article.
func (t *token) keys(add func(uint64)) {
	for _, s := range t.skeletons {
		add(hash(s))
		if len(s) < 4 {
			continue
		}
		for i := range s {
			add(hash(s[:i] + s[i+1:]))
		}
	}
	if t.rest != nil {
		for _, s := range t.rest.skeletons {
			add(hash(s))
		}
	}
}

// withoutArticle takes an article off that a Latin spelling has joined.
func withoutArticle(text string) (string, bool) {
	if len(text) > 5 && (strings.HasPrefix(text, "AL") || strings.HasPrefix(text, "EL")) {
		return text[2:], true
	}
	return "", false
}

// hash is FNV-1a.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
