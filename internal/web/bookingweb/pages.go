package bookingweb

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/draft"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are what an applicant sees from finding a post to the confirmation.
type Pages struct {
	Web      *web.Server
	Book     *booking.Book
	Posts    *post.Service
	Services *catalogue.Catalogue
	Keys     *keyring.Ring
	Gate     Gatekeeper
	Drafts   *draft.Store
	// Booked is told of each booking that was begun with Prefill, and says where
	// the person goes on; nil when nobody begins one so.
	Booked func(ctx context.Context, what string, b *booking.Booking) (path string, err error)

	clicks *singleflight.Group // tries to hold a place, by request key
}

// Register adds the pages to the server.
func (p Pages) Register() error {
	p.clicks = new(singleflight.Group)
	for pattern, handler := range map[string]web.HandlerFunc{
		"GET /appointments":                           p.find,
		"GET /appointments/at/{post}":                 p.atPost,
		"GET /appointments/at/{post}/{service}":       p.service,
		"GET /appointments/at/{post}/{service}/party": p.party,
		"GET /appointments/times":                     p.times,
		"POST /appointments/zone":                     p.zone,
		"GET /appointments/wait":                      p.wait,

		"POST /appointments/holds":                      p.hold,
		"GET /appointments/holds/{id}":                  p.next,
		"GET /appointments/holds/{id}/people/{number}":  p.person,
		"POST /appointments/holds/{id}/people/{number}": p.savePerson,
		"POST /appointments/holds/{id}/forget":          p.forget,
		"GET /appointments/holds/{id}/email":            p.email,
		"POST /appointments/holds/{id}/email":           p.saveEmail,
		"GET /appointments/holds/{id}/check":            p.check,
		"POST /appointments/holds/{id}/check":           p.bind,
		"GET /appointments/holds/{id}/code":             p.code,
		"POST /appointments/holds/{id}/code":            p.confirm,
		"GET /appointments/holds/{id}/address":          p.address,
		"POST /appointments/holds/{id}/address":         p.readdress,
		"POST /appointments/holds/{id}/resend":          p.resend,
		"POST /appointments/holds/{id}/release":         p.release,

		"GET /appointments/manage":                           p.lost,
		"POST /appointments/manage":                          p.mailAgain,
		"GET /appointments/manage/{reference}":               p.manage,
		"GET /appointments/manage/{reference}/move":          p.move,
		"GET /appointments/manage/{reference}/move/confirm":  p.moveConfirm,
		"POST /appointments/manage/{reference}/move/confirm": p.moveDo,
		"GET /appointments/manage/{reference}/cancel":        p.cancel,
		"POST /appointments/manage/{reference}/cancel":       p.cancelDo,
	} {
		p.Web.Handle(pattern, web.Public, handler)
	}
	p.registerWaiting()
	p.Web.HomeSection(
		web.HomeSection{Order: 10, Path: "/appointments", Title: "bookingweb.home.title", Text: "bookingweb.home.text"},
		web.HomeSection{Order: 10, Group: "check", Path: "/appointments/manage", Title: "bookingweb.home_manage.title", Text: "bookingweb.home_manage.text"},
	)
	return p.Web.Templates("bookingweb", templates)
}

type option struct{ Value, Label string }

// link is a way on; Text comes in translated.
type link struct{ Path, Text string }

type row struct{ Key, Value, Change, ChangeText string }

// errand is what somebody wants: a service at a post, for some people.
type errand struct {
	Post    post.Post
	Service catalogue.Service
	Party   int
}

// Places is how many places the errand takes.
func (e errand) Places() int { return e.Service.Places(e.Party) }

// Path is the page about the service at the post.
func (e errand) Path() string { return offerPath(e.Post.ID, e.Service.ID) }

// Times is the address of the errand's calendar, on a day if there is one.
func (e errand) Times(date string) string {
	q := url.Values{"post": {e.Post.ID}, "service": {e.Service.ID}, "party": {strconv.Itoa(e.Party)}}
	if date == "" {
		return "/appointments/times?" + q.Encode()
	}
	q.Set("date", date)
	return "/appointments/times?" + q.Encode() + "#times"
}

// Offered is Path for pages that have an address of their own.
func (e errand) Offered() string { return e.Path() }

// Wait is where to join the waiting list.
func (e errand) Wait() string {
	q := url.Values{"post": {e.Post.ID}, "service": {e.Service.ID}, "party": {strconv.Itoa(e.Party)}}
	return "/appointments/waiting/join?" + q.Encode()
}

func offerPath(postID, serviceID string) string {
	return "/appointments/at/" + url.PathEscape(postID) + "/" + url.PathEscape(serviceID)
}

// errand finds post and service. Not found when there is no such post or
// service, or when the post does not offer it.
func (p Pages) errand(r *http.Request, postID, serviceID string) (errand, error) {
	at, err := p.Posts.Get(r.Context(), postID)
	if err != nil {
		return errand{}, err
	}
	service, err := p.Services.Service(serviceID)
	if err != nil {
		return errand{}, err
	}
	if !at.Active || !at.Offers(service.ID) {
		return errand{}, fault.NewNotFound("bookingweb.offer.not_here").With("Service", service.Title.In(web.PrinterOf(r.Context()).Lang()))
	}
	return errand{Post: at, Service: service, Party: 1}, nil
}

// errandOf is the errand of a booking, whatever the post offers by now.
func (p Pages) errandOf(r *http.Request, b *booking.Booking) (errand, error) {
	at, err := p.Posts.Get(r.Context(), b.PostID)
	if err != nil {
		return errand{}, err
	}
	service, err := p.Services.Service(b.ServiceID)
	return errand{Post: at, Service: service, Party: b.Party}, err
}

// trouble is a page that says what happened and what to do.
type trouble struct {
	Title, Text string
	On          link
	Else        []link
}

func (p Pages) trouble(w http.ResponseWriter, r *http.Request, status int, t trouble) error {
	return p.Web.Render(w, r, status, "bookingweb/trouble.html", t)
}

// origin is what the book keeps about where a request came from.
func (p Pages) origin(w http.ResponseWriter, r *http.Request) booking.Origin {
	return booking.Origin{
		NetworkKey: p.Gate.Network(r.Context()).Near, BrowserKey: p.Web.BrowserKey(w, r).Hash(),
		Lang: web.PrinterOf(r.Context()).Lang(), Zone: p.zoneName(r), Channel: booking.Web,
	}
}

// local is an instant on the post's clock.
func (e errand) local(t time.Time) time.Time { return t.In(e.Post.Location()) }
