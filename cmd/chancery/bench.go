package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

type benchCmd struct {
	Booking benchBookingCmd `cmd:"" help:"Durable holds per second through the engine, and ratios to other ways on the same machine."`
}

type benchBookingCmd struct {
	PostgreSQL string        `name:"postgresql" env:"CHANCERY_BENCH_PG" help:"postgres:// URL of an empty database; without it only SQLite is measured."`
	For        time.Duration `default:"5s" help:"How long each measurement lasts."`
	JSON       bool          `name:"json" help:"Print JSON."`
}

// measurement is one line of the result. Rate is per second.
type measurement struct {
	Engine  string  `json:"engine"`
	Way     string  `json:"way"`
	Clients int     `json:"clients"`
	Rate    float64 `json:"rate_per_second"`
	Ratio   float64 `json:"ratio_to_one_each,omitempty"`
	Pgbench float64 `json:"ratio_to_pgbench,omitempty"`
}

// Run measures each way in turn and prints rates with their ratios.
func (c *benchBookingCmd) Run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "chancery-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	targets := []string{"sqlite:" + filepath.Join(dir, "bench.db")}
	if c.PostgreSQL != "" {
		targets = append(targets, c.PostgreSQL)
	}
	var all []measurement
	for _, dsn := range targets {
		for _, clients := range []int{64, 512} {
			some, err := c.compare(ctx, dsn, clients)
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(all)
	}
	for _, m := range all {
		fmt.Printf("%-10s %-9s %4d clients %9.0f/s", m.Engine, m.Way, m.Clients, m.Rate)
		if m.Ratio > 0 {
			fmt.Printf("  %5.1f × one transaction each", m.Ratio)
		}
		if m.Pgbench > 0 {
			fmt.Printf("  %5.1f × pgbench", m.Pgbench)
		}
		fmt.Println()
	}
	return nil
}

func (c *benchBookingCmd) compare(ctx context.Context, dsn string, clients int) ([]measurement, error) {
	db, err := (databaseFlag{DB: dsn}).open(ctx)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	engine := string(db.Engine())
	one, err := c.measure(ctx, db, clients, 1)
	if err != nil {
		return nil, err
	}
	grouped, err := c.measure(ctx, db, clients, 0)
	if err != nil {
		return nil, err
	}
	some := []measurement{{Engine: engine, Way: "one each", Clients: clients, Rate: one}}
	g := measurement{Engine: engine, Way: "grouped", Clients: clients, Rate: grouped, Ratio: grouped / one}
	if db.Engine() == store.PostgreSQL {
		single, err := c.pgbench(ctx, dsn, min(clients, 64))
		if err != nil {
			return nil, err
		}
		some = append(some, measurement{Engine: engine, Way: "pgbench", Clients: min(clients, 64), Rate: single})
		g.Pgbench = grouped / single
	}
	return append(some, g), nil
}

type benchOffer struct{}

func (benchOffer) Service(id string) (booking.Service, bool) {
	return booking.Service{ID: id, PlacesPerApplicant: 1, MaxParty: 5}, true
}

func (benchOffer) Post(id string) (booking.Post, bool) {
	return booking.Post{ID: id, Zone: time.UTC}, true
}

// measure lets clients hold places for new people, over forty slots, as fast
// as they are answered.
func (c *benchBookingCmd) measure(ctx context.Context, db *store.DB, clients, group int) (float64, error) {
	ring, err := keyring.New()
	if err != nil {
		return 0, err
	}
	book := booking.Open(booking.Options{DB: db, Ring: ring, Offer: benchOffer{}, Audit: audit.New(time.Now), Outbox: notify.NewOutbox(db, time.Now), Now: time.Now, Group: group})
	defer book.Close()
	start := time.Now().AddDate(0, 0, 3)
	var slots []booking.Slot
	run := store.NewID()
	for i := range 40 {
		at := start.Add(time.Duration(i) * time.Hour)
		slots = append(slots, booking.Slot{ID: store.NewID(), PostID: "bench", GroupID: "bench", RuleID: run, Date: at.Format(time.DateOnly), Clock: at.Format("15:04"),
			Start: at, End: at.Add(time.Hour), Planned: 10_000_000, OpensAt: time.UnixMilli(0)})
	}
	if err := book.AddSlots(ctx, slots); err != nil {
		return 0, err
	}
	var done, next atomic.Int64
	var failed atomic.Value
	until := time.Now().Add(c.For)
	began := time.Now()
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			for time.Now().Before(until) && ctx.Err() == nil {
				n := next.Add(1)
				_, err := book.Hold(ctx, booking.HoldRequest{
					Choice: booking.Choice{SlotID: slots[(int(n)+i)%len(slots)].ID}, Service: "bench",
					Details: booking.Details{Email: "bench@example.org", Applicants: []booking.Applicant{{
						GivenNames: "Bench", Surname: "Mark", DateOfBirth: "1990-01-02", Nationality: "AZE", DocumentNumber: strconv.FormatInt(n, 10),
					}}},
					Origin: booking.Origin{Lang: "en", Channel: booking.API},
				})
				if err != nil {
					failed.Store(err)
					return
				}
				done.Add(1)
			}
		})
	}
	all.Wait()
	if err, ok := failed.Load().(error); ok {
		return 0, err
	}
	return float64(done.Load()) / time.Since(began).Seconds(), ctx.Err()
}

var tps = regexp.MustCompile(`tps = ([0-9.]+)`)

// pgbench inserts single rows on the same server, each in a transaction.
func (c *benchBookingCmd) pgbench(ctx context.Context, dsn string, clients int) (float64, error) {
	db, err := store.Open(ctx, dsn)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	if _, err := db.Read().ExecContext(ctx, `CREATE TABLE IF NOT EXISTS bench_row (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body TEXT)`); err != nil {
		return 0, err
	}
	script := filepath.Join(os.TempDir(), "chancery-pgbench.sql")
	if err := os.WriteFile(script, []byte("INSERT INTO bench_row (body) VALUES ('one row of a booking, for comparison');\n"), 0o644); err != nil {
		return 0, err
	}
	defer os.Remove(script)
	out, err := exec.CommandContext(ctx, "pgbench", "-n", "-M", "prepared", "-c", strconv.Itoa(clients), "-j", "2",
		"-T", strconv.Itoa(max(1, int(c.For.Seconds()))), "-f", script, dsn).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench (package postgresql-contrib): %w: %s", err, out)
	}
	found := tps.FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("pgbench printed no rate: %s", out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}
