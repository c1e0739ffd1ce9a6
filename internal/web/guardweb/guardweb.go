package guardweb

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/identityweb"
)

//go:embed templates/*.html
var templates embed.FS

// Finder looks for patterns; *guard.Guard is one.
type Finder interface {
	Findings(ctx context.Context, q guard.Query) ([]guard.Finding, error)
}

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
	Finder   Finder
	Cases    *guard.Cases
	People   People
	Posts    Posts
	Services *catalogue.Catalogue
	web      *web.Server
}

// Register adds the pages to the server, whose gate must be identityweb's.
func (p *Pages) Register(s *web.Server) error {
	p.web = s
	see, at := web.Staff(string(identity.ReviewSee), ""), "/staff/review/{post}/cases"
	s.Handle("GET /staff/review", see, p.findings)
	s.Handle("GET /staff/review/finding", see, p.finding)
	s.Handle("GET /staff/review/cases", see, p.cases)
	s.Handle("POST "+at, web.Staff(string(identity.VoidPropose), "post"), p.propose)
	s.Handle("GET "+at+"/{case}", web.Staff(string(identity.ReviewSee), "post"), p.show)
	s.Handle("POST "+at+"/{case}/approve", web.Staff(string(identity.VoidSecond), "post"), p.approve)
	s.Handle("POST "+at+"/{case}/reject", web.Staff(string(identity.VoidSecond), "post"), p.reject)
	s.StaffNav(web.NavItem{Order: 60, Path: "/staff/review", Title: "guardweb.nav", Text: "web.staff.rooms.review", Permission: string(identity.ReviewSee)})
	return s.Templates("guardweb", templates)
}

// scope is the posts that a page is about.
type scope struct {
	// Post is the chosen one, "" for all that the person may see.
	Post string
	// all says that the person may see every post there is.
	all bool
	// own are the person's posts, in the order of the list of posts.
	own  []post.Post
	byID map[string]post.Post
}

// scopeOf reads the query value "post"; Forbidden for somebody else's.
func (p *Pages) scopeOf(r *http.Request, chosen string) (*scope, error) {
	posts, err := p.Posts.All(r.Context())
	if err != nil {
		return nil, err
	}
	sc := &scope{Post: chosen, byID: map[string]post.Post{}}
	var own []string
	sc.all, own = identityweb.PersonOf(r.Context()).Staff.Posts(identity.ReviewSee)
	for _, one := range posts {
		sc.byID[one.ID] = one
		if sc.all || slices.Contains(own, one.ID) {
			sc.own = append(sc.own, one)
		}
	}
	if chosen == "" && len(sc.own) == 1 {
		sc.Post = sc.own[0].ID
	}
	if chosen != "" && !slices.ContainsFunc(sc.own, func(o post.Post) bool { return o.ID == chosen }) {
		return nil, fault.NewForbidden("web.error.not_allowed")
	}
	return sc, nil
}

// asked lists the posts to ask about: "" stands for all in one question.
func (sc *scope) asked() []string {
	switch {
	case sc.Post != "":
		return []string{sc.Post}
	case sc.all:
		return []string{""}
	}
	var ids []string
	for _, one := range sc.own {
		ids = append(ids, one.ID)
	}
	return ids
}

func (sc *scope) options(lang string) []web.Option {
	var options []web.Option
	for _, one := range sc.own {
		options = append(options, web.Option{Value: one.ID, Label: one.Name.In(lang)})
	}
	return options
}

func (sc *scope) name(id, lang string) string {
	if one, ok := sc.byID[id]; ok {
		return one.Name.In(lang)
	}
	return id
}

func (sc *scope) zone(id string) *time.Location {
	if one, ok := sc.byID[id]; ok {
		return one.Location()
	}
	return time.UTC
}

func (p *Pages) service(id, lang string) string {
	if s, err := p.Services.Service(id); err == nil {
		return s.Title.In(lang)
	}
	return id
}
