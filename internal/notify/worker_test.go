package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestFailuresWaitLongerAndEndDead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := newClock()
		s := &tray{trouble: func(Mail) error { return errors.New("451 4.3.0 <a@example.com>: try\r\nlater") }}
		o := NewOutbox(db, c.now)
		w := newWorker(o, s, WorkerConfig{Attempts: 3})
		enqueue(t, db, o, Message{Kind: KindConfirmed, Ref: "b1"})
		for attempt := 1; attempt < 3; attempt++ {
			step(t, w, 1)
			state, reason, attempts := row1(t, db, byRef, "b1")
			if state != stateQueued || attempts != attempt || reason != "451 4.3.0 <(address)>: try later" {
				t.Fatalf("%s, %q, %d attempts", state, reason, attempts)
			}
			step(t, w, 0)
			c.forward(firstWait << attempt)
		}
		step(t, w, 1)
		if state, _, attempts := row1(t, db, byRef, "b1"); state != stateDead || attempts != 3 {
			t.Fatalf("%s after %d attempts", state, attempts)
		}
		c.forward(1000 * time.Hour)
		step(t, w, 0)
		if got := metric(t, o, "chancery_mail_dead"); got != 1 {
			t.Fatalf("the metric says %v dead", got)
		}
	})
}

func metric(t *testing.T, o *Outbox, name string) float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(o.Metrics())
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

func TestWaitsGrowToTwoDays(t *testing.T) {
	var least, most time.Duration
	for n := 1; n < 20; n++ {
		d := wait(n)
		ceiling := longestWait
		if n < 9 {
			ceiling = min(firstWait*time.Duration(1<<(n-1)), longestWait)
		}
		if d > ceiling || d < ceiling*3/4 {
			t.Errorf("after failure %d: %v, want %v less up to a quarter", n, d, ceiling)
		}
		least, most = least+ceiling*3/4, most+ceiling
	}
	if most < 47*time.Hour || most > 50*time.Hour {
		t.Errorf("20 attempts take %v to %v, documented as about two days", least, most)
	}
}

func TestRefusedForGoodIsNotTriedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := &tray{trouble: func(Mail) error { return fmt.Errorf("%w: 550 no such user", ErrRefused) }}
		o := NewOutbox(db, newClock().now)
		w := newWorker(o, s, WorkerConfig{})
		enqueue(t, db, o, Message{Kind: KindConfirmed, Ref: "b1"})
		step(t, w, 1)
		if state, _, attempts := row1(t, db, byRef, "b1"); state != stateDead || attempts != 1 {
			t.Fatalf("%s after %d attempts", state, attempts)
		}
	})
}

func TestRenderersMayHaveNothingToSayOrFail(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := &tray{}
		o := NewOutbox(db, newClock().now)
		w := NewWorker(o, s, quiet, WorkerConfig{})
		w.Register("gone", func(context.Context, Message) (Mail, error) { return Mail{}, fmt.Errorf("b1: %w", ErrObsolete) })
		w.Register("panics", func(context.Context, Message) (Mail, error) { panic("nil pointer") })
		w.Register("good", echo)
		enqueue(t, db, o, Message{Kind: "gone", Ref: "gone"}, Message{Kind: "panics", Ref: "panics"},
			Message{Kind: "unknown", Ref: "unknown"}, Message{Kind: "good", Ref: "good"})
		step(t, w, 4)
		if len(s.got) != 1 || s.got[0].Subject != "good" {
			t.Fatalf("sent %+v", s.got)
		}
		for ref, want := range map[string]string{"panics": "panicked", "unknown": "nobody makes"} {
			if state, reason, _ := row1(t, db, byRef, ref); state != stateQueued || !strings.Contains(reason, want) {
				t.Errorf("%s: %s, %q", ref, state, reason)
			}
		}
		var n int
		if err := db.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM outbox WHERE ref = 'gone'`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows of the obsolete message, %v", n, err)
		}
	})
}

func TestNoServerFailsTheBatchOnce(t *testing.T) {
	db := storetest.SQLite(t)
	s := &tray{refuse: errors.New("connection refused")}
	o := NewOutbox(db, newClock().now)
	w := newWorker(o, s, WorkerConfig{})
	enqueue(t, db, o, Message{Kind: KindCode, Ref: "b1"}, Message{Kind: KindCode, Ref: "b2"})
	step(t, w, 2)
	if s.opened != 1 {
		t.Errorf("tried to connect %d times for one batch", s.opened)
	}
	for _, ref := range []string{"b1", "b2"} {
		if state, reason, _ := row1(t, db, byRef, ref); state != stateQueued || reason != "connection refused" {
			t.Errorf("%s: %s, %q", ref, state, reason)
		}
	}
}

func TestBrokenConnectionIsReplaced(t *testing.T) {
	db := storetest.SQLite(t)
	s := &tray{trouble: func(m Mail) error {
		if m.Subject == "b1" {
			return errors.New("broken pipe")
		}
		return nil
	}}
	o := NewOutbox(db, newClock().now)
	w := newWorker(o, s, WorkerConfig{})
	enqueue(t, db, o, Message{Kind: KindCode, Ref: "b1"}, Message{Kind: KindCode, Ref: "b2"}, Message{Kind: KindCode, Ref: "b3"})
	step(t, w, 3)
	if s.opened != 2 || len(s.got) != 2 {
		t.Errorf("%d connections, %d sent; want 2 and 2", s.opened, len(s.got))
	}
}

func TestCrashBetweenSendAndMarkRepeatsTheMessageID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c, s := newClock(), &tray{}
		o := NewOutbox(db, c.now)
		w := newWorker(o, s, WorkerConfig{Lease: time.Minute})
		enqueue(t, db, o, Message{Kind: KindConfirmed, Ref: "b1"}, Message{Kind: KindConfirmed, Ref: "b2"})
		claimed, err := o.claim(t.Context(), 20, time.Minute)
		if err != nil || len(claimed) != 2 {
			t.Fatal(claimed, err)
		}
		lost := w.sendAll(t.Context(), t.Context(), claimed) // and the program dies here
		step(t, w, 0)
		c.forward(time.Minute)
		step(t, w, 2)
		ids := map[string]int{}
		for _, m := range s.got {
			ids[m.ID]++
		}
		if len(s.got) != 4 || len(ids) != 2 {
			t.Fatalf("%d mails under %d Message-IDs; want 4 under 2", len(s.got), len(ids))
		}
		// A worker that was only slow may not undo what the other has done.
		lost[0].outcome = failed
		if err := o.settle(t.Context(), lost); err != nil {
			t.Fatal(err)
		}
		if state, _, attempts := row1(t, db, byRef, "b1"); state != stateSent || attempts != 2 {
			t.Fatalf("%s after %d attempts", state, attempts)
		}
	})
}

func TestEndingProgramHandsBackWhatItDidNotSend(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, end := context.WithCancel(t.Context())
		s := &tray{trouble: func(Mail) error { end(); return nil }}
		o := NewOutbox(db, newClock().now)
		w := newWorker(o, s, WorkerConfig{})
		enqueue(t, db, o, Message{Kind: KindCode, Ref: "b1"}, Message{Kind: KindCode, Ref: "b2"})
		if _, err := w.batch(ctx); err != nil {
			t.Fatal(err)
		}
		first, _, _ := row1(t, db, byRef, "b1")
		second, _, attempts := row1(t, db, byRef, "b2")
		if first != stateSent || second != stateQueued || attempts != 0 {
			t.Fatalf("first %s; second %s with %d attempts", first, second, attempts)
		}
	})
}

func TestWorkersSendEachMailOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
		const n = 300
		all := make(chan struct{})
		var mu sync.Mutex
		count := map[string]int{}
		s := &tray{trouble: func(m Mail) error {
			mu.Lock()
			defer mu.Unlock()
			if count[m.Subject]++; len(count) == n {
				select {
				case <-all:
				default:
					close(all)
				}
			}
			return nil
		}}
		ctx, end := context.WithCancel(t.Context())
		var running sync.WaitGroup
		o := NewOutbox(db, time.Now)
		for range 2 {
			w := newWorker(o, s, WorkerConfig{Batch: 7, Parallel: 2, Poll: time.Hour})
			running.Go(func() {
				if err := w.Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		for i := range n / 10 {
			messages := make([]Message, 10)
			for j := range messages {
				messages[j] = Message{Kind: KindConfirmed, Ref: fmt.Sprint(i*10 + j)}
			}
			enqueue(t, db, o, messages...)
			o.Wake()
		}
		<-all
		end()
		running.Wait()
		for ref, times := range count {
			if times != 1 {
				t.Errorf("%s was sent %d times", ref, times)
			}
		}
		if d, err := o.Depth(t.Context()); err != nil || d != (Depth{}) {
			t.Errorf("%+v, %v; want an empty outbox", d, err)
		}
	})
}

func TestTwoRenderersForAKindAreAFault(t *testing.T) {
	w := NewWorker(NewOutbox(nil, time.Now), &tray{}, quiet, WorkerConfig{})
	w.Register("x", echo)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	w.Register("x", echo)
}
