package identity_test

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
)

// issue makes an enrolment link and reads it.
func (r *room) issue(id string) (string, identity.Enrolment) {
	r.t.Helper()
	token, until, err := r.IssueEnrolment(ctx, identity.System(), id)
	must(r.t, err)
	e, err := r.Enrolment(ctx, token)
	must(r.t, err)
	if e.Staff.ID != id || !e.Until.Equal(until) || e.QR.Size < 21 || !strings.HasPrefix(e.QR.Path, "M") {
		r.t.Errorf("the enrolment is %+v", e)
	}
	return token, e
}

func codeOf(t *testing.T, e identity.Enrolment, at time.Time) string {
	t.Helper()
	u, err := url.Parse(e.URI)
	must(t, err)
	s := u.Query().Get("secret")
	if s == "" || s != strings.ReplaceAll(e.Secret, " ", "") || u.Scheme != "otpauth" {
		t.Fatalf("the address %q does not fit the secret %q", e.URI, e.Secret)
	}
	code, err := identity.TOTPCode(s, at)
	must(t, err)
	return code
}

const chosen = "copper meadow twelve"

func TestEnrolWithPassword(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		id, err := r.CreateAccount(ctx, identity.System(), newAccount("ann"))
		must(t, err)
		token, e := r.issue(id)
		code := codeOf(t, e, r.clock.now())

		_, err = r.EnrolPassword(ctx, token, "short", "000000", "")
		wantField(t, err, "new_password", "identity.password.short")
		wantField(t, err, "code", "identity.error.code")
		if r.person(id).HasPassword {
			t.Fatal("a refused enrolment left something")
		}
		in, err := r.EnrolPassword(ctx, token, chosen, code, "")
		must(t, err)
		r.wantIn(in.Token, true)

		_, err = r.EnrolPassword(ctx, token, chosen, code, "")
		wantKind(t, err, fault.NotFound)
		// The code that enrolled does not sign in again.
		pending, err := r.CheckPassword(ctx, "ann", chosen, network)
		must(t, err)
		_, err = r.CheckCode(ctx, pending, code, network, "")
		wantKind(t, err, fault.Invalid)
		r.clock.pass(time.Minute)
		if _, err = r.CheckCode(ctx, pending, codeOf(t, e, r.clock.now()), network, ""); err != nil {
			t.Error(err)
		}
		if got := r.actions(); !slices.Contains(got, "account.enrolment-issue") || !slices.Contains(got, "account.enrol") {
			t.Errorf("the trail says %v", got)
		}
	})
}

func TestLinksEnd(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		id := r.account("ann")
		first, _ := r.issue(id)
		second, _ := r.issue(id)
		dead := func(name, token string) {
			t.Helper()
			if _, err := r.Enrolment(ctx, token); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
		dead("made up", "made-up")
		dead("replaced", first)
		r.clock.pass(identity.EnrolmentLife - time.Second)
		if _, err := r.Enrolment(ctx, second); err != nil {
			t.Error(err)
		}
		r.clock.pass(time.Second)
		dead("too old", second)
		third, _ := r.issue(id)
		must(t, r.SetDisabled(ctx, identity.System(), id, true))
		dead("disabled", third)
		must(t, r.SetDisabled(ctx, identity.System(), id, false))
		dead("opened again", third)
	})
}

// After a lost telephone, what was lost must open nothing.
func TestRecoveryReplacesEverythingBefore(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		id := r.account("ann")
		before := r.signIn("ann")
		token, e := r.issue(id)
		r.wantIn(before.Token, true) // a link alone changes nothing
		if _, err := r.CheckPassword(ctx, "ann", password, network); err != nil {
			t.Error(err)
		}
		_, err := r.EnrolPassword(ctx, token, chosen, codeOf(t, e, r.clock.now()), "")
		must(t, err)
		r.wantIn(before.Token, false)
		_, err = r.CheckPassword(ctx, "ann", password, network)
		wantKind(t, err, fault.Invalid)
		r.clock.pass(time.Minute)
		pending, err := r.CheckPassword(ctx, "ann", chosen, network)
		must(t, err)
		_, err = r.CheckCode(ctx, pending, r.code(), network, "") // of the old app
		wantKind(t, err, fault.Invalid)
	})
}

func TestALinkWorksOnceAlsoAtTheSameTime(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		id := r.account("ann")
		token, e := r.issue(id)
		code := codeOf(t, e, r.clock.now())
		var enrolled atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				switch _, err := r.EnrolPassword(ctx, token, chosen, code, ""); {
				case err == nil:
					enrolled.Add(1)
				case fault.KindOf(err) != fault.NotFound:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if enrolled.Load() != 1 {
			t.Errorf("enrolled %d times", enrolled.Load())
		}
	})
}
