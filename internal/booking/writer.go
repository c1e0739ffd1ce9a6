package booking

import (
	"context"
	"errors"
	"hash/fnv"
	"sync"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// groupSize bounds how many requests share one transaction; with
// queueLength waiting, a caller blocks until there is room.
const (
	groupSize   = 512
	queueLength = 4096
)

// operation is one request to the book. It runs on a ledger that holds
// everything it said it needs, and either changes the ledger or gives an
// error; what it changes before an error stays (a wrong code is counted).
type operation interface {
	needs(*needs)
	apply(*ledger) (any, error)
}

type request struct {
	op   operation
	done chan outcome
}

type outcome struct {
	value any
	err   error
}

// writer commits in groups: what is queued while one transaction runs shares
// the next one, so the cost of making it durable is shared too.
type writer struct {
	book  *Book
	queue chan request
}

// errRerun says that another writer won a row which this group had counted on;
// the group runs again on what is true now.
var errRerun = errors.New("the group lost a race")

const maxReruns = 20

func (b *Book) startWriters(n int, done *sync.WaitGroup) {
	for range n {
		w := &writer{book: b, queue: make(chan request, queueLength)}
		b.writers = append(b.writers, w)
		done.Add(1)
		go func() {
			defer done.Done()
			w.run()
		}()
	}
}

// submit queues op with the writer of the given key and waits for the answer.
// Once queued, an operation runs to its end even if the caller has gone.
func (b *Book) submit(ctx context.Context, key string, op operation) (any, error) {
	r := request{op: op, done: make(chan outcome, 1)}
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	b.closing.RLock()
	if b.closed {
		b.closing.RUnlock()
		return nil, errors.New("the book is closed")
	}
	select {
	case b.writers[int(h.Sum32())%len(b.writers)].queue <- r:
		b.closing.RUnlock()
	case <-ctx.Done():
		b.closing.RUnlock()
		return nil, ctx.Err()
	}
	select {
	case o := <-r.done:
		return o.value, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (w *writer) run() {
	group := make([]request, 0, groupSize)
	var expected int
	var took time.Duration
	for first := range w.queue {
		group = w.collect(append(group[:0], first), min(expected, w.book.group), took/8)
		began := time.Now()
		w.commit(group)
		expected, took = len(group)+len(w.queue), time.Since(began)
	}
}

// collect adds to the group what is queued. Those who were just answered often
// ask for the next thing at once: while fewer are here than there were last
// time, it waits for them, with the patience given.
func (w *writer) collect(group []request, expected int, patience time.Duration) []request {
	late := time.NewTimer(patience)
	defer late.Stop()
	for len(group) < w.book.group {
		select {
		case r, open := <-w.queue:
			if !open {
				return group
			}
			group = append(group, r)
			continue
		default:
		}
		if len(group) >= expected {
			return group
		}
		select {
		case r, open := <-w.queue:
			if !open {
				return group
			}
			group = append(group, r)
		case <-late.C:
			expected = 0
		}
	}
	return group
}

// commit runs the group in one transaction. When the transaction as a whole
// fails, each request is tried alone, so that one which the database cannot
// take does not take its neighbours down.
func (w *writer) commit(group []request) {
	outcomes, err := w.transact(group)
	switch {
	case err == nil:
		for i, r := range group {
			r.done <- outcomes[i]
		}
	case len(group) == 1:
		group[0].done <- outcome{err: err}
	default:
		for i := range group {
			w.commit(group[i : i+1])
		}
	}
}

func (w *writer) transact(group []request) ([]outcome, error) {
	// The callers' contexts do not reach in here: a group is nobody's own.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var outcomes []outcome
	for attempt := 1; ; attempt++ {
		changed := true
		err := w.book.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			l := newLedger(w.book)
			if err := l.load(ctx, tx, group); err != nil {
				return err
			}
			outcomes = l.applyAll(group)
			if changed = l.changed(); !changed {
				return errNothing
			}
			return l.flush(ctx, tx)
		})
		switch {
		case err == nil:
			w.book.outbox.Wake()
			return outcomes, nil
		case !changed && errors.Is(err, errNothing):
			return outcomes, nil
		case attempt < maxReruns && (errors.Is(err, errRerun) || store.IsUnique(err) || store.Retryable(err)):
			continue
		default:
			return nil, err
		}
	}
}

// errNothing ends a transaction in which every request was refused: there is
// nothing to make durable.
var errNothing = errors.New("nothing changed")
