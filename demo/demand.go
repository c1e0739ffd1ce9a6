package demo

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"
)

// Demand is how much a post's places for a group of services are wanted.
type Demand struct {
	// Fill is the share of places that are taken when the day comes, Reach how
	// many days ahead most are taken, NoShow the share that does not come.
	Fill, Reach, NoShow float64
	seed                uint64
}

// DemandAt gives the demand at a post for a group of services that share
// places; it is always the same.
func DemandAt(post, group string) Demand {
	r := rand.New(rand.NewPCG(hash(post), 1))
	d := Demand{Fill: 0.5 + 0.42*r.Float64(), Reach: 2 + 7*r.Float64(), NoShow: 0.03 + 0.09*r.Float64(), seed: hash(post + "/" + group)}
	switch post {
	case "baku", "istanbul", "moscow", "london":
		d.Fill, d.Reach = 0.95, 13
	}
	d.Reach *= 0.4 + 1.2*rand.New(rand.NewPCG(d.seed, 2)).Float64()
	return d
}

func hash(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return h.Sum64()
}

// Chance is how likely a place of a day is taken by now; ahead is the days
// until then, 0 and less for days that are there. The days that people think
// of first are nearly full, then it thins out.
func (d Demand) Chance(day time.Time, ahead int) float64 {
	r := rand.New(rand.NewPCG(d.seed, uint64(day.Unix()/86400)))
	chance := d.Fill * (0.9 + 0.2*r.Float64())
	if day.Weekday() == time.Friday {
		chance *= 0.93
	}
	// At a busy post some days are full, as far ahead as people book.
	if d.Fill > 0.9 && r.Float64() < 0.6 && float64(ahead) < d.Reach {
		return 1
	}
	if ahead > 0 {
		chance /= 1 + math.Exp((float64(ahead)-d.Reach)/(0.5+d.Reach/5))
	}
	return min(0.985, chance)
}

// Lead is how long before its start a place is booked, an hour at least.
func (d Demand) Lead(r *rand.Rand) time.Duration {
	days := d.Reach * (0.55 + 0.3*r.NormFloat64())
	if r.IntN(4) == 0 { // somebody takes what was given back
		days = d.Reach * r.Float64() / 2
	}
	return time.Hour + time.Duration(max(0, days)*float64(24*time.Hour))
}

// PartySize is how many come together, most at most.
func PartySize(r *rand.Rand, service string, most int) int {
	size := 1
	switch x := r.Float64(); {
	case service == "marriage-registration":
		size = 2
	case service == "birth-registration", service == "return-certificate" && x < 0.9:
	case x < 0.16:
		size = 2
	case x < 0.26:
		size = 3
	case x < 0.33:
		size = 4
	case x < 0.35:
		size = 5
	}
	return max(1, min(size, most))
}
