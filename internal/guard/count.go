package guard

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// counter is one subject's count in one window of time.
type counter struct {
	bucket string
	start  int64 // of the window, Unix ms
}

// tally is a count: what the database has, and what is not written yet.
type tally struct {
	stored, delta, writing int
	expires                int64
	readAt                 time.Time
}

func (t *tally) n() int { return t.stored + t.writing + t.delta }

// believeFor is how long another process's counting may go unseen.
const believeFor = 5 * time.Second

func counterOf(limit Limit, key string, now time.Time) counter {
	return counter{
		bucket: "hold." + string(limit.By) + "." + limit.Window.String() + ":" + key,
		start:  now.Truncate(limit.Window).UnixMilli(),
	}
}

// before is the same subject's window before this one.
func (c counter) before(limit Limit) counter {
	return counter{bucket: c.bucket, start: c.start - limit.Window.Milliseconds()}
}

// tallyOf finds or starts a count; the caller holds mu.
func (g *Guard) tallyOf(c counter, limit Limit) *tally {
	if t, ok := g.counts.Get(c); ok {
		return t
	}
	if t, ok := g.dirty[c]; ok { // pushed out of the cache before it was written
		g.counts.Add(c, t)
		return t
	}
	t := &tally{expires: c.start + 2*limit.Window.Milliseconds()}
	g.counts.Add(c, t)
	return t
}

// count adds one to a subject's count; the caller holds mu.
func (g *Guard) count(c counter, limit Limit) {
	t := g.tallyOf(c, limit)
	t.delta++
	g.dirty[c] = t
}

// overdrawn says how long until the subject may try again, 0 for now. The
// window slides: the one before counts as far as it still overlaps. The caller
// holds mu.
func (g *Guard) overdrawn(c counter, limit Limit, now time.Time) time.Duration {
	current, last := g.tallyOf(c, limit).n(), g.tallyOf(c.before(limit), limit).n()
	into := now.Sub(time.UnixMilli(c.start))
	share := 1 - float64(into)/float64(limit.Window)
	excess := float64(current) + float64(last)*share - float64(limit.Max) + 1
	switch {
	case excess <= 0:
		return 0
	case current < limit.Max && last > 0:
		// It is enough that the window before slides out a little further.
		return max(time.Second, time.Duration(excess/float64(last)*float64(limit.Window)))
	default:
		// In the next window this one counts less and less.
		share := 1 - float64(limit.Max-1)/float64(current)
		return max(time.Second, limit.Window-into+time.Duration(share*float64(limit.Window)))
	}
}

// load reads the counts that are not in memory, or that another process may
// have raised since.
func (g *Guard) load(ctx context.Context, counters []counter, limits []Limit) error {
	now := g.now()
	stale := map[counter]Limit{}
	g.mu.Lock()
	for i, c := range counters {
		for _, c := range []counter{c, c.before(limits[i])} {
			if t, ok := g.counts.Get(c); !ok || now.Sub(t.readAt) >= believeFor {
				stale[c] = limits[i]
			}
		}
	}
	g.mu.Unlock()
	if len(stale) == 0 {
		return nil
	}
	buckets := map[string]bool{}
	var args []any
	for c := range stale {
		if !buckets[c.bucket] {
			buckets[c.bucket] = true
			args = append(args, c.bucket)
		}
	}
	found, err := g.readCounts(ctx, args)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for c, limit := range stale {
		t := g.tallyOf(c, limit)
		// What is being written may or may not be in the answer; counting it
		// twice for five seconds does no harm, losing it would.
		t.stored, t.readAt = max(t.stored, found[c]), now
	}
	return nil
}

func (g *Guard) readCounts(ctx context.Context, buckets []any) (map[counter]int, error) {
	rows, err := g.db.Read().QueryContext(ctx, `SELECT bucket, window_at, n FROM guard_count WHERE bucket IN (`+
		store.Placeholders(1, len(buckets))+`)`, buckets...)
	if err != nil {
		return nil, fmt.Errorf("read counts: %w", err)
	}
	defer rows.Close()
	found := map[counter]int{}
	for rows.Next() {
		var c counter
		var n int
		if err := rows.Scan(&c.bucket, &c.start, &n); err != nil {
			return nil, fmt.Errorf("read counts: %w", err)
		}
		found[c] = n
	}
	return found, rows.Err()
}

type delta struct {
	counter
	n       int
	expires int64
	tally   *tally
}

// takeDeltas collects what is not written yet, in an order that is the same in
// every process, lest two lock each other out; the caller holds mu.
func (g *Guard) takeDeltas() []delta {
	deltas := make([]delta, 0, len(g.dirty))
	for c, t := range g.dirty {
		deltas = append(deltas, delta{counter: c, n: t.delta, expires: t.expires, tally: t})
		t.writing, t.delta = t.delta, 0
	}
	clear(g.dirty)
	slices.SortFunc(deltas, func(a, b delta) int {
		return cmp.Or(cmp.Compare(a.bucket, b.bucket), cmp.Compare(a.start, b.start))
	})
	return deltas
}

// putBack undoes takeDeltas; the caller holds mu.
func (g *Guard) putBack(deltas []delta) {
	for _, d := range deltas {
		d.tally.delta, d.tally.writing = d.tally.delta+d.n, 0
		g.dirty[d.counter] = d.tally
	}
}

func writeDeltas(ctx context.Context, tx *store.Tx, deltas []delta) error {
	rows := make([][]any, len(deltas))
	for i, d := range deltas {
		rows[i] = []any{d.bucket, d.start, d.n, d.expires}
	}
	_, err := tx.Insert(ctx, "guard_count", []string{"bucket", "window_at", "n", "expires_at"}, rows,
		"ON CONFLICT (bucket, window_at) DO UPDATE SET n = guard_count.n + excluded.n")
	return err
}
