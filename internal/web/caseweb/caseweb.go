package caseweb

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/identityweb"
)

//go:embed templates/*.html
var templates embed.FS

// People knows the staff; *identity.Service is one.
type People interface {
	NamesOf(ctx context.Context, ids []string) (map[string]string, error)
	Holders(ctx context.Context, p identity.Permission, postIDs ...string) ([]identity.Holder, error)
}

// Posts lists the posts; *post.Service is one.
type Posts interface {
	All(ctx context.Context) ([]post.Post, error)
}

// Hits lists the entries of watch lists that came close to somebody;
// *screening.Service does.
type Hits interface {
	Hits(ctx context.Context, f screening.Filter) ([]*screening.Hit, error)
}

// Door lets this browser fill in an application; *applicant.Door is one.
type Door interface {
	Admit(w http.ResponseWriter, r *http.Request, a *casework.Application) error
}

// Pages are the room's pages.
type Pages struct {
	Cases    *casework.Service
	Reads    *casework.Reads
	Forms    *form.Set
	People   People
	Posts    Posts
	Hits     Hits
	Door     Door
	Ministry locale.Text // on receipts
	web      *web.Server
}

// Register adds the pages to the server, whose gate must be identityweb's.
func (p *Pages) Register(s *web.Server) error {
	p.web = s
	see, work := web.Staff(string(identity.CasesSee), ""), web.Staff(string(identity.CasesWork), "")
	count := web.Staff(string(identity.CasesStatistics), "")
	s.Handle("GET /staff/cases", see, p.worklist)
	s.Handle("GET /staff/cases/csv", see, p.worklistCSV)
	s.Handle("GET /staff/cases/statistics", count, p.statistics)
	s.Handle("GET /staff/cases/statistics/csv", count, p.statisticsCSV)
	s.Handle("GET /staff/cases/new", work, p.begin)
	s.Handle("POST /staff/cases/new", work, p.start)
	const one = "/staff/cases/{reference}"
	s.Handle("GET "+one, see, p.show)
	s.Handle("GET "+one+"/changes", see, p.changes)
	s.Handle("GET "+one+"/files/{file}", see, p.file)
	s.Handle("GET "+one+"/receipts/{receipt}", see, p.receipt)
	for _, d := range deeds {
		access := web.Staff(string(d.need), "")
		if !d.bare {
			s.Handle("GET "+one+"/"+d.name, access, func(w http.ResponseWriter, r *http.Request) error { return p.offer(w, r, d) })
		}
		s.Handle("POST "+one+"/"+d.name, access, func(w http.ResponseWriter, r *http.Request) error { return p.carryOut(w, r, d) })
	}
	s.StaffNav(
		web.NavItem{Order: 30, Path: "/staff/cases", Title: "caseweb.nav", Text: "caseweb.nav_text", Permission: string(identity.CasesSee)},
		web.NavItem{Order: 55, Path: "/staff/cases/statistics", Title: "caseweb.figures.nav", Text: "caseweb.figures.nav_text", Permission: string(identity.CasesStatistics)},
	)
	return s.Templates("caseweb", templates)
}

func printerOf(r *http.Request) *locale.Printer { return web.PrinterOf(r.Context()) }

func me(r *http.Request) string { return web.PersonOf(r.Context()).ID() }

func may(r *http.Request, p identity.Permission, postID string) bool {
	return web.PersonOf(r.Context()).May(string(p), postID)
}

// scope is the posts at which the person holds a permission, and of these those
// that the page is about.
type scope struct {
	all    []post.Post
	chosen []post.Post
	// everywhere says that the permission is held at every post.
	everywhere bool
}

// scopeOf reads the scope; a post that is asked for and not the person's is as
// if it did not exist.
func (p *Pages) scopeOf(r *http.Request, permission identity.Permission, asked string) (*scope, error) {
	posts, err := p.Posts.All(r.Context())
	if err != nil {
		return nil, err
	}
	sc := &scope{}
	everywhere, own := identityweb.PersonOf(r.Context()).Staff.Posts(permission)
	sc.everywhere = everywhere
	for _, one := range posts {
		if everywhere || slices.Contains(own, one.ID) {
			sc.all = append(sc.all, one)
		}
	}
	sc.chosen = sc.all
	if asked != "" {
		i := slices.IndexFunc(sc.all, func(o post.Post) bool { return o.ID == asked })
		if i < 0 {
			return nil, fault.NewNotFound("post.not_found")
		}
		sc.chosen = sc.all[i : i+1]
	}
	return sc, nil
}

// ids are the chosen posts' ids; never nil.
func (sc *scope) ids() []string {
	ids := []string{}
	for _, one := range sc.chosen {
		ids = append(ids, one.ID)
	}
	return ids
}

func (sc *scope) options(lang string) []web.Option {
	var options []web.Option
	for _, one := range sc.all {
		options = append(options, web.Option{Value: one.ID, Label: one.Name.In(lang)})
	}
	return options
}

// post gives one of the person's posts, or one that is only a name.
func (sc *scope) post(id string) post.Post {
	for _, one := range sc.all {
		if one.ID == id {
			return one
		}
	}
	return post.Post{ID: id, Name: locale.Text{"en": id}, Zone: "UTC"}
}

// service names a service by its questionnaire of today.
func (p *Pages) service(id, lang string) string {
	if d, ok := p.Forms.For(id); ok {
		return d.Title.In(lang)
	}
	return id
}

func (p *Pages) services(lang string) []web.Option {
	var options []web.Option
	for _, d := range p.Forms.All() {
		options = append(options, web.Option{Value: d.ServiceID, Label: d.Title.In(lang)})
	}
	return options
}

// purpose says what a value of the question "purpose" means.
func (p *Pages) purpose(value, lang string) string {
	for _, d := range p.Forms.All() {
		if text := purposeOf(d, value, lang); text != "" {
			return text
		}
	}
	return value
}

func purposeOf(d *form.Definition, value, lang string) string {
	for i := range d.Pages {
		if q, ok := d.Pages[i].Question("purpose"); ok {
			for _, o := range q.Options {
				if o.Value == value {
					return o.Text.In(lang)
				}
			}
		}
	}
	return ""
}

// names puts names to staff ids and to actors as the audit trail has them; the
// answer has both as keys.
func (p *Pages) names(r *http.Request, ids ...string) (map[string]string, error) {
	var wanted []string
	for _, id := range ids {
		if id = strings.TrimPrefix(id, "staff:"); id != "" && id != "system" && id != "applicant" {
			wanted = append(wanted, id)
		}
	}
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	found, err := p.People.NamesOf(r.Context(), wanted)
	if err != nil {
		return nil, err
	}
	t := printerOf(r)
	names := map[string]string{"system": t.T("caseweb.by_system"), "applicant": t.T("caseweb.by_applicant")}
	for _, id := range wanted {
		name := found[id]
		if name == "" {
			name = t.T("caseweb.by_nobody")
		}
		names[id], names["staff:"+id] = name, name
	}
	return names, nil
}

// status is 422 for a refused form.
func status(f *web.Form) int {
	if f != nil && len(f.Errors) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// colours of the states, as tags.
var colours = map[casework.State]string{
	casework.Submitted: "blue", casework.Asked: "grey", casework.Answered: "blue", casework.Screened: "blue", casework.Examined: "purple",
	casework.Proposed: "yellow", casework.Granted: "green", casework.Refused: "red", casework.Issued: "green", casework.Collected: "green",
	casework.Withdrawn: "grey", casework.Lapsed: "grey",
}
