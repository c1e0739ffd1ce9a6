package formweb

import (
	"net/http"
	"net/url"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/applicant"
)

type minePage struct {
	*web.Form
	Open     []opened
	Wanted   string // the reference that this browser may not see
	Back     string
	KeepDays int
	Services []serviceLink
}

// opened is an application that this browser may see.
type opened struct{ Reference, Title, Post, State, Path string }

type serviceLink struct{ Title, Path string }

// mine lists the applications that this browser may see, and asks for reference
// and address of another.
func (p *Pages) mine(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	shown := web.NewForm(url.Values{"reference": {query.Get("reference")}})
	return p.showMine(w, r, http.StatusOK, shown, applicant.Back(query.Get("back"), ""))
}

func (p *Pages) showMine(w http.ResponseWriter, r *http.Request, status int, shown *web.Form, back string) error {
	page := minePage{Form: shown, Back: back, KeepDays: int(casework.KeepDraft.Hours() / 24)}
	if reference, ok := casework.ParseReference(shown.Value("reference")); ok && status == http.StatusOK {
		page.Wanted = reference
	}
	lang := web.PrinterOf(r.Context()).Lang()
	for _, d := range p.Forms.All() {
		page.Services = append(page.Services, serviceLink{d.Title.In(lang), "/services/" + d.ServiceID + "/apply"})
	}
	var err error
	if page.Open, err = p.opened(r, ""); err != nil {
		return err
	}
	return p.Web.Render(w, r, status, "formweb/mine.html", page)
}

// opened lists what this browser may see; of one service, or of all for "".
func (p *Pages) opened(r *http.Request, serviceID string) ([]opened, error) {
	all, err := p.Door.Opened(r)
	if err != nil {
		return nil, err
	}
	printer := web.PrinterOf(r.Context())
	var list []opened
	for _, a := range all {
		if serviceID != "" && a.ServiceID != serviceID {
			continue
		}
		d, err := p.Cases.Questionnaire(r.Context(), a)
		if err != nil {
			return nil, err
		}
		at, err := p.Posts.Get(r.Context(), a.PostID)
		if err != nil {
			return nil, err
		}
		path := "/applications/" + a.Reference
		if a.State == casework.Draft {
			path += "/tasks"
		}
		list = append(list, opened{a.Reference, d.Title.In(printer.Lang()), at.Name.In(printer.Lang()), printer.T(a.State.Key()), path})
	}
	return list, nil
}

// askCode has a code mailed when reference and address belong together, and
// says the same when they do not.
func (p *Pages) askCode(w http.ResponseWriter, r *http.Request) error {
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	back := applicant.Back(in.Value("back"), "")
	reference, ok := casework.ParseReference(in.Value("reference"))
	if !ok {
		in.Errors = append(in.Errors, fault.Field{Path: "reference", Key: "casework.reference_malformed"})
	}
	if ok {
		err = p.Admit(r.Context(), in.Value("email"))
	}
	if ok && err == nil {
		err = p.Cases.Return(r.Context(), reference, in.Value("email"))
	}
	if status := refusal(in, err); status > 0 {
		return p.showMine(w, r, status, in, back)
	} else if err != nil {
		return err
	}
	query := url.Values{"reference": {reference}}
	if back != "" {
		query.Set("back", back)
	}
	web.SeeOther(w, r, "/applications/code?"+query.Encode())
	return nil
}

type enterPage struct {
	*web.Form
	Reference, Back, Again string
	Minutes                int
}

// typeCode asks for the code.
func (p *Pages) typeCode(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	reference, ok := casework.ParseReference(query.Get("reference"))
	if !ok {
		web.SeeOther(w, r, applicant.ReturnPath)
		return nil
	}
	return p.showEnter(w, r, http.StatusOK, &web.Form{}, reference, applicant.Back(query.Get("back"), ""))
}

func (p *Pages) showEnter(w http.ResponseWriter, r *http.Request, status int, shown *web.Form, reference, back string) error {
	again := url.Values{"reference": {reference}}
	if back != "" {
		again.Set("back", back)
	}
	return p.Web.Render(w, r, status, "formweb/enter.html", enterPage{
		Form: shown, Reference: reference, Back: back, Again: applicant.ReturnPath + "?" + again.Encode(), Minutes: int(casework.CodeFor.Minutes()),
	})
}

// enter takes the code and lets the browser in.
func (p *Pages) enter(w http.ResponseWriter, r *http.Request) error {
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	reference, _ := casework.ParseReference(in.Value("reference"))
	back := applicant.Back(in.Value("back"), "")
	a, token, err := p.Cases.Confirm(r.Context(), reference, in.Value("code"))
	if in.Refuse(err) {
		return p.showEnter(w, r, http.StatusUnprocessableEntity, in, reference, back)
	} else if err != nil {
		return err
	}
	p.Door.Remember(w, r, a.Reference, token)
	if back == "" {
		back = "/applications/" + a.Reference
		if a.State == casework.Draft {
			back += "/tasks"
		}
	}
	web.SeeOther(w, r, back)
	return nil
}

// leaveAll has this browser see no application any more.
func (p *Pages) leaveAll(w http.ResponseWriter, r *http.Request) error {
	if err := p.Door.Forget(w, r, ""); err != nil {
		return err
	}
	p.Web.Flash(w, web.Flash{Kind: "success", Key: "formweb.leave.done"})
	web.SeeOther(w, r, applicant.ReturnPath)
	return nil
}
