package match

import (
	"cmp"
	"math"
	"slices"
)

// Part is one part of a score. Page texts are translated from Key
// ("name", "date", "nationality", "document") and Finding ("same", "slip" …).
type Part struct {
	Key     string `json:"key"`
	Finding string `json:"finding"`
	Points  int    `json:"points"`
	// Asked and Listed are what was compared.
	Asked  string `json:"asked,omitempty"`
	Listed string `json:"listed,omitempty"`
}

// Pair is a word of the person's name and that of the entry's it was compared
// with; one side is empty for a word that found none. Percent is how alike.
type Pair struct {
	Asked   string `json:"asked,omitempty"`
	Listed  string `json:"listed,omitempty"`
	Percent int    `json:"percent"`
}

// Score says how alike a person and an entry are and how that comes about: Total
// is the sum of the parts, held between 0 and 100.
type Score struct {
	Total  int    `json:"total"`
	Strong bool   `json:"strong"`
	Parts  []Part `json:"parts"`
	Pairs  []Pair `json:"pairs,omitempty"`
}

// Match is an entry that came close.
type Match struct {
	Entry *Entry
	Score Score
}

// Search gives the entries that reach the hit score, the best first. day is
// today where the question is asked, YYYY-MM-DD: entries out of their period
// are passed over.
func (x *Index) Search(s Subject, day string) []Match {
	best := map[uint32]Score{}
	keep := func(entry uint32, score Score) {
		if old, ok := best[entry]; score.Total >= x.rules.Hit && (!ok || old.Total < score.Total) {
			best[entry] = score
		}
	}
	for _, name := range s.Names {
		x.searchName(&s, name, day, keep)
	}
	for _, d := range s.Documents {
		for _, i := range x.documents[confusable(FoldNumber(d.Number))] {
			e := &x.entries[i]
			if !e.InForce(day) {
				continue
			}
			if part, ok := x.document(d, e); ok {
				score := Score{Parts: []Part{part}}
				if e.Kind != Paper {
					score.Parts = append(score.Parts, x.rules.Details(&s, e)...)
				}
				score.Total = part.Points
				score.Strong = score.Total >= x.rules.Strong
				keep(i, score)
			}
		}
	}
	out := make([]Match, 0, len(best))
	for i, score := range best {
		out = append(out, Match{&x.entries[i], score})
	}
	slices.SortFunc(out, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score.Total, a.Score.Total), cmp.Compare(a.Entry.ID, b.Entry.ID))
	})
	return out[:min(len(out), x.rules.MaxHits)]
}

func (x *Index) searchName(s *Subject, name, day string, keep func(uint32, Score)) {
	found := words(name)
	if len(found) == 0 {
		return
	}
	question := make([]asked, len(found))
	for i, w := range found {
		question[i] = asked{token: newToken(w), like: map[uint32]float32{}}
		question[i].weight = weight(&question[i].token, x.commonness(&question[i]), len(x.nameEntry))
	}
	work := x.scratch.Get().(*scratch)
	defer x.scratch.Put(work)
	kind := cmp.Or(s.Kind, Individual)
	var pairs []Pair
	for _, n := range x.candidates(question, work) {
		i := x.nameEntry[n]
		e := &x.entries[i]
		if e.Kind != kind || !e.InForce(day) {
			continue
		}
		points := x.name(question, n, nil)
		if points < x.rules.NameMin {
			continue
		}
		parts := x.rules.Details(s, e)
		total := points
		for _, p := range parts {
			total += p.Points
		}
		if total < x.rules.Hit {
			continue
		}
		pairs = nil
		x.name(question, n, &pairs)
		score := Score{Total: max(0, min(100, total)), Pairs: pairs, Parts: append([]Part{{
			Key: "name", Finding: nameFinding(points), Points: points, Asked: name, Listed: x.nameText(n),
		}}, parts...)}
		score.Strong = score.Total >= x.rules.Strong
		keep(i, score)
	}
}

func nameFinding(points int) string {
	switch {
	case points >= 98:
		return "same"
	case points >= 90:
		return "very_alike"
	}
	return "alike"
}

// nameText is how the list writes the name.
func (x *Index) nameText(n uint32) string {
	entry := x.nameEntry[n]
	first := n
	for first > 0 && x.nameEntry[first-1] == entry {
		first--
	}
	// Names without words have no place in the index.
	for _, name := range x.entries[entry].Names {
		if len(words(name.Text)) == 0 {
			continue
		}
		if first == n {
			return name.Text
		}
		first++
	}
	return ""
}

// commonness is how many names of the index have the word.
func (x *Index) commonness(a *asked) int {
	most := 0
	for _, s := range a.skeletons {
		at, ok := slices.BinarySearch(x.keys, hash(s))
		if !ok {
			continue
		}
		for _, t := range x.keyTokens.of(uint32(at)) {
			if x.tokens[t].text == a.text {
				most = max(most, len(x.postings.of(t)))
			}
		}
	}
	return most
}

// name compares word by word: the pairs that are most alike first, each word
// once, whatever the order. The shorter name must be found in the longer; words
// that only the longer has cost up to Rules.Name.MissingParts.
func (x *Index) name(question []asked, n uint32, pairs *[]Pair) int {
	type pair struct {
		a, t int
		like float32
	}
	listed := x.nameTokens.of(n)
	var buffer [maxWords * maxWords]pair
	all := buffer[:0]
	for i := range question {
		for j, t := range listed {
			if like := question[i].likeness(x, t); like > 0 {
				all = append(all, pair{i, j, like})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b pair) int { return cmp.Compare(b.like, a.like) })
	var usedA, usedT [maxWords]bool
	var matched, totalA, totalT float32
	real := 0
	for _, p := range all {
		if usedA[p.a] || usedT[p.t] {
			continue
		}
		usedA[p.a], usedT[p.t] = true, true
		a := &question[p.a]
		// The mean of both weights, and a likeness that falls off quickly.
		matched += (a.weight + x.weights[listed[p.t]]) / 2 * (1 - (1-p.like)*1.4)
		if !a.particle && (len(a.text) > 1 || p.like == 1) {
			real++
		}
		if pairs != nil {
			*pairs = append(*pairs, Pair{a.text, x.tokens[listed[p.t]].text, int(math.Round(float64(p.like) * 100))})
		}
	}
	plainA, plainT := 0, 0
	for i := range question {
		totalA += question[i].weight
		if !question[i].particle {
			plainA++
		}
		if !usedA[i] && pairs != nil {
			*pairs = append(*pairs, Pair{Asked: question[i].text})
		}
	}
	for j, t := range listed {
		totalT += x.weights[t]
		if !x.tokens[t].particle {
			plainT++
		}
		if !usedT[j] && pairs != nil {
			*pairs = append(*pairs, Pair{Listed: x.tokens[t].text})
		}
	}
	short, long := min(totalA, totalT), max(totalA, totalT)
	if short == 0 {
		return 0
	}
	missing := float32(x.rules.Name.MissingParts)
	points := min(1, matched/short) * (100 - missing + missing*min(1, matched/long))
	if real < 2 && max(plainA, plainT) > 1 {
		points = min(points, float32(x.rules.Name.OneWord))
		if min(plainA, plainT) > 1 {
			points = 0 // one common word of several is another person
		}
	}
	if x.nameQuality[n] == Low {
		points += float32(x.rules.Name.LowAlias)
	}
	return int(math.Round(float64(points)))
}

// Details are the parts of a score besides the name: birth date and nationality.
func (r *Rules) Details(s *Subject, e *Entry) []Part {
	var parts []Part
	how := bestAgreement(s.Births, e.Births)
	parts = append(parts, Part{Key: "date", Finding: agreementNames[how], Points: [...]int{r.Date.Different, 0, r.Date.Near, r.Date.Slip, r.Date.Compatible, r.Date.Same}[how],
		Asked: births(s.Births), Listed: births(e.Births)})
	nationality := Part{Key: "nationality", Finding: "unknown", Asked: join2(s.Nationalities), Listed: join2(e.Nationalities)}
	if len(s.Nationalities) > 0 && len(e.Nationalities) > 0 {
		nationality.Finding, nationality.Points = "different", r.Nationality.Different
		if slices.ContainsFunc(s.Nationalities, func(n string) bool { return slices.Contains(e.Nationalities, n) }) {
			nationality.Finding, nationality.Points = "same", r.Nationality.Same
		}
	}
	return append(parts, nationality)
}

func births(all []Birth) string {
	text := ""
	for i, b := range all {
		if i > 0 {
			text += ", "
		}
		text += b.String()
	}
	return text
}

func join2(all []string) string {
	text := ""
	for i, one := range all {
		if i > 0 {
			text += ", "
		}
		text += one
	}
	return text
}

// document compares a document number with those of the entry.
func (x *Index) document(d Document, e *Entry) (Part, bool) {
	best := Part{Key: "document", Asked: d.Country + " " + d.Number}
	number := FoldNumber(d.Number)
	for _, listed := range e.Documents {
		other := FoldNumber(listed.Number)
		if confusable(other) != confusable(number) {
			continue
		}
		finding, points := "same", x.rules.Document.Same
		switch {
		case d.Country != "" && listed.Country != "" && d.Country != listed.Country:
			continue
		case number != other:
			finding, points = "confusable", x.rules.Document.Confusable
		case d.Country == "" || listed.Country == "":
			finding, points = "country_unknown", x.rules.Document.CountryUnknown
		}
		if points > best.Points {
			best.Finding, best.Points, best.Listed = finding, points, listed.Country+" "+listed.Number
		}
	}
	return best, best.Points > 0
}
