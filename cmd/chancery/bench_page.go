package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

type benchPageCmd struct {
	benchFlags
	Rate int    `default:"200" help:"Requests a second."`
	DB   string `name:"db" env:"CHANCERY_BENCH_DB" help:"sqlite:PATH or a postgres:// URL of an empty database; a new SQLite file when not given."`
}

// benchPages are the main pages of the applicant's way, the waiting room's
// board, and two reads of the API.
var benchPages = []string{
	"/", "/services", "/services/" + benchService, "/appointments", "/appointments?q=lon",
	"/appointments/at/" + benchPost, "/appointments/at/" + benchPost + "/" + benchService,
	"/appointments/times?post=" + benchPost + "&service=" + benchService + "&party=2",
	"/board/" + benchPost, "/draws", "/api/v1/posts", "/api/v1/slots?post=" + benchPost + "&service=" + benchService,
}

// pageTimes is what one page took, in milliseconds from the moment when the
// request was due to the last byte.
type pageTimes struct {
	Page     string  `json:"page"`
	Requests int     `json:"requests"`
	Bytes    int     `json:"bytes"`
	P50      float64 `json:"p50_ms"`
	P99      float64 `json:"p99_ms"`
	Most     float64 `json:"max_ms"`
}

// Run loads the demonstration ministry and asks for its pages at a steady rate,
// whether or not the earlier ones have been answered.
func (c *benchPageCmd) Run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "chancery-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	dsn := cmp.Or(c.DB, "sqlite:"+filepath.Join(dir, "bench.db"))
	url, _, stop, err := benchServer(ctx, dsn, filepath.Join(dir, "keys.json"), func(r *rooms) error { return r.loadDemo(ctx) })
	if err != nil {
		return err
	}
	var all []pageTimes
	err = c.profiled(func() (err error) {
		all, err = c.steady(ctx, url)
		return err
	})
	if stopped := stop(); err == nil {
		err = stopped
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(all)
	}
	for _, p := range all {
		fmt.Printf("%-72s %5d requests  %7d bytes  p50 %7.2f ms  p99 %7.2f ms  max %7.2f ms\n", p.Page, p.Requests, p.Bytes, p.P50, p.P99, p.Most)
	}
	return nil
}

// steady is an open loop: late answers make neither fewer nor later requests.
func (c *benchPageCmd) steady(ctx context.Context, url string) ([]pageTimes, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}, Timeout: 30 * time.Second}
	for range 3 { // templates and caches are warm in a server that runs
		for _, page := range benchPages {
			if _, err := fetch(ctx, client, url+page); err != nil {
				return nil, err
			}
		}
	}
	var mu sync.Mutex
	var failed error
	took := map[string][]time.Duration{}
	size := map[string]int{}
	var all sync.WaitGroup
	due := time.NewTicker(time.Second / time.Duration(c.Rate))
	defer due.Stop()
	total := int(c.For.Seconds() * float64(c.Rate))
	for i := range total {
		var at time.Time
		select {
		case at = <-due.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		page := benchPages[i%len(benchPages)]
		all.Go(func() {
			n, err := fetch(ctx, client, url+page)
			mu.Lock()
			defer mu.Unlock()
			failed = cmp.Or(failed, err)
			took[page] = append(took[page], time.Since(at))
			size[page] = n
		})
	}
	all.Wait()
	if failed != nil {
		return nil, failed
	}
	var every []time.Duration
	var result []pageTimes
	for _, page := range benchPages {
		result = append(result, timesOf(page, size[page], took[page]))
		every = append(every, took[page]...)
	}
	return append(result, timesOf("all", 0, every)), nil
}

func timesOf(page string, size int, took []time.Duration) pageTimes {
	slices.Sort(took)
	at := func(share float64) float64 {
		if len(took) == 0 {
			return 0
		}
		return took[min(len(took)-1, int(share*float64(len(took))))].Seconds() * 1000
	}
	return pageTimes{Page: page, Requests: len(took), Bytes: size, P50: at(0.5), P99: at(0.99), Most: at(1)}
}

func fetch(ctx context.Context, client *http.Client, url string) (bytes int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	got, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer got.Body.Close()
	n, err := io.Copy(io.Discard, got.Body)
	if err == nil && got.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s gave %d", url, got.StatusCode)
	}
	return int(n), err
}
