package identity_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
)

func newAccount(name string, grants ...identity.Grant) identity.NewAccount {
	return identity.NewAccount{UserName: name, Email: name + "@example.org", DisplayName: name, Grants: grants}
}

func TestBadAccounts(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		for _, c := range []struct {
			change    func(*identity.NewAccount)
			path, key string
		}{
			{func(n *identity.NewAccount) { n.UserName = "" }, "user_name", "identity.account.user_name"},
			{func(n *identity.NewAccount) { n.UserName = "a b" }, "user_name", "identity.account.user_name"},
			{func(n *identity.NewAccount) { n.UserName = "a@b" }, "user_name", "identity.account.user_name"},
			{func(n *identity.NewAccount) { n.UserName = "аnn" }, "user_name", "identity.account.user_name"}, // Cyrillic а
			{func(n *identity.NewAccount) { n.UserName = "Ann " }, "user_name", "identity.account.taken"},
			{func(n *identity.NewAccount) { n.Email = "ANN@example.org" }, "email", "identity.account.email_taken"},
			{func(n *identity.NewAccount) { n.Email = "nothing" }, "email", "identity.account.email"},
			{func(n *identity.NewAccount) { n.Email = "A <a@example.org>" }, "email", "identity.account.email"},
			{func(n *identity.NewAccount) { n.Email = "a@example.org\nBcc: b@example.org" }, "email", "identity.account.email"},
			{func(n *identity.NewAccount) { n.DisplayName = " " }, "display_name", "identity.account.display_name"},
			{func(n *identity.NewAccount) { n.DisplayName = strings.Repeat("ə", 121) }, "display_name", "identity.account.display_name"},
			{func(n *identity.NewAccount) { n.DisplayName = "a\x00b" }, "display_name", "identity.account.display_name"},
			{func(n *identity.NewAccount) { n.Grants = []identity.Grant{{Role: "king", Post: "x"}} }, "grants", "identity.account.grant"},
			{func(n *identity.NewAccount) { n.Grants = []identity.Grant{{Role: identity.Head}} }, "grants", "identity.account.grant"},
		} {
			n := newAccount("new")
			c.change(&n)
			_, err := r.CreateAccount(ctx, identity.System(), n)
			wantField(t, err, c.path, c.key)
		}
	})
}

func TestAdministratorsStayWithinTheirPosts(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		at := func(role identity.Role, post string) identity.Grant { return identity.Grant{Role: role, Post: post} }
		all := r.person(r.account("all", at(identity.Administrator, identity.AllPosts)))
		london := r.person(r.account("london", at(identity.Administrator, "london")))
		head := r.person(r.account("head", at(identity.Head, identity.AllPosts)))
		clerk := r.account("clerk", at(identity.Officer, "london"))
		paris := r.account("paris", at(identity.Officer, "london"), at(identity.Officer, "paris"))

		_, err := r.CreateAccount(ctx, head, newAccount("one"))
		wantKind(t, err, fault.Forbidden)
		_, err = r.CreateAccount(ctx, nil, newAccount("one"))
		wantKind(t, err, fault.Forbidden)
		_, err = r.CreateAccount(ctx, london, newAccount("one", at(identity.Officer, "paris")))
		wantKind(t, err, fault.Forbidden)
		_, err = r.CreateAccount(ctx, london, newAccount("one", at(identity.Officer, identity.AllPosts)))
		wantKind(t, err, fault.Forbidden)
		made, err := r.CreateAccount(ctx, london, newAccount("one", at(identity.Officer, "london")))
		must(t, err)

		must(t, r.AddGrant(ctx, london, made, at(identity.Head, "london")))
		must(t, r.AddGrant(ctx, london, made, at(identity.Head, "london"))) // twice is once
		wantKind(t, r.AddGrant(ctx, london, made, at(identity.Head, "paris")), fault.Forbidden)
		wantKind(t, r.AddGrant(ctx, london, made, at(identity.Administrator, identity.AllPosts)), fault.Forbidden)
		wantKind(t, r.AddGrant(ctx, london, made, at("king", "london")), fault.Invalid)
		wantKind(t, r.AddGrant(ctx, all, made, at(identity.Head, "\x00")), fault.Invalid)
		wantKind(t, r.AddGrant(ctx, head, made, at(identity.Head, "london")), fault.Forbidden)

		// An account that reaches further than the administrator is out of reach:
		// with its enrolment link they would become it.
		for _, target := range []string{paris, all.ID, head.ID, "no-such-account", "\x00"} {
			_, _, err := r.IssueEnrolment(ctx, london, target)
			wantKind(t, err, fault.NotFound)
			wantKind(t, r.SetDisabled(ctx, london, target, true), fault.NotFound)
			wantKind(t, r.AddGrant(ctx, london, target, at(identity.Head, "london")), fault.NotFound)
			wantKind(t, r.RemoveGrant(ctx, london, target, at(identity.Officer, "london")), fault.NotFound)
			_, err = r.Account(ctx, london, target)
			wantKind(t, err, fault.NotFound)
		}
		// Nobody changes the own rights.
		wantKind(t, r.AddGrant(ctx, all, all.ID, at(identity.Head, "london")), fault.Forbidden)
		wantKind(t, r.RemoveGrant(ctx, all, all.ID, at(identity.Administrator, identity.AllPosts)), fault.Forbidden)
		wantKind(t, r.SetDisabled(ctx, all, all.ID, true), fault.Forbidden)
		_, _, err = r.IssueEnrolment(ctx, all, all.ID)
		wantKind(t, err, fault.Forbidden)

		names := func(by *identity.Staff, limit int) (list []string) {
			for after := ""; ; {
				page, next, err := r.Accounts(ctx, by, after, limit)
				must(t, err)
				for _, a := range page {
					list = append(list, a.UserName)
				}
				if after = next; next == "" {
					return list
				}
			}
		}
		for _, limit := range []int{1, 2, 100} {
			if got := names(all, limit); !slices.Equal(got, []string{"all", "clerk", "head", "london", "one", "paris"}) {
				t.Errorf("all sees %v", got)
			}
			if got := names(london, limit); !slices.Equal(got, []string{"clerk", "london", "one"}) {
				t.Errorf("london sees %v", got)
			}
		}
		_, _, err = r.Accounts(ctx, head, "", 10)
		wantKind(t, err, fault.Forbidden)
		_, _, err = r.Accounts(ctx, all, "\x00", 10)
		must(t, err)

		must(t, r.SetDisabled(ctx, london, clerk, true))
		got, err := r.NamesOf(ctx, []string{clerk, "unknown"})
		if err != nil || len(got) != 1 || got[clerk] != "CLERK" {
			t.Errorf("names: %v, %v", got, err)
		}
	})
}

func TestChangesTakeEffectAtOnceAndAreWrittenDown(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		officer := identity.Grant{Role: identity.Officer, Post: "london"}
		id := r.account("ann")
		in := r.signIn("ann")
		may := func() bool {
			who, _, err := r.Authenticate(ctx, in.Token)
			must(t, err)
			return who.May(identity.DayCall, "london")
		}
		must(t, r.AddGrant(ctx, identity.System(), id, officer))
		if !may() {
			t.Error("a new grant does not count")
		}
		must(t, r.RemoveGrant(ctx, identity.System(), id, officer))
		must(t, r.RemoveGrant(ctx, identity.System(), id, officer))
		if may() {
			t.Error("a grant counts after its end")
		}
		must(t, r.SetDisabled(ctx, identity.System(), id, true))
		must(t, r.SetDisabled(ctx, identity.System(), id, true))
		r.wantIn(in.Token, false)
		_, _, err := r.IssueEnrolment(ctx, identity.System(), id)
		wantKind(t, err, fault.Conflict)
		must(t, r.SetDisabled(ctx, identity.System(), id, false))
		r.wantIn(in.Token, false) // sessions do not come back to life
		want := []string{"account.create", "session.open", "account.grant", "account.revoke", "account.disable", "account.enable"}
		if got := r.actions(); !slices.Equal(got, want) {
			t.Errorf("the trail says %v", got)
		}
	})
}
