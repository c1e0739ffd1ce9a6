package drawweb

import (
	"bytes"
	"context"
	"embed"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
	"github.com/chancery/chancery/test/drawcheck"
)

//go:embed templates/*.html
var templates embed.FS

// Room is the public side of draws.
type Room struct {
	Draws    *draw.Service
	Services *catalogue.Catalogue
	Posts    *post.Service
	// EnterPath is where people enter a ballot; nil shows no way to.
	EnterPath func(*draw.Ballot) string

	server *web.Server
}

// Register adds the pages to the server and the operation to the API.
func (room *Room) Register(server *web.Server, a *api.API) error {
	room.server = server
	if err := server.Templates("drawweb", templates); err != nil {
		return err
	}
	server.HomeSection(web.HomeSection{Order: 60, Group: "check", Path: "/draws", Title: "drawweb.list.title", Text: "drawweb.home"})
	server.Handle("GET /draws", web.Public, room.list)
	server.Handle("GET /draws/{id}", web.Public, room.show)
	server.Handle("GET /draws/{id}/draw.json", web.Public, room.file)
	server.Handle("GET /draws/drawcheck.py", web.Public, room.program)
	api.Register(a, huma.Operation{
		OperationID: "get-draw", Method: http.MethodGet, Path: "/draws/{id}", Summary: "The published draw file", Tags: []string{"Draws"},
		Description: "Everything needed to run the draw again; its member rules says how. No personal data.",
	}, room.get)
	return nil
}

type output struct{ Body *draw.File }

func (room *Room) get(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"100"`
}) (*output, error) {
	f, err := room.Draws.File(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &output{Body: f}, nil
}

func (room *Room) file(w http.ResponseWriter, r *http.Request) error {
	f, err := room.Draws.File(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	text, err := f.Write()
	if err != nil {
		return err
	}
	return download(w, "draw-"+f.ID+".json", "application/json", text)
}

func (room *Room) program(w http.ResponseWriter, _ *http.Request) error {
	return download(w, "drawcheck.py", "text/x-python; charset=utf-8", drawcheck.Program)
}

func download(w http.ResponseWriter, name, kind string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, err := bytes.NewReader(body).WriteTo(w)
	return err
}

// names are what a draw is about, in the reader's language.
type names struct {
	Post, Service string
	Zone          *time.Location
}

// namesOf falls back to identifiers: a published draw outlives a post or a
// service that is no longer there.
func (room *Room) namesOf(ctx context.Context, b *draw.Ballot, p *locale.Printer) names {
	n := names{Post: b.PostID, Service: b.ServiceID, Zone: time.UTC}
	if at, err := room.Posts.Get(ctx, b.PostID); err == nil {
		n.Post, n.Zone = at.Name.In(p.Lang()), at.Location()
	}
	if s, err := room.Services.Service(b.ServiceID); err == nil {
		n.Service = s.Title.In(p.Lang())
	}
	return n
}

// perPage is how many draws one page lists.
const perPage = 20

type item struct {
	Path, Title, Where string
	Stage              draw.State
	When               string
}

type listPage struct {
	Draws []item
	Older string
}

func (room *Room) list(w http.ResponseWriter, r *http.Request) error {
	ctx, p := r.Context(), web.PrinterOf(r.Context())
	found, err := room.Draws.List(ctx, draw.Filter{Before: r.URL.Query().Get("before"), Limit: perPage + 1})
	if err != nil {
		return err
	}
	var page listPage
	if len(found) > perPage {
		found = found[:perPage]
		page.Older = "/draws?before=" + found[perPage-1].ID
	}
	for _, b := range found {
		n := room.namesOf(ctx, b, p)
		next := b.DrawsAt
		switch stage := b.Stage(room.server.Now()); stage {
		case draw.Announced:
			next = b.OpensAt
		case draw.Open:
			next = b.ClosesAt
		}
		page.Draws = append(page.Draws, item{Path: "/draws/" + b.ID, Title: b.Title.In(p.Lang()), Where: n.Post + " · " + n.Service,
			Stage: b.Stage(room.server.Now()), When: p.DateTime(next.In(n.Zone))})
	}
	return room.server.Render(w, r, http.StatusOK, "drawweb/list.html", page)
}
