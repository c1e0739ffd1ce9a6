package auditweb

import (
	"context"
	"embed"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/identityweb"
)

//go:embed templates/*.html
var templates embed.FS

const perPage = 50

// People puts names to actors; *identity.Service is one.
type People interface {
	NamesOf(ctx context.Context, ids []string) (map[string]string, error)
	IDOf(ctx context.Context, userName string) (string, error)
}

// Posts lists the posts; *post.Service is one.
type Posts interface {
	All(ctx context.Context) ([]post.Post, error)
}

type pages struct {
	web    *web.Server
	db     *store.DB
	people People
	posts  Posts
	chain  chain
}

// Register adds the pages to the server, whose gate must be identityweb's.
func Register(s *web.Server, db *store.DB, people People, posts Posts) error {
	p := &pages{web: s, db: db, people: people, posts: posts}
	see := web.Staff(string(identity.AuditSee), "")
	s.Handle("GET /staff/audit", see, p.trail)
	s.Handle("GET /staff/audit/chain", see, p.check)
	s.StaffNav(web.NavItem{Order: 80, Path: "/staff/audit", Title: "audit.title", Text: "web.staff.rooms.audit", Permission: string(identity.AuditSee)})
	return s.Templates("auditweb", templates)
}

type trailPage struct {
	Form    *web.Form
	Posts   []web.Option
	Entries []entry
	// Older is the address of the following page, "" at the end.
	Older string
}

type entry struct {
	audit.Record
	Who, Where string
	// What names the object: a person by name, other things by kind and the
	// end of a long identifier.
	What string
	// ActorLink and ObjectLink narrow the list to the entry's own.
	ActorLink, ObjectLink string
}

func (p *pages) trail(w http.ResponseWriter, r *http.Request) error {
	all, own := identityweb.PersonOf(r.Context()).Staff.Posts(identity.AuditSee)
	posts, err := p.posts.All(r.Context())
	if err != nil {
		return err
	}
	page := trailPage{Form: web.NewForm(readable(r.URL.Query()))}
	lang := web.PrinterOf(r.Context()).Lang()
	names := map[string]string{}
	for _, one := range posts {
		names[one.ID] = one.Name.In(lang)
		if all || slices.Contains(own, one.ID) {
			page.Posts = append(page.Posts, web.Option{Value: one.ID, Label: names[one.ID]})
		}
	}
	filter, err := p.readFilter(r.Context(), page.Form)
	if page.Form.Refuse(err) {
		return p.web.Render(w, r, http.StatusUnprocessableEntity, "auditweb/trail.html", page)
	}
	if err != nil {
		return err
	}
	if !all {
		filter.Within = own
	}
	found, err := audit.List(r.Context(), p.db.Read(), filter, perPage)
	if err != nil {
		return err
	}
	if page.Entries, err = p.entries(r, found.Records, names); err != nil {
		return err
	}
	if found.Next > 0 {
		page.Older = address(page.Form.Values, "cursor", strconv.FormatInt(found.Next, 10))
	}
	return p.web.Render(w, r, http.StatusOK, "auditweb/trail.html", page)
}

// readable drops what is not text from a query; a link is not worth an error.
func readable(query url.Values) url.Values {
	kept := url.Values{}
	for name := range query {
		if v := query.Get(name); utf8.ValidString(v) && !strings.ContainsRune(v, 0) {
			kept.Set(name, v)
		}
	}
	return kept
}

// readFilter reads the filter; Invalid by field for what cannot be read.
func (p *pages) readFilter(ctx context.Context, form *web.Form) (audit.Filter, error) {
	var fields fault.Fields
	f := audit.Filter{Post: form.Value("post"), Action: form.Value("action"), Object: form.Value("object")}
	day := func(name string) time.Time {
		text := form.Value(name)
		if text == "" {
			return time.Time{}
		}
		t, err := time.Parse(time.DateOnly, text)
		if err != nil || t.Year() < 1970 || t.Year() > 9998 {
			fields.Add(name, "audit.bad_date")
			return time.Time{}
		}
		return t
	}
	f.From = day("from")
	if to := day("to"); !to.IsZero() {
		f.To = to.AddDate(0, 0, 1)
	}
	f.Cursor, _ = strconv.ParseInt(form.Value("cursor"), 10, 64) // one that is no number starts at the newest
	switch who := form.Value("actor"); {
	case who == "", who == audit.System, who == audit.Applicant, strings.HasPrefix(who, audit.Staff("")):
		f.Actor = who
	default:
		id, err := p.people.IDOf(ctx, who)
		if err != nil {
			return f, err
		}
		if id == "" {
			fields.Add("actor", "audit.bad_actor")
		}
		f.Actor = audit.Staff(id)
	}
	return f, fields.Err()
}

func (p *pages) entries(r *http.Request, records []audit.Record, posts map[string]string) ([]entry, error) {
	ids := map[string]bool{}
	for _, rec := range records {
		for _, name := range []string{rec.Actor, rec.Object} {
			if id, ok := strings.CutPrefix(name, audit.Staff("")); ok {
				ids[id] = true
			}
		}
	}
	names, err := p.people.NamesOf(r.Context(), slices.Collect(maps.Keys(ids)))
	if err != nil {
		return nil, err
	}
	printer := web.PrinterOf(r.Context())
	var entries []entry
	for _, rec := range records {
		e := entry{Record: rec, Where: posts[rec.Post], What: short(rec.Object), ActorLink: address(nil, "actor", rec.Actor), ObjectLink: address(nil, "object", rec.Object)}
		if e.Where == "" {
			e.Where = rec.Post
		}
		if id, ok := strings.CutPrefix(rec.Object, audit.Staff("")); ok && names[id] != "" {
			e.What = names[id]
		}
		switch id, isStaff := strings.CutPrefix(rec.Actor, audit.Staff("")); {
		case isStaff && names[id] != "":
			e.Who = names[id]
		case isStaff:
			e.Who = printer.T("audit.unknown")
		case rec.Actor == audit.System:
			e.Who = printer.T("audit.system")
		case rec.Actor == audit.Applicant:
			e.Who = printer.T("audit.applicant")
		default:
			e.Who = rec.Actor
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// short cuts "kind:identifier" down to what can be told apart at a glance: the
// end of a UUIDv7 is its random part.
func short(object string) string {
	const kept = 8
	kind, id, ok := strings.Cut(object, ":")
	if !ok || len(id) <= 2*kept {
		return object
	}
	return kind + ":…" + id[len(id)-kept:]
}

// address is the list's own with one value of the filter changed.
func address(values url.Values, name, value string) string {
	query := url.Values{}
	for _, kept := range []string{"post", "actor", "action", "object", "from", "to"} {
		if v := values.Get(kept); v != "" {
			query.Set(kept, v)
		}
	}
	query.Set(name, value)
	return "/staff/audit?" + query.Encode()
}
