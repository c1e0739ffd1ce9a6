package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"time"
)

type benchCmd struct {
	Booking   benchBookingCmd   `cmd:"" help:"Durable bookings per second through the engine and over HTTP, and ratios to other ways on the same machine."`
	Issue     benchIssueCmd     `cmd:"" help:"Documents signed and logged per second, beside pyHanko signing the same file."`
	Page      benchPageCmd      `cmd:"" help:"How long the main pages take at a steady rate of requests."`
	Saving    benchSavingCmd    `cmd:"" help:"How long people wait who save a page of a questionnaire all at once, and whether anything is lost."`
	Screening benchScreeningCmd `cmd:"" help:"Names per second against a long watch list, and what is found, beside a naive scan and a published method."`
}

// benchFlags are shared by all benchmarks.
type benchFlags struct {
	For     time.Duration `default:"5s" help:"How long each measurement lasts."`
	JSON    bool          `name:"json" help:"Print JSON."`
	Profile string        `placeholder:"FILE" help:"Write a processor profile of the run, for go tool pprof."`
}

// profiled runs measure under the profiler if that was asked for.
func (f benchFlags) profiled(measure func() error) error {
	if f.Profile == "" {
		return measure()
	}
	out, err := os.Create(f.Profile)
	if err != nil {
		return fmt.Errorf("write a profile: %w", err)
	}
	defer out.Close()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return measure()
}

func printJSON(v any) error {
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

// benchTargets are the databases to measure on: a new SQLite file in dir, and
// the PostgreSQL database where one was named; engine leaves one of them out.
func benchTargets(dir, engine, postgreSQL string) []string {
	var targets []string
	if engine != "postgresql" {
		targets = append(targets, "sqlite:"+filepath.Join(dir, "bench.db"))
	}
	if postgreSQL != "" && engine != "sqlite" {
		targets = append(targets, postgreSQL)
	}
	return targets
}
