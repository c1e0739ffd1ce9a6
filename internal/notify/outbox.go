package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// Outbox holds the messages to be sent.
type Outbox struct {
	db   *store.DB
	now  func() time.Time
	wake chan struct{}
}

// NewOutbox gives the outbox in db.
func NewOutbox(db *store.DB, now func() time.Time) *Outbox {
	return &Outbox{db: db, now: now, wake: make(chan struct{}, 1)}
}

var outboxColumns = []string{"id", "kind", "ref", "lang", "data", "urgency",
	"not_before", "attempts", "next_at", "state", "last_error", "created_at", "sent_at"}

// Enqueue writes the messages in the caller's transaction: they are sent if,
// and only if, it commits. Call Wake after the commit to have them sent at
// once. Errors are internal.
func (o *Outbox) Enqueue(ctx context.Context, tx *store.Tx, messages ...Message) error {
	now := store.Millis(o.now())
	rows := make([][]any, len(messages))
	for i, m := range messages {
		data, err := json.Marshal(m.Data)
		if err != nil {
			return fmt.Errorf("enqueue %s: %w", m.Kind, err)
		}
		notBefore := max(store.Millis(m.NotBefore), now)
		rows[i] = []any{store.NewID(), m.Kind, m.Ref, m.Lang, string(data), urgency(m.Kind),
			notBefore, 0, notBefore, stateQueued, "", now, 0}
	}
	if _, err := tx.Insert(ctx, "outbox", outboxColumns, rows, ""); err != nil {
		return fmt.Errorf("enqueue %d messages: %w", len(messages), err)
	}
	return nil
}

// The states of a row. A row that is sending belongs to a worker until
// next_at; after that the worker is taken for dead.
const (
	stateQueued  = "queued"
	stateSending = "sending"
	stateSent    = "sent"
	stateDead    = "dead"
)

// urgency is 0 for mail that somebody is waiting for with a clock running,
// 1 for all other. Urgent mail overtakes.
func urgency(kind string) int {
	switch kind {
	case KindCode, KindBallotCode, KindApplicationCode, KindOffer:
		return 0
	default:
		return 1
	}
}

// Wake tells the worker of this process that there is something to send. Call
// it after the transaction of Enqueue has committed. It never waits.
func (o *Outbox) Wake() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Depth says how full the outbox is.
type Depth struct {
	// Due counts messages that should leave now, Later those with a later time
	// (reminders, retries), Dead those that were given up.
	Due, Later, Dead int
}

// Depth counts the outbox. Errors are internal.
func (o *Outbox) Depth(ctx context.Context) (Depth, error) {
	var d Depth
	err := o.db.Read().QueryRowContext(ctx, `SELECT
		coalesce(sum(CASE WHEN state <> 'dead' AND next_at <= $1 THEN 1 ELSE 0 END), 0),
		coalesce(sum(CASE WHEN state <> 'dead' AND next_at > $1 THEN 1 ELSE 0 END), 0),
		coalesce(sum(CASE WHEN state = 'dead' THEN 1 ELSE 0 END), 0)
		FROM outbox WHERE state IN ('queued', 'sending', 'dead')`, store.Millis(o.now())).Scan(&d.Due, &d.Later, &d.Dead)
	if err != nil {
		return Depth{}, fmt.Errorf("count the outbox: %w", err)
	}
	return d, nil
}
