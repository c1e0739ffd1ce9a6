package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/netip"
	"time"

	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/web/bookingweb"
)

// guardFlag tunes what keeps programs from taking all places.
type guardFlag struct {
	ProofDifficulty int64   `env:"CHANCERY_PROOF_DIFFICULTY" default:"50000" help:"Highest number to try in a proof of work."`
	ReadsPerSecond  float64 `env:"CHANCERY_READS_PER_SECOND" default:"20" help:"Pages a second that one network may read."`
	HoldsPerHour    int     `env:"CHANCERY_HOLDS_PER_HOUR" default:"30" help:"Times an hour that one network may try to take a place, start an application or have a code mailed."`
}

// Demonstrations are tried from one machine: their proof of work is real but
// easy, and their limits stop no one.
var easy = guard.Config{
	Difficulty: 1000, MaxDifficulty: 1000, EasyProofs: 1 << 30, Wait: 5 * time.Second, ReadsPerSecond: 5000, ReadBurst: 20_000,
	Holds: []guard.Limit{{By: guard.ByNetwork, Max: 100_000, Window: time.Hour}},
}

func (f guardFlag) config() guard.Config {
	c := guard.Config{Difficulty: f.ProofDifficulty, ReadsPerSecond: f.ReadsPerSecond, ReadBurst: int(5 * f.ReadsPerSecond)}
	// The longer and wider limits keep their ratio to the first.
	usual := guard.DefaultHolds[0].Max
	for _, l := range guard.DefaultHolds {
		if l.By == guard.ByNetwork || l.By == guard.ByWide {
			l.Max = max(1, l.Max*f.HoldsPerHour/usual)
		}
		c.Holds = append(c.Holds, l)
	}
	return c
}

func newGuard(s setting, db *store.DB, keys *keyring.Ring) *guard.Guard {
	config := s.guard.config()
	if s.demo {
		config = easy
	}
	return guard.New(db, keys, rand.Reader, time.Now, config)
}

// pace judges every request of the public.
func pace(g *guard.Guard) func(netip.Addr) error {
	return func(client netip.Addr) error { return g.AllowRead(g.Network(client)) }
}

func (r *rooms) gatekeeper() bookingweb.Gatekeeper {
	return bookingweb.Gatekeeper{Guard: r.guard, Keys: r.keys}
}

// remember writes down what the guard counts until ctx ends.
func (r *rooms) remember(ctx context.Context) {
	if err := r.guard.Run(ctx, slog.Default()); err != nil {
		slog.Error("guard: write down what was counted", "error", err)
	}
}
