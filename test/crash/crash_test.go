// Package crash pulls the plug of the real server.
package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/test/installation"
)

const (
	powerCuts = 3
	clients   = 48
	// least is how much must have been answered before the plug is pulled.
	least = 200
)

// deed is what one applicant was told, up to the moment of the power cut.
type deed struct {
	hold      string // id, when the hold was acknowledged
	reference string // when the confirmation was
	token     string
	cancelled bool // when the cancellation was
	// unsure says that the last request had no answer: it may have been done.
	unsure bool
}

// TestPowerCut books and cancels from many sides, kills the server with
// SIGKILL in the middle, starts it again, and looks for everything that had
// been answered; again and again on the same database.
func TestPowerCut(t *testing.T) {
	var slots []booking.Slot
	for n := range 6 {
		slots = append(slots, installation.Slot(n, 100_000))
	}
	installation.Each(t, slots, func(t *testing.T, in *installation.Installation) {
		var next atomic.Int64
		for cut := range powerCuts {
			in.Start(t)
			deeds := workUntilKilled(t, in, &next)
			in.Balance(t)
			verify(t, in, deeds)
			in.Start(t)
			stillServed(t, in, deeds, &next)
			in.Stop(t)
			in.Balance(t)
			t.Logf("power cut %d: %d applicants had an answer", cut+1, len(deeds))
		}
	})
}

// workUntilKilled gives what was acknowledged to each applicant.
func workUntilKilled(t *testing.T, in *installation.Installation, next *atomic.Int64) map[int]*deed {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var mu sync.Mutex
	deeds := map[int]*deed{}
	var answered atomic.Int64
	enough := make(chan struct{})
	goal := least + rand.Int64N(400)
	count := func() {
		if answered.Add(1) == goal {
			close(enough)
		}
	}
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for ctx.Err() == nil {
				n := int(next.Add(1))
				d := &deed{}
				err := act(ctx, in, n, d, count)
				mu.Lock()
				if d.hold != "" {
					deeds[n] = d
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	select {
	case <-enough:
	case <-ctx.Done():
		t.Errorf("only %d answers", answered.Load())
	}
	in.Kill()
	all.Wait()
	if len(deeds) == 0 {
		t.Fatal("nobody was answered")
	}
	return deeds
}

// act holds, confirms and, one time in four, cancels; it notes each answer.
func act(ctx context.Context, in *installation.Installation, n int, d *deed, count func()) error {
	a := in.Applicant(n)
	proof, err := a.Prove(ctx)
	if err != nil {
		return err
	}
	held, err := a.Hold(ctx, in.Slots[n%len(in.Slots)], proof, "")
	if err := expect(held, err, http.StatusCreated); err != nil {
		return err
	}
	d.hold = held.Body.ID
	count()
	d.unsure = true
	booked, err := a.Confirm(ctx, d.hold)
	if err := expect(booked, err, http.StatusCreated); err != nil {
		return err
	}
	d.reference, d.token, d.unsure = booked.Body.Reference, installation.Token(booked.Body.ManageURL), false
	count()
	if n%4 != 0 {
		return nil
	}
	d.unsure = true
	gone, err := a.Cancel(ctx, d.reference, d.token)
	if err := expect(gone, err, http.StatusNoContent); err != nil {
		return err
	}
	d.cancelled, d.unsure = true, false
	count()
	return nil
}

func expect(got installation.Answer, err error, status int) error {
	if err == nil && got.Status != status {
		err = fmt.Errorf("got %d, want %d", got.Status, status)
	}
	return err
}

// verify compares what the applicants were told with what the database holds
// right after the power cut.
func verify(t *testing.T, in *installation.Installation, deeds map[int]*deed) {
	t.Helper()
	in.WithDatabase(t, func(db *store.DB) {
		for n, d := range deeds {
			var state, reference string
			err := db.Read().QueryRowContext(context.Background(), `SELECT state, reference FROM booking WHERE id = $1`, d.hold).Scan(&state, &reference)
			if err != nil {
				t.Errorf("applicant %d was told of the hold %s, which is lost: %v", n, d.hold, err)
				continue
			}
			if want := d.states(); !strings.Contains(want, state) || d.reference != "" && d.reference != reference {
				t.Errorf("applicant %d: %s %s; was told %+v, so it should be %s", n, reference, state, *d, want)
			}
		}
	})
}

// states lists how a booking may stand, given what its holder was told.
func (d *deed) states() string {
	told := "held"
	may := "booked"
	switch {
	case d.cancelled:
		told, may = "cancelled", ""
	case d.reference != "":
		told, may = "booked", "cancelled"
	}
	if d.unsure {
		return told + " " + may
	}
	return told
}

// stillServed finishes, on the new server, what the old one left: holds are
// confirmed, bookings are read by their links, and new people are served.
func stillServed(t *testing.T, in *installation.Installation, deeds map[int]*deed, next *atomic.Int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for n, d := range deeds {
		a := in.Applicant(n)
		if d.reference == "" {
			got, err := a.Confirm(ctx, d.hold)
			if err := expect(got, err, http.StatusCreated); err != nil {
				t.Errorf("applicant %d cannot confirm the hold %s: %v", n, d.hold, err)
			}
			continue
		}
		got, err := a.Read(ctx, d.reference, d.token)
		if err := expect(got, err, http.StatusOK); err != nil || !strings.Contains(d.states(), got.Body.State) || got.Body.Applicants[0].DocumentNumber != a.Document() {
			t.Errorf("applicant %d reads %s as %+v, %v; want %s", n, d.reference, got.Body, err, d.states())
		}
	}
	d := &deed{}
	if err := act(ctx, in, int(next.Add(1)), d, func() {}); err != nil {
		t.Errorf("somebody new: %v", err)
	}
}
