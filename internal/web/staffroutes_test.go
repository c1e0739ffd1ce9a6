package web_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/act/paper"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/ballot"
	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/booking/lookback"
	"github.com/chancery/chancery/internal/booking/plan"
	"github.com/chancery/chancery/internal/booking/queue"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	posts "github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/auditweb"
	"github.com/chancery/chancery/internal/web/caseweb"
	"github.com/chancery/chancery/internal/web/deskweb"
	"github.com/chancery/chancery/internal/web/drawweb"
	"github.com/chancery/chancery/internal/web/guardweb"
	"github.com/chancery/chancery/internal/web/identityweb"
	"github.com/chancery/chancery/internal/web/lookweb"
	"github.com/chancery/chancery/internal/web/planweb"
	"github.com/chancery/chancery/internal/web/postweb"
	"github.com/chancery/chancery/internal/web/screenweb"
	"github.com/chancery/chancery/internal/web/visaweb"
)

// Who may use which route under /staff. "public" is everybody, "signed-in"
// every member of the staff, whatever their role; else the roles are named,
// with a star where the role must be held for all posts.
// A route that is registered and not here fails the test, and so does a line
// without a route: whoever adds a route says here whom it is for.
var staffRoutes = map[string]string{
	"GET /staff/sign-in":                                       "public",
	"POST /staff/sign-in":                                      "public",
	"GET /staff/sign-in/code":                                  "public",
	"POST /staff/sign-in/code":                                 "public",
	"POST /staff/sign-in/passkey/begin":                        "public",
	"POST /staff/sign-in/passkey/finish":                       "public",
	"GET /staff/sign-in/oidc":                                  "public",
	"GET /staff/sign-in/oidc/callback":                         "public",
	"POST /staff/sign-out":                                     "public",
	"GET /staff/enrol":                                         "public",
	"POST /staff/enrol":                                        "public",
	"POST /staff/enrol/passkey/begin":                          "public",
	"POST /staff/enrol/passkey/finish":                         "public",
	"GET /staff/account":                                       "signed-in",
	"POST /staff/account/password":                             "signed-in",
	"POST /staff/account/passkeys/begin":                       "signed-in",
	"POST /staff/account/passkeys/finish":                      "signed-in",
	"POST /staff/account/passkeys/{passkey}/remove":            "signed-in",
	"POST /staff/account/sessions/{session}/end":               "signed-in",
	"POST /staff/account/sessions/end-all":                     "signed-in",
	"GET /staff/admin/accounts":                                "administrator",
	"GET /staff/admin/accounts/new":                            "administrator",
	"POST /staff/admin/accounts/new":                           "administrator",
	"GET /staff/admin/accounts/{account}":                      "administrator",
	"POST /staff/admin/accounts/{account}/grant":               "administrator",
	"POST /staff/admin/accounts/{account}/revoke":              "administrator",
	"POST /staff/admin/accounts/{account}/disable":             "administrator",
	"POST /staff/admin/accounts/{account}/enable":              "administrator",
	"POST /staff/admin/accounts/{account}/enrolment":           "administrator",
	"GET /staff/admin/posts":                                   "head administrator",
	"GET /staff/admin/posts/new":                               "head* administrator*",
	"POST /staff/admin/posts/new":                              "head* administrator*",
	"GET /staff/admin/posts/{post}":                            "head administrator",
	"POST /staff/admin/posts/{post}":                           "head administrator",
	"GET /staff/admin/posts/{post}/counters":                   "head administrator",
	"POST /staff/admin/posts/{post}/counters":                  "head administrator",
	"GET /staff/admin/posts/{post}/counters/{counter}":         "head administrator",
	"POST /staff/admin/posts/{post}/counters/{counter}":        "head administrator",
	"GET /staff/admin/posts/{post}/holidays":                   "head administrator",
	"POST /staff/admin/posts/{post}/holidays":                  "head administrator",
	"POST /staff/admin/posts/{post}/holidays/import":           "head administrator",
	"POST /staff/admin/posts/{post}/holidays/{date}/remove":    "head administrator",
	"GET /staff/admin/posts/{post}/away":                       "head administrator",
	"POST /staff/admin/posts/{post}/closures":                  "head administrator",
	"POST /staff/admin/posts/{post}/closures/{closure}/remove": "head administrator",
	"POST /staff/admin/posts/{post}/absences":                  "head administrator",
	"POST /staff/admin/posts/{post}/absences/{absence}/remove": "head administrator",
	"GET /staff/audit":                                         "head auditor",
	"GET /staff/audit/chain":                                   "head auditor",
	"GET /staff/plan":                                          "officer head administrator auditor",
	"GET /staff/plan/{post}":                                   "officer head administrator auditor",
	"GET /staff/plan/{post}/must-move":                         "officer head administrator auditor",
	"GET /staff/plan/{post}/revisions":                         "officer head administrator auditor",
	"POST /staff/plan/{post}/must-move/{reference}":            "receptionist officer head",
	"GET /staff/plan/{post}/apply":                             "head",
	"POST /staff/plan/{post}/apply":                            "head",
	"GET /staff/plan/{post}/rules/new":                         "head",
	"POST /staff/plan/{post}/rules/new":                        "head",
	"GET /staff/plan/{post}/rules/{rule}":                      "head",
	"POST /staff/plan/{post}/rules/{rule}":                     "head",
	"GET /staff/plan/{post}/rules/{rule}/remove":               "head",
	"POST /staff/plan/{post}/rules/{rule}/remove":              "head",
	"GET /staff/plan/{post}/exceptions/new":                    "head",
	"POST /staff/plan/{post}/exceptions/new":                   "head",
	"GET /staff/plan/{post}/exceptions/{exception}/remove":     "head",
	"POST /staff/plan/{post}/exceptions/{exception}/remove":    "head",
	"GET /staff/look":                                          "officer head administrator auditor",
	"GET /staff/look/csv/{table}":                              "head administrator auditor",
	"GET /staff/look/{post}":                                   "officer head administrator auditor",
	"GET /staff/look/{post}/csv/{table}":                       "officer head administrator auditor",
	"GET /staff/review":                                        "officer head auditor",
	"GET /staff/review/finding":                                "officer head auditor",
	"GET /staff/review/cases":                                  "officer head auditor",
	"POST /staff/review/{post}/cases":                          "officer head",
	"GET /staff/review/{post}/cases/{case}":                    "officer head auditor",
	"POST /staff/review/{post}/cases/{case}/approve":           "officer head",
	"POST /staff/review/{post}/cases/{case}/reject":            "officer head",
	"GET /staff/draws":                                         "head",
	"GET /staff/draws/{post}/new":                              "head",
	"POST /staff/draws/{post}/new":                             "head",
	"GET /staff/draws/{post}/{ballot}":                         "head",
	"POST /staff/draws/{post}/{ballot}/randomness":             "head",
	"GET /staff/today":                                         "receptionist officer head",
	"GET /staff/bookings":                                      "receptionist officer head",
	"GET /staff/check-in":                                      "receptionist officer head",
	"GET /staff/today/{post}":                                  "receptionist officer head",
	"GET /staff/today/{post}/events":                           "receptionist officer head",
	"GET /staff/today/{post}/list":                             "receptionist officer head",
	"POST /staff/today/{post}/find":                            "receptionist officer head",
	"GET /staff/today/{post}/check-in/{reference}":             "receptionist officer head",
	"POST /staff/today/{post}/check-in/{reference}":            "receptionist officer head",
	"GET /staff/today/{post}/walk-in":                          "receptionist officer head",
	"POST /staff/today/{post}/walk-in":                         "receptionist officer head",
	"GET /staff/today/{post}/tickets/{ticket}":                 "receptionist officer head",
	"POST /staff/today/{post}/tickets/{ticket}/left":           "receptionist officer head",
	"POST /staff/today/{post}/tickets/{ticket}/withdraw":       "receptionist officer head",
	"GET /staff/today/{post}/counter":                          "officer head",
	"POST /staff/today/{post}/counter":                         "officer head",
	"POST /staff/today/{post}/counter/leave":                   "officer head",
	"POST /staff/today/{post}/counter/next":                    "officer head",
	"POST /staff/today/{post}/tickets/{ticket}/call":           "officer head",
	"POST /staff/today/{post}/tickets/{ticket}/recall":         "officer head",
	"POST /staff/today/{post}/tickets/{ticket}/serve":          "officer head",
	"POST /staff/today/{post}/tickets/{ticket}/finish":         "officer head",
	"POST /staff/today/{post}/tickets/{ticket}/no-show":        "officer head",
	"POST /staff/today/{post}/tickets/{ticket}/put-back":       "officer head",
	"POST /staff/today/{post}/tickets/{ticket}/transfer":       "officer head",
	"POST /staff/today/{post}/tickets/{ticket}/undo":           "officer head",
	"GET /staff/bookings/{post}":                               "receptionist officer head",
	"POST /staff/bookings/{post}":                              "receptionist officer head",
	"GET /staff/bookings/{post}/new":                           "receptionist officer head",
	"GET /staff/bookings/{post}/new/people":                    "receptionist officer head",
	"POST /staff/bookings/{post}/new/people":                   "receptionist officer head",
	"GET /staff/bookings/{post}/{reference}":                   "receptionist officer head",
	"GET /staff/bookings/{post}/{reference}/confirmation":      "receptionist officer head",
	"GET /staff/bookings/{post}/{reference}/confirmation.pdf":  "receptionist officer head",
	"GET /staff/bookings/{post}/{reference}/move":              "receptionist officer head",
	"POST /staff/bookings/{post}/{reference}/move":             "receptionist officer head",
	"GET /staff/bookings/{post}/{reference}/cancel":            "receptionist officer head",
	"POST /staff/bookings/{post}/{reference}/cancel":           "receptionist officer head",
	"GET /staff/bookings/{post}/{reference}/came":              "officer head",
	"POST /staff/bookings/{post}/{reference}/came":             "officer head",
	"GET /staff/cases":                                         "officer head",
	"GET /staff/cases/csv":                                     "officer head",
	"GET /staff/cases/statistics":                              "officer head auditor",
	"GET /staff/cases/statistics/csv":                          "officer head auditor",
	"GET /staff/cases/new":                                     "officer head",
	"POST /staff/cases/new":                                    "officer head",
	"GET /staff/cases/{reference}":                             "officer head",
	"GET /staff/cases/{reference}/changes":                     "officer head",
	"GET /staff/cases/{reference}/files/{file}":                "officer head",
	"GET /staff/cases/{reference}/receipts/{receipt}":          "officer head",
	"GET /staff/cases/{reference}/assign":                      "officer head",
	"POST /staff/cases/{reference}/assign":                     "officer head",
	"GET /staff/cases/{reference}/note":                        "officer head",
	"POST /staff/cases/{reference}/note":                       "officer head",
	"GET /staff/cases/{reference}/ask":                         "officer head",
	"POST /staff/cases/{reference}/ask":                        "officer head",
	"POST /staff/cases/{reference}/compare":                    "officer head",
	"GET /staff/cases/{reference}/screened":                    "officer head",
	"POST /staff/cases/{reference}/screened":                   "officer head",
	"GET /staff/cases/{reference}/examine":                     "officer head",
	"POST /staff/cases/{reference}/examine":                    "officer head",
	"GET /staff/cases/{reference}/propose-grant":               "officer head",
	"POST /staff/cases/{reference}/propose-grant":              "officer head",
	"GET /staff/cases/{reference}/propose-refusal":             "officer head",
	"POST /staff/cases/{reference}/propose-refusal":            "officer head",
	"GET /staff/cases/{reference}/decide":                      "officer head",
	"POST /staff/cases/{reference}/decide":                     "officer head",
	"GET /staff/cases/{reference}/send-back":                   "officer head",
	"POST /staff/cases/{reference}/send-back":                  "officer head",
	"GET /staff/cases/{reference}/fee":                         "officer head",
	"POST /staff/cases/{reference}/fee":                        "officer head",
	"GET /staff/cases/{reference}/collect":                     "officer head",
	"POST /staff/cases/{reference}/collect":                    "officer head",
	"GET /staff/cases/{reference}/withdraw":                    "officer head",
	"POST /staff/cases/{reference}/withdraw":                   "officer head",
	"GET /staff/visas":                                         "officer head",
	"GET /staff/visas/new":                                     "officer head",
	"POST /staff/visas/new":                                    "officer head",
	"GET /staff/visas/{act}":                                   "officer head",
	"GET /staff/visas/{act}/photo":                             "officer head",
	"GET /staff/visas/{act}/documents/{document}":              "officer head",
	"GET /staff/visas/{act}/print":                             "officer head",
	"POST /staff/visas/{act}/print":                            "officer head",
	"GET /staff/visas/{act}/correct":                           "officer head",
	"POST /staff/visas/{act}/correct":                          "officer head",
	"GET /staff/visas/{act}/end":                               "officer head",
	"POST /staff/visas/{act}/end":                              "officer head",
	"POST /staff/visas/{act}/proposals/{proposal}/carry":       "officer head",
	"POST /staff/visas/{act}/proposals/{proposal}/reject":      "officer head",
	"GET /staff/screening":                                     "officer head auditor",
	"GET /staff/screening/search":                              "officer head",
	"POST /staff/screening/search":                             "officer head",
	"GET /staff/screening/hits":                                "officer head auditor",
	"GET /staff/screening/{post}/hits/{hit}":                   "officer head auditor",
	"POST /staff/screening/{post}/hits/{hit}/judge":            "officer head",
	"POST /staff/screening/{post}/hits/{hit}/confirm":          "officer head",
	"POST /staff/screening/{post}/hits/{hit}/return":           "officer head",
	"GET /staff/screening/lists/{list}":                        "officer head auditor",
	"GET /staff/screening/removed/{list}":                      "officer head auditor",
	"GET /staff/screening/lists/national/add":                  "head*",
	"POST /staff/screening/lists/national/add":                 "head*",
	"POST /staff/screening/lists/national/remove":              "head*",
	"POST /staff/screening/lists/{list}/import":                "head*",
	"GET /staff/screening/imports/{upload}":                    "head*",
	"POST /staff/screening/imports/{upload}":                   "head*",
}

// registerStaffRooms registers every room that has routes under /staff. The
// rooms must be real enough not to block; what they answer does not matter.
func registerStaffRooms(t *testing.T, s *web.Server, db *store.DB) {
	t.Helper()
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return noon }
	services, err := catalogue.Load(files.Services)
	if err != nil {
		t.Fatal(err)
	}
	trail := audit.New(now)
	staff, err := identity.New(identity.Options{DB: db, Keys: keys, Audit: trail, Now: now, BaseURL: s.BaseURL()})
	if err != nil {
		t.Fatal(err)
	}
	rounds := &ballot.Rounds{Draws: draw.New(db, keys, trail, nil, nil, rand.Reader, now), Services: services, Posts: posts.New(db, trail, services, now)}
	(&drawweb.Desk{Rounds: rounds, Services: services, Posts: rounds.Posts}).Register(s)
	for _, err := range []error{
		identityweb.New(staff, twoPosts{}).Register(s),
		auditweb.Register(s, db, staff, twoPosts{}),
		(&guardweb.Pages{Finder: guard.New(db, keys, rand.Reader, now, guard.Config{}), Cases: guard.NewCases(db, trail, nil, now), People: staff, Posts: twoPosts{}, Services: services}).Register(s),
		(&lookweb.Pages{Reader: lookback.New(db), Leads: lookback.NewLeads(db, twoPosts{}, services, now), Posts: twoPosts{}, Services: services}).Register(s),
		(&planweb.Pages{People: staff, Plans: plan.New(db, nil, rounds.Posts, now), Book: nobodyMoves{}, Posts: rounds.Posts, Services: services}).Register(s),
		(&deskweb.Pages{Queue: queue.New(db, nil, rounds.Posts, trail, now), Posts: rounds.Posts, Services: services}).Register(s),
		(&postweb.Pages{Posts: posts.New(db, trail, services, now), Services: services}).Register(s),
		(&screenweb.Pages{Service: screening.New(screening.Options{DB: db, Keys: keys, Audit: trail, Rules: match.UsualRules(), Now: now}), People: staff, Posts: twoPosts{}}).Register(s),
		(&caseweb.Pages{Cases: casework.New(casework.Config{DB: db, Now: now}), Reads: casework.NewReads(db, trail, now), Forms: &form.Set{}, People: staff, Posts: twoPosts{}}).Register(s),
		(&visaweb.Pages{Acts: act.New(act.Config{DB: db, Now: now}), Papers: &paper.Office{Ledger: verify.New(db, keys, now)}, Cases: casework.New(casework.Config{DB: db, Now: now}), People: staff, Posts: rounds.Posts}).Register(s),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

type nobodyMoves struct{ planweb.Book }

func (nobodyMoves) MustMoveCounts(context.Context) (map[string]booking.MovingCount, error) {
	return nil, nil
}

type twoPosts struct{}

func (twoPosts) All(context.Context) ([]posts.Post, error) {
	return []posts.Post{{ID: "london", Name: locale.Text{"en": "London"}}, {ID: "paris", Name: locale.Text{"en": "Paris"}}}, nil
}

// roleGate lets in a person with the role, and at the post, that headers name.
type roleGate struct{}

func (roleGate) Staff(r *http.Request) (web.Person, error) {
	role := r.Header.Get("X-Test-Role")
	if role == "" {
		return nil, fault.NewUnauthenticated("identity.error.sign_in")
	}
	staff := &identity.Staff{ID: "tester", DisplayName: role}
	if role != "none" {
		staff.Grants = []identity.Grant{{Role: identity.Role(role), Post: r.Header.Get("X-Test-Post")}}
	}
	return &identityweb.Person{Staff: staff}, nil
}

func TestWhoMayUseWhichStaffRoute(t *testing.T) {
	db := storetest.SQLite(t)
	s := newServer(t, db, func(o *web.Options) { o.Gate = roleGate{} })
	registerStaffRooms(t, s, db)
	h, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, route := range s.Routes() {
		_, path, _ := strings.Cut(route.Pattern, " ")
		if path != "/staff" && !strings.HasPrefix(path, "/staff/") {
			if route.Access.IsStaff() {
				t.Errorf("%s is for staff, but not under /staff", route.Pattern)
			}
			continue
		}
		seen[route.Pattern] = true
		who, ok := staffRoutes[route.Pattern]
		if !ok {
			t.Errorf("%s is not in the table", route.Pattern)
			continue
		}
		if got := who == "public"; got == route.Access.IsStaff() {
			t.Errorf("%s: the table says %q, the route is for staff: %v", route.Pattern, who, route.Access.IsStaff())
		}
		checkRoute(t, h, route, who)
	}
	for pattern := range staffRoutes {
		if !seen[pattern] {
			t.Errorf("%s is in the table, but no route", pattern)
		}
	}
}

// The answers of the door itself, before any page is asked.
const (
	in     = "let in"
	out    = "not allowed"
	signIn = "sent to the sign-in page"
)

func checkRoute(t *testing.T, h http.Handler, route web.Route, who string) {
	t.Helper()
	expect := func(role identity.Role, at, target, want string) {
		t.Helper()
		if got := knock(h, route, role, at, target); got != want {
			t.Errorf("%s, post %s, as %q of %s: %s, want %s", route.Pattern, target, role, at, got, want)
		}
	}
	if who == "public" || who == "signed-in" {
		expect("", "", "london", map[bool]string{true: in, false: signIn}[who == "public"])
		for _, role := range append([]identity.Role{"none"}, identity.Roles...) {
			expect(role, "london", "london", in)
		}
		return
	}
	expect("", "", "london", signIn)
	expect("none", identity.AllPosts, "london", out)
	for _, role := range identity.Roles {
		here, everywhere := out, out
		if slices.Contains(strings.Fields(who), string(role)) {
			here, everywhere = in, in
		} else if slices.Contains(strings.Fields(who), string(role)+"*") {
			everywhere = in
		}
		expect(role, "london", "london", here)
		expect(role, identity.AllPosts, "london", everywhere)
		if route.Access.PostParam != "" {
			expect(role, "london", "paris", out)
		}
	}
}

var pathValue = regexp.MustCompile(`\{[^}]*\}`)

// knock sends a request and tells the door's answer from that of the page
// behind it: a page's own refusals have other words.
func knock(h http.Handler, route web.Route, role identity.Role, at, target string) string {
	method, path, _ := strings.Cut(route.Pattern, " ")
	path = pathValue.ReplaceAllStringFunc(path, func(name string) string {
		switch name {
		case "{" + route.Access.PostParam + "}":
			return target
		case "{$}":
			return ""
		}
		return "some-id"
	})
	// A page that streams is let in and then cut off.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, method, path, nil)
	r.Header.Set("X-Test-Role", string(role))
	r.Header.Set("X-Test-Post", at)
	r.Header.Set("Accept-Language", "en")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	switch {
	case rec.Code == http.StatusForbidden && strings.Contains(rec.Body.String(), locale.For("en").T("web.error.not_allowed")):
		return out
	case rec.Code == http.StatusSeeOther && strings.HasPrefix(rec.Header().Get("Location"), web.SignInPath) && role == "" && route.Access.IsStaff():
		return signIn
	}
	return in
}
