package identity_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

var ctx = context.Background()

const (
	password = "brick lantern orbit"
	secret   = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	network  = "192.0.2.7"
)

// clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// room is the service under test with what surrounds it.
type room struct {
	*identity.Service
	t     testing.TB
	db    *store.DB
	clock *clock
}

func open(t testing.TB, db *store.DB, change ...func(*identity.Options)) *room {
	t.Helper()
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	// The WebAuthn library and JWTs look at the real clock here and there, so
	// the test's starts there.
	c := &clock{t: time.Now().UTC().Truncate(30 * time.Second)}
	opt := identity.Options{DB: db, Keys: keys, Audit: audit.New(c.now), Now: c.now, BaseURL: "http://localhost:8080"}
	for _, f := range change {
		f(&opt)
	}
	s, err := identity.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return &room{s, t, db, c}
}

// each runs a test on both engines.
func each(t *testing.T, test func(t *testing.T, r *room)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, open(t, db)) })
}

// account makes an account that can sign in.
func (r *room) account(name string, grants ...identity.Grant) string {
	r.t.Helper()
	id, err := r.CreateAccount(ctx, identity.System(), identity.NewAccount{
		UserName: name, Email: name + "@example.org", DisplayName: strings.ToUpper(name), Grants: grants,
		Password: password, TOTPSecret: secret,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *room) code() string {
	r.t.Helper()
	code, err := identity.TOTPCode(secret, r.clock.now())
	if err != nil {
		r.t.Fatal(err)
	}
	return code
}

// signIn signs in with both steps, after the code of before has run out.
func (r *room) signIn(name string) identity.SignedIn {
	r.t.Helper()
	r.clock.pass(time.Minute)
	pending, err := r.CheckPassword(ctx, name, password, network)
	if err != nil {
		r.t.Fatal(err)
	}
	in, err := r.CheckCode(ctx, pending, r.code(), network, "")
	if err != nil {
		r.t.Fatal(err)
	}
	return in
}

// person is the account as the system sees it now.
func (r *room) person(id string) *identity.Staff {
	r.t.Helper()
	a, err := r.Account(ctx, identity.System(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

func (r *room) wantIn(token string, in bool) {
	r.t.Helper()
	_, _, err := r.Authenticate(ctx, token)
	switch {
	case in && err != nil:
		r.t.Errorf("not signed in: %v", err)
	case !in && fault.KindOf(err) != fault.Unauthenticated:
		r.t.Errorf("got %v, want to be signed out", err)
	}
}

// actions lists what the trail says, the oldest first, and checks the chain.
func (r *room) actions() []string {
	r.t.Helper()
	report, err := audit.Verify(ctx, r.db.Read())
	if err != nil || !report.Whole() {
		r.t.Fatalf("the trail: %+v, %v", report, err)
	}
	page, err := audit.List(ctx, r.db.Read(), audit.Filter{}, 1000)
	if err != nil {
		r.t.Fatal(err)
	}
	var list []string
	for _, rec := range slices.Backward(page.Records) {
		list = append(list, rec.Action)
	}
	return list
}

func wantKind(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind {
		t.Errorf("got %v, want %s", err, kind)
	}
}

// wantField checks that err refuses the one field path for the reason key.
func wantField(t *testing.T, err error, path, key string) {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Kind != fault.Invalid || !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Path == path && x.Key == key }) {
		t.Errorf("got %v, want %s at %s", err, key, path)
	}
}

func TestSweepRemovesOnlyWhatHasRunOut(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.account("ann")
		other := r.account("bob")
		old := r.signIn("ann")
		if _, err := r.CheckPassword(ctx, "ann", password, network); err != nil {
			t.Fatal(err)
		}
		if _, _, err := r.IssueEnrolment(ctx, identity.System(), other); err != nil {
			t.Fatal(err)
		}
		count := func(table string) (n int) {
			if err := r.db.Read().QueryRowContext(ctx, `SELECT count(*) FROM `+table).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		sweep := func() {
			if err := r.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
		}
		sweep()
		if count("staff_session") != 1 || count("staff_ceremony") != 1 || count("staff_enrolment") != 1 || count("staff_throttle") == 0 {
			t.Error("something was swept too early")
		}
		r.clock.pass(25 * time.Hour)
		r.wantIn(old.Token, false)
		sweep()
		if count("staff_session")+count("staff_ceremony")+count("staff_enrolment")+count("staff_throttle") != 0 {
			t.Error("something was left")
		}
	})
}
