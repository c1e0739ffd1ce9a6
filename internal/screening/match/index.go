package match

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// Index holds the entries of one version of a list. It does not change, and is
// safe for concurrent use.
type Index struct {
	rules   Rules
	entries []Entry

	tokens  []token
	weights []float32 // by token: a common word says less
	// postings: the names that have a token, and the tokens of a name.
	postings    lists
	nameTokens  lists
	nameEntry   []uint32
	nameQuality []Quality
	nameWeight  []float32
	// keys are sorted; the tokens filed under keys[i] are keyTokens.of(i).
	keys      []uint64
	keyTokens lists
	documents map[string][]uint32 // by confusable number

	scratch sync.Pool
}

// lists are many short lists in one slice.
type lists struct{ start, all []uint32 }

func (l *lists) of(i uint32) []uint32 { return l.all[l.start[i]:l.start[i+1]] }

// NewIndex builds the index; entries must not be changed afterwards.
func NewIndex(entries []Entry, rules Rules) *Index {
	x := &Index{rules: rules, entries: entries, documents: map[string][]uint32{}}
	known := map[word]uint32{}
	x.nameTokens.start = append(x.nameTokens.start, 0)
	for i := range entries {
		e := &entries[i]
		for _, d := range e.Documents {
			if key := confusable(FoldNumber(d.Number)); key != "" {
				x.documents[key] = append(x.documents[key], uint32(i))
			}
		}
		for _, name := range e.Names {
			found := words(name.Text)
			if len(found) == 0 {
				continue
			}
			for _, w := range found {
				id, ok := known[w]
				if !ok {
					id = uint32(len(x.tokens))
					known[w] = id
					x.tokens = append(x.tokens, newToken(w))
				}
				x.nameTokens.all = append(x.nameTokens.all, id)
			}
			x.nameTokens.start = append(x.nameTokens.start, uint32(len(x.nameTokens.all)))
			x.nameEntry = append(x.nameEntry, uint32(i))
			x.nameQuality = append(x.nameQuality, name.Quality)
		}
	}
	x.file()
	x.fileKeys()
	x.scratch.New = func() any { return &scratch{sums: make([]float32, len(x.nameEntry))} }
	return x
}

// Len is the number of entries.
func (x *Index) Len() int { return len(x.entries) }

// Entries are all entries, in the order in which they were given; do not change
// them.
func (x *Index) Entries() []Entry { return x.entries }

// file makes the postings and the weights.
func (x *Index) file() {
	counts := make([]uint32, len(x.tokens)+1)
	for _, t := range x.nameTokens.all {
		counts[t+1]++
	}
	x.weights = make([]float32, len(x.tokens))
	for t := range x.tokens {
		x.weights[t] = weight(&x.tokens[t], int(counts[t+1]), len(x.nameEntry))
	}
	for i := 1; i < len(counts); i++ {
		counts[i] += counts[i-1]
	}
	x.postings.start = counts
	x.postings.all = make([]uint32, len(x.nameTokens.all))
	next := slices.Clone(counts)
	x.nameWeight = make([]float32, len(x.nameEntry))
	for n := range x.nameEntry {
		for _, t := range x.nameTokens.of(uint32(n)) {
			x.postings.all[next[t]] = uint32(n)
			next[t]++
			x.nameWeight[n] += x.weights[t]
		}
	}
}

// weight is how much a word says: 1 when nobody else of the list has it, half of
// that when everybody has; particles next to nothing.
func weight(t *token, names, of int) float32 {
	switch {
	case t.particle:
		return 0.12
	case len(t.text) == 1:
		return 0.3
	case names <= 1 || of <= 1:
		return 1
	}
	return float32(1 - 0.5*math.Log(float64(names))/math.Log(float64(max(of, 1000))))
}

func (x *Index) fileKeys() {
	type filed struct {
		key   uint64
		token uint32
	}
	var all []filed
	for t := range x.tokens {
		if x.tokens[t].particle {
			continue
		}
		x.tokens[t].keys(func(key uint64) { all = append(all, filed{key, uint32(t)}) })
	}
	slices.SortFunc(all, func(a, b filed) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.token, b.token))
	})
	all = slices.Compact(all)
	for i, f := range all {
		if i == 0 || f.key != all[i-1].key {
			x.keys = append(x.keys, f.key)
			x.keyTokens.start = append(x.keyTokens.start, uint32(i))
		}
		x.keyTokens.all = append(x.keyTokens.all, f.token)
	}
	x.keyTokens.start = append(x.keyTokens.start, uint32(len(all)))
}

// scratch is what one search works with.
type scratch struct {
	sums    []float32 // by name: the weight found so far
	touched []uint32
}

// asked is one word of the question, with what was found out about it.
type asked struct {
	token
	weight float32
	// like holds the likeness to tokens of the index, worked out once.
	like map[uint32]float32
}

func (a *asked) likeness(x *Index, t uint32) float32 {
	if known, ok := a.like[t]; ok {
		return known
	}
	found := likeness(&a.token, &x.tokens[t])
	if found < minLikeness {
		found = 0
	}
	a.like[t] = found
	return found
}

// fewNames is how many names a word may find before only those that share a
// good part of the whole name are compared in full.
const (
	fewNames  = 4000
	shareFew  = 0.2
	shareMany = 0.5
)

// candidates gives the names that may be like the one asked for.
func (x *Index) candidates(question []asked, s *scratch) []uint32 {
	total, found := float32(0), 0
	for i := range question {
		a := &question[i]
		total += a.weight
		if a.particle {
			continue
		}
		seen := map[uint32]bool{}
		a.keys(func(key uint64) {
			at, ok := slices.BinarySearch(x.keys, key)
			if !ok {
				return
			}
			for _, t := range x.keyTokens.of(uint32(at)) {
				if seen[t] {
					continue
				}
				seen[t] = true
				like := a.likeness(x, t)
				if like == 0 {
					continue
				}
				for _, n := range x.postings.of(t) {
					if s.sums[n] == 0 {
						s.touched = append(s.touched, n)
					}
					s.sums[n] += like * x.weights[t]
					found++
				}
			}
		})
	}
	share := float32(shareFew)
	if found > fewNames {
		share = shareMany
	}
	var out []uint32
	for _, n := range s.touched {
		if s.sums[n] >= share*min(total, x.nameWeight[n]) {
			out = append(out, n)
		}
		s.sums[n] = 0
	}
	s.touched = s.touched[:0]
	return out
}
