package planweb

import (
	"net/http"

	"github.com/chancery/chancery/internal/booking/plan"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type exceptionPage struct {
	Post post.Post
	Form *web.Form
}

func (p *Pages) showException(w http.ResponseWriter, r *http.Request, of post.Post, form *web.Form) error {
	return p.show(w, r, "exception", form, exceptionPage{of, form})
}

func (p *Pages) newException(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	return p.showException(w, r, of, &web.Form{})
}

func (p *Pages) saveException(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	e := plan.Exception{Date: form.Date("date"), Kind: plan.Kind(form.Value("kind")), From: clock(form, "from"), To: clock(form, "to"), Note: form.Value("note")}
	return p.propose(w, r, of, form, plan.PutException(e), "planweb.effect.exception", func() error { return p.showException(w, r, of, form) })
}

func (p *Pages) removeException(w http.ResponseWriter, r *http.Request) error {
	return p.remove(w, r, plan.DropException(r.PathValue("exception")), "planweb.effect.exception_remove")
}

// apply carries over to the slots what closures, holidays, absences and
// counters have changed.
func (p *Pages) apply(w http.ResponseWriter, r *http.Request) error {
	return p.remove(w, r, plan.Calendars(), "planweb.effect.calendar")
}
