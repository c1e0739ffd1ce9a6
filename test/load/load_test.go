// Package load lets a crowd loose on the real server.
package load

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/test/installation"
)

const (
	contenders = 20_000
	places     = 200
)

// TestContenders sends twenty thousand people, each from a network of its own,
// for one slot of two hundred places.
func TestContenders(t *testing.T) {
	installation.Each(t, []booking.Slot{installation.Slot(0, places)}, func(t *testing.T, in *installation.Installation) {
		in.Start(t)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		proofs := crowd(t, func(n int) (proof string, err error) {
			for range 3 { // as a browser does, when a connection is lost in the crush
				if proof, err = in.Applicant(n).Prove(ctx); err == nil {
					return proof, nil
				}
			}
			return "", err
		})

		var mu sync.Mutex
		statuses := map[int]int{}
		references := map[string]int{}
		began := time.Now()
		crowd(t, func(n int) (struct{}, error) {
			reference, status, err := contend(ctx, in, n, proofs[n])
			mu.Lock()
			defer mu.Unlock()
			statuses[status]++
			if reference != "" {
				references[reference]++
			}
			return struct{}{}, err
		})
		t.Logf("%d contenders were answered in %.1f s: %v", contenders, time.Since(began).Seconds(), statuses)
		if statuses[http.StatusCreated] != places || statuses[http.StatusConflict] != contenders-places {
			t.Errorf("answers by status: %v; want %d places given and a 409 for all others", statuses, places)
		}
		if len(references) != places {
			t.Errorf("%d references for %d places", len(references), places)
		}
		in.Stop(t)
		in.Balance(t)
		ledger(t, in)
	})
}

// contend is one person's try: hold, and confirm when there is a place. One in
// fifty clicks twice, one in ten of those with a place mistypes the code first.
func contend(ctx context.Context, in *installation.Installation, n int, proof string) (reference string, status int, err error) {
	a := in.Applicant(n)
	key := ""
	if n%50 == 0 {
		key = fmt.Sprint("click-", n)
	}
	held, err := a.Hold(ctx, in.Slots[0], proof, key)
	if err != nil {
		return "", 0, err
	}
	if key != "" {
		again, err := a.Hold(ctx, in.Slots[0], proof, key)
		if err != nil || again.Status != held.Status || again.Body.ID != held.Body.ID || !again.Replayed {
			return "", again.Status, fmt.Errorf("the second click gave %d, the first %d: %w", again.Status, held.Status, err)
		}
	}
	if held.Status != http.StatusCreated {
		if !held.Problem {
			err = fmt.Errorf("a %d without a problem document", held.Status)
		}
		return "", held.Status, err
	}
	if n%10 == 0 {
		if wrong, err := a.Answer(ctx, held.Body.ID, "nonsense"); err != nil || wrong.Status != http.StatusUnprocessableEntity {
			return "", wrong.Status, fmt.Errorf("a wrong code gave %d: %w", wrong.Status, err)
		}
	}
	booked, err := a.Confirm(ctx, held.Body.ID)
	if err == nil && (booked.Status != http.StatusCreated || booked.Body.State != "booked" || booked.Body.Applicants[0].DocumentNumber != a.Document()) {
		err = fmt.Errorf("confirming gave %d, %+v", booked.Status, booked.Body)
	}
	return booked.Body.Reference, booked.Status, err
}

// crowd runs act for every contender at the same time.
func crowd[T any](t *testing.T, act func(n int) (T, error)) []T {
	t.Helper()
	results := make([]T, contenders)
	var all sync.WaitGroup
	var failures atomic.Int64
	for n := range contenders {
		all.Go(func() {
			var err error
			if results[n], err = act(n); err != nil && failures.Add(1) <= 5 {
				t.Errorf("contender %d: %v", n, err)
			}
		})
	}
	all.Wait()
	if failures.Load() > 0 {
		t.Fatalf("%d contenders got no proper answer", failures.Load())
	}
	return results
}

// ledger looks into the database: what was answered is what is there.
func ledger(t *testing.T, in *installation.Installation) {
	t.Helper()
	in.WithDatabase(t, func(db *store.DB) {
		var booked, people, taken, free int
		err := db.Read().QueryRowContext(context.Background(), `SELECT
			(SELECT COUNT(*) FROM booking WHERE state = 'booked'), (SELECT COUNT(*) FROM claim),
			taken, places - taken - withheld - reserved FROM slot`).Scan(&booked, &people, &taken, &free)
		if err != nil || booked != places || people != places || taken != places || free != 0 {
			t.Errorf("booked %d, claims %d, taken %d, free %d, %v; want %d places, all taken", booked, people, taken, free, err, places)
		}
		var others int
		if err := db.Read().QueryRowContext(context.Background(), `SELECT COUNT(*) FROM booking WHERE state <> 'booked'`).Scan(&others); err != nil || others != 0 {
			t.Errorf("%d bookings in another state, %v", others, err)
		}
	})
}
