package identity_test

import (
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
)

func TestSignInWithPasswordAndCode(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		id := r.account("ann", identity.Grant{Role: identity.Officer, Post: "london"})
		for _, name := range []string{"ann", " ANN ", "Ann@Example.org"} {
			in := r.signIn(name)
			who, session, err := r.Authenticate(ctx, in.Token)
			if err != nil {
				t.Fatal(err)
			}
			if who.ID != id || session.Method != identity.ByPassword || !who.May(identity.DayCall, "london") {
				t.Errorf("%s: got %+v, %+v", name, who, session)
			}
		}
	})
}

// Whatever is wrong with the first step, the answer is the same.
func TestTheFirstStepTellsNothing(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		if err := r.SetDisabled(ctx, identity.System(), r.account("closed"), true); err != nil {
			t.Fatal(err)
		}
		_, err := r.CreateAccount(ctx, identity.System(), identity.NewAccount{UserName: "fresh", Email: "fresh@example.org", DisplayName: "F"})
		if err != nil {
			t.Fatal(err)
		}
		_, want := r.CheckPassword(ctx, "ann", "wrong password", network)
		wantField(t, want, "user_name", "identity.error.wrong")
		for name, typed := range map[string]string{
			"nobody": password, "closed": password, "fresh": "", "": "", "ann": "", "ann\x00": password, "\xff": password,
			"ann' OR '1'='1": password,
		} {
			if _, err := r.CheckPassword(ctx, name, typed, network); !reflect.DeepEqual(err, want) {
				t.Errorf("%q: got %v", name, err)
			}
		}
	})
}

func TestACodeWorksOnce(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		pending := func() string {
			p, err := r.CheckPassword(ctx, "ann", password, network)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		code := r.code()
		if _, err := r.CheckCode(ctx, pending(), code, network, ""); err != nil {
			t.Fatal(err)
		}
		_, err := r.CheckCode(ctx, pending(), code, network, "")
		wantField(t, err, "code", "identity.error.code")
		// One step later the old code is still within the tolerance, and still used.
		r.clock.pass(30 * time.Second)
		_, err = r.CheckCode(ctx, pending(), code, network, "")
		wantField(t, err, "code", "identity.error.code")
		if _, err := r.CheckCode(ctx, pending(), r.code(), network, ""); err != nil {
			t.Errorf("the next code: %v", err)
		}
	})
}

func TestOneCodeManyTimesAtOnceOpensOneSession(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		id := r.account("ann")
		var pending []string
		for range 4 {
			p, err := r.CheckPassword(ctx, "ann", password, network)
			if err != nil {
				t.Fatal(err)
			}
			pending = append(pending, p)
		}
		var opened atomic.Int32
		var wg sync.WaitGroup
		code := r.code()
		for _, p := range pending {
			wg.Go(func() {
				if _, err := r.CheckCode(ctx, p, code, network, ""); err == nil {
					opened.Add(1)
				} else if fault.KindOf(err) == fault.Internal {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		sessions, err := r.Sessions(ctx, r.person(id))
		if err != nil || opened.Load() != 1 || len(sessions) != 1 {
			t.Errorf("%d sign-ins, %d sessions, %v", opened.Load(), len(sessions), err)
		}
	})
}

func TestCodesAroundTheClock(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		for offset, good := range map[time.Duration]bool{
			-60 * time.Second: false, -30 * time.Second: true, 0: true, 30 * time.Second: true, 60 * time.Second: false,
		} {
			r.clock.pass(10 * time.Minute)
			pending, err := r.CheckPassword(ctx, "ann", password, network)
			if err != nil {
				t.Fatal(err)
			}
			code, err := identity.TOTPCode(secret, r.clock.now().Add(offset))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.CheckCode(ctx, pending, code[:3]+" "+code[3:], network, ""); (err == nil) != good {
				t.Errorf("%s off: %v", offset, err)
			}
		}
	})
}

func TestTheSecondStepNeedsTheFirst(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		id := r.account("ann")
		_, err := r.CheckCode(ctx, "made-up", r.code(), network, "")
		wantKind(t, err, fault.Unauthenticated)

		pending, err := r.CheckPassword(ctx, "ann", password, network)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.CheckCode(ctx, pending, r.code(), network, ""); err != nil {
			t.Fatal(err)
		}
		r.clock.pass(time.Minute)
		_, err = r.CheckCode(ctx, pending, r.code(), network, "")
		wantKind(t, err, fault.Unauthenticated) // used up

		for name, between := range map[string]func(){
			"too late":        func() { r.clock.pass(identity.CeremonyLife) },
			"disabled since":  func() { must(t, r.SetDisabled(ctx, identity.System(), id, true)) },
			"another purpose": func() { must(t, r.SetDisabled(ctx, identity.System(), id, false)) },
		} {
			must(t, r.SetDisabled(ctx, identity.System(), id, false))
			r.clock.pass(time.Minute)
			pending, err := r.CheckPassword(ctx, "ann", password, network)
			if err != nil {
				t.Fatal(err)
			}
			if between(); name == "another purpose" {
				_, err = r.FinishPasskeySignIn(ctx, pending, nil, "")
			} else {
				_, err = r.CheckCode(ctx, pending, r.code(), network, "")
			}
			if fault.KindOf(err) != fault.Unauthenticated {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestChangePassword(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		id := r.account("ann")
		here, elsewhere := r.signIn("ann"), r.signIn("ann")
		who, session, err := r.Authenticate(ctx, here.Token)
		must(t, err)
		const next = "copper meadow twelve"
		for _, c := range []struct{ current, next, path, key string }{
			{"not it at all", next, "current_password", "identity.password.wrong"},
			{password, "short", "new_password", "identity.password.short"},
			{password, "aaaaaaaaaaaaaaaa", "new_password", "identity.password.monotonous"},
			{password, "my name is ANN you know", "new_password", "identity.password.name"},
			{password, password, "new_password", "identity.password.same"},
			{password, string(make([]byte, 300)), "new_password", "identity.password.long"},
		} {
			wantField(t, r.ChangePassword(ctx, who, session.ID, c.current, c.next, network), c.path, c.key)
		}
		pending, err := r.CheckPassword(ctx, "ann", password, network)
		must(t, err)
		must(t, r.ChangePassword(ctx, who, session.ID, password, next, network))
		r.wantIn(here.Token, true)
		r.wantIn(elsewhere.Token, false)
		r.clock.pass(time.Minute)
		_, err = r.CheckCode(ctx, pending, r.code(), network, "")
		wantKind(t, err, fault.Unauthenticated) // the first step was made with the old password
		_, err = r.CheckPassword(ctx, "ann", password, network)
		wantKind(t, err, fault.Invalid)
		if _, err := r.CheckPassword(ctx, "ann", next, network); err != nil {
			t.Error(err)
		}
		// A second change from a page that was loaded before.
		wantKind(t, r.ChangePassword(ctx, who, session.ID, password, "yet another one", network), fault.Conflict)
		if !r.person(id).HasPassword {
			t.Error("the password is gone")
		}
	})
}

// The same password, typed on keyboards that compose letters differently.
func TestPasswordsAreNormalised(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		_, err := r.CreateAccount(ctx, identity.System(), identity.NewAccount{
			UserName: "leyla", Email: "l@example.org", DisplayName: "L", Password: "g\u00fcn\u00e9\u015f bulud dag", TOTPSecret: secret})
		must(t, err)
		if _, err := r.CheckPassword(ctx, "leyla", "gu\u0308ne\u0301s\u0327 bulud dag", network); err != nil {
			t.Error(err)
		}
	})
}
