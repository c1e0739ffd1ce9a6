package lookweb

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/booking/lookback"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/identityweb"
)

//go:embed templates/*.html
var templates embed.FS

// Posts lists the posts; *post.Service is one.
type Posts interface {
	All(ctx context.Context) ([]post.Post, error)
}

// Pages are the room's pages.
type Pages struct {
	Reader   *lookback.Reader
	Leads    *lookback.Leads
	Posts    Posts
	Services *catalogue.Catalogue
	web      *web.Server
}

// Register adds the pages to the server, whose gate must be identityweb's.
func (p *Pages) Register(s *web.Server) error {
	p.web = s
	s.Handle("GET /staff/look", web.Staff(string(identity.LookSee), ""), p.ministry)
	s.Handle("GET /staff/look/csv/{table}", web.Staff(string(identity.MinistrySee), ""), p.ministryCSV)
	s.Handle("GET /staff/look/{post}", web.Staff(string(identity.LookSee), "post"), p.onePost)
	s.Handle("GET /staff/look/{post}/csv/{table}", web.Staff(string(identity.LookSee), "post"), p.postCSV)
	s.StaffNav(web.NavItem{Order: 50, Path: "/staff/look", Title: "lookweb.nav", Text: "web.staff.rooms.look", Permission: string(identity.LookSee)})
	return s.Templates("lookweb", templates)
}

// period is the choice of days, as the form has it.
type period struct {
	Form     *web.Form
	From, To string
	By       string // day, week or service
	Presets  []preset
	Kinds    []web.Option // of lines
}

type preset struct {
	Key, From, To string
	Current       bool
}

// maxDays bounds a period: a year and a day.
const maxDays = 367

// usualDays is how far one looks back unasked: four whole weeks.
const usualDays = 28

// readPeriod reads the form; Invalid by field, with a usable period all the
// same. A period ends today at the latest: what comes is not looked back on.
func readPeriod(r *http.Request, today string) (period, error) {
	q := r.URL.Query()
	yesterday := lookback.AddDays(today, -1)
	p := period{Form: &web.Form{}, From: lookback.AddDays(today, -usualDays), To: yesterday, By: q.Get("by")}
	for _, name := range []string{"from", "to"} {
		if len(q.Get(name)) <= 40 {
			p.Form.Set(name, q.Get(name))
		}
	}
	var wrong fault.Fields
	day := func(name string, into *string) {
		text := p.Form.Value(name)
		if text == "" {
			return
		}
		if t, err := time.Parse(time.DateOnly, text); err != nil || t.Year() < 2000 {
			wrong.Add(name, "lookweb.error.date")
			return
		}
		*into = text
	}
	from, to := p.From, p.To
	day("from", &from)
	day("to", &to)
	to = min(to, today)
	switch {
	case wrong.Err() != nil:
	case from > to:
		wrong.Add("from", "lookweb.error.order")
	case lookback.AddDays(from, maxDays) <= to:
		wrong.AddWith("from", "lookweb.error.long", fault.Args{"Max": maxDays})
	default:
		p.From, p.To = from, to
	}
	for _, kind := range []string{"day", "week", "service"} {
		p.Kinds = append(p.Kinds, web.Option{Value: kind, Label: printerOf(r).T("lookweb.kind." + kind)})
	}
	if !slices.ContainsFunc(p.Kinds, func(o web.Option) bool { return o.Value == p.By }) {
		p.By = "day"
		if lookback.AddDays(p.From, 45) < p.To {
			p.By = "week"
		}
	}
	if wrong.Err() == nil {
		p.Form.Set("from", p.From)
		p.Form.Set("to", p.To)
	}
	p.Form.Set("by", p.By)
	for _, one := range []struct {
		key  string
		back int
	}{{"lookweb.preset.week", 7}, {"lookweb.preset.month", usualDays}, {"lookweb.preset.quarter", 91}, {"lookweb.preset.year", 365}} {
		start := lookback.AddDays(today, -one.back)
		p.Presets = append(p.Presets, preset{Key: one.key, From: start, To: yesterday, Current: p.From == start && p.To == yesterday})
	}
	return p, wrong.Err()
}

// visible lists the posts at which the person holds the permission, in the
// order of the list of posts.
func (p *Pages) visible(r *http.Request, permission identity.Permission) ([]post.Post, error) {
	all, err := p.Posts.All(r.Context())
	if err != nil {
		return nil, err
	}
	everywhere, own := identityweb.PersonOf(r.Context()).Staff.Posts(permission)
	var list []post.Post
	for _, one := range all {
		if everywhere || slices.Contains(own, one.ID) {
			list = append(list, one)
		}
	}
	return list, nil
}

func (p *Pages) service(id, lang string) string {
	if s, err := p.Services.Service(id); err == nil {
		return s.Title.In(lang)
	}
	return id
}

func printerOf(r *http.Request) *locale.Printer { return web.PrinterOf(r.Context()) }
