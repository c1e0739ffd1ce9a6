package identityweb

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/web"
)

// signInPage is what both steps show.
type signInPage struct {
	Form     *web.Form
	Next     string
	Passkeys bool
	OIDC     bool
	// Query is "?next=…" for the ways in that have no form, "" without Next.
	Query string
}

func (p *Pages) signInPage(form *web.Form, next string) signInPage {
	next = web.SafeNext(next, "")
	page := signInPage{Form: form, Next: next, Passkeys: p.staff.HasPasskeys(), OIDC: p.staff.HasOIDC()}
	if next != "" {
		page.Query = "?next=" + url.QueryEscape(next)
	}
	return page
}

func (p *Pages) signIn(w http.ResponseWriter, r *http.Request) error {
	next := r.URL.Query().Get("next")
	// Somebody signed in already needs no form: a second tab, or "back".
	if _, err := p.Staff(r); err == nil {
		web.SeeOther(w, r, web.SafeNext(next, home))
		return nil
	} else if fault.KindOf(err) != fault.Unauthenticated {
		return err
	}
	return p.web.Render(w, r, http.StatusOK, "identityweb/sign-in.html", p.signInPage(&web.Form{}, next))
}

func (p *Pages) checkPassword(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	page := p.signInPage(form, form.Value("next"))
	pending, err := p.staff.CheckPassword(r.Context(), form.Value("user_name"), form.Values.Get("password"), network(r))
	if status, ok := shown(w, form, err); ok {
		return p.web.Render(w, r, status, "identityweb/sign-in.html", page)
	}
	if err != nil {
		return err
	}
	p.keepCeremony(w, pending)
	web.SeeOther(w, r, "/staff/sign-in/code"+page.Query)
	return nil
}

func (p *Pages) code(w http.ResponseWriter, r *http.Request) error {
	next := r.URL.Query().Get("next")
	if p.web.CookieValue(r, ceremonyCookie) == "" {
		return p.startAgain(w, r, next)
	}
	return p.web.Render(w, r, http.StatusOK, "identityweb/code.html", p.signInPage(&web.Form{}, next))
}

func (p *Pages) checkCode(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	page := p.signInPage(form, form.Value("next"))
	in, err := p.staff.CheckCode(r.Context(), p.web.CookieValue(r, ceremonyCookie), form.Value("code"), network(r), p.web.CookieValue(r, sessionCookie))
	if status, ok := shown(w, form, err); ok {
		form.Set("code", "") // a code is never right a second time
		return p.web.Render(w, r, status, "identityweb/code.html", page)
	}
	if fault.KindOf(err) == fault.Unauthenticated && err != nil {
		return p.startAgain(w, r, page.Next)
	}
	if err != nil {
		return err
	}
	p.enter(w, in)
	web.SeeOther(w, r, web.SafeNext(page.Next, home))
	return nil
}

// startAgain leads back to the first step and says why.
func (p *Pages) startAgain(w http.ResponseWriter, r *http.Request, next string) error {
	p.web.SetCookie(w, ceremonyCookie, "", -1)
	p.web.Flash(w, web.Flash{Kind: "info", Key: "identity.error.start_again"})
	path := web.SignInPath
	if next = web.SafeNext(next, ""); next != "" {
		path += "?next=" + url.QueryEscape(next)
	}
	web.SeeOther(w, r, path)
	return nil
}

func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := p.staff.SignOut(r.Context(), p.web.CookieValue(r, sessionCookie)); err != nil {
		return err
	}
	p.web.SetCookie(w, sessionCookie, "", -1)
	p.web.Flash(w, web.Flash{Kind: "success", Key: "identity.sign_in.out"})
	web.SeeOther(w, r, web.SignInPath)
	return nil
}

func retryAfter(f *fault.Error) string {
	return strconv.Itoa(int((f.RetryAfter + time.Second - 1) / time.Second))
}
