package identity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
)

func TestSessionsEndWhenIdleAndInTheEnd(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		idle := r.signIn("ann")
		r.clock.pass(identity.IdleLimit - time.Second)
		r.wantIn(idle.Token, true) // and counts as used now
		r.clock.pass(identity.IdleLimit - time.Second)
		r.wantIn(idle.Token, true)
		r.clock.pass(identity.IdleLimit)
		r.wantIn(idle.Token, false)

		busy := r.signIn("ann")
		for range 12*3 - 1 {
			r.clock.pass(20 * time.Minute)
			r.wantIn(busy.Token, true)
		}
		r.clock.pass(20 * time.Minute)
		r.wantIn(busy.Token, false)
	})
}

func TestAPageThatKeepsItselfFreshDoesNotKeepItsSession(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		in := r.signIn("ann")
		for range 2 {
			r.clock.pass(identity.IdleLimit/2 - time.Second)
			if staff, _, err := r.Recognise(ctx, in.Token); err != nil || staff.UserName != "ann" {
				t.Fatalf("within the limit: %+v, %v", staff, err)
			}
		}
		r.clock.pass(3 * time.Second)
		if _, _, err := r.Recognise(ctx, in.Token); fault.KindOf(err) != fault.Unauthenticated {
			t.Fatalf("nobody was there for %s: %v", identity.IdleLimit, err)
		}
		r.wantIn(in.Token, false)
	})
}

func TestTokensAreStoredHashed(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		in := r.signIn("ann")
		var stored string
		must(t, r.db.Read().QueryRowContext(ctx, `SELECT token_hash FROM staff_session`).Scan(&stored))
		if strings.Contains(stored, in.Token) || len(in.Token) < 43 {
			t.Errorf("token %q, stored %q", in.Token, stored)
		}
		r.wantIn(stored, false)
		for _, token := range []string{"", "x", "\x00", in.Token + "A"} {
			r.wantIn(token, false)
		}
	})
}

func TestSignInRotatesTheToken(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		before := r.signIn("ann")
		r.clock.pass(time.Minute)
		pending, err := r.CheckPassword(ctx, "ann", password, network)
		must(t, err)
		after, err := r.CheckCode(ctx, pending, r.code(), network, before.Token)
		must(t, err)
		r.wantIn(before.Token, false)
		r.wantIn(after.Token, true)
	})
}

func TestSigningOut(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		id, other := r.account("ann"), r.account("bob")
		a, b, c, bob := r.signIn("ann"), r.signIn("ann"), r.signIn("ann"), r.signIn("bob")
		must(t, r.SignOut(ctx, a.Token))
		must(t, r.SignOut(ctx, a.Token))
		r.wantIn(a.Token, false)
		r.wantIn(b.Token, true)

		sessions, err := r.Sessions(ctx, r.person(id))
		if err != nil || len(sessions) != 2 {
			t.Fatalf("%d sessions, %v", len(sessions), err)
		}
		wantKind(t, r.EndSession(ctx, r.person(other), sessions[0].ID), fault.NotFound)
		wantKind(t, r.EndSession(ctx, r.person(id), "\x00"), fault.NotFound)
		r.wantIn(c.Token, true)
		must(t, r.EndSession(ctx, r.person(id), sessions[0].ID)) // the newest first
		r.wantIn(c.Token, false)
		r.wantIn(b.Token, true)

		must(t, r.SignOutEverywhere(ctx, r.person(id)))
		r.wantIn(b.Token, false)
		r.wantIn(bob.Token, true)
	})
}
