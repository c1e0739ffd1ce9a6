package guard

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
)

// Config tunes a Guard; the zero value is good for production.
type Config struct {
	// Difficulty is the highest number to try in an unhurried proof of work;
	// 50,000 when zero, some tenths of a second on a telephone. A demo takes
	// 1,000.
	Difficulty int64
	// MaxDifficulty bounds what a busy network must do; 40 × Difficulty when zero.
	MaxDifficulty int64
	// EasyProofs is how many proofs a network may ask for
	// before the difficulty doubles, and doubles again with each further so
	// many (the count fades, by half in five minutes); 10 when zero.
	EasyProofs int
	// ProofFor is how long a proof may be used; 20 minutes when zero.
	ProofFor time.Duration
	// Wait is what a person without JavaScript waits instead; 20 seconds when
	// zero.
	Wait time.Duration
	// ReadsPerSecond and ReadBurst bound pages and API reads of one network;
	// 20 and 100 when zero. The wider network around it gets eight times as much.
	ReadsPerSecond float64
	ReadBurst      int
	// Holds bounds attempts to hold a place; DefaultHolds when nil.
	Holds []Limit
	// Remembered is how many networks are kept in mind; 65,536 when zero.
	Remembered int
}

// Guard judges requests. It is safe for concurrent use. Run writes down what
// it remembers; without it a restart forgets.
type Guard struct {
	db     *store.DB
	ring   *keyring.Ring
	random io.Reader
	now    func() time.Time
	config Config

	reads *lru.Cache[string, *rate.Limiter]
	asked *lru.Cache[string, asking]
	mu    sync.Mutex // guards asked's read-and-replace, and what follows

	spent   map[string]int64 // proof -> expiry, Unix ms: all that is unwritten or was seen here
	unspent map[string]int64 // those not yet in the database
	counts  *lru.Cache[counter, *tally]
	dirty   map[counter]*tally // those with something to write
	traits  []trait

	flushing sync.Mutex
}

// New gives a guard. random is crypto/rand.Reader outside of tests.
func New(db *store.DB, ring *keyring.Ring, random io.Reader, now func() time.Time, config Config) *Guard {
	config.Difficulty = cmp.Or(config.Difficulty, 50_000)
	config.MaxDifficulty = cmp.Or(config.MaxDifficulty, 40*config.Difficulty)
	config.EasyProofs = cmp.Or(config.EasyProofs, 10)
	config.ProofFor = cmp.Or(config.ProofFor, 20*time.Minute)
	config.Wait = cmp.Or(config.Wait, 20*time.Second)
	config.ReadsPerSecond = cmp.Or(config.ReadsPerSecond, 20)
	config.ReadBurst = cmp.Or(config.ReadBurst, 100)
	config.Remembered = cmp.Or(config.Remembered, 1<<16)
	if config.Holds == nil {
		config.Holds = DefaultHolds
	}
	g := &Guard{db: db, ring: ring, random: random, now: now, config: config,
		spent: map[string]int64{}, unspent: map[string]int64{}, dirty: map[counter]*tally{}}
	g.reads = newCache[string, *rate.Limiter](config.Remembered)
	g.asked = newCache[string, asking](config.Remembered)
	g.counts = newCache[counter, *tally](config.Remembered)
	return g
}

func newCache[K comparable, V any](size int) *lru.Cache[K, V] {
	cache, err := lru.New[K, V](size)
	if err != nil {
		panic(err) // only a size below 1 is refused
	}
	return cache
}

// flushEvery is how much counting a power cut may cost; cleanEvery how often
// what has expired is deleted.
const (
	flushEvery = 250 * time.Millisecond
	cleanEvery = 10 * time.Minute
)

// Run writes down what the guard remembers until ctx ends, and once more then.
// Trouble is logged and tried again.
func (g *Guard) Run(ctx context.Context, log *slog.Logger) error {
	flush, clean := time.NewTicker(flushEvery), time.NewTicker(cleanEvery)
	defer flush.Stop()
	defer clean.Stop()
	for {
		var err error
		select {
		case <-flush.C:
			err = g.Flush(ctx)
		case <-clean.C:
			err = g.Clean(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return g.Flush(last)
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			log.Error("guard: write down what was counted", "error", err)
		}
	}
}

// Flush writes down what is remembered in memory only. What cannot be written
// stays for the next time.
func (g *Guard) Flush(ctx context.Context) error {
	g.flushing.Lock()
	defer g.flushing.Unlock()
	g.mu.Lock()
	spent, traits := g.unspent, g.traits
	g.unspent, g.traits = map[string]int64{}, nil
	deltas := g.takeDeltas()
	g.mu.Unlock()
	if len(spent) == 0 && len(traits) == 0 && len(deltas) == 0 {
		return nil
	}
	err := g.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := writeSpent(ctx, tx, spent); err != nil {
			return err
		}
		if err := writeTraits(ctx, tx, traits); err != nil {
			return err
		}
		return writeDeltas(ctx, tx, deltas)
	})
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		for proof, expires := range spent {
			g.unspent[proof] = expires
		}
		g.traits = append(traits, g.traits...)
		g.putBack(deltas)
		return err
	}
	for _, d := range deltas {
		d.tally.stored, d.tally.writing = d.tally.stored+d.n, 0
	}
	return nil
}

// Clean deletes what has expired from memory and from the database.
func (g *Guard) Clean(ctx context.Context) error {
	now := store.Millis(g.now())
	g.mu.Lock()
	for proof, expires := range g.spent {
		if expires < now && g.unspent[proof] == 0 {
			delete(g.spent, proof)
		}
	}
	g.mu.Unlock()
	return g.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM guard_spent WHERE expires_at < $1`, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM guard_count WHERE expires_at < $1`, now); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM guard_trait WHERE created_at < $1`, now-traitsFor.Milliseconds())
		return err
	})
}
