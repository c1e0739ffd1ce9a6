package postweb

import (
	"embed"
	"net/http"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// permission is what editing posts needs.
const permission = "posts.edit"

// Pages are the room's pages and operations.
type Pages struct {
	Posts    *post.Service
	Services *catalogue.Catalogue
	// Questionnaires are those of services that are applied for online.
	Questionnaires *form.Set
	web            *web.Server
}

// maxUpload is the body limit of the calendar upload: above the limit of the
// file itself, so that a file somewhat too large is refused with a sentence at
// the control and not with a page of its own.
const maxUpload = 4 * post.MaxCalendarBytes

// Register adds the pages to the server.
func (p *Pages) Register(s *web.Server) error {
	p.web = s
	s.Handle("GET /services", web.Public, p.services)
	s.Handle("GET /services/{service}", web.Public, p.service)

	edit := web.Staff(permission, "post")
	s.Handle("GET /staff/admin/posts", web.Staff(permission, ""), p.list)
	s.Handle("GET /staff/admin/posts/new", web.Staff(permission, ""), p.newPost)
	s.Handle("POST /staff/admin/posts/new", web.Staff(permission, ""), p.createPost)
	s.Handle("GET /staff/admin/posts/{post}", edit, p.editPost)
	s.Handle("POST /staff/admin/posts/{post}", edit, p.updatePost)
	s.Handle("GET /staff/admin/posts/{post}/counters", edit, p.counters)
	s.Handle("POST /staff/admin/posts/{post}/counters", edit, p.saveCounter)
	s.Handle("GET /staff/admin/posts/{post}/counters/{counter}", edit, p.counter)
	s.Handle("POST /staff/admin/posts/{post}/counters/{counter}", edit, p.saveCounter)
	s.Handle("GET /staff/admin/posts/{post}/holidays", edit, p.holidays)
	s.Handle("POST /staff/admin/posts/{post}/holidays", edit, p.addHoliday)
	s.Handle("POST /staff/admin/posts/{post}/holidays/import", edit, p.importHolidays, web.Multipart(), web.BodyLimit(maxUpload))
	s.Handle("POST /staff/admin/posts/{post}/holidays/{date}/remove", edit, p.removeHoliday)
	s.Handle("GET /staff/admin/posts/{post}/away", edit, p.away)
	s.Handle("POST /staff/admin/posts/{post}/closures", edit, p.addClosure)
	s.Handle("POST /staff/admin/posts/{post}/closures/{closure}/remove", edit, p.removeClosure)
	s.Handle("POST /staff/admin/posts/{post}/absences", edit, p.addAbsence)
	s.Handle("POST /staff/admin/posts/{post}/absences/{absence}/remove", edit, p.removeAbsence)

	s.HomeSection(web.HomeSection{Order: 30, Path: "/services", Title: "postweb.home.title", Text: "postweb.home.text"})
	s.StaffNav(web.NavItem{Order: 80, Path: "/staff/admin/posts", Title: "postweb.nav", Text: "web.staff.rooms.posts", Permission: permission})
	return s.Templates("postweb", templates)
}

// actor is who stands in the audit trail for the request.
func actor(r *http.Request) string { return audit.Staff(web.PersonOf(r.Context()).ID()) }

// wanted gives the post that the address names.
func (p *Pages) wanted(r *http.Request) (post.Post, error) {
	return p.Posts.Get(r.Context(), r.PathValue("post"))
}

// path is the address of a post's administration page.
func path(postID, page string) string {
	if page == "" {
		return "/staff/admin/posts/" + postID
	}
	return "/staff/admin/posts/" + postID + "/" + page
}

// show renders a page of the room: 422 when its form was refused.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, name string, form *web.Form, data any) error {
	status := http.StatusOK
	if form != nil && len(form.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return p.web.Render(w, r, status, "postweb/"+name+".html", data)
}

// say shows a sentence on the next page.
func (p *Pages) say(w http.ResponseWriter, key string, args fault.Args) {
	p.web.Flash(w, web.Flash{Kind: "success", Key: key, Args: args})
}
