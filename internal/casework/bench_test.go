package casework

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// BenchmarkSaves has 500 people save a page in the same moment, and says how
// long the half and 99 of 100 of them waited.
func BenchmarkSaves(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.DB{"sqlite": storetest.SQLite, "postgresql": storetest.PostgreSQL} {
		b.Run(name, func(b *testing.B) { benchmarkSaves(b, open(b)) })
	}
}

func benchmarkSaves(b *testing.B, db *store.DB) {
	ctx := context.Background()
	r := open(b, db)
	const people = 500
	ids := make([]string, people)
	for i := range ids {
		a, err := r.Start(ctx, Beginning{ServiceID: "trial", PostID: "berlin", Lang: "en"})
		if err != nil {
			b.Fatal(err)
		}
		ids[i] = a.ID
	}
	var waited []time.Duration
	version := int64(0)
	for b.Loop() {
		each := make([]time.Duration, people)
		start := make(chan struct{})
		var all sync.WaitGroup
		for i, id := range ids {
			all.Go(func() {
				<-start
				began := time.Now()
				if _, err := r.Save(ctx, id, "person", version, form.Answers{"birth": began.String()}); err != nil {
					b.Error(err)
				}
				each[i] = time.Since(began)
			})
		}
		close(start)
		all.Wait()
		version++
		waited = append(waited, each...)
	}
	slices.Sort(waited)
	at := func(part float64) float64 {
		return float64(waited[int(part*float64(len(waited)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.5), "ms-p50")
	b.ReportMetric(at(0.99), "ms-p99")
	b.ReportMetric(float64(len(waited))/b.Elapsed().Seconds(), "saves/s")
}
