package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chancery/chancery/internal/screening/match"
)

type benchScreeningCmd struct {
	benchFlags
	Entries  int    `default:"1000000" help:"Generated entries of the list on which speed is measured."`
	Quality  int    `default:"50000" help:"Entries of the list on which all ways are compared for what they find."`
	Labelled int    `default:"800" help:"Questions of which it is known whom they mean, half as many besides who mean nobody."`
	Seed     uint64 `default:"1" help:"Of the generated people."`
}

// benchHit is an entry that a way of comparing came up with.
type benchHit struct {
	id     string
	points int
}

// benchQuestion is a labelled question; want is "" when nobody is meant.
type benchQuestion struct {
	subject    match.Subject
	want, kind string
}

type screeningResult struct {
	Entries      int            `json:"entries"`
	Cores        int            `json:"cores"`
	BuildSeconds float64        `json:"build_seconds"`
	HeapMiB      uint64         `json:"heap_mib"`
	Speed        []speedLine    `json:"speed"`
	List         int            `json:"quality_entries"`
	Positives    int            `json:"positives"`
	Negatives    int            `json:"negatives"`
	Quality      []qualityLine  `json:"quality"`
	Large        *qualityLine   `json:"quality_of_ours_on_the_large_list"`
	Ratios       map[string]any `json:"ratios"`
}

type speedLine struct {
	Way            string  `json:"way"`
	NamesPerSecond float64 `json:"names_per_second"`
	Asked          int64   `json:"asked"`
}

// qualityLine is one way at one threshold: recall of the labelled questions,
// precision of all hits.
type qualityLine struct {
	Way       string             `json:"way"`
	Threshold int                `json:"threshold"`
	Note      string             `json:"note"`
	Recall    float64            `json:"recall"`
	Precision float64            `json:"precision"`
	F1        float64            `json:"f1"`
	ByKind    map[string]float64 `json:"recall_by_kind"`
}

const benchDay = "2026-11-25"

// Run measures and prints.
func (c *benchScreeningCmd) Run() error {
	return c.profiled(func() error {
		r := rand.New(rand.NewPCG(c.Seed, 0))
		pool := newNamePool(r)
		people := make([]benchPerson, max(c.Entries, c.Quality))
		entries := make([]match.Entry, len(people))
		for i := range people {
			people[i] = pool.person(r)
			entries[i] = people[i].entry(r, i)
		}
		out := screeningResult{Entries: c.Entries, Cores: runtime.GOMAXPROCS(0), List: c.Quality, Ratios: map[string]any{}}
		questions := c.questions(r, pool, people[:c.Quality])
		for _, q := range questions {
			if q.want != "" {
				out.Positives++
			} else {
				out.Negatives++
			}
		}
		c.quality(&out, entries[:c.Quality], questions)
		c.speed(&out, entries[:c.Entries], questions)
		if c.JSON {
			return printJSON(out)
		}
		for _, l := range out.Speed {
			fmt.Printf("%10.1f names/s  %s\n", l.NamesPerSecond, l.Way)
		}
		for _, l := range append(out.Quality, *out.Large) {
			fmt.Printf("recall %.3f  precision %.3f  F1 %.3f  at %d  %s (%s)\n", l.Recall, l.Precision, l.F1, l.Threshold, l.Way, l.Note)
		}
		return nil
	})
}

// questions makes labelled ones, of every kind as many as the people allow.
func (c *benchScreeningCmd) questions(r *rand.Rand, pool namePool, people []benchPerson) []benchQuestion {
	var out []benchQuestion
	each := c.Labelled / len(variantKinds)
	for _, kind := range variantKinds {
		for made, tried := 0, 0; made < each && tried < 40*len(people); tried++ {
			i := r.IntN(len(people))
			if s, ok := people[i].variant(r, kind); ok {
				out = append(out, benchQuestion{s, fmt.Sprint("e", i), kind})
				made++
			}
		}
	}
	for range c.Labelled / 2 {
		if s, ok := pool.person(r).variant(r, "same"); ok {
			out = append(out, benchQuestion{subject: s, kind: "nobody"})
		}
	}
	return out
}

// parallel asks all questions on all cores.
func parallel(questions []benchQuestion, ask func(q *benchQuestion) []benchHit) [][]benchHit {
	out := make([][]benchHit, len(questions))
	var next atomic.Int64
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(questions) {
					return
				}
				out[i] = ask(&questions[i])
			}
		})
	}
	all.Wait()
	return out
}

// least is the lowest threshold that is tried.
const least = 60

// quality compares what the ways find on one list, by names only and with birth
// dates and nationalities.
func (c *benchScreeningCmd) quality(out *screeningResult, entries []match.Entry, questions []benchQuestion) {
	rules := match.UsualRules()
	usual := rules.Hit
	rules.Hit, rules.NameMin, rules.MaxHits = least, least, 500
	index := match.NewIndex(entries, rules)
	namesOnly := make([]benchQuestion, len(questions))
	for i, q := range questions {
		namesOnly[i] = q
		namesOnly[i].subject = match.Subject{Names: q.subject.Names}
	}
	ours := func(q *benchQuestion) []benchHit { return askIndex(index, q) }
	for _, with := range []bool{false, true} {
		asked, suffix := namesOnly, ", names only"
		if with {
			asked, suffix = questions, ", with birth date and nationality"
		}
		hits := parallel(asked, ours)
		out.Quality = append(out.Quality, measure("chancery"+suffix, "its usual threshold", usual, asked, hits), bestOf("chancery"+suffix, asked, hits))
		for _, v := range newRivals(entries) {
			hits := parallel(asked, func(q *benchQuestion) []benchHit { return v.search(&q.subject, entries, &rules, least, with) })
			out.Quality = append(out.Quality, measure(v.name+suffix, "threshold 80", 80, asked, hits), bestOf(v.name+suffix, asked, hits))
		}
	}
}

func askIndex(index *match.Index, q *benchQuestion) []benchHit {
	var out []benchHit
	for _, m := range index.Search(q.subject, benchDay) {
		out = append(out, benchHit{m.Entry.ID, m.Score.Total})
	}
	return out
}

// bestOf is the threshold with the best F1, found with the answers known.
func bestOf(way string, questions []benchQuestion, hits [][]benchHit) qualityLine {
	var best qualityLine
	for t := least; t <= 100; t++ {
		if one := measure(way, "best threshold for this set", t, questions, hits); one.F1 >= best.F1 {
			best = one
		}
	}
	return best
}

func measure(way, note string, threshold int, questions []benchQuestion, hits [][]benchHit) qualityLine {
	line := qualityLine{Way: way, Threshold: threshold, Note: note, ByKind: map[string]float64{}}
	right, wrong, positives := 0, 0, 0
	of, got := map[string]int{}, map[string]int{}
	for i, q := range questions {
		if q.want != "" {
			positives++
			of[q.kind]++
		}
		for _, h := range hits[i] {
			switch {
			case h.points < threshold:
			case h.id == q.want:
				right++
				got[q.kind]++
			default:
				wrong++
			}
		}
	}
	for kind, n := range of {
		line.ByKind[kind] = float64(got[kind]) / float64(n)
	}
	line.Recall = float64(right) / float64(max(positives, 1))
	line.Precision = float64(right) / float64(max(right+wrong, 1))
	if right > 0 {
		line.F1 = 2 * line.Recall * line.Precision / (line.Recall + line.Precision)
	}
	return line
}

// speed measures names per second on the large list.
func (c *benchScreeningCmd) speed(out *screeningResult, entries []match.Entry, questions []benchQuestion) {
	rules := match.UsualRules()
	rules.MaxHits = 500
	begin := time.Now()
	index := match.NewIndex(entries, rules)
	out.BuildSeconds = time.Since(begin).Seconds()
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	out.HeapMiB = memory.HeapAlloc >> 20
	ours := c.rate("chancery", questions, func(q *benchQuestion) { askIndex(index, q) })
	out.Speed = append(out.Speed, ours)
	for _, v := range newRivals(entries) {
		line := c.rate(v.name, questions, func(q *benchQuestion) { v.search(&q.subject, entries, &rules, 80, true) })
		out.Speed = append(out.Speed, line)
		name, _, _ := strings.Cut(v.name, ":")
		out.Ratios["chancery ÷ "+name] = ours.NamesPerSecond / line.NamesPerSecond
	}
	large := measure("chancery, with birth date and nationality, on the large list", "its usual threshold", rules.Hit, questions,
		parallel(questions, func(q *benchQuestion) []benchHit { return askIndex(index, q) }))
	out.Large = &large
}

// rate asks questions by turns on all cores until the time is over; a question
// that was begun is finished.
func (c *benchScreeningCmd) rate(way string, questions []benchQuestion, ask func(q *benchQuestion)) speedLine {
	var asked atomic.Int64
	var all sync.WaitGroup
	begin := time.Now()
	for worker := range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := worker * 7; time.Since(begin) < c.For; i += 13 {
				ask(&questions[i%len(questions)])
				asked.Add(1)
			}
		})
	}
	all.Wait()
	return speedLine{way, float64(asked.Load()) / time.Since(begin).Seconds(), asked.Load()}
}
