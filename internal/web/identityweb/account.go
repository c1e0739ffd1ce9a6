package identityweb

import (
	"net/http"
	"time"

	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/web"
)

// accountPage is one's own account.
type accountPage struct {
	Form     *web.Form
	Person   *Person
	Grants   []grantRow
	Sessions []identity.Session
	Passkeys []identity.Passkey
	// CanPasskey: passkeys work at this address; Fresh: one can be added now.
	CanPasskey, Fresh bool
	Min               int
}

type grantRow struct {
	Grant identity.Grant
	Role  string
	Post  string
}

func (p *Pages) account(w http.ResponseWriter, r *http.Request) error {
	return p.showAccount(w, r, http.StatusOK, &web.Form{})
}

func (p *Pages) showAccount(w http.ResponseWriter, r *http.Request, status int, form *web.Form) error {
	ctx, person := r.Context(), PersonOf(r.Context())
	page := accountPage{Form: form, Person: person, CanPasskey: p.staff.HasPasskeys(), Fresh: person.Session.Fresh(p.web.Now()), Min: identity.MinPassword}
	var err error
	if page.Grants, err = p.grantRows(r, person.Staff.Grants); err != nil {
		return err
	}
	if page.Sessions, err = p.staff.Sessions(ctx, person.Staff); err != nil {
		return err
	}
	if page.Passkeys, err = p.staff.Passkeys(ctx, person.Staff); err != nil {
		return err
	}
	return p.web.Render(w, r, status, "identityweb/account.html", page)
}

// grantRows puts grants into words. A post that is no longer there keeps its id.
func (p *Pages) grantRows(r *http.Request, grants []identity.Grant) ([]grantRow, error) {
	posts, err := p.posts.All(r.Context())
	if err != nil {
		return nil, err
	}
	printer := web.PrinterOf(r.Context())
	names := map[string]string{identity.AllPosts: printer.T("identity.accounts.all_posts")}
	for _, one := range posts {
		names[one.ID] = one.Name.In(printer.Lang())
	}
	var rows []grantRow
	for _, g := range grants {
		row := grantRow{Grant: g, Role: printer.T("identity.role." + string(g.Role)), Post: names[g.Post]}
		if row.Post == "" {
			row.Post = g.Post
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (p *Pages) changePassword(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	person := PersonOf(r.Context())
	err = p.staff.ChangePassword(r.Context(), person.Staff, person.Session.ID,
		form.Values.Get("current_password"), form.Values.Get("new_password"), network(r))
	if status, ok := shown(w, form, err); ok {
		return p.showAccount(w, r, status, form)
	}
	if err != nil {
		return err
	}
	return p.backToAccount(w, r, "identity.own.password_changed")
}

func (p *Pages) removePasskey(w http.ResponseWriter, r *http.Request) error {
	if err := p.staff.RemovePasskey(r.Context(), PersonOf(r.Context()).Staff, r.PathValue("passkey")); err != nil {
		return err
	}
	return p.backToAccount(w, r, "identity.own.passkey_removed")
}

func (p *Pages) endSession(w http.ResponseWriter, r *http.Request) error {
	if err := p.staff.EndSession(r.Context(), PersonOf(r.Context()).Staff, r.PathValue("session")); err != nil {
		return err
	}
	return p.backToAccount(w, r, "identity.own.session_ended")
}

func (p *Pages) endAllSessions(w http.ResponseWriter, r *http.Request) error {
	if err := p.staff.SignOutEverywhere(r.Context(), PersonOf(r.Context()).Staff); err != nil {
		return err
	}
	p.web.SetCookie(w, sessionCookie, "", -1)
	p.web.Flash(w, web.Flash{Kind: "success", Key: "identity.own.all_ended"})
	web.SeeOther(w, r, web.SignInPath)
	return nil
}

func (p *Pages) backToAccount(w http.ResponseWriter, r *http.Request, said string) error {
	p.web.Flash(w, web.Flash{Kind: "success", Key: said})
	web.SeeOther(w, r, "/staff/account")
	return nil
}

// Minutes tells the template how long a session may idle.
func (accountPage) Minutes() int { return int(identity.IdleLimit / time.Minute) }
