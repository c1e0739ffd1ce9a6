package main

import (
	"cmp"
	"context"
	"crypto/x509"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/document"
	"github.com/chancery/chancery/internal/document/pades"
	"github.com/chancery/chancery/internal/document/signkeys"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/transparency"
)

type benchIssueCmd struct {
	benchFlags
	DB     string `name:"db" env:"CHANCERY_BENCH_DB" help:"sqlite:PATH or a postgres:// URL of an empty database; a new SQLite file when not given."`
	Python string `placeholder:"PROGRAM" help:"A Python 3 that has pyhanko, to sign the same file beside; without, only ours is measured."`
	Batch  int    `default:"32" help:"Documents in one transaction when they are issued in batches."`
}

// pyHankoSigns signs one file again and again with pyHanko, in as many processes
// as there are processors.
//
//go:embed bench_issue.py
var pyHankoSigns string

// issued is how many documents a second went one way.
type issued struct {
	Way       string  `json:"way"`
	PerSecond float64 `json:"per_second"`
}

// Run signs the same file in several ways and logs what it signed.
func (c *benchIssueCmd) Run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "chancery-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := (databaseFlag{DB: cmp.Or(c.DB, "sqlite:"+filepath.Join(dir, "bench.db"))}).open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	ring, err := keyring.New()
	if err != nil {
		return err
	}
	by, err := signkeys.New(db, ring, audit.New(time.Now), "AZ", "Bench", time.Now).Signer(ctx)
	if err != nil {
		return err
	}
	var all []issued
	err = c.profiled(func() (err error) {
		all, err = c.measure(ctx, db, transparency.New(db, ring, "bench/log", time.Now), by)
		return err
	})
	if err == nil && c.Python != "" {
		var theirs float64
		if theirs, err = c.pyHanko(ctx, dir, by); err == nil {
			all = append(all, issued{"pyHanko: signed only, one process a processor", theirs})
		}
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(all)
	}
	last := all[len(all)-1].PerSecond
	for _, one := range all {
		fmt.Printf("%-60s %9.1f /s", one.Way, one.PerSecond)
		if c.Python != "" {
			fmt.Printf("  %6.1f × pyHanko", one.PerSecond/last)
		}
		fmt.Println()
	}
	return nil
}

// paper is the file that all sign.
func (c *benchIssueCmd) paper(n uint64) ([]byte, error) {
	return document.Receipt{Lang: "az", Ministry: "Xarici İşlər Nazirliyi", Number: strconv.FormatUint(n, 10), Amount: "30 AZN", Service: "Notarial act", Issued: time.Now()}.PDF()
}

func (c *benchIssueCmd) measure(ctx context.Context, db *store.DB, log *transparency.Log, by pades.Signer) ([]issued, error) {
	plain, err := c.paper(0)
	if err != nil {
		return nil, err
	}
	sign := func(ctx context.Context, pdf []byte, n uint64) (transparency.Entry, error) {
		signed, err := pades.Sign(ctx, pdf, by, pades.Details{At: time.Now()})
		return transparency.Hash("issued", binary.BigEndian.AppendUint64(nil, n), signed), err
	}
	enter := func(ctx context.Context, entries ...transparency.Entry) error {
		return db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := log.Append(ctx, tx, entries...)
			return err
		})
	}
	var all []issued
	for _, way := range []struct {
		name string
		each int
		do   func(ctx context.Context, n uint64) error
	}{
		{"signed only", 1, func(ctx context.Context, n uint64) error {
			_, err := sign(ctx, plain, n)
			return err
		}},
		{"signed and logged, each in its own durable transaction", 1, func(ctx context.Context, n uint64) error {
			entry, err := sign(ctx, plain, n)
			return cmp.Or(err, enter(ctx, entry))
		}},
		{"typeset, signed and logged, each in its own transaction", 1, func(ctx context.Context, n uint64) error {
			pdf, err := c.paper(n)
			if err != nil {
				return err
			}
			entry, err := sign(ctx, pdf, n)
			return cmp.Or(err, enter(ctx, entry))
		}},
		{fmt.Sprintf("signed and logged, %d in a transaction", c.Batch), c.Batch, func(ctx context.Context, n uint64) error {
			entries := make([]transparency.Entry, c.Batch)
			for i := range entries {
				var err error
				if entries[i], err = sign(ctx, plain, n*uint64(c.Batch)+uint64(i)); err != nil {
					return err
				}
			}
			return enter(ctx, entries...)
		}},
	} {
		rate, err := c.rate(ctx, way.do)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", way.name, err)
		}
		all = append(all, issued{way.name, rate * float64(way.each)})
	}
	_, err = log.Publish(ctx)
	return all, err
}

// rate counts how often a second do is done on all processors.
func (c *benchIssueCmd) rate(ctx context.Context, do func(ctx context.Context, n uint64) error) (float64, error) {
	var done atomic.Uint64
	failures := make([]error, runtime.GOMAXPROCS(0))
	begin := time.Now()
	var all sync.WaitGroup
	for i := range failures {
		all.Go(func() {
			for failures[i] == nil && time.Since(begin) < c.For {
				failures[i] = cmp.Or(do(ctx, done.Add(1)), ctx.Err())
			}
		})
	}
	all.Wait()
	return float64(done.Load()) / time.Since(begin).Seconds(), errors.Join(failures...)
}

// pyHanko has it sign the same file with the same key, and tells how often.
func (c *benchIssueCmd) pyHanko(ctx context.Context, dir string, by pades.Signer) (float64, error) {
	plain, err := c.paper(0)
	if err != nil {
		return 0, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(by.Key)
	if err != nil {
		return 0, err
	}
	var chain []byte
	for _, one := range by.Chain {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: one.Raw})...)
	}
	for name, data := range map[string][]byte{
		"plain.pdf": plain, "chain.pem": chain, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"signer.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: by.Certificate.Raw}),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return 0, err
		}
	}
	cmd := exec.CommandContext(ctx, c.Python, "-c", pyHankoSigns, dir, fmt.Sprint(c.For.Seconds()), strconv.Itoa(runtime.GOMAXPROCS(0)))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("sign with pyHanko: %w", err)
	}
	var rate float64
	return rate, json.Unmarshal(out, &rate)
}
