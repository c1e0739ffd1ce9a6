package visaweb

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/act/paper"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/identityweb"
)

//go:embed templates/*.html
var templates embed.FS

// People puts names to staff accounts; *identity.Service is one.
type People interface {
	NamesOf(ctx context.Context, ids []string) (map[string]string, error)
}

// Posts knows the posts; *post.Service is one.
type Posts interface {
	All(ctx context.Context) ([]post.Post, error)
	Get(ctx context.Context, id string) (post.Post, error)
}

// Door knows which applications a browser may see; *applicant.Door is one.
type Door interface {
	Application(r *http.Request) (*casework.Application, error)
}

// Pages are the room's pages.
type Pages struct {
	Acts   *act.Service
	Papers *paper.Office
	Cases  *casework.Service
	People People
	Posts  Posts
	Door   Door
	web    *web.Server
}

// Register adds the pages to the server, whose gate must be identityweb's.
func (p *Pages) Register(s *web.Server) error {
	p.web = s
	see, issue, end := web.Staff(string(identity.VisasSee), ""), web.Staff(string(identity.VisasIssue), ""), web.Staff(string(identity.VisasRevoke), "")
	s.Handle("GET /staff/visas", see, p.list)
	s.Handle("GET /staff/visas/new", issue, p.begin)
	s.Handle("POST /staff/visas/new", issue, p.issue)
	const one = "/staff/visas/{act}"
	s.Handle("GET "+one, see, p.visa)
	s.Handle("GET "+one+"/photo", see, p.photo)
	s.Handle("GET "+one+"/documents/{document}", see, p.document)
	s.Handle("GET "+one+"/print", issue, p.askPrint)
	s.Handle("POST "+one+"/print", issue, p.print)
	s.Handle("GET "+one+"/correct", issue, p.askCorrect)
	s.Handle("POST "+one+"/correct", issue, p.correct)
	s.Handle("GET "+one+"/end", end, p.askEnd)
	s.Handle("POST "+one+"/end", end, p.propose)
	s.Handle("POST "+one+"/proposals/{proposal}/carry", end, p.carry)
	s.Handle("POST "+one+"/proposals/{proposal}/reject", end, p.reject)
	s.Handle("GET /applications/{reference}/visa.pdf", web.Public, p.download)
	s.StaffNav(web.NavItem{Order: 35, Path: "/staff/visas", Title: "visaweb.nav", Text: "visaweb.nav_text", Permission: string(identity.VisasSee)})
	return s.Templates("visaweb", templates)
}

func me(r *http.Request) string { return web.PersonOf(r.Context()).ID() }

func may(r *http.Request, permission identity.Permission, postID string) bool {
	return web.PersonOf(r.Context()).May(string(permission), postID)
}

// wanted gives the visa that the address names, if the person may see those of
// its post; everything else is not found. Forbidden when they may see it but
// lack need.
func (p *Pages) wanted(r *http.Request, need identity.Permission) (*act.Act, error) {
	if uuid.Validate(r.PathValue("act")) != nil {
		return nil, fault.NewNotFound("act.not_found")
	}
	a, err := p.Acts.Act(r.Context(), r.PathValue("act"))
	if err != nil {
		return nil, err
	}
	if a.Register != act.Visas || !may(r, identity.VisasSee, a.PostID) {
		return nil, fault.NewNotFound("act.not_found")
	}
	if !may(r, need, a.PostID) {
		return nil, fault.NewForbidden("web.error.not_allowed")
	}
	return a, nil
}

func path(a *act.Act) string { return "/staff/visas/" + a.ID }

// status is 422 for a refused form.
func status(form *web.Form) int {
	if form != nil && len(form.Errors) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// options are the choices of a list whose texts are translated.
func options(r *http.Request, keys func(string) string, values []string) []web.Option {
	p := web.PrinterOf(r.Context())
	var all []web.Option
	for _, v := range values {
		all = append(all, web.Option{Value: v, Label: p.T(keys(v))})
	}
	return all
}

func layoutKey(layout string) string { return "act.layout." + layout }

// colours of the states' tags.
var colours = map[act.State]string{act.InForce: "green", act.Corrected: "grey", act.Annulled: "red", act.Revoked: "red"}

// itemRow is a visa in a list.
type itemRow struct {
	*act.Act
	Where, Path, Colour string
}

type listPage struct {
	Form   *web.Form
	Posts  []web.Option
	Years  []web.Option
	States []web.Option
	Visas  []itemRow
	Next   string
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	posts, err := p.Posts.All(r.Context())
	if err != nil {
		return err
	}
	printer, form := web.PrinterOf(r.Context()), web.NewForm(r.URL.Query())
	everywhere, own := identityweb.PersonOf(r.Context()).Staff.Posts(identity.VisasSee)
	page := listPage{Form: form, States: options(r, func(s string) string { return "act.state." + s }, []string{string(act.InForce), string(act.Corrected), string(act.Annulled), string(act.Revoked)})}
	names := map[string]string{}
	for _, one := range posts {
		if names[one.ID] = one.Name.In(printer.Lang()); everywhere || slices.Contains(own, one.ID) {
			page.Posts = append(page.Posts, web.Option{Value: one.ID, Label: names[one.ID]})
		}
	}
	years, err := p.Acts.Years(r.Context(), act.Visas)
	if err != nil {
		return err
	}
	for _, year := range years {
		page.Years = append(page.Years, web.Option{Value: strconv.Itoa(year), Label: strconv.Itoa(year)})
	}
	q, err := p.query(r, form)
	if err != nil {
		return err
	}
	q.Posts, q.AllPosts = own, everywhere
	found, err := p.Acts.List(r.Context(), q)
	if err != nil {
		return err
	}
	for _, a := range found.Acts {
		page.Visas = append(page.Visas, itemRow{a, names[a.PostID], path(a), colours[a.State]})
	}
	if found.Cursor != "" {
		next := r.URL.Query()
		next.Set("after", found.Cursor)
		page.Next = "/staff/visas?" + next.Encode()
	}
	return p.web.Render(w, r, http.StatusOK, "visaweb/list.html", page)
}

// query reads what is looked for. The reference of an application finds its
// visas, like everything else in the one box.
func (p *Pages) query(r *http.Request, form *web.Form) (act.Query, error) {
	q := act.Query{Register: act.Visas, PostID: form.Value("post"), Text: form.Value("q"), State: act.State(form.Value("state"))}
	q.Year, _ = strconv.Atoi(form.Value("year"))
	if !slices.Contains(act.States, q.State) {
		q.State = ""
	}
	if after := form.Value("after"); uuid.Validate(after) == nil {
		q.After = after
	}
	if len(q.Text) > 200 {
		q.Text = q.Text[:200]
	}
	if reference, ok := casework.ParseReference(q.Text); ok {
		a, err := p.Cases.ByReference(r.Context(), reference)
		if err == nil {
			q.Source, q.Text = act.CaseSource(a.ID), ""
		} else if fault.KindOf(err) != fault.NotFound {
			return q, err
		}
	}
	return q, nil
}

// local writes instants by the clock of the post.
func (p *Pages) local(ctx context.Context, postID string) (post.Post, func(time.Time) time.Time, error) {
	at, err := p.Posts.Get(ctx, postID)
	return at, func(t time.Time) time.Time { return t.In(at.Location()) }, err
}

// applicationID is that of the application from which the visa was made.
func applicationID(a *act.Act) string {
	id, _ := strings.CutPrefix(a.Source, act.CaseSource(""))
	return id
}

// postName is how the post is named on papers: in the State's language.
func postName(at post.Post) string { return at.Name.In("az") + " / " + at.Name.In("en") }
