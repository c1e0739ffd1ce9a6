package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// clock is the time in a test, moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// tray is a Sender that remembers; trouble, when set, decides each answer.
type tray struct {
	mu      sync.Mutex
	got     []Mail
	opened  int
	trouble func(Mail) error
	refuse  error // what Open answers
}

func (s *tray) Open(context.Context) (Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened++
	return s, s.refuse
}

func (s *tray) Close() error { return nil }

func (s *tray) Send(_ context.Context, m Mail) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trouble != nil {
		if err := s.trouble(m); err != nil {
			return err
		}
	}
	s.got = append(s.got, m)
	return nil
}

func echo(_ context.Context, m Message) (Mail, error) {
	return Mail{To: "a@example.com", Subject: m.Ref, Text: m.Data["x"]}, nil
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func newWorker(o *Outbox, s Sender, c WorkerConfig) *Worker {
	w := NewWorker(o, s, quiet, c)
	for _, kind := range Kinds {
		w.Register(kind, echo)
	}
	return w
}

func enqueue(t *testing.T, db *store.DB, o *Outbox, messages ...Message) {
	t.Helper()
	err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return o.Enqueue(ctx, tx, messages...) })
	if err != nil {
		t.Fatal(err)
	}
}

func step(t *testing.T, w *Worker, want int) {
	t.Helper()
	if n, err := w.batch(t.Context()); err != nil || n != want {
		t.Fatalf("the batch had %d messages, %v; want %d", n, err, want)
	}
}

func row1(t *testing.T, db *store.DB, query string, args ...any) (state, reason string, attempts int) {
	t.Helper()
	if err := db.Read().QueryRowContext(t.Context(), query, args...).Scan(&state, &reason, &attempts); err != nil {
		t.Fatal(err)
	}
	return state, reason, attempts
}

const byRef = `SELECT state, last_error, attempts FROM outbox WHERE ref = $1`

func TestMailFollowsItsTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c, s := newClock(), &tray{}
		o := NewOutbox(db, c.now)
		w := newWorker(o, s, WorkerConfig{})
		stop := errors.New("stop")
		err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(o.Enqueue(ctx, tx, Message{Kind: KindCode, Ref: "undone"}), stop)
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		step(t, w, 0)
		enqueue(t, db, o, Message{Kind: KindConfirmed, Ref: "b1", Lang: "az", Data: map[string]string{"x": "ə'\"%"}})
		step(t, w, 1)
		step(t, w, 0)
		if len(s.got) != 1 || s.got[0].Subject != "b1" || s.got[0].Text != "ə'\"%" || s.got[0].Lang != "az" || s.got[0].ID == "" {
			t.Fatalf("got %+v", s.got)
		}
		if state, _, _ := row1(t, db, byRef, "b1"); state != stateSent {
			t.Fatalf("state %s", state)
		}
	})
}

func TestManyMessagesInOneTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := NewOutbox(db, newClock().now)
		messages := make([]Message, 4287) // no multiple of a statement's rows
		for i := range messages {
			messages[i] = Message{Kind: KindBallotLost, Ref: fmt.Sprint(i)}
		}
		enqueue(t, db, o, messages...)
		enqueue(t, db, o)
		if d, err := o.Depth(t.Context()); err != nil || d.Due != len(messages) || d.Later != 0 || d.Dead != 0 {
			t.Fatalf("%+v, %v; want %d due", d, err, len(messages))
		}
	})
}

func TestUrgentMailOvertakesAndLaterMailWaits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c, s := newClock(), &tray{}
		o := NewOutbox(db, c.now)
		w := newWorker(o, s, WorkerConfig{Batch: 2})
		enqueue(t, db, o,
			Message{Kind: KindReminderDay, Ref: "later", NotBefore: c.now().Add(time.Hour)},
			Message{Kind: KindBallotLost, Ref: "l1"}, Message{Kind: KindBallotLost, Ref: "l2"})
		c.forward(time.Minute)
		enqueue(t, db, o, Message{Kind: KindCode, Ref: "code"})
		step(t, w, 2)
		if s.got[0].Subject != "code" {
			t.Fatalf("first left %q", s.got[0].Subject)
		}
		step(t, w, 1)
		step(t, w, 0)
		if d, err := o.Depth(t.Context()); err != nil || d != (Depth{Later: 1}) {
			t.Fatalf("%+v, %v", d, err)
		}
		c.forward(time.Hour)
		step(t, w, 1)
	})
}
