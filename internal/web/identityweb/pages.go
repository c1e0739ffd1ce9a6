package identityweb

import (
	"context"
	"embed"
	"net/http"
	"slices"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// The cookies: the session, and the name of a sign-in that is under way.
const (
	sessionCookie  = "staff"
	ceremonyCookie = "staff-step"
)

// home is where a sign-in leads when no other page was asked for.
const home = "/staff"

// Posts lists the posts for which roles are granted; *post.Service is one.
type Posts interface {
	All(ctx context.Context) ([]post.Post, error)
}

// Pages are this room's pages and the gate of all staff pages.
type Pages struct {
	web   *web.Server
	staff *identity.Service
	posts Posts
}

// New gives the gate; Register adds the pages.
func New(staff *identity.Service, posts Posts) *Pages { return &Pages{staff: staff, posts: posts} }

// Register adds the pages to the server whose gate this is.
func (p *Pages) Register(s *web.Server) error {
	p.web = s
	s.Handle("GET /staff/sign-in", web.Public, p.signIn)
	s.Handle("POST /staff/sign-in", web.Public, p.checkPassword)
	s.Handle("GET /staff/sign-in/code", web.Public, p.code)
	s.Handle("POST /staff/sign-in/code", web.Public, p.checkCode)
	s.Handle("POST /staff/sign-in/passkey/begin", web.Public, p.beginPasskeySignIn)
	s.Handle("POST /staff/sign-in/passkey/finish", web.Public, p.finishPasskeySignIn)
	s.Handle("GET /staff/sign-in/oidc", web.Public, p.beginOIDC)
	s.Handle("GET "+identity.OIDCCallback, web.Public, p.finishOIDC)
	s.Handle("POST /staff/sign-out", web.Public, p.signOut)
	s.Handle("GET /staff/enrol", web.Public, p.enrol)
	s.Handle("POST /staff/enrol", web.Public, p.enrolPassword)
	s.Handle("POST /staff/enrol/passkey/begin", web.Public, p.beginEnrolPasskey)
	s.Handle("POST /staff/enrol/passkey/finish", web.Public, p.finishEnrolPasskey)

	own := web.Staff("", "")
	s.Handle("GET /staff/account", own, p.account)
	s.Handle("POST /staff/account/password", own, p.changePassword)
	s.Handle("POST /staff/account/passkeys/begin", own, p.beginPasskey)
	s.Handle("POST /staff/account/passkeys/finish", own, p.finishPasskey)
	s.Handle("POST /staff/account/passkeys/{passkey}/remove", own, p.removePasskey)
	s.Handle("POST /staff/account/sessions/{session}/end", own, p.endSession)
	s.Handle("POST /staff/account/sessions/end-all", own, p.endAllSessions)

	edit := web.Staff(string(identity.AccountsEdit), "")
	s.Handle("GET /staff/admin/accounts", edit, p.accounts)
	s.Handle("GET /staff/admin/accounts/new", edit, p.newAccount)
	s.Handle("POST /staff/admin/accounts/new", edit, p.createAccount)
	s.Handle("GET /staff/admin/accounts/{account}", edit, p.oneAccount)
	s.Handle("POST /staff/admin/accounts/{account}/grant", edit, p.grant)
	s.Handle("POST /staff/admin/accounts/{account}/revoke", edit, p.revoke)
	s.Handle("POST /staff/admin/accounts/{account}/disable", edit, p.disable)
	s.Handle("POST /staff/admin/accounts/{account}/enable", edit, p.enable)
	s.Handle("POST /staff/admin/accounts/{account}/enrolment", edit, p.issueEnrolment)
	s.StaffNav(web.NavItem{Order: 90, Path: "/staff/admin/accounts", Title: "identity.accounts.title", Text: "web.staff.rooms.accounts", Permission: string(identity.AccountsEdit)})
	return s.Templates("identityweb", templates)
}

// Person is a signed-in member of staff, as web.PersonOf gives it.
type Person struct {
	Staff   *identity.Staff
	Session identity.Session
}

// ID is the account's id.
func (p *Person) ID() string { return p.Staff.ID }

// Name is the display name.
func (p *Person) Name() string { return p.Staff.DisplayName }

// May answers for identity.Staff's May.
func (p *Person) May(permission, post string) bool {
	return p.Staff.May(identity.Permission(permission), post)
}

// PersonOf gives the signed-in person of a staff route, nil on a public one.
func PersonOf(ctx context.Context) *Person {
	p, _ := web.PersonOf(ctx).(*Person)
	return p
}

// Staff makes Pages a web.Gate: the session cookie's person, or an
// Unauthenticated fault.
func (p *Pages) Staff(r *http.Request) (web.Person, error) {
	ask := p.staff.Authenticate
	if byItself(r) {
		ask = p.staff.Recognise
	}
	staff, session, err := ask(r.Context(), p.web.CookieValue(r, sessionCookie))
	if err != nil {
		return nil, err
	}
	return &Person{staff, session}, nil
}

// byItself says whether a page that is open asks, and not a person: a page that
// keeps itself fresh (assets/js/stream.js) does not keep its session alive.
func byItself(r *http.Request) bool {
	return r.Header.Get("X-Refresh") != "" || r.Header.Get("Accept") == "text/event-stream"
}

// enter hands out the session and forgets the sign-in under way.
func (p *Pages) enter(w http.ResponseWriter, in identity.SignedIn) {
	p.web.SetCookie(w, sessionCookie, in.Token, 0)
	p.web.SetCookie(w, ceremonyCookie, "", -1)
}

func (p *Pages) keepCeremony(w http.ResponseWriter, token string) {
	p.web.SetCookie(w, ceremonyCookie, token, int(identity.CeremonyLife.Seconds()))
}

func network(r *http.Request) string { return web.ClientOf(r.Context()).String() }

// shown says whether err is one that the form's page shows itself, puts it
// there, and gives the page's status.
func shown(w http.ResponseWriter, form *web.Form, err error) (status int, ok bool) {
	if form.Refuse(err) {
		return http.StatusUnprocessableEntity, true
	}
	if f := fault.As(err); f != nil && f.Kind == fault.Busy {
		form.Say(f.Key, f.Args)
		w.Header().Set("Retry-After", retryAfter(f))
		return http.StatusTooManyRequests, true
	}
	return 0, false
}

// option is a choice of post in a select.
func (p *Pages) postOptions(r *http.Request, by *identity.Staff) ([]web.Option, error) {
	posts, err := p.posts.All(r.Context())
	if err != nil {
		return nil, err
	}
	printer := web.PrinterOf(r.Context())
	var options []web.Option
	if by.May(identity.AccountsEdit, identity.AllPosts) {
		options = append(options, web.Option{Value: identity.AllPosts, Label: printer.T("identity.accounts.all_posts")})
	}
	for _, one := range posts {
		if by.May(identity.AccountsEdit, one.ID) {
			options = append(options, web.Option{Value: one.ID, Label: one.Name.In(printer.Lang())})
		}
	}
	return options, nil
}

func roleOptions(r *http.Request) []web.Option {
	var options []web.Option
	for _, role := range identity.Roles {
		options = append(options, web.Option{Value: string(role), Label: web.PrinterOf(r.Context()).T("identity.role." + string(role))})
	}
	return options
}

func has(options []web.Option, value string) bool {
	return slices.ContainsFunc(options, func(o web.Option) bool { return o.Value == value })
}
