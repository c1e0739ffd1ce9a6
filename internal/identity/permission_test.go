package identity_test

import (
	"slices"
	"testing"

	"github.com/chancery/chancery/internal/identity"
)

// The table once more, seen from the permission: whoever changes the one must
// mean it, and change the other.
var wanted = map[identity.Permission]string{
	identity.DaySee:          "receptionist officer head",
	identity.DayCheckin:      "receptionist officer head",
	identity.DayCall:         "officer head",
	identity.BookingStaff:    "receptionist officer head",
	identity.PlanSee:         "officer head administrator auditor",
	identity.PlanEdit:        "head",
	identity.ReviewSee:       "officer head auditor",
	identity.VoidPropose:     "officer head",
	identity.VoidSecond:      "officer head",
	identity.DrawRun:         "head",
	identity.LookSee:         "officer head administrator auditor",
	identity.MinistrySee:     "head administrator auditor",
	identity.PostsEdit:       "head administrator",
	identity.AccountsEdit:    "administrator",
	identity.AuditSee:        "head auditor",
	identity.ScreeningSee:    "officer head auditor",
	identity.ScreeningSearch: "officer head",
	identity.ScreeningImport: "head",
	identity.HitJudge:        "officer head",
	identity.HitConfirm:      "officer head",
	identity.CasesSee:        "officer head",
	identity.CasesWork:       "officer head",
	identity.CasesDecide:     "officer head",
	identity.CasesStatistics: "officer head auditor",
	identity.VisasSee:        "officer head",
	identity.VisasIssue:      "officer head",
	identity.VisasRevoke:     "officer head",
}

func TestWhatRolesAllow(t *testing.T) {
	for _, p := range identity.Permissions {
		if wanted[p] == "" {
			t.Errorf("%s is in no line of the table", p)
		}
		got := ""
		for _, r := range identity.Roles {
			if r.Allows(p) {
				got += " " + string(r)
			}
		}
		if got != " "+wanted[p] {
			t.Errorf("%s: allowed to%s, want %s", p, got, wanted[p])
		}
	}
	if len(wanted) != len(identity.Permissions) {
		t.Error("the table has a permission that does not exist")
	}
}

func TestMayIsScopedToPosts(t *testing.T) {
	at := func(grants ...identity.Grant) *identity.Staff { return &identity.Staff{ID: "x", Grants: grants} }
	london := at(identity.Grant{Role: identity.Officer, Post: "london"}, identity.Grant{Role: identity.Auditor, Post: "paris"})
	everywhere := at(identity.Grant{Role: identity.Auditor, Post: identity.AllPosts})
	closed := at(identity.Grant{Role: identity.Head, Post: identity.AllPosts})
	closed.Disabled = true
	for _, c := range []struct {
		name       string
		who        *identity.Staff
		permission identity.Permission
		post       string
		want       bool
	}{
		{"at the own post", london, identity.DayCall, "london", true},
		{"at another post", london, identity.DayCall, "paris", false},
		{"at any post", london, identity.DayCall, "", true},
		{"everywhere", london, identity.DayCall, identity.AllPosts, false},
		{"what another role gives elsewhere", london, identity.AuditSee, "london", false},
		{"what another role gives there", london, identity.AuditSee, "paris", true},
		{"a grant for all, one post", everywhere, identity.AuditSee, "london", true},
		{"a grant for all, everywhere", everywhere, identity.AuditSee, identity.AllPosts, true},
		{"a grant for all, of another thing", everywhere, identity.DayCall, "", false},
		{"no grants", at(), identity.DaySee, "", false},
		{"an unknown role", at(identity.Grant{Role: "king", Post: identity.AllPosts}), identity.DaySee, "", false},
		{"an unknown permission", everywhere, "everything", "", false},
		{"a closed account", closed, identity.DaySee, "london", false},
		{"nobody", nil, identity.DaySee, "", false},
	} {
		if got := c.who.May(c.permission, c.post); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestPosts(t *testing.T) {
	who := &identity.Staff{ID: "x", Grants: []identity.Grant{
		{Role: identity.Officer, Post: "paris"}, {Role: identity.Head, Post: "london"}, {Role: identity.Officer, Post: "london"},
		{Role: identity.Administrator, Post: identity.AllPosts},
	}}
	if all, ids := who.Posts(identity.DayCall); all || !slices.Equal(ids, []string{"london", "paris"}) {
		t.Errorf("day: %v %v", all, ids)
	}
	if all, ids := who.Posts(identity.AccountsEdit); !all || ids != nil {
		t.Errorf("accounts: %v %v", all, ids)
	}
	if all, ids := (&identity.Staff{}).Posts(identity.DaySee); all || ids != nil {
		t.Errorf("nothing: %v %v", all, ids)
	}
}
