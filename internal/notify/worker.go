package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"
)

// Worker takes messages from an Outbox and sends them.
type Worker struct {
	outbox    *Outbox
	sender    Sender
	renderers map[string]Renderer
	log       *slog.Logger
	config    WorkerConfig
}

// WorkerConfig tunes a Worker; the zero value is good for production.
type WorkerConfig struct {
	// Poll is how often to look without being woken; 2 seconds when zero.
	Poll time.Duration
	// Batch is how many mails share one connection; 20 when zero.
	Batch int
	// Parallel is how many batches are sent at a time; 2 when zero.
	Parallel int
	// Lease is how long a batch may take before another worker may take it for
	// lost; 10 minutes when zero.
	Lease time.Duration
	// Attempts is how often a mail is tried before it is given up; 20 when
	// zero, which with the waits between them is about two days.
	Attempts int
	// Keep is how long mail that was sent or given up stays in the outbox,
	// against duplicates; 90 days when zero.
	Keep time.Duration
}

// The wait after a first failure, and what its doubling ends at. A quarter of
// each is left to chance, so that a server that comes back is not met by all
// mail at once.
const (
	firstWait   = time.Minute
	longestWait = 4 * time.Hour
)

// sendTimeout bounds one mail, rendering included.
const sendTimeout = time.Minute

// NewWorker makes a worker that sends what outbox holds through sender.
func NewWorker(outbox *Outbox, sender Sender, log *slog.Logger, config WorkerConfig) *Worker {
	config.Poll = cmp.Or(config.Poll, 2*time.Second)
	config.Batch = cmp.Or(config.Batch, 20)
	config.Parallel = cmp.Or(config.Parallel, 2)
	config.Lease = cmp.Or(config.Lease, 10*time.Minute)
	config.Attempts = cmp.Or(config.Attempts, 20)
	config.Keep = cmp.Or(config.Keep, 90*24*time.Hour)
	return &Worker{outbox: outbox, sender: sender, log: log, config: config, renderers: map[string]Renderer{}}
}

// Register names who makes the mails of a kind. Call it before Run; a second
// renderer for a kind is a fault in the wiring and panics.
func (w *Worker) Register(kind string, r Renderer) {
	if w.renderers[kind] != nil {
		panic("notify: two renderers for " + kind)
	}
	w.renderers[kind] = r
}

// Run sends until ctx ends, then finishes the mails in hand, gives the rest of
// their batches back, and returns nil. Trouble is logged and tried again.
func (w *Worker) Run(ctx context.Context) error {
	var group errgroup.Group
	for range w.config.Parallel {
		group.Go(func() error {
			w.loop(ctx)
			return nil
		})
	}
	group.Go(func() error {
		w.tidy(ctx)
		return nil
	})
	return group.Wait()
}

func (w *Worker) loop(ctx context.Context) {
	ticker := time.NewTicker(w.config.Poll)
	defer ticker.Stop()
	for ctx.Err() == nil {
		n, err := w.batch(ctx)
		if err != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "mail: the outbox does not answer", "error", err)
		}
		if n == w.config.Batch {
			continue
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		case <-w.outbox.wake:
		}
	}
}

// tidy forgets settled mail once an hour.
func (w *Worker) tidy(ctx context.Context) {
	ticker := time.NewTicker(time.Hour)
	defer ticker.Stop()
	for {
		if err := w.outbox.forget(ctx, w.config.Keep); err != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "mail: old mail cannot be cleared", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// batch claims and sends one batch and says how many messages it claimed.
func (w *Worker) batch(ctx context.Context) (int, error) {
	claimed, err := w.outbox.claim(ctx, w.config.Batch, w.config.Lease)
	if err != nil || len(claimed) == 0 {
		return 0, err
	}
	if len(claimed) == w.config.Batch {
		w.outbox.Wake() // there is more, and a second connection may be idle
	}
	// What was sent must be marked even if the program is told to end.
	lasting := context.WithoutCancel(ctx)
	settled := w.sendAll(ctx, lasting, claimed)
	if err := w.outbox.settle(lasting, settled); err != nil {
		return len(claimed), fmt.Errorf("mark a batch that was sent: %w", err)
	}
	return len(claimed), nil
}

// sendAll sends what it can through one session; what is left when the program
// ends or half of the lease is over goes back to the queue as it was.
func (w *Worker) sendAll(ctx, lasting context.Context, claimed []claim) []settlement {
	settled := make([]settlement, 0, len(claimed))
	deadline := w.outbox.now().Add(w.config.Lease / 2)
	var session Session
	var unreachable error
	for _, c := range claimed {
		if ctx.Err() != nil || w.outbox.now().After(deadline) {
			settled = append(settled, settlement{claim: c, outcome: handedBack})
			continue
		}
		one, cancel := context.WithTimeout(lasting, sendTimeout)
		mail, err := w.render(one, c.Message)
		if err == nil && session == nil && unreachable == nil {
			session, unreachable = w.sender.Open(one)
		}
		if err == nil {
			if err = unreachable; err == nil {
				err = session.Send(one, mail)
				if err != nil && !errors.Is(err, ErrRefused) {
					// The connection may be broken: the next mail gets a new one.
					w.end(ctx, session)
					session = nil
				}
			}
		}
		cancel()
		settled = append(settled, w.judge(ctx, c, err))
	}
	if session != nil {
		w.end(ctx, session)
	}
	return settled
}

// end closes a session; by then what was sent is sent, so a failure is only told.
func (w *Worker) end(ctx context.Context, session Session) {
	if err := session.Close(); err != nil {
		w.log.InfoContext(ctx, "mail: a connection did not end well", "error", plain(err))
	}
}

// render calls the room's renderer and keeps a fault in it from ending the worker.
func (w *Worker) render(ctx context.Context, m Message) (mail Mail, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the renderer of %s panicked: %v", m.Kind, r)
		}
	}()
	renderer := w.renderers[m.Kind]
	if renderer == nil {
		return Mail{}, fmt.Errorf("nobody makes mail of kind %q", m.Kind)
	}
	if mail, err = renderer(ctx, m); err != nil {
		return Mail{}, err
	}
	mail.ID = m.ID
	mail.Lang = cmp.Or(mail.Lang, m.Lang)
	return mail, nil
}

// judge decides what becomes of a message after a try.
func (w *Worker) judge(ctx context.Context, c claim, err error) settlement {
	switch {
	case err == nil:
		return settlement{claim: c, outcome: sent}
	case errors.Is(err, ErrObsolete):
		return settlement{claim: c, outcome: obsolete}
	case errors.Is(err, ErrRefused) || c.attempts >= w.config.Attempts:
		w.log.ErrorContext(ctx, "mail given up", "id", c.ID, "kind", c.Kind, "ref", c.Ref, "attempts", c.attempts, "error", plain(err))
		return settlement{claim: c, outcome: gaveUp, reason: plain(err)}
	default:
		w.log.WarnContext(ctx, "mail not sent, will be tried again", "id", c.ID, "kind", c.Kind, "attempts", c.attempts, "error", plain(err))
		return settlement{claim: c, outcome: failed, reason: plain(err), nextAt: w.outbox.now().Add(wait(c.attempts))}
	}
}

// wait is how long to leave a mail alone after its nth failure, from 1.
func wait(n int) time.Duration {
	d := longestWait
	if n < 9 {
		d = min(d, firstWait<<(n-1))
	}
	return d - rand.N(d/4)
}
