package postweb

import (
	"net/http"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

// aheadDays is how far the page of closures and absences looks.
const aheadDays = 400

type awayPage struct {
	Post      post.Post
	Closures  []closure
	Absences  []absence
	Counters  []web.Option
	Closure   *web.Form
	Absence   *web.Form
	AllErrors *web.Form
	Languages []string
}

type closure struct {
	post.Closure
	FromDay, ToDay time.Time
}

type absence struct {
	post.Absence
	Counter    string
	Start, End time.Time // on the post's clock
}

// showAway shows what is ahead. closing and absent are the page's two forms;
// their controls do not share names.
func (p *Pages) showAway(w http.ResponseWriter, r *http.Request, of post.Post, closing, absent *web.Form) error {
	ctx, zone := r.Context(), of.Location()
	page := awayPage{
		Post: of, Closure: closing, Absence: absent, Languages: locale.Languages,
		AllErrors: &web.Form{Errors: append(append([]fault.Field{}, closing.Errors...), absent.Errors...)},
	}
	now := p.web.Now()
	today, _ := post.Local(zone, now)
	last, _ := post.Local(zone, now.AddDate(0, 0, aheadDays))
	closures, err := p.Posts.Closures(ctx, of.ID, today, last)
	if err != nil {
		return err
	}
	for _, c := range closures {
		// Dates in the table are checked when they are written.
		from, _ := post.ParseDate(c.From)
		to, _ := post.ParseDate(c.To)
		page.Closures = append(page.Closures, closure{c, from, to})
	}
	counters, err := p.Posts.Counters(ctx, of.ID)
	if err != nil {
		return err
	}
	labels := map[string]string{}
	for _, c := range counters {
		labels[c.ID] = c.Label
		page.Counters = append(page.Counters, web.Option{Value: c.ID, Label: c.Label})
	}
	absences, err := p.Posts.Absences(ctx, of.ID, now, now.AddDate(0, 0, aheadDays))
	if err != nil {
		return err
	}
	for _, a := range absences {
		page.Absences = append(page.Absences, absence{a, labels[a.CounterID], a.From.In(zone), a.To.In(zone)})
	}
	return p.show(w, r, "away", page.AllErrors, page)
}

func (p *Pages) away(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	return p.showAway(w, r, of, &web.Form{}, &web.Form{})
}

func (p *Pages) addClosure(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	c := post.Closure{PostID: of.ID, From: form.Date("from"), To: form.Date("to"), Reason: locale.Text{}}
	for _, lang := range locale.Languages {
		c.Reason[lang] = form.Value("reason." + lang)
	}
	if _, err := p.Posts.AddClosure(r.Context(), actor(r), c); form.RefuseOrSay(err, fault.Conflict) {
		return p.showAway(w, r, of, form, &web.Form{})
	} else if err != nil {
		return err
	}
	return p.back(w, r, of.ID, "postweb.saved")
}

func (p *Pages) removeClosure(w http.ResponseWriter, r *http.Request) error {
	postID := r.PathValue("post")
	if err := p.Posts.RemoveClosure(r.Context(), actor(r), postID, r.PathValue("closure")); err != nil {
		return err
	}
	return p.back(w, r, postID, "postweb.removed")
}

func (p *Pages) addAbsence(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	var bad fault.Fields
	moment := func(name string) time.Time {
		at, ok := post.Instant(of.Location(), form.Date("absent_"+name), form.Value("absent_"+name+"_time"))
		if !ok {
			bad.Add("absent_"+name, "post.error.moment")
		}
		return at
	}
	if form.Value("counter") == "" {
		bad.Add("counter", "postweb.away.no_counter")
	}
	a := post.Absence{PostID: of.ID, CounterID: form.Value("counter"), From: moment("from"), To: moment("to"), Note: form.Value("note")}
	if err := bad.Err(); form.Refuse(err) {
		return p.showAway(w, r, of, &web.Form{}, form)
	}
	if _, err := p.Posts.AddAbsence(r.Context(), actor(r), a); form.RefuseOrSay(err, fault.Conflict) {
		for i, field := range form.Errors {
			if field.Path == "from" || field.Path == "to" {
				form.Errors[i].Path = "absent_" + field.Path
			}
		}
		return p.showAway(w, r, of, &web.Form{}, form)
	} else if err != nil {
		return err
	}
	return p.back(w, r, of.ID, "postweb.saved")
}

func (p *Pages) removeAbsence(w http.ResponseWriter, r *http.Request) error {
	postID := r.PathValue("post")
	if err := p.Posts.RemoveAbsence(r.Context(), actor(r), postID, r.PathValue("absence")); err != nil {
		return err
	}
	return p.back(w, r, postID, "postweb.removed")
}

// back ends a change on the page of closures and absences.
func (p *Pages) back(w http.ResponseWriter, r *http.Request, postID, said string) error {
	p.say(w, said, nil)
	web.SeeOther(w, r, path(postID, "away"))
	return nil
}
