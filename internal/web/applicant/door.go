package applicant

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/web"
)

// ReturnPath is the page that asks for reference, e-mail address and code. The
// query "reference" fills in the reference; "back" says where to go afterwards.
const ReturnPath = "/applications"

const (
	cookie = "applications"
	// most is how many applications one browser holds: the latest of a family or
	// of somebody who helps others.
	most = 12
)

// Cases gives and checks the tokens; *casework.Service does.
type Cases interface {
	Admit(ctx context.Context, id string) (token string, err error)
	Open(ctx context.Context, token string) (*casework.Application, error)
	Leave(ctx context.Context, token string) error
}

// Door lets browsers see applications.
type Door struct {
	web   *web.Server
	cases Cases
}

// New gives the door.
func New(s *web.Server, cases Cases) *Door { return &Door{s, cases} }

// key is one application that the browser may see.
type key struct{ reference, token string }

// keys reads the cookie, the latest application first.
func (d *Door) keys(r *http.Request) []key {
	var all []key
	for _, pair := range strings.Split(d.web.CookieValue(r, cookie), ".") {
		reference, token, ok := strings.Cut(pair, ":")
		if ok && reference != "" && token != "" && len(all) < most {
			all = append(all, key{reference, token})
		}
	}
	return all
}

func (d *Door) keep(w http.ResponseWriter, all []key) {
	if len(all) == 0 {
		d.web.SetCookie(w, cookie, "", -1)
		return
	}
	pairs := make([]string, len(all))
	for i, k := range all {
		pairs[i] = k.reference + ":" + k.token
	}
	d.web.SetCookie(w, cookie, strings.Join(pairs, "."), 0)
}

// Application gives the application of the path value {reference}. When this
// browser may not see it, whether or not there is one, the error leads to
// ReturnPath and is an Unauthenticated fault; not found when the path holds no
// reference, or the application was erased.
func (d *Door) Application(r *http.Request) (*casework.Application, error) {
	reference, ok := casework.ParseReference(r.PathValue("reference"))
	if !ok {
		return nil, fault.NewNotFound("casework.not_found")
	}
	for _, k := range d.keys(r) {
		if k.reference != reference {
			continue
		}
		a, err := d.cases.Open(r.Context(), k.token)
		if fault.KindOf(err) == fault.Unauthenticated {
			break // too old
		}
		if err != nil {
			return nil, err
		}
		if a.Reference == reference {
			return a, nil
		}
	}
	return nil, web.Elsewhere(Prove(reference, r), fault.NewUnauthenticated("casework.sign_in"))
}

// Prove is the address of the page that asks for the code, and leads back to the
// page that r wants where that can be asked for again.
func Prove(reference string, r *http.Request) string {
	query := url.Values{"reference": {reference}}
	if r.Method == http.MethodGet {
		if back := Back(r.URL.RequestURI(), ""); back != "" {
			query.Set("back", back)
		}
	}
	return ReturnPath + "?" + query.Encode()
}

// Opened lists the applications that this browser may see, the latest first.
func (d *Door) Opened(r *http.Request) ([]*casework.Application, error) {
	var all []*casework.Application
	for _, k := range d.keys(r) {
		a, err := d.cases.Open(r.Context(), k.token)
		switch fault.KindOf(err) {
		case fault.Unauthenticated, fault.NotFound:
			continue
		}
		if err != nil {
			return nil, err
		}
		if a.State != casework.Erased {
			all = append(all, a)
		}
	}
	return all, nil
}

// Admit lets the browser that has just started the application see it.
func (d *Door) Admit(w http.ResponseWriter, r *http.Request, a *casework.Application) error {
	token, err := d.cases.Admit(r.Context(), a.ID)
	if err != nil {
		return err
	}
	d.Remember(w, r, a.Reference, token)
	return nil
}

// Remember puts a token that casework gave (Confirm, Follow) into the browser.
func (d *Door) Remember(w http.ResponseWriter, r *http.Request, reference, token string) {
	all := slices.DeleteFunc(d.keys(r), func(k key) bool { return k.reference == reference })
	all = append([]key{{reference, token}}, all...)
	d.keep(w, all[:min(len(all), most)])
}

// Forget has the browser see the application no longer; "" stands for all of
// them. The tokens are worth nothing afterwards.
func (d *Door) Forget(w http.ResponseWriter, r *http.Request, reference string) error {
	var left []key
	for _, k := range d.keys(r) {
		if reference != "" && k.reference != reference {
			left = append(left, k)
			continue
		}
		if err := d.cases.Leave(r.Context(), k.token); err != nil {
			return err
		}
	}
	d.keep(w, left)
	return nil
}

// Back gives path when it is one of the applicants' own pages on this server,
// else fallback: a link that somebody sent never leads to another site.
func Back(path, fallback string) string {
	u, err := url.Parse(path)
	switch {
	case err != nil, u.IsAbs(), u.Host != "", u.User != nil, u.Opaque != "":
		return fallback
	case u.Path != ReturnPath && !strings.HasPrefix(u.Path, ReturnPath+"/"):
		return fallback
	case strings.ContainsAny(path, "\\\r\n\t"), strings.Contains(u.Path, "//"), strings.Contains(u.Path, "/.."):
		return fallback
	}
	return u.RequestURI()
}
