package identityweb

import (
	"html/template"
	"net/http"
	"net/url"

	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/web"
)

// The link's token stands in the query, which no log keeps.

type enrolPage struct {
	Form  *web.Form
	Token string
	// Query is "?token=…", for the passkey button.
	Query     string
	Enrolment identity.Enrolment
	// AppLink opens an authenticator app on this device. html/template would
	// refuse the scheme of an address made elsewhere.
	AppLink template.URL
	// Box is the QR code's side with the quiet zone of four modules around it
	// (ISO/IEC 18004, section 9.1).
	Box      int
	Passkeys bool
	Min      int
}

func (p *Pages) enrolPage(form *web.Form, token string, e identity.Enrolment) enrolPage {
	return enrolPage{Form: form, Token: token, Query: "?token=" + url.QueryEscape(token), Enrolment: e,
		AppLink: template.URL(e.URI), //nolint:gosec // an otpauth: address that package identity wrote
		Box:     e.QR.Size + 8, Passkeys: p.staff.HasPasskeys(), Min: identity.MinPassword}
}

func (p *Pages) enrol(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	e, err := p.staff.Enrolment(r.Context(), token)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, http.StatusOK, "identityweb/enrol.html", p.enrolPage(&web.Form{}, token, e))
}

func (p *Pages) enrolPassword(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	token := form.Value("token")
	in, err := p.staff.EnrolPassword(r.Context(), token, form.Values.Get("new_password"), form.Value("code"), p.web.CookieValue(r, sessionCookie))
	if status, ok := shown(w, form, err); ok {
		e, err := p.staff.Enrolment(r.Context(), token)
		if err != nil {
			return err
		}
		form.Set("code", "")
		return p.web.Render(w, r, status, "identityweb/enrol.html", p.enrolPage(form, token, e))
	}
	if err != nil {
		return err
	}
	p.enter(w, in)
	p.web.Flash(w, web.Flash{Kind: "success", Key: "identity.enrol.done"})
	web.SeeOther(w, r, home)
	return nil
}
