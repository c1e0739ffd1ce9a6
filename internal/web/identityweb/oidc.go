package identityweb

import (
	"net/http"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/web"
)

// beginOIDC is a link and not a form: browsers apply the page's form-action
// policy to the redirect that follows a form.
func (p *Pages) beginOIDC(w http.ResponseWriter, r *http.Request) error {
	address, token, err := p.staff.BeginOIDC(r.Context(), web.SafeNext(r.URL.Query().Get("next"), ""))
	if f := fault.As(err); f != nil && f.Kind == fault.Busy {
		return p.refuseOIDC(w, r, err)
	}
	if err != nil {
		return err
	}
	p.keepCeremony(w, token)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

func (p *Pages) finishOIDC(w http.ResponseWriter, r *http.Request) error {
	in, next, err := p.staff.FinishOIDC(r.Context(), p.web.CookieValue(r, ceremonyCookie), r.URL.Query(), p.web.CookieValue(r, sessionCookie))
	switch kind := fault.KindOf(err); {
	case err == nil:
	case kind == fault.Forbidden, kind == fault.Busy:
		return p.refuseOIDC(w, r, err)
	case kind == fault.Unauthenticated:
		return p.startAgain(w, r, "")
	default:
		return err
	}
	p.enter(w, in)
	web.SeeOther(w, r, web.SafeNext(next, home))
	return nil
}

// refuseOIDC shows the sign-in page with what went wrong; the cause is for the
// log only, where an administrator finds what to set right.
func (p *Pages) refuseOIDC(w http.ResponseWriter, r *http.Request, err error) error {
	f := fault.As(err)
	p.web.Logger().WarnContext(r.Context(), "sign-in through the provider refused", "request", web.RequestIDOf(r.Context()), "error", err)
	status := http.StatusForbidden
	if f.Kind == fault.Busy {
		w.Header().Set("Retry-After", retryAfter(f))
		status = http.StatusServiceUnavailable
	}
	form := &web.Form{}
	form.Say(f.Key, f.Args)
	return p.web.Render(w, r, status, "identityweb/sign-in.html", p.signInPage(form, ""))
}
