package caseweb

import (
	"net/http"
	"slices"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/web"
)

type beginPage struct {
	Form                       *web.Form
	Posts, Services, Languages []web.Option
}

// begin asks for whom an application is filled in at the counter.
func (p *Pages) begin(w http.ResponseWriter, r *http.Request) error {
	return p.showBegin(w, r, &web.Form{})
}

func (p *Pages) showBegin(w http.ResponseWriter, r *http.Request, f *web.Form) error {
	sc, err := p.scopeOf(r, identity.CasesWork, "")
	if err != nil {
		return err
	}
	t := printerOf(r)
	page := beginPage{Form: f, Posts: sc.options(t.Lang()), Services: p.services(t.Lang())}
	for _, lang := range locale.Languages {
		page.Languages = append(page.Languages, web.Option{Value: lang, Label: t.T("caseweb.languages." + lang)})
	}
	if f.Values == nil {
		f.Set("lang", t.Lang())
		if len(page.Posts) == 1 {
			f.Set("post", page.Posts[0].Value)
		}
		if len(page.Services) == 1 {
			f.Set("service", page.Services[0].Value)
		}
	}
	return p.web.Render(w, r, status(f), "caseweb/new.html", page)
}

// start makes the application and leads to the pages of the questionnaire, which
// this browser may fill in like that of an applicant.
func (p *Pages) start(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	sc, err := p.scopeOf(r, identity.CasesWork, "")
	if err != nil {
		return err
	}
	var bad fault.Fields
	if !slices.Contains(sc.ids(), f.Value("post")) {
		bad.Add("post", "caseweb.start.post_missing")
	}
	if _, ok := p.Forms.For(f.Value("service")); !ok {
		bad.Add("service", "caseweb.start.service_missing")
	}
	if !locale.Known(f.Value("lang")) {
		bad.Add("lang", "caseweb.start.lang_missing")
	}
	if f.Refuse(bad.Err()) {
		return p.showBegin(w, r, f)
	}
	a, err := p.Cases.Start(r.Context(), casework.Beginning{ServiceID: f.Value("service"), PostID: f.Value("post"), Lang: f.Value("lang"),
		Email: f.Value("email"), Channel: casework.ByStaff, Staff: me(r)})
	if f.RefuseOrSay(err, fault.Conflict) {
		return p.showBegin(w, r, f)
	} else if err != nil {
		return err
	}
	if err := p.Door.Admit(w, r, a); err != nil {
		return err
	}
	web.SeeOther(w, r, "/applications/"+a.Reference+"/tasks")
	return nil
}
