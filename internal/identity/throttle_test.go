package identity_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
)

func (r *room) guess(name, from string) error {
	_, err := r.CheckPassword(ctx, name, "a wrong guess", from)
	return err
}

func TestWaitsGrowAndEnd(t *testing.T) {
	for _, name := range []string{"ann", "nobody"} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, r *room) {
				r.account("ann")
				for range 6 {
					wantKind(t, r.guess(name, network), fault.Invalid)
				}
				last := time.Duration(0)
				for range 15 {
					err := r.guess(name, network)
					f := fault.As(err)
					if f == nil || f.Kind != fault.Busy {
						t.Fatalf("got %v, want to wait", err)
					}
					if f.RetryAfter < last || f.RetryAfter > 15*time.Minute {
						t.Fatalf("wait %s after %s", f.RetryAfter, last)
					}
					last = f.RetryAfter
					// One millisecond too early is too early, and costs nothing.
					r.clock.pass(f.RetryAfter - time.Millisecond)
					wantKind(t, r.guess(name, network), fault.Busy)
					r.clock.pass(time.Millisecond)
					wantKind(t, r.guess(name, network), fault.Invalid)
				}
				if last != 15*time.Minute {
					t.Errorf("the longest wait was %s", last)
				}
				r.clock.pass(last)
				if name == "ann" {
					r.signIn("ann") // nobody is locked out for ever
					wantKind(t, r.guess("ann", network), fault.Invalid)
				}
			})
		})
	}
}

func TestTheRightPasswordDoesNotHelpWhileWaiting(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		for range 6 {
			wantKind(t, r.guess("ann", network), fault.Invalid)
		}
		_, err := r.CheckPassword(ctx, "ann", password, network)
		wantKind(t, err, fault.Busy)
		// The account's owner elsewhere is not kept out by a stranger.
		if _, err := r.CheckPassword(ctx, "ann", password, "198.51.100.1"); err != nil {
			t.Errorf("from another network: %v", err)
		}
	})
}

// A name and an address of one account must not give twice as many tries.
func TestNameAndAddressShareACount(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		for i := range 6 {
			wantKind(t, r.guess([]string{"ann", "ANN@example.org"}[i%2], network), fault.Invalid)
		}
		wantKind(t, r.guess("ann", network), fault.Busy)
		wantKind(t, r.guess("ann@example.org", network), fault.Busy)
	})
}

func TestManyNetworksAgainstOneAccount(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		for i := range 21 {
			wantKind(t, r.guess("ann", fmt.Sprint("n", i)), fault.Invalid)
		}
		err := r.guess("ann", "n99")
		wantKind(t, err, fault.Busy)
		if f := fault.As(err); f != nil && f.RetryAfter > time.Minute {
			t.Errorf("a stranger can keep the owner out for %s", f.RetryAfter)
		}
	})
}

func TestOneNetworkAgainstManyAccounts(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		for i := range 41 {
			wantKind(t, r.guess(fmt.Sprint("name", i), network), fault.Invalid)
			if i == 20 {
				r.signIn("ann") // an account of one's own does not clear the count
			}
		}
		wantKind(t, r.guess("one-more", network), fault.Busy)
	})
}

func TestGuessesAtOnceAreCounted(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		var heard atomic.Int32
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				switch err := r.guess("ann", network); fault.KindOf(err) {
				case fault.Invalid:
					heard.Add(1)
				case fault.Busy:
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if heard.Load() > 6 {
			t.Errorf("%d guesses were answered", heard.Load())
		}
	})
}

func TestCodesAreThrottledFromEverywhere(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		for i := range 6 {
			from := fmt.Sprint("n", i)
			pending, err := r.CheckPassword(ctx, "ann", password, from)
			must(t, err)
			_, err = r.CheckCode(ctx, pending, "000000", from, "")
			wantKind(t, err, fault.Invalid)
		}
		pending, err := r.CheckPassword(ctx, "ann", password, "n9")
		must(t, err)
		_, err = r.CheckCode(ctx, pending, r.code(), "n9", "")
		wantKind(t, err, fault.Busy)
	})
}

func TestPresentPasswordIsThrottled(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		who, session, err := r.Authenticate(ctx, r.signIn("ann").Token)
		must(t, err)
		for range 6 {
			wantKind(t, r.ChangePassword(ctx, who, session.ID, "a wrong guess", "copper meadow twelve", network), fault.Invalid)
		}
		wantKind(t, r.ChangePassword(ctx, who, session.ID, password, "copper meadow twelve", network), fault.Busy)
	})
}
