package formweb

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type startPage struct {
	*web.Form
	Title, About     string
	Path             string
	Posts            []web.Option
	Fee              string // before agreements and waivers, "" for none
	Days, AnswerDays int
	KeepDays         int
	Interview        bool
	Prefill          []hidden
	Open             []opened
}

type hidden struct{ Name, Value string }

// start shows what the application is and asks for the post.
func (p *Pages) start(w http.ResponseWriter, r *http.Request) error {
	d, err := p.questionnaire(r)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	shown := web.NewForm(url.Values{"post": {query.Get("post")}})
	return p.showStart(w, r, http.StatusOK, d, shown, query)
}

func (p *Pages) questionnaire(r *http.Request) (*form.Definition, error) {
	d, ok := p.Forms.For(r.PathValue("service"))
	if !ok {
		return nil, fault.NewNotFound("casework.no_questionnaire")
	}
	return d, nil
}

func (p *Pages) showStart(w http.ResponseWriter, r *http.Request, status int, d *form.Definition, shown *web.Form, asked url.Values) error {
	printer := web.PrinterOf(r.Context())
	lang := printer.Lang()
	page := startPage{
		Form: shown, Title: d.Title.In(lang), About: d.About.In(lang), Path: r.URL.Path, Days: d.Case.DecideDays, AnswerDays: d.Case.AnswerDays,
		KeepDays: int(casework.KeepDraft.Hours() / 24), Interview: d.Case.Appointment != "",
	}
	if d.Case.FeeMinor > 0 {
		page.Fee = printer.Money(d.Case.FeeMinor, d.Case.FeeCurrency)
	}
	posts, err := p.offering(r, d)
	if err != nil {
		return err
	}
	for _, at := range posts {
		page.Posts = append(page.Posts, web.Option{Value: at.ID, Label: at.CountryName(lang) + ", " + at.City.In(lang)})
		if shown.Value("post") == "" && at.Country == asked.Get("nationality") {
			shown.Set("post", at.ID) // most people apply at home
		}
	}
	if len(posts) == 1 {
		shown.Set("post", posts[0].ID)
	}
	for _, name := range prefillNames {
		if value := asked.Get(name); value != "" && len(value) < 40 {
			page.Prefill = append(page.Prefill, hidden{name, value})
		}
	}
	if page.Open, err = p.opened(r, d.ServiceID); err != nil {
		return err
	}
	return p.Web.Render(w, r, status, "formweb/start.html", page)
}

// offering lists the posts at which one can apply, by country and city: those
// that offer the service or, where people come for an interview, that one; a
// service which no post names is offered by all.
func (p *Pages) offering(r *http.Request, d *form.Definition) ([]post.Post, error) {
	all, err := p.Posts.List(r.Context())
	if err != nil {
		return nil, err
	}
	lang := web.PrinterOf(r.Context()).Lang()
	slices.SortStableFunc(all, func(a, b post.Post) int {
		return cmp.Or(cmp.Compare(a.CountryName(lang), b.CountryName(lang)), cmp.Compare(a.City.In(lang), b.City.In(lang)))
	})
	for _, service := range []string{d.ServiceID, d.Case.Appointment} {
		offers := func(at post.Post) bool { return service != "" && at.Offers(service) }
		if slices.ContainsFunc(all, offers) {
			return slices.DeleteFunc(all, func(at post.Post) bool { return !offers(at) }), nil
		}
	}
	return all, nil
}

// begin starts an application and lets this browser see it.
func (p *Pages) begin(w http.ResponseWriter, r *http.Request) error {
	d, err := p.questionnaire(r)
	if err != nil {
		return err
	}
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	posts, err := p.offering(r, d)
	if err != nil {
		return err
	}
	chosen := in.Value("post")
	if !slices.ContainsFunc(posts, func(at post.Post) bool { return at.ID == chosen }) {
		in.Errors = append(in.Errors, fault.Field{Path: "post", Key: "formweb.start.choose_post"})
		return p.showStart(w, r, http.StatusUnprocessableEntity, d, in, in.Values)
	}
	companion, err := p.companion(r, in, d.ServiceID)
	if err != nil {
		return err
	}
	a, err := p.startAs(r.Context(), casework.Beginning{
		ServiceID: d.ServiceID, PostID: chosen, Lang: web.PrinterOf(r.Context()).Lang(), Channel: casework.Web, Email: in.Value("email"), Companion: companion,
	})
	if status := refusal(in, err); status > 0 {
		return p.showStart(w, r, status, d, in, in.Values)
	} else if err != nil {
		return err
	}
	if err := p.prefill(r.Context(), a, d, in.Value); err != nil {
		return err
	}
	if err := p.Door.Admit(w, r, a); err != nil {
		return err
	}
	web.SeeOther(w, r, "/applications/"+a.Reference+"/tasks")
	return nil
}

func (p *Pages) startAs(ctx context.Context, b casework.Beginning) (*casework.Application, error) {
	if err := p.Admit(ctx, b.Email); err != nil {
		return nil, err
	}
	return p.Cases.Start(ctx, b)
}

// companion is the application of somebody who travels or lives with this
// person, where they say so.
func (p *Pages) companion(r *http.Request, in *web.Form, serviceID string) (string, error) {
	if in.Value("together") != "yes" {
		return "", nil
	}
	all, err := p.Door.Opened(r)
	if err != nil {
		return "", err
	}
	for _, a := range all {
		if a.ServiceID == serviceID {
			return a.ID, nil
		}
	}
	return "", nil
}
