package match

import "math/bits"

// What it costs to make one word of another, in sounds; the whole is divided by
// the length of the longer word.
const (
	costOther      = 1.0
	costNearVowels = 0.35 // a and e, e and i, o and u …
	costFarVowels  = 0.6
	costNearSounds = 0.5 // Kuseinov and Huseynov, Cavid and Zavid
	costVowel      = 0.45
	costSwap       = 0.7 // two neighbours changed places
	costBeginning  = 0.5 // besides, for another first sound: Veliyev is not Eliyev
)

func substitution(a, b byte) float32 {
	switch {
	case a == b:
		return 0
	case vowel(a) && vowel(b):
		if nearVowels(a, b) || nearVowels(b, a) {
			return costNearVowels
		}
		return costFarVowels
	case nearSounds(a, b) || nearSounds(b, a):
		return costNearSounds
	}
	return costOther
}

func nearVowels(a, b byte) bool {
	return a == 'a' && (b == 'e' || b == 'o') || a == 'e' && b == 'i' || a == 'o' && b == 'u' || a == 'u' && b == 'i'
}

func nearSounds(a, b byte) bool {
	return a == 'K' && b == 'H' || a == 'J' && (b == 'S' || b == 'K') || a == 'V' && (b == 'P' || b == 'u') || a == 'M' && b == 'N' || a == 'J' && (b == 'i' || b == 'T')
}

func gap(c byte) float32 {
	if vowel(c) {
		return costVowel
	}
	if c == 'H' {
		return costFarVowels
	}
	return costOther
}

// The costs by sound, worked out once: comparing words is what searching spends
// its time on.
var (
	substitutions [128][128]float32
	gaps          [128]float32
)

func init() {
	for a := range substitutions {
		gaps[a] = gap(byte(a))
		for b := range substitutions {
			substitutions[a][b] = substitution(byte(a), byte(b))
		}
	}
}

// sign brings a byte into the range of the tables; bytes of scripts that we do
// not read keep apart well enough.
func sign(c byte) byte { return c & 0x7f }

// distance is the least cost of insertions, deletions, substitutions and swaps
// of neighbours (optimal string alignment), or something above limit when it is
// above limit.
func distance(a, b string, limit float32) float32 {
	const most = 64
	if len(a) > most || len(b) > most {
		a, b = a[:min(len(a), most)], b[:min(len(b), most)]
	}
	if a == "" || b == "" {
		return float32(len(a) + len(b))
	}
	beginning := float32(0)
	if x, y := a[0], b[0]; x != y && substitutions[sign(x)][sign(y)] == costOther && x != 'H' && y != 'H' {
		beginning = costBeginning
		limit -= beginning
	}
	var rows [3][most + 1]float32
	before, last, now := &rows[0], &rows[1], &rows[2]
	for j := range len(b) {
		last[j+1] = last[j] + gaps[sign(b[j])]
	}
	lowest := float32(0)
	for i := range len(a) {
		costs, out := &substitutions[sign(a[i])], gaps[sign(a[i])]
		left := last[0] + out
		now[0] = left
		least := left
		for j := range len(b) {
			c := b[j]
			best := last[j]
			if a[i] != c {
				best += costs[sign(c)]
			}
			best = min(best, last[j+1]+out, left+gaps[sign(c)])
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == c {
				best = min(best, before[j-1]+costSwap)
			}
			now[j+1], left = best, best
			least = min(least, best)
		}
		// A swap reaches back two rows.
		if least > limit && lowest > limit {
			return limit + beginning + 1
		}
		lowest = least
		before, last, now = last, now, before
	}
	return last[len(b)] + beginning
}

// Likeness of words: 1 is the same word, below minLikeness another one.
const (
	minLikeness  = 0.72
	sameSound    = 0.97 // spelt differently, sounds the same
	sameBare     = 0.95 // the same consonants, vowels not written
	joinedLike   = 0.96 // ALRASHID and RASHID
	initialLike  = 0.74 // A. and AHMAD
	maxBareShort = 0.88 // as sameBare, with one or two consonants only
)

// likeness compares two words.
func likeness(a, b *token) float32 {
	if a.text == b.text && a.bare == b.bare {
		return 1
	}
	var best float32
	switch {
	case a.rest != nil && b.rest == nil:
		best = likeness(a.rest, b) * joinedLike
	case b.rest != nil && a.rest == nil:
		best = likeness(a, b.rest) * joinedLike
	}
	if a.bare || b.bare {
		return max(best, bareLikeness(a, b))
	}
	for i, x := range a.writings {
		for j, y := range b.writings {
			long := float32(max(len(x), len(y)))
			limit := (1 - minLikeness/sameSound) * long
			if float32(max(len(x), len(y))-min(len(x), len(y)))*costVowel > limit {
				continue
			}
			// A consonant that the other has not costs costNearSounds at least.
			if n := max(bits.OnesCount32(a.sounds[i]&^b.sounds[j]), bits.OnesCount32(b.sounds[j]&^a.sounds[i])); float32(n)*costNearSounds > limit {
				continue
			}
			best = max(best, (1-distance(x, y, limit)/long)*sameSound)
		}
	}
	if best < initialLike && (len(a.text) == 1 || len(b.text) == 1) && a.text[0] == b.text[0] && a.text[0] < 0x80 {
		return initialLike
	}
	return best
}

func bareLikeness(a, b *token) float32 {
	var best float32
	for _, x := range a.skeletons {
		for _, y := range b.skeletons {
			long := max(len(x), len(y))
			if long == 0 {
				continue
			}
			one := (1 - distance(x, y, float32(long))/float32(long)) * sameBare
			if long <= 2 {
				one = min(one, maxBareShort)
			}
			best = max(best, one)
		}
	}
	return best
}
