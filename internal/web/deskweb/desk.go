package deskweb

import (
	"context"
	"embed"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/letter"
	"github.com/chancery/chancery/internal/booking/queue"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// The permissions of the desk, as identity names them.
const (
	see     = "day.see"
	checkIn = "day.checkin"
	call    = "day.call"
	staff   = "booking.staff"
)

// Pages are the room's pages.
type Pages struct {
	Queue    *queue.Service
	Book     *booking.Book
	Posts    *post.Service
	Services *catalogue.Catalogue
	Letter   *letter.Writer
	web      *web.Server
}

// Register adds the pages to the server.
func (p *Pages) Register(s *web.Server) error {
	p.web = s
	at := func(permission string) web.Access { return web.Staff(permission, "post") }

	s.Handle("GET /staff/today", web.Staff(see, ""), p.choosePost("today", see))
	s.Handle("GET /staff/bookings", web.Staff(staff, ""), p.choosePost("bookings", staff))
	s.Handle("GET /staff/check-in", web.Staff(checkIn, ""), p.scanned)
	s.Handle("GET /staff/today/{post}", at(see), p.today)
	s.Handle("GET /staff/today/{post}/events", at(see), p.events, web.Streaming())
	s.Handle("GET /staff/today/{post}/list", at(see), p.list)
	s.Handle("POST /staff/today/{post}/find", at(checkIn), p.find)
	s.Handle("GET /staff/today/{post}/check-in/{reference}", at(checkIn), p.compare)
	s.Handle("POST /staff/today/{post}/check-in/{reference}", at(checkIn), p.checkIn)
	s.Handle("GET /staff/today/{post}/walk-in", at(checkIn), p.walkIn)
	s.Handle("POST /staff/today/{post}/walk-in", at(checkIn), p.giveTicket)
	s.Handle("GET /staff/today/{post}/tickets/{ticket}", at(see), p.ticket)
	s.Handle("POST /staff/today/{post}/tickets/{ticket}/withdraw", at(checkIn), p.withdraw)
	s.Handle("POST /staff/today/{post}/tickets/{ticket}/left", at(checkIn), p.left)

	s.Handle("GET /staff/today/{post}/counter", at(call), p.counter)
	s.Handle("POST /staff/today/{post}/counter", at(call), p.sit)
	s.Handle("POST /staff/today/{post}/counter/leave", at(call), p.leave)
	s.Handle("POST /staff/today/{post}/counter/next", at(call), p.next)
	for name, act := range map[string]action{
		"call": p.callOne, "recall": p.recall, "serve": p.serve, "finish": p.finish, "no-show": p.noShow,
		"put-back": p.putBack, "transfer": p.transfer, "undo": p.undo,
	} {
		s.Handle("POST /staff/today/{post}/tickets/{ticket}/"+name, at(call), p.act(act))
	}

	s.Handle("GET /staff/bookings/{post}", at(staff), p.bookings)
	s.Handle("POST /staff/bookings/{post}", at(staff), p.findBooking)
	s.Handle("GET /staff/bookings/{post}/new", at(staff), p.newBooking)
	s.Handle("GET /staff/bookings/{post}/new/people", at(staff), p.people)
	s.Handle("POST /staff/bookings/{post}/new/people", at(staff), p.bookNow)
	s.Handle("GET /staff/bookings/{post}/{reference}", at(staff), p.booking)
	s.Handle("GET /staff/bookings/{post}/{reference}/confirmation", at(staff), p.confirmation)
	s.Handle("GET /staff/bookings/{post}/{reference}/confirmation.pdf", at(staff), p.confirmationPDF)
	s.Handle("GET /staff/bookings/{post}/{reference}/move", at(staff), p.chooseMove)
	s.Handle("POST /staff/bookings/{post}/{reference}/move", at(staff), p.move)
	s.Handle("GET /staff/bookings/{post}/{reference}/cancel", at(staff), p.askCancel)
	s.Handle("POST /staff/bookings/{post}/{reference}/cancel", at(staff), p.cancel)
	s.Handle("GET /staff/bookings/{post}/{reference}/came", at(call), p.askCame)
	s.Handle("POST /staff/bookings/{post}/{reference}/came", at(call), p.came)

	s.Handle("GET /board/{post}", web.Public, p.board)
	s.Handle("GET /board/{post}/events", web.Public, p.events, web.Streaming())

	s.StaffNav(
		web.NavItem{Order: 10, Path: "/staff/today", Title: "deskweb.nav.today", Text: "web.staff.rooms.today", Permission: see},
		web.NavItem{Order: 20, Path: "/staff/bookings", Title: "deskweb.nav.bookings", Text: "web.staff.rooms.bookings", Permission: staff},
	)
	return s.Templates("deskweb", templates)
}

// at is the post of a page and the person's day there.
type at struct {
	post.Post
	// Today is the local date, Now the time on the post's clock.
	Today string
	Now   time.Time
	// What the person may do here.
	CheckIn, Call, Staff bool
}

// Path is the address of one of the post's staff pages: "today/counter" is
// /staff/today/{post}/counter.
func (a at) Path(page string) string {
	room, rest, deeper := strings.Cut(page, "/")
	path := "/staff/" + room + "/" + a.ID
	if deeper {
		path += "/" + rest
	}
	return path
}

func (p *Pages) at(r *http.Request) (at, error) {
	found, err := p.Posts.Get(r.Context(), r.PathValue("post"))
	if err != nil {
		return at{}, err
	}
	a := at{Post: found, Today: p.Queue.Today(found), Now: p.web.Now().In(found.Location())}
	if person := web.PersonOf(r.Context()); person != nil {
		a.CheckIn, a.Call, a.Staff = person.May(checkIn, found.ID), person.May(call, found.ID), person.May(staff, found.ID)
	}
	return a, nil
}

// actor is who stands in the audit trail for the request.
func actor(r *http.Request) string { return audit.Staff(web.PersonOf(r.Context()).ID()) }

// title names a service in the reader's language; one that has left the
// catalogue shows its identifier.
func (p *Pages) title(lang, id string) string {
	s, err := p.Services.Service(id)
	if err != nil {
		return id
	}
	return s.Title.In(lang)
}

// offered lists the post's services to choose from.
func (p *Pages) offered(lang string, a at) (options []web.Option) {
	for _, s := range p.Services.Services() {
		if a.Offers(s.ID) {
			options = append(options, web.Option{Value: s.ID, Label: s.Title.In(lang)})
		}
	}
	return options
}

// tell shows a sentence on the next page.
func (p *Pages) tell(w http.ResponseWriter, key string, args fault.Args) {
	p.web.Flash(w, web.Flash{Kind: "success", Key: key, Args: args})
}

// warn shows, on the next page, why something was not done, when err says what
// a person can do about it: somebody else was faster, or nobody waits.
func (p *Pages) warn(w http.ResponseWriter, err error) bool {
	f := fault.As(err)
	switch {
	case f == nil:
		return false
	case f.Kind == fault.Invalid && len(f.Fields) > 0:
		p.web.Flash(w, web.Flash{Kind: "info", Key: f.Fields[0].Key, Args: f.Fields[0].Args})
	case f.Kind == fault.Conflict, f.Key == "queue.nobody_waits":
		p.web.Flash(w, web.Flash{Kind: "info", Key: f.Key, Args: f.Args})
	default:
		return false
	}
	return true
}

// events tells a screen that the post's day has changed.
func (p *Pages) events(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.Posts.Get(r.Context(), r.PathValue("post")); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy must not collect events
	line := http.NewResponseController(w)
	send := func(text string) error {
		if _, err := fmt.Fprint(w, text); err != nil {
			return err
		}
		return line.Flush()
	}
	err := p.Queue.Watch(r.Context(), r.PathValue("post"), func(version int64) error {
		return send(fmt.Sprintf("id: %d\nevent: change\ndata: %d\n\n", version, version))
	}, func() error { return send(": still here\n\n") })
	if r.Context().Err() != nil {
		return nil // the screen went away, or the server stops
	}
	return err
}

type postsPage struct {
	Title string
	Posts []postLink
}

type postLink struct{ Path, Name, Country string }

// choosePost leads to a page of the person's post, or asks for the post when
// there are several.
func (p *Pages) choosePost(page, permission string) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		own, err := p.own(r.Context(), permission)
		if err != nil {
			return err
		}
		if len(own) == 1 {
			web.SeeOther(w, r, at{Post: own[0]}.Path(page))
			return nil
		}
		lang := web.PrinterOf(r.Context()).Lang()
		data := postsPage{Title: "deskweb.nav." + page}
		for _, one := range own {
			data.Posts = append(data.Posts, postLink{at{Post: one}.Path(page), one.Name.In(lang), one.CountryName(lang)})
		}
		return p.web.Render(w, r, http.StatusOK, "deskweb/posts.html", data)
	}
}

// own lists the posts at which the person holds a permission.
func (p *Pages) own(ctx context.Context, permission string) ([]post.Post, error) {
	all, err := p.Posts.All(ctx)
	if err != nil {
		return nil, err
	}
	var own []post.Post
	for _, one := range all {
		if web.PersonOf(ctx).May(permission, one.ID) {
			own = append(own, one)
		}
	}
	return own, nil
}
