package formweb

import (
	"context"
	"embed"
	"net/http"
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/applicant"
)

//go:embed templates/*.html
var templates embed.FS

// Posts finds posts; *post.Service does.
type Posts interface {
	Get(ctx context.Context, id string) (post.Post, error)
	List(ctx context.Context) ([]post.Post, error)
}

// Tariffs says why a price is what it is; *tariff.Tariffs does.
type Tariffs interface {
	Title(serviceID, basis string) locale.Text
}

// Pages are the pages of this room. All of it is needed.
type Pages struct {
	Web      *web.Server
	Door     *applicant.Door
	Cases    *casework.Service
	Forms    *form.Set
	Posts    Posts
	Tariffs  Tariffs
	Calendar casework.Calendar
	Intake   *upload.Intake
	Ministry locale.Text
	// Admit counts a try of this network to start an application or to have a code
	// mailed to an address; Busy when there were too many.
	Admit func(ctx context.Context, address string) error
}

const (
	one = "/applications/{reference}"
	// pageLimit bounds what is sent with a page that takes files: as many of the
	// largest as a question usually takes, and some for what lies around them.
	pageLimit = 5*casework.MaxFile + 1<<20
)

// Register adds the pages to the server.
func (p *Pages) Register() error {
	s := p.Web
	s.Handle("GET /services/{service}/apply", web.Public, p.start)
	s.Handle("POST /services/{service}/apply", web.Public, p.begin)
	s.Handle("GET /visa/apply", web.Public, p.visa)

	s.Handle("GET /applications", web.Public, p.mine)
	s.Handle("POST /applications", web.Public, p.askCode)
	s.Handle("GET /applications/code", web.Public, p.typeCode)
	s.Handle("POST /applications/code", web.Public, p.enter)
	s.Handle("POST /applications/leave", web.Public, p.leaveAll)

	s.Handle("GET "+one+"/tasks", web.Public, p.tasks)
	s.Handle("GET "+one+"/email", web.Public, p.email)
	s.Handle("POST "+one+"/email", web.Public, p.setEmail)
	s.Handle("GET "+one+"/code", web.Public, p.code)
	s.Handle("POST "+one+"/code", web.Public, p.prove)
	s.Handle("GET "+one+"/leave", web.Public, p.leave)
	s.Handle("POST "+one+"/leave", web.Public, p.left)

	s.Handle("GET "+one+"/pages/{page}", web.Public, p.page)
	s.Handle("POST "+one+"/pages/{page}", web.Public, p.savePage, web.Multipart(), web.BodyLimit(pageLimit))
	s.Handle("GET "+one+"/pages/{page}/{index}", web.Public, p.round)
	s.Handle("POST "+one+"/pages/{page}/{index}", web.Public, p.saveRound, web.Multipart(), web.BodyLimit(pageLimit))
	s.Handle("GET "+one+"/pages/{page}/{index}/remove", web.Public, p.askRemove)
	s.Handle("POST "+one+"/pages/{page}/{index}/remove", web.Public, p.remove)

	s.Handle("GET "+one+"/files/{file}", web.Public, p.file)
	s.Handle("GET "+one+"/files/{file}/crop", web.Public, p.crop)
	s.Handle("POST "+one+"/files/{file}/crop", web.Public, p.cut)

	s.Handle("GET "+one+"/check", web.Public, p.check)
	s.Handle("GET "+one+"/declaration", web.Public, p.declaration)
	s.Handle("GET "+one+"/submit", web.Public, p.askSubmit)
	s.Handle("POST "+one+"/submit", web.Public, p.submit)
	s.Handle("GET "+one+"/application.pdf", web.Public, p.paper)
	s.Handle("GET "+one+"/data", web.Public, p.data)
	s.Handle("GET "+one+"/delete", web.Public, p.askDelete)
	s.Handle("POST "+one+"/delete", web.Public, p.delete)

	s.HomeSection(web.HomeSection{Order: 25, Path: applicant.ReturnPath, Title: "formweb.home.title", Text: "formweb.home.text"})
	return s.Templates("formweb", templates)
}

func (p *Pages) now() time.Time { return p.Web.Now() }

// refusal shows what is wrong on the page that was sent, with all that was typed:
// it gives the status, 0 when the error is none that the person can do anything
// about there. Whoever tried too often waits and sends it again.
func refusal(in *web.Form, err error) int {
	switch {
	case fault.KindOf(err) == fault.Busy:
		in.RefuseOrSay(err, fault.Busy)
		return http.StatusTooManyRequests
	case in.Refuse(err) || len(in.Errors) > 0:
		return http.StatusUnprocessableEntity
	}
	return 0
}
