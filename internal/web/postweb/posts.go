package postweb

import (
	"net/http"
	"strconv"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type listPage struct {
	Posts  []post.Post
	MayAdd bool
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	all, err := p.Posts.All(r.Context())
	if err != nil {
		return err
	}
	person := web.PersonOf(r.Context())
	page := listPage{MayAdd: mayAdd(person)}
	for _, one := range all {
		if person.May(permission, one.ID) {
			page.Posts = append(page.Posts, one)
		}
	}
	return p.show(w, r, "posts", nil, page)
}

// mayAdd: a new post is nobody's yet, so only those who edit all may add one.
func mayAdd(person web.Person) bool { return person.May(permission, "*") }

type editPage struct {
	Post      post.Post
	New       bool
	Form      *web.Form
	Types     []web.Option
	Countries []web.Option
	Services  []web.Option
	Languages []string
}

func (p *Pages) editPageOf(r *http.Request, of post.Post, form *web.Form) editPage {
	printer := web.PrinterOf(r.Context())
	page := editPage{Post: of, New: of.ID == "", Form: form, Languages: locale.Languages}
	for _, t := range post.Types {
		page.Types = append(page.Types, web.Option{Value: string(t), Label: printer.T(t.Key())})
	}
	for _, c := range country.All(printer.Lang()) {
		if country.IsState(c.Code) {
			page.Countries = append(page.Countries, web.Option{Value: c.Code, Label: c.Name})
		}
	}
	for _, s := range p.Services.Services() {
		page.Services = append(page.Services, web.Option{Value: s.ID, Label: s.Title.In(printer.Lang())})
	}
	return page
}

func (p *Pages) newPost(w http.ResponseWriter, r *http.Request) error {
	if !mayAdd(web.PersonOf(r.Context())) {
		return fault.NewForbidden("web.error.not_allowed")
	}
	form := &web.Form{}
	form.Set("horizon_days", "60")
	form.Set("minimum_notice_minutes", "1440")
	return p.show(w, r, "post", form, p.editPageOf(r, post.Post{}, form))
}

func (p *Pages) createPost(w http.ResponseWriter, r *http.Request) error {
	if !mayAdd(web.PersonOf(r.Context())) {
		return fault.NewForbidden("web.error.not_allowed")
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	made, bad := readPost(form)
	made.ID = form.Value("id")
	if err := bad.Err(); form.Refuse(err) {
		return p.show(w, r, "post", form, p.editPageOf(r, post.Post{}, form))
	}
	if err := p.Posts.Create(r.Context(), actor(r), made); form.RefuseOrSay(err, fault.Conflict) {
		return p.show(w, r, "post", form, p.editPageOf(r, post.Post{}, form))
	} else if err != nil {
		return err
	}
	p.say(w, "postweb.saved", nil)
	web.SeeOther(w, r, path(made.ID, ""))
	return nil
}

func (p *Pages) editPost(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	form := formOf(of)
	return p.show(w, r, "post", form, p.editPageOf(r, of, form))
}

func (p *Pages) updatePost(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	changed, bad := readPost(form)
	changed.ID = of.ID
	if err := bad.Err(); form.Refuse(err) {
		return p.show(w, r, "post", form, p.editPageOf(r, of, form))
	}
	if err := p.Posts.Update(r.Context(), actor(r), changed); form.RefuseOrSay(err, fault.Conflict) {
		return p.show(w, r, "post", form, p.editPageOf(r, of, form))
	} else if err != nil {
		return err
	}
	p.say(w, "postweb.saved", nil)
	web.SeeOther(w, r, path(of.ID, ""))
	return nil
}

// formOf fills the form with what the post has.
func formOf(of post.Post) *web.Form {
	form := &web.Form{}
	for _, lang := range locale.Languages {
		form.Set("name."+lang, of.Name[lang])
		form.Set("city."+lang, of.City[lang])
		form.Set("address."+lang, of.Address[lang])
		form.Set("opening."+lang, of.Opening[lang])
	}
	form.Set("type", string(of.Type))
	form.Set("country", of.Country)
	form.Set("latitude", strconv.FormatFloat(of.Latitude, 'f', -1, 64))
	form.Set("longitude", strconv.FormatFloat(of.Longitude, 'f', -1, 64))
	form.Set("zone", of.Zone)
	form.Set("phone", of.Phone)
	form.Set("email", of.Email)
	form.Set("minimum_notice_minutes", strconv.Itoa(of.MinimumNoticeMinutes))
	form.Set("horizon_days", strconv.Itoa(of.HorizonDays))
	form.Set("version", strconv.Itoa(of.Version))
	form.Values["services"] = of.Services
	if of.Active {
		form.Set("active", "yes")
	}
	return form
}

// readPost reads all but the id; it complains only about what is no number, the
// rest is for the service to judge.
func readPost(form *web.Form) (post.Post, fault.Fields) {
	var bad fault.Fields
	text := func(name string) locale.Text {
		t := locale.Text{}
		for _, lang := range locale.Languages {
			t[lang] = form.Value(name + "." + lang)
		}
		return t
	}
	degrees := func(name string) float64 {
		x, err := strconv.ParseFloat(form.Value(name), 64)
		if err != nil {
			bad.Add(name, "post.error."+name)
		}
		return x
	}
	whole := func(name string) int {
		n, err := strconv.Atoi(form.Value(name))
		if err != nil {
			bad.Add(name, "post.error.number")
		}
		return n
	}
	made := post.Post{
		Type: post.Type(form.Value("type")), Name: text("name"), City: text("city"), Country: form.Value("country"),
		Address: text("address"), Latitude: degrees("latitude"), Longitude: degrees("longitude"), Zone: form.Value("zone"),
		Phone: form.Value("phone"), Email: form.Value("email"), Opening: text("opening"), Services: form.All("services"),
		MinimumNoticeMinutes: whole("minimum_notice_minutes"), HorizonDays: whole("horizon_days"),
		Active: form.Has("active", "yes"),
	}
	// A version that is missing or no number matches none, which the service
	// tells as a conflict.
	made.Version, _ = strconv.Atoi(form.Value("version"))
	return made, bad
}
