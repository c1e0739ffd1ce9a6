package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

type benchBookingCmd struct {
	benchFlags
	PostgreSQL string   `name:"postgresql" env:"CHANCERY_BENCH_PG" help:"postgres:// URL of an empty database; without it only SQLite is measured."`
	Clients    []int    `default:"64,512" help:"How many ask at the same time."`
	What       []string `enum:"hold,booking" default:"hold,booking" help:"A hold for a named person, or the hold and its confirmation: ${enum}."`
	Way        []string `enum:"each,grouped,pgbench,http" default:"each,grouped,pgbench,http" help:"One transaction each, groups, pgbench, and whole bookings over HTTP: ${enum}."`
	Engine     string   `enum:"both,sqlite,postgresql" default:"both" help:"Measure only this engine: ${enum}."`
}

// measurement is one line of the result. Rate is per second.
type measurement struct {
	Engine  string  `json:"engine"`
	What    string  `json:"what"`
	Way     string  `json:"way"`
	Clients int     `json:"clients"`
	Rate    float64 `json:"rate_per_second"`
	Ratio   float64 `json:"ratio_to_one_each,omitempty"`
	Pgbench float64 `json:"ratio_to_pgbench,omitempty"`
	Row     float64 `json:"ratio_to_pgbench_booking_row,omitempty"`
}

// Run measures each way in turn and prints rates with their ratios.
func (c *benchBookingCmd) Run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "chancery-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var all []measurement
	err = c.profiled(func() error {
		for _, dsn := range benchTargets(dir, c.Engine, c.PostgreSQL) {
			for _, clients := range c.Clients {
				some, err := c.compare(ctx, dsn, clients)
				if err != nil {
					return err
				}
				all = append(all, some...)
			}
			if !slices.Contains(c.Way, "http") {
				continue
			}
			perSecond, err := c.overHTTP(ctx, dsn, filepath.Join(dir, "keys.json"), 64)
			if err != nil {
				return err
			}
			all = append(all, measurement{Engine: engineName(dsn), What: "booking", Way: "http", Clients: 64, Rate: perSecond})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(all)
	}
	for _, m := range all {
		fmt.Printf("%-10s %-8s %-9s %4d clients %9.0f/s", m.Engine, m.What, m.Way, m.Clients, m.Rate)
		if m.Ratio > 0 {
			fmt.Printf("  %5.1f × one transaction each", m.Ratio)
		}
		if m.Pgbench > 0 {
			fmt.Printf("  %5.2f × pgbench", m.Pgbench)
		}
		if m.Row > 0 {
			fmt.Printf("  %5.2f × pgbench with the booking's row", m.Row)
		}
		fmt.Println()
	}
	return nil
}

// compare measures, with so many clients: pgbench, each request in its own
// transaction, and groups.
func (c *benchBookingCmd) compare(ctx context.Context, dsn string, clients int) ([]measurement, error) {
	db, err := (databaseFlag{DB: dsn}).open(ctx)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	engine := string(db.Engine())
	var some []measurement
	var single, row float64
	if db.Engine() == store.PostgreSQL && slices.Contains(c.Way, "pgbench") {
		if single, err = c.pgbench(ctx, db, dsn, min(clients, 64), smallTable, smallRow); err != nil {
			return nil, err
		}
		if row, err = c.pgbench(ctx, db, dsn, min(clients, 64), bookingTable, bookingRow); err != nil {
			return nil, err
		}
		some = append(some, measurement{Engine: engine, What: "small", Way: "pgbench", Clients: min(clients, 64), Rate: single},
			measurement{Engine: engine, What: "row", Way: "pgbench", Clients: min(clients, 64), Rate: row})
	}
	for _, what := range c.What {
		var each float64
		if slices.Contains(c.Way, "each") {
			if each, err = c.measure(ctx, db, what, clients, 1); err != nil {
				return nil, err
			}
			some = append(some, measurement{Engine: engine, What: what, Way: "one each", Clients: clients, Rate: each})
		}
		if !slices.Contains(c.Way, "grouped") {
			continue
		}
		grouped, err := c.measure(ctx, db, what, clients, 0)
		if err != nil {
			return nil, err
		}
		g := measurement{Engine: engine, What: what, Way: "grouped", Clients: clients, Rate: grouped}
		if each > 0 {
			g.Ratio = grouped / each
		}
		if single > 0 {
			g.Pgbench, g.Row = grouped/single, grouped/row
		}
		some = append(some, g)
	}
	return some, nil
}

type benchOffer struct{}

func (benchOffer) Service(id string) (booking.Service, bool) {
	return booking.Service{ID: id, PlacesPerApplicant: 1, MaxParty: 5}, true
}

func (benchOffer) Post(id string) (booking.Post, bool) {
	return booking.Post{ID: id, Zone: time.UTC}, true
}

// benchSlots are forty slots with all the places that a run can take, ten days
// ahead.
func benchSlots() []booking.Slot {
	start := time.Now().AddDate(0, 0, 10)
	var slots []booking.Slot
	run := store.NewID()
	for i := range 40 {
		at := start.Add(time.Duration(i) * time.Hour)
		slots = append(slots, booking.Slot{ID: store.NewID(), PostID: "bench", GroupID: "bench", RuleID: run, Date: at.Format(time.DateOnly), Clock: at.Format("15:04"),
			Start: at, End: at.Add(time.Hour), Planned: 10_000_000, OpensAt: time.UnixMilli(0)})
	}
	return slots
}

// measure lets clients hold places for new people, over forty slots, as fast
// as they are answered; a "booking" confirms the hold with its code too.
func (c *benchBookingCmd) measure(ctx context.Context, db *store.DB, what string, clients, group int) (float64, error) {
	ring, err := keyring.New()
	if err != nil {
		return 0, err
	}
	book := booking.Open(booking.Options{DB: db, Ring: ring, Offer: benchOffer{}, Audit: audit.New(time.Now), Outbox: notify.NewOutbox(db, time.Now), Now: time.Now, Group: group})
	defer book.Close()
	slots := benchSlots()
	if err := book.AddSlots(ctx, slots); err != nil {
		return 0, err
	}
	var next atomic.Int64
	return rate(ctx, clients, c.For, func() error {
		n := next.Add(1)
		b, err := book.Hold(ctx, booking.HoldRequest{
			Choice: booking.Choice{SlotID: slots[int(n)%len(slots)].ID}, Service: "bench",
			Details: booking.Details{Email: "bench@example.org", Applicants: []booking.Applicant{{
				GivenNames: "Bench", Surname: "Mark", DateOfBirth: "1990-01-02", Nationality: "AZE", DocumentNumber: strconv.FormatInt(n, 10),
			}}},
			Origin: booking.Origin{Lang: "en", Channel: booking.API},
		})
		if err == nil && what == "booking" {
			_, err = book.Confirm(ctx, b.ID, book.HoldCode(b.ID, b.CodeSerial))
		}
		return err
	})
}

// rate lets clients call act again and again for the given time, and says how
// often it came back in a second.
func rate(ctx context.Context, clients int, during time.Duration, act func() error) (float64, error) {
	var done atomic.Int64
	var failed atomic.Value
	began := time.Now()
	until := began.Add(during)
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for time.Now().Before(until) && ctx.Err() == nil {
				if err := act(); err != nil {
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

// What pgbench inserts: the least that a row can be, and the row of a booking
// with all its indexes but without what belongs to it (claim, mail, the slot).
const (
	smallTable = `CREATE TABLE IF NOT EXISTS bench_row (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body TEXT)`
	smallRow   = `INSERT INTO bench_row (body) VALUES ('one row of a booking, for comparison');`

	bookingTable = `CREATE TABLE IF NOT EXISTS bench_booking (LIKE booking INCLUDING ALL)`
	bookingRow   = `INSERT INTO bench_booking (id, reference, state, slot_id, post_id, service_id, places, party, from_reserve, bound, sealed, email_key, network_key, browser_key, lang, zone, channel, created_at, expires_at, confirmed_at, ended_at, code_serial, code_tries, moves, move_by) VALUES (gen_random_uuid()::text, gen_random_uuid()::text, 'held', '01a21238-071e-724a-9846-b1132829817c', 'bench', 'bench', 1, 1, 0, true, decode(repeat('ab', 330), 'hex'), '0123456789abcdef0123456789abcdef', '', '', 'en', '', 'api', 1, 1, 0, 0, 1, 0, 0, 0);`
)

// pgbench inserts single rows on the same server, each in a transaction.
func (c *benchBookingCmd) pgbench(ctx context.Context, db *store.DB, dsn string, clients int, table, row string) (float64, error) {
	if _, err := db.Read().ExecContext(ctx, table); err != nil {
		return 0, err
	}
	script := filepath.Join(os.TempDir(), "chancery-pgbench.sql")
	if err := os.WriteFile(script, []byte(row+"\n"), 0o644); err != nil {
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

func engineName(dsn string) string {
	if strings.HasPrefix(dsn, "sqlite:") {
		return string(store.SQLite)
	}
	return string(store.PostgreSQL)
}
