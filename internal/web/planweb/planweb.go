package planweb

import (
	"context"
	"embed"
	"net/http"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/plan"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// What the pages ask of a person: to see plans, to change them, to see the
// names of those who have appointments, and to move them.
const (
	maySee   = "plan.see"
	mayEdit  = "plan.edit"
	mayNames = "day.see"
	mayMove  = "booking.staff"
)

// Book is the appointment book as these pages need it; *booking.Book is one.
type Book interface {
	MustMove(ctx context.Context, postID string, after booking.MovingAfter, limit int) ([]booking.Moving, error)
	MustMoveCounts(ctx context.Context) (map[string]booking.MovingCount, error)
	Details(k *booking.Booking) (booking.Details, error)
	Kept(ctx context.Context, bookingID string) (*booking.Slot, time.Time, error)
	ByReference(ctx context.Context, reference string) (*booking.Booking, error)
	Move(ctx context.Context, actor, id string, to booking.Choice, staff bool) (*booking.Booking, error)
}

// People puts names to staff accounts; *identity.Service is one.
type People interface {
	NamesOf(ctx context.Context, ids []string) (map[string]string, error)
}

// Pages are the room's pages.
type Pages struct {
	People   People
	Plans    *plan.Service
	Book     Book
	Posts    plan.Posts
	Services *catalogue.Catalogue
	web      *web.Server
}

// Register adds the pages to the server.
func (p *Pages) Register(s *web.Server) error {
	p.web = s
	see, edit := web.Staff(maySee, "post"), web.Staff(mayEdit, "post")
	s.Handle("GET /staff/plan", web.Staff(maySee, ""), p.list)
	s.Handle("GET /staff/plan/{post}", see, p.overview)
	s.Handle("GET /staff/plan/{post}/must-move", see, p.mustMove)
	s.Handle("GET /staff/plan/{post}/revisions", see, p.revisions)
	s.Handle("POST /staff/plan/{post}/must-move/{reference}", web.Staff(mayMove, "post"), p.takeKept)
	s.Handle("GET /staff/plan/{post}/apply", edit, p.apply)
	s.Handle("POST /staff/plan/{post}/apply", edit, p.apply)
	s.Handle("GET /staff/plan/{post}/rules/new", edit, p.newRule)
	s.Handle("POST /staff/plan/{post}/rules/new", edit, p.saveRule)
	s.Handle("GET /staff/plan/{post}/rules/{rule}", edit, p.editRule)
	s.Handle("POST /staff/plan/{post}/rules/{rule}", edit, p.saveRule)
	s.Handle("GET /staff/plan/{post}/rules/{rule}/remove", edit, p.removeRule)
	s.Handle("POST /staff/plan/{post}/rules/{rule}/remove", edit, p.removeRule)
	s.Handle("GET /staff/plan/{post}/exceptions/new", edit, p.newException)
	s.Handle("POST /staff/plan/{post}/exceptions/new", edit, p.saveException)
	s.Handle("GET /staff/plan/{post}/exceptions/{exception}/remove", edit, p.removeException)
	s.Handle("POST /staff/plan/{post}/exceptions/{exception}/remove", edit, p.removeException)
	s.StaffNav(web.NavItem{Order: 40, Path: "/staff/plan", Title: "planweb.nav", Text: "web.staff.rooms.plan", Permission: maySee})
	return s.Templates("planweb", templates)
}

// actor is who stands in the audit trail for the request.
func actor(r *http.Request) string { return audit.Staff(web.PersonOf(r.Context()).ID()) }

// wanted gives the post that the address names.
func (p *Pages) wanted(r *http.Request) (post.Post, error) {
	return p.Posts.Get(r.Context(), r.PathValue("post"))
}

// path is the address of a page of a post's plan.
func path(postID, page string) string { return "/staff/plan/" + postID + page }

// show renders a page of the room: 422 when its form was refused.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, name string, form *web.Form, data any) error {
	status := http.StatusOK
	if form != nil && len(form.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return p.web.Render(w, r, status, "planweb/"+name+".html", data)
}

// titles names services in the reader's language.
func (p *Pages) titles(ids []string, lang string) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = id
		if s, err := p.Services.Service(id); err == nil {
			names[i] = s.Title.In(lang)
		}
	}
	return names
}
