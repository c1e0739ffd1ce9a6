package identityweb

import (
	"net/http"
	"net/url"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/web"
)

const accountsPerPage = 50

type accountsPage struct {
	Accounts []accountRow
	// Next is the address of the following page, "" at the end.
	Next string
}

type accountRow struct {
	Account *identity.Staff
	Grants  []grantRow
}

func (p *Pages) accounts(w http.ResponseWriter, r *http.Request) error {
	accounts, next, err := p.staff.Accounts(r.Context(), PersonOf(r.Context()).Staff, r.URL.Query().Get("after"), accountsPerPage)
	if err != nil {
		return err
	}
	page := accountsPage{}
	for _, a := range accounts {
		rows, err := p.grantRows(r, a.Grants)
		if err != nil {
			return err
		}
		page.Accounts = append(page.Accounts, accountRow{a, rows})
	}
	if next != "" {
		page.Next = "/staff/admin/accounts?after=" + url.QueryEscape(next)
	}
	return p.web.Render(w, r, http.StatusOK, "identityweb/accounts.html", page)
}

type newAccountPage struct {
	Form         *web.Form
	Roles, Posts []web.Option
}

func (p *Pages) newAccount(w http.ResponseWriter, r *http.Request) error {
	return p.showNewAccount(w, r, http.StatusOK, &web.Form{})
}

func (p *Pages) showNewAccount(w http.ResponseWriter, r *http.Request, status int, form *web.Form) error {
	posts, err := p.postOptions(r, PersonOf(r.Context()).Staff)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, status, "identityweb/account-new.html", newAccountPage{form, roleOptions(r), posts})
}

func (p *Pages) createAccount(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	by := PersonOf(r.Context()).Staff
	grant, err := p.readGrant(r, form, by)
	if err != nil {
		return err
	}
	if len(form.Errors) > 0 {
		return p.showNewAccount(w, r, http.StatusUnprocessableEntity, form)
	}
	id, err := p.staff.CreateAccount(r.Context(), by, identity.NewAccount{
		UserName: form.Value("user_name"), Email: form.Value("email"), DisplayName: form.Value("display_name"), Grants: []identity.Grant{grant},
	})
	if status, ok := shown(w, form, err); ok {
		return p.showNewAccount(w, r, status, form)
	}
	if err != nil {
		return err
	}
	p.web.Flash(w, web.Flash{Kind: "success", Key: "identity.accounts.created"})
	web.SeeOther(w, r, "/staff/admin/accounts/"+id)
	return nil
}

// readGrant reads role and post, which must be among those offered.
func (p *Pages) readGrant(r *http.Request, form *web.Form, by *identity.Staff) (identity.Grant, error) {
	posts, err := p.postOptions(r, by)
	if err != nil {
		return identity.Grant{}, err
	}
	g := identity.Grant{Role: identity.Role(form.Value("role")), Post: form.Value("post")}
	if !g.Role.Known() {
		form.Errors = append(form.Errors, fault.Field{Path: "role", Key: "identity.account.role"})
	}
	if !has(posts, g.Post) {
		form.Errors = append(form.Errors, fault.Field{Path: "post", Key: "identity.account.post"})
	}
	return g, nil
}

type oneAccountPage struct {
	Form         *web.Form
	Account      *identity.Staff
	Grants       []grantRow
	Roles, Posts []web.Option
	// Own: nobody changes their own account here.
	Own bool
	// Link is shown once, right after it was issued.
	Link  string
	Hours int
}

func (p *Pages) oneAccount(w http.ResponseWriter, r *http.Request) error {
	return p.showOneAccount(w, r, http.StatusOK, &web.Form{}, "")
}

func (p *Pages) showOneAccount(w http.ResponseWriter, r *http.Request, status int, form *web.Form, link string) error {
	by := PersonOf(r.Context()).Staff
	account, err := p.staff.Account(r.Context(), by, r.PathValue("account"))
	if err != nil {
		return err
	}
	page := oneAccountPage{Form: form, Account: account, Roles: roleOptions(r), Own: account.ID == by.ID, Link: link, Hours: int(identity.EnrolmentLife.Hours())}
	if page.Grants, err = p.grantRows(r, account.Grants); err != nil {
		return err
	}
	if page.Posts, err = p.postOptions(r, by); err != nil {
		return err
	}
	return p.web.Render(w, r, status, "identityweb/account-edit.html", page)
}

func (p *Pages) grant(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	by := PersonOf(r.Context()).Staff
	g, err := p.readGrant(r, form, by)
	if err != nil {
		return err
	}
	if len(form.Errors) > 0 {
		return p.showOneAccount(w, r, http.StatusUnprocessableEntity, form, "")
	}
	return p.changed(w, r, p.staff.AddGrant(r.Context(), by, r.PathValue("account"), g), "identity.accounts.granted")
}

func (p *Pages) revoke(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	g := identity.Grant{Role: identity.Role(form.Value("role")), Post: form.Value("post")}
	return p.changed(w, r, p.staff.RemoveGrant(r.Context(), PersonOf(r.Context()).Staff, r.PathValue("account"), g), "identity.accounts.revoked")
}

func (p *Pages) disable(w http.ResponseWriter, r *http.Request) error {
	return p.changed(w, r, p.staff.SetDisabled(r.Context(), PersonOf(r.Context()).Staff, r.PathValue("account"), true), "identity.accounts.was_disabled")
}

func (p *Pages) enable(w http.ResponseWriter, r *http.Request) error {
	return p.changed(w, r, p.staff.SetDisabled(r.Context(), PersonOf(r.Context()).Staff, r.PathValue("account"), false), "identity.accounts.was_enabled")
}

// changed leads back to the account after a change that went well.
func (p *Pages) changed(w http.ResponseWriter, r *http.Request, err error, said string) error {
	if err != nil {
		return err
	}
	p.web.Flash(w, web.Flash{Kind: "success", Key: said})
	web.SeeOther(w, r, "/staff/admin/accounts/"+url.PathEscape(r.PathValue("account")))
	return nil
}

// issueEnrolment answers with the page itself: the link is shown once and kept
// nowhere, not even in a cookie.
func (p *Pages) issueEnrolment(w http.ResponseWriter, r *http.Request) error {
	token, _, err := p.staff.IssueEnrolment(r.Context(), PersonOf(r.Context()).Staff, r.PathValue("account"))
	if err != nil {
		return err
	}
	link := p.web.BaseURL() + "/staff/enrol?token=" + url.QueryEscape(token)
	return p.showOneAccount(w, r, http.StatusOK, &web.Form{}, link)
}
