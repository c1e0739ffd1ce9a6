package screenweb

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/identityweb"
)

//go:embed templates/*.html
var templates embed.FS

// People puts names to staff accounts; *identity.Service is one.
type People interface {
	NamesOf(ctx context.Context, ids []string) (map[string]string, error)
}

// Posts lists the posts; *post.Service is one.
type Posts interface {
	All(ctx context.Context) ([]post.Post, error)
}

// Pages are the room's pages.
type Pages struct {
	Service *screening.Service
	People  People
	Posts   Posts
	web     *web.Server
}

// maxUpload is the body limit of an upload, above that of the file, so that a
// file somewhat too large is refused with a sentence at the control.
const maxUpload = 2 * screening.MaxUpload

// Register adds the pages to the server, whose gate must be identityweb's.
func (p *Pages) Register(s *web.Server) error {
	p.web = s
	see, search := web.Staff(string(identity.ScreeningSee), ""), web.Staff(string(identity.ScreeningSearch), "")
	change := web.Staff(string(identity.ScreeningImport), "")
	s.Handle("GET /staff/screening", see, p.overview)
	s.Handle("GET /staff/screening/search", search, p.search)
	s.Handle("POST /staff/screening/search", search, p.find)
	s.Handle("GET /staff/screening/hits", see, p.hits)
	at := "/staff/screening/{post}/hits/{hit}"
	s.Handle("GET "+at, web.Staff(string(identity.ScreeningSee), "post"), p.hit)
	s.Handle("POST "+at+"/judge", web.Staff(string(identity.HitJudge), "post"), p.judge)
	s.Handle("POST "+at+"/confirm", web.Staff(string(identity.HitConfirm), "post"), p.confirm)
	s.Handle("POST "+at+"/return", web.Staff(string(identity.HitConfirm), "post"), p.giveBack)
	s.Handle("GET /staff/screening/lists/{list}", see, p.entries)
	s.Handle("GET /staff/screening/removed/{list}", see, p.removed)
	s.Handle("GET /staff/screening/lists/national/add", change, p.ministry(p.add))
	s.Handle("POST /staff/screening/lists/national/add", change, p.ministry(p.put))
	s.Handle("POST /staff/screening/lists/national/remove", change, p.ministry(p.remove))
	s.Handle("POST /staff/screening/lists/{list}/import", change, p.ministry(p.upload), web.Multipart(), web.BodyLimit(maxUpload))
	s.Handle("GET /staff/screening/imports/{upload}", change, p.ministry(p.preview))
	s.Handle("POST /staff/screening/imports/{upload}", change, p.ministry(p.takeOver))
	s.StaffNav(web.NavItem{Order: 50, Path: "/staff/screening", Title: "screenweb.nav", Text: "screenweb.nav_text", Permission: string(identity.ScreeningSee)})
	return s.Templates("screenweb", templates)
}

// ministry lets in whoever may change lists for all posts: a list is not one
// post's.
func (p *Pages) ministry(handle web.HandlerFunc) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !mayChange(r) {
			return fault.NewForbidden("web.error.not_allowed")
		}
		return handle(w, r)
	}
}

func mayChange(r *http.Request) bool {
	return web.PersonOf(r.Context()).May(string(identity.ScreeningImport), identity.AllPosts)
}

func personID(r *http.Request) string { return web.PersonOf(r.Context()).ID() }

// isID says whether text can be an identifier of ours.
func isID(text string) bool { return uuid.Validate(text) == nil }

// posts gives the posts whose hits the person may see; ids is nil for all.
func (p *Pages) posts(r *http.Request) (ids []string, names map[string]string, err error) {
	all, err := p.Posts.All(r.Context())
	if err != nil {
		return nil, nil, err
	}
	lang := web.PrinterOf(r.Context()).Lang()
	everywhere, own := identityweb.PersonOf(r.Context()).Staff.Posts(identity.ScreeningSee)
	names = map[string]string{}
	for _, one := range all {
		names[one.ID] = one.Name.In(lang)
	}
	if everywhere {
		return nil, names, nil
	}
	if own == nil {
		own = []string{}
	}
	return own, names, nil
}

// names puts names to staff ids, and to actors as the audit trail has them.
func (p *Pages) names(ctx context.Context, ids ...string) (map[string]string, error) {
	var wanted []string
	for _, id := range ids {
		if id = strings.TrimPrefix(id, "staff:"); id != "" && id != "system" {
			wanted = append(wanted, id)
		}
	}
	slices.Sort(wanted)
	return p.People.NamesOf(ctx, slices.Compact(wanted))
}

// status is 422 for a refused form.
func status(form *web.Form) int {
	if form != nil && len(form.Errors) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// entryRow is an entry as pages show it.
type entryRow struct {
	*match.Entry
	Since         int
	Nationality   string
	Births, Other string
	Papers        string
}

func rowOf(e *match.Entry, lang string) entryRow {
	row := entryRow{Entry: e}
	var countries, births, other, papers []string
	for _, c := range e.Nationalities {
		countries = append(countries, country.Name(c, lang))
	}
	for _, b := range e.Births {
		births = append(births, birthText(b, lang))
	}
	for i, n := range e.Names {
		if i > 0 {
			other = append(other, n.Text)
		}
	}
	for _, d := range e.Documents {
		papers = append(papers, strings.TrimSpace(d.Country+" "+d.Number))
	}
	row.Nationality, row.Births, row.Other, row.Papers = strings.Join(countries, ", "), strings.Join(births, ", "), strings.Join(other, " · "), strings.Join(papers, ", ")
	return row
}

// birthText writes a birth date as it is known.
func birthText(b match.Birth, lang string) string {
	printer := locale.For(lang)
	text := strings.ReplaceAll(b.String(), "~", "")
	switch {
	case b.From == b.To:
		if day, err := time.Parse(time.DateOnly, b.From); err == nil {
			text = printer.ShortDate(day)
		}
	default:
		text = strings.ReplaceAll(text, "/", "–")
	}
	if b.About {
		return printer.T("screenweb.about", "Date", text)
	}
	return text
}
