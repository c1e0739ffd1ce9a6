package main

import (
	"math"
	"sort"
	"strings"

	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/travel/translit"
)

// The other ways to which screening is compared. Both get names in Latin
// letters by the tables of ICAO Doc 9303, which is more than either does by
// itself.

// rival scores a question against every entry of a list, 0 to 1.
type rival struct {
	name  string
	names []rivalName
	score func(asked, listed *rivalName) float64
}

type rivalName struct {
	text  string
	words []string
}

func rivalNameOf(text string) rivalName {
	zone, _ := translit.Zone(text, "")
	return rivalName{zone, strings.Fields(zone)}
}

func newRivals(entries []match.Entry) []*rival {
	names := make([]rivalName, len(entries))
	for i := range entries {
		names[i] = rivalNameOf(entries[i].Names[0].Text)
	}
	return []*rival{
		{"naive: Jaro-Winkler of the whole names, over all entries", names, func(a, l *rivalName) float64 { return jaroWinkler(a.text, l.text) }},
		{"published: best pairs of words by Jaro-Winkler, first letters alike in sound (as moov-io/watchman documents and does it)", names, bestPairs},
	}
}

// jaroWinkler is the usual measure: boost from 0.7 on, for four letters.
func jaroWinkler(a, b string) float64 {
	if a == b {
		return 1
	}
	la, lb := len(a), len(b)
	if la == 0 || lb == 0 || la > 255 || lb > 255 {
		return 0
	}
	window := max(max(la, lb)/2-1, 0)
	var usedA, usedB [256]bool
	same := 0
	for i := range la {
		for j := max(0, i-window); j < min(lb, i+window+1); j++ {
			if !usedB[j] && a[i] == b[j] {
				usedA[i], usedB[j] = true, true
				same++
				break
			}
		}
	}
	if same == 0 {
		return 0
	}
	moved, j := 0, 0
	for i := range la {
		if !usedA[i] {
			continue
		}
		for !usedB[j] {
			j++
		}
		if a[i] != b[j] {
			moved++
		}
		j++
	}
	m := float64(same)
	jaro := (m/float64(la) + m/float64(lb) + (m-float64(moved/2))/m) / 3
	if jaro <= 0.7 {
		return jaro
	}
	prefix := 0
	for prefix < min(4, la, lb) && a[prefix] == b[prefix] {
		prefix++
	}
	return jaro + float64(prefix)*0.1*(1-jaro)
}

// firstSound groups first letters as that project does before it compares.
func firstSound(c byte) byte {
	switch {
	case strings.IndexByte("AEIOUY", c) >= 0:
		return 'A'
	case strings.IndexByte("BFPV", c) >= 0:
		return 'B'
	case strings.IndexByte("CGJKQSXZ", c) >= 0:
		return 'C'
	case c == 'D' || c == 'T':
		return 'D'
	case c == 'M' || c == 'N':
		return 'M'
	case c == 'H' || c == 'W':
		return 'H'
	}
	return c
}

// bestPairs is the published method with its usual settings: every word of the
// question with every word of the entry whose first letter is of the same sound;
// penalties for lengths that differ, another first letter, and words of the entry
// that found none.
func bestPairs(asked, listed *rivalName) float64 {
	type pair struct {
		score float64
		a, l  int
	}
	var buffer [36]pair
	pairs := buffer[:0]
	askedLength, listedLength := 0, 0
	for _, w := range listed.words {
		listedLength += len(w)
	}
	for i, a := range asked.words {
		askedLength += len(a)
		for j, l := range listed.words {
			if firstSound(a[0]) != firstSound(l[0]) {
				continue
			}
			score := jaroWinkler(l, a)
			if ratio := float64(min(len(a), len(l))) / float64(max(len(a), len(l))); ratio < 0.9 {
				score *= 1 - (1-ratio)*0.3
			}
			if a[0] != l[0] {
				score *= 0.9
			}
			pairs = append(pairs, pair{score, i, j})
		}
	}
	if len(pairs) == 0 {
		return 0
	}
	sort.Slice(pairs, func(i, j int) bool { return pairs[i].score > pairs[j].score })
	var usedA, usedL uint64
	matched, total := 0, 0.0
	for _, p := range pairs {
		if usedA>>p.a&1 == 1 || usedL>>p.l&1 == 1 {
			continue
		}
		usedA, usedL = usedA|1<<p.a, usedL|1<<p.l
		total += p.score * float64(len(asked.words[p.a])+len(listed.words[p.l]))
		matched += len(listed.words[p.l])
	}
	average := total / float64(askedLength+matched)
	return average * (1 - (1-float64(matched)/float64(listedLength))*0.15)
}

// search gives the entries that reach least, with their score in points of 100;
// with details, birth date and nationality count as they do in our own rules.
func (v *rival) search(s *match.Subject, entries []match.Entry, rules *match.Rules, least int, details bool) []benchHit {
	asked := rivalNameOf(s.Names[0])
	if len(asked.words) == 0 {
		return nil
	}
	best := 0
	if details {
		best = rules.Date.Same + rules.Nationality.Same
	}
	var out []benchHit
	for i := range v.names {
		points := int(math.Round(100 * v.score(&asked, &v.names[i])))
		if points+best < least {
			continue
		}
		if details {
			for _, p := range rules.Details(s, &entries[i]) {
				points += p.Points
			}
		}
		if points = min(points, 100); points >= least {
			out = append(out, benchHit{entries[i].ID, points})
		}
	}
	return out
}
