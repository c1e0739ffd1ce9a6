package drawweb

import (
	"net/http"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/booking/ballot"
	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/identityweb"
)

// Desk is the staff's side of draws: what is announced and held at their
// posts, announcing one besides the rounds that come by themselves, and
// filling in a public random value.
type Desk struct {
	Rounds   *ballot.Rounds
	Services *catalogue.Catalogue
	Posts    *post.Service

	server *web.Server
}

// Register adds the pages to the server, after those of Room.
func (d *Desk) Register(server *web.Server) {
	d.server = server
	run := string(identity.DrawRun)
	server.Handle("GET /staff/draws", web.Staff(run, ""), d.list)
	server.Handle("GET /staff/draws/{post}/new", web.Staff(run, "post"), d.blank)
	server.Handle("POST /staff/draws/{post}/new", web.Staff(run, "post"), d.announce)
	server.Handle("GET /staff/draws/{post}/{ballot}", web.Staff(run, "post"), d.show)
	server.Handle("POST /staff/draws/{post}/{ballot}/randomness", web.Staff(run, "post"), d.randomness)
	server.StaffNav(web.NavItem{Order: 65, Path: "/staff/draws", Title: "drawweb.list.title", Text: "web.staff.rooms.draws", Permission: run})
}

type staffDraw struct {
	ID, PostID, Title, Where, When string
	Stage                          draw.State
	Entries                        int
}

type staffList struct {
	Draws []staffDraw
	Posts []web.Option
}

// shown is how many draws the staff's list has: those of about a year.
const shown = 100

func (d *Desk) list(w http.ResponseWriter, r *http.Request) error {
	ctx, p := r.Context(), web.PrinterOf(r.Context())
	person := identityweb.PersonOf(ctx).Staff
	posts, err := d.Posts.All(ctx)
	if err != nil {
		return err
	}
	var page staffList
	names := map[string]post.Post{}
	for _, one := range posts {
		names[one.ID] = one
		if person.May(identity.DrawRun, one.ID) && len(d.drawn(one)) > 0 {
			page.Posts = append(page.Posts, web.Option{Value: one.ID, Label: one.Name.In(p.Lang())})
		}
	}
	found, err := d.Rounds.Draws.List(ctx, draw.Filter{Limit: shown})
	if err != nil {
		return err
	}
	for _, b := range found {
		if !person.May(identity.DrawRun, b.PostID) {
			continue
		}
		at := names[b.PostID]
		entries, err := d.Rounds.Draws.Entries(ctx, b.ID)
		if err != nil {
			return err
		}
		page.Draws = append(page.Draws, staffDraw{
			ID: b.ID, PostID: b.PostID, Title: b.Title.In(p.Lang()), Where: at.Name.In(p.Lang()), Stage: b.Stage(d.server.Now()),
			When: p.DateTime(b.DrawsAt.In(at.Location())), Entries: entries,
		})
	}
	return d.server.Render(w, r, http.StatusOK, "drawweb/staff-list.html", page)
}

// drawn lists the services of a post whose places go by draw.
func (d *Desk) drawn(p post.Post) []catalogue.Service {
	return slices.DeleteFunc(slices.Clone(d.Services.Services()), func(s catalogue.Service) bool {
		return s.Release.Ballot == nil || !p.Offers(s.ID)
	})
}

type announcePage struct {
	Form     *web.Form
	PostID   string
	Post     string
	Zone     string
	Services []web.Option
}

func (d *Desk) showAnnounce(w http.ResponseWriter, r *http.Request, status int, form *web.Form) error {
	lang := web.PrinterOf(r.Context()).Lang()
	at, err := d.Posts.Get(r.Context(), r.PathValue("post"))
	if err != nil {
		return err
	}
	page := announcePage{Form: form, PostID: at.ID, Post: at.Name.In(lang), Zone: at.Zone}
	for _, s := range d.drawn(at) {
		page.Services = append(page.Services, web.Option{Value: s.ID, Label: s.Title.In(lang)})
	}
	return d.server.Render(w, r, status, "drawweb/staff-new.html", page)
}

func (d *Desk) blank(w http.ResponseWriter, r *http.Request) error {
	return d.showAnnounce(w, r, http.StatusOK, &web.Form{})
}

func (d *Desk) announce(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	at, err := d.Posts.Get(r.Context(), r.PathValue("post"))
	if err != nil {
		return err
	}
	x, err := readExtra(form, at)
	if err == nil {
		_, err = d.Rounds.Extra(r.Context(), web.PersonOf(r.Context()).ID(), x)
	}
	if form.RefuseOrSay(err, fault.Conflict) {
		return d.showAnnounce(w, r, http.StatusUnprocessableEntity, form)
	} else if err != nil {
		return err
	}
	d.server.Flash(w, web.Flash{Key: "drawweb.staff.announced"})
	web.SeeOther(w, r, "/staff/draws")
	return nil
}

// readExtra reads the form; days and times are on the post's clock.
func readExtra(form *web.Form, at post.Post) (ballot.Extra, error) {
	var wrong fault.Fields
	instant := func(name string) time.Time {
		found, ok := post.Instant(at.Location(), form.Date(name), form.Value(name+"_time"))
		if !ok {
			wrong.Add(name, "drawweb.staff.no_instant")
		}
		return found
	}
	x := ballot.Extra{PostID: at.ID, ServiceID: form.Value("service"), First: form.Date("first"), Last: form.Date("last"),
		OpensAt: instant("opens_at"), ClosesAt: instant("closes_at"), DrawsAt: instant("draws_at"), RandomnessSource: form.Value("randomness_source")}
	if x.RandomnessSource != "" {
		x.RandomnessAt = instant("randomness_at")
	}
	return x, wrong.Err()
}

type staffShow struct {
	Form                *web.Form
	Draw                staffDraw
	Public              string
	Randomness          *draw.Randomness
	MayFill             bool
	Opens, Closes, Held string
	Zone                string
}

func (d *Desk) show(w http.ResponseWriter, r *http.Request) error {
	return d.showDraw(w, r, http.StatusOK, &web.Form{})
}

// own finds a ballot of the post in the address; another post's is not found.
func (d *Desk) own(r *http.Request) (*draw.Ballot, error) {
	b, err := d.Rounds.Draws.Ballot(r.Context(), r.PathValue("ballot"))
	if err == nil && b.PostID != r.PathValue("post") {
		return nil, fault.NewNotFound("draw.not_found")
	}
	return b, err
}

func (d *Desk) showDraw(w http.ResponseWriter, r *http.Request, status int, form *web.Form) error {
	b, err := d.own(r)
	if err != nil {
		return err
	}
	p := web.PrinterOf(r.Context())
	at, err := d.Posts.Get(r.Context(), b.PostID)
	if err != nil {
		return err
	}
	entries, err := d.Rounds.Draws.Entries(r.Context(), b.ID)
	if err != nil {
		return err
	}
	local := func(t time.Time) string { return p.DateTime(t.In(at.Location())) }
	stage := b.Stage(d.server.Now())
	return d.server.Render(w, r, status, "drawweb/staff-show.html", staffShow{
		Form: form, Public: "/draws/" + b.ID, Randomness: b.Randomness, MayFill: b.Randomness != nil && stage == draw.Closed,
		Opens: local(b.OpensAt), Closes: local(b.ClosesAt), Held: local(b.DrawsAt), Zone: at.Zone,
		Draw: staffDraw{ID: b.ID, PostID: b.PostID, Title: b.Title.In(p.Lang()), Where: at.Name.In(p.Lang()), Stage: stage, Entries: entries},
	})
}

func (d *Desk) randomness(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	b, err := d.own(r)
	if err != nil {
		return err
	}
	if err := d.Rounds.Draws.SetRandomness(r.Context(), web.PersonOf(r.Context()).ID(), b.ID, form.Value("value")); form.RefuseOrSay(err, fault.Conflict) {
		return d.showDraw(w, r, http.StatusUnprocessableEntity, form)
	} else if err != nil {
		return err
	}
	d.server.Flash(w, web.Flash{Key: "drawweb.staff.filled"})
	web.SeeOther(w, r, "/staff/draws/"+b.PostID+"/"+b.ID)
	return nil
}
