package guard

import (
	"context"
	"time"

	"golang.org/x/time/rate"

	"github.com/chancery/chancery/internal/fault"
)

// wideShare is how many times a network's rate its surroundings get together.
const wideShare = 8

// AllowRead lets a page or an API read of the network pass, or gives Busy with
// how long to wait. Refused reads cost nothing further.
func (g *Guard) AllowRead(network Network) error {
	now := g.now()
	buckets := []struct {
		key   string
		share float64
	}{{network.Near, 1}, {network.Wide, wideShare}}
	var taken []*rate.Reservation
	for _, b := range buckets {
		if b.key == "" {
			continue
		}
		r := g.bucket(b.key, b.share).ReserveN(now, 1)
		if wait := r.DelayFrom(now); wait > 0 {
			r.CancelAt(now)
			for _, t := range taken {
				t.CancelAt(now)
			}
			return fault.NewBusy("guard.too_fast", wait)
		}
		taken = append(taken, r)
	}
	return nil
}

func (g *Guard) bucket(key string, share float64) *rate.Limiter {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l, ok := g.reads.Get(key); ok {
		return l
	}
	l := rate.NewLimiter(rate.Limit(g.config.ReadsPerSecond*share), int(float64(g.config.ReadBurst)*share))
	g.reads.Add(key, l)
	return l
}

// Subject is whom a Limit counts.
type Subject string

// The subjects of a Limit.
const (
	ByNetwork Subject = "network"
	ByWide    Subject = "wide"
	ByEmail   Subject = "email"
	ByPerson  Subject = "person"
)

// Limit bounds how often a subject may try within a sliding window.
type Limit struct {
	By     Subject
	Max    int
	Window time.Duration
}

// DefaultHolds leave room for a family at home, an office or a library with
// one address, and people who start over; they end what only a program does.
var DefaultHolds = []Limit{
	{ByNetwork, 30, time.Hour},
	{ByNetwork, 120, 24 * time.Hour},
	{ByWide, 240, time.Hour},
	{ByEmail, 10, time.Hour},
	{ByEmail, 30, 24 * time.Hour},
	{ByPerson, 10, 24 * time.Hour},
}

// Attempt is one try to hold a place or to enter a ballot or waiting list.
type Attempt struct {
	Network    Network
	EmailKey   string // MailboxKey of the address
	PersonKeys []string
}

func (a Attempt) keys(by Subject) []string {
	switch by {
	case ByNetwork:
		return []string{a.Network.Near}
	case ByWide:
		return []string{a.Network.Wide}
	case ByEmail:
		return []string{a.EmailKey}
	default:
		return a.PersonKeys
	}
}

// AllowHold counts the attempt and lets it pass, or gives Busy with how long
// to wait; what is refused is not counted. Keys that are empty are not
// limited. The counts outlive a restart and are shared by processes on one
// database, save for the last moment.
func (g *Guard) AllowHold(ctx context.Context, a Attempt) error {
	var counters []counter
	var limits []Limit
	now := g.now()
	for _, limit := range g.config.Holds {
		for _, key := range a.keys(limit.By) {
			if key != "" {
				counters = append(counters, counterOf(limit, key, now))
				limits = append(limits, limit)
			}
		}
	}
	if err := g.load(ctx, counters, limits); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, c := range counters {
		if wait := g.overdrawn(c, limits[i], now); wait > 0 {
			return fault.NewBusy("guard.too_many_tries", wait)
		}
	}
	for i, c := range counters {
		g.count(c, limits[i])
	}
	return nil
}
