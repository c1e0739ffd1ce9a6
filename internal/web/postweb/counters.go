package postweb

import (
	"net/http"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type countersPage struct {
	Post     post.Post
	Counters []post.Counter
	// Counter is the one being edited; without ID, a new one.
	Counter  post.Counter
	Form     *web.Form
	Services []web.Option
}

func (p *Pages) countersPageOf(r *http.Request, of post.Post, c post.Counter, form *web.Form) (countersPage, error) {
	page := countersPage{Post: of, Counter: c, Form: form}
	var err error
	if page.Counters, err = p.Posts.Counters(r.Context(), of.ID); err != nil {
		return page, err
	}
	lang := web.PrinterOf(r.Context()).Lang()
	for _, s := range p.Services.Services() {
		if of.Offers(s.ID) {
			page.Services = append(page.Services, web.Option{Value: s.ID, Label: s.Title.In(lang)})
		}
	}
	return page, nil
}

func (p *Pages) showCounters(w http.ResponseWriter, r *http.Request, of post.Post, c post.Counter, form *web.Form) error {
	page, err := p.countersPageOf(r, of, c, form)
	if err != nil {
		return err
	}
	return p.show(w, r, "counters", form, page)
}

func (p *Pages) counters(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	form := &web.Form{}
	form.Set("active", "yes")
	return p.showCounters(w, r, of, post.Counter{}, form)
}

func (p *Pages) counter(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	c, err := p.Posts.Counter(r.Context(), of.ID, r.PathValue("counter"))
	if err != nil {
		return err
	}
	form := &web.Form{}
	form.Set("label", c.Label)
	form.Values["services"] = c.Services
	if c.Active {
		form.Set("active", "yes")
	}
	return p.showCounters(w, r, of, c, form)
}

// saveCounter adds a counter, or changes the one that the address names.
func (p *Pages) saveCounter(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	c := post.Counter{
		ID: r.PathValue("counter"), PostID: of.ID, Label: form.Value("label"),
		Services: form.All("services"), Active: form.Has("active", "yes"),
	}
	if _, err := p.Posts.SaveCounter(r.Context(), actor(r), c); form.RefuseOrSay(err, fault.Conflict) {
		return p.showCounters(w, r, of, c, form)
	} else if err != nil {
		return err
	}
	p.say(w, "postweb.saved", nil)
	web.SeeOther(w, r, path(of.ID, "counters"))
	return nil
}
