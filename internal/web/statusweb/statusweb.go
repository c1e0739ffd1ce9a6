package statusweb

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"time"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// Door lets browsers see applications; *applicant.Door is one.
type Door interface {
	// Application gives the application of the path value {reference}, or an
	// error that leads to where the person shows who they are.
	Application(r *http.Request) (*casework.Application, error)
	// Remember puts a token that casework gave into the browser.
	Remember(w http.ResponseWriter, r *http.Request, reference, token string)
}

// Posts finds posts; *post.Service does.
type Posts interface {
	Get(ctx context.Context, id string) (post.Post, error)
}

// Drafts keep what was typed between two pages; *draft.Store is one.
type Drafts interface {
	Save(ctx context.Context, browser, form string, answers any) error
	Load(ctx context.Context, browser, form string, answers any) (bool, error)
	Forget(ctx context.Context, browser, form string) error
}

// Tariffs say why somebody pays what; *tariff.Tariffs does.
type Tariffs interface {
	// Title gives the line of the tariff in words, nothing for the usual fee.
	Title(serviceID, basis string) locale.Text
}

// Visas finds what was issued; *paper.Office does.
type Visas interface {
	// ForHolder gives the visa of an application and the document that may be
	// downloaded, nil when there is none. Not found when there is no visa.
	ForHolder(ctx context.Context, applicationID string) (*act.Act, *verify.Document, error)
}

// Wanted is an interview for which a time is to be chosen.
type Wanted struct {
	ApplicationID string
	ServiceID     string // that is booked
	PostID        string
	Person        booking.Applicant
	Email         string
}

// Room is the applicants' side of cases. All of it is needed, but TestPay.
type Room struct {
	Cases   *casework.Service
	Posts   Posts
	Tariffs Tariffs
	Door    Door
	Intake  *upload.Intake
	Drafts  Drafts
	Book    *booking.Book
	Visas   Visas
	// Choose begins a booking with what the application says already, and gives
	// the page where the person goes on.
	Choose func(w http.ResponseWriter, r *http.Request, want Wanted) (path string, err error)
	// Ministry is who gives receipts.
	Ministry locale.Text
	// TestPay is the provider of the demonstration; nil elsewhere.
	TestPay *casework.TestProvider

	web *web.Server
}

// Register adds the pages to the server.
func (room *Room) Register(s *web.Server) error {
	room.web = s
	for pattern, handler := range map[string]web.HandlerFunc{
		"GET /applications/{reference}":             room.status,
		"GET /applications/{reference}/answer":      room.question,
		"GET /applications/{reference}/pay":         room.pay,
		"POST /applications/{reference}/pay":        room.beginPayment,
		"GET /applications/{reference}/receipt.pdf": room.receipt,
		"GET /applications/{reference}/interview":   room.interview,
		"POST /applications/{reference}/interview":  room.chooseInterview,
		"GET /applications/{reference}/withdraw":    room.withdraw,
		"POST /applications/{reference}/withdraw":   room.withdrawNow,
		// Where the link of a question's mail leads.
		"GET /applications/answer": room.follow,
	} {
		s.Handle(pattern, web.Public, handler)
	}
	s.Handle("POST /applications/{reference}/answer", web.Public, room.answer, web.Multipart(), web.BodyLimit(answerLimit))
	if room.TestPay != nil {
		s.Handle("GET /demo/pay/{id}", web.Public, room.testPayment)
		s.Handle("POST /demo/pay/{id}", web.Public, room.settleTest)
	}
	return s.Templates("statusweb", templates)
}

// path is the address of an application's page.
func path(reference string, rest ...string) string {
	address := "/applications/" + url.PathEscape(reference)
	for _, part := range rest {
		address += "/" + part
	}
	return address
}

// head is what every page of an application says about it.
type head struct {
	Reference string
	Path      string
	Title     string // of the service
	Post      post.Post

	a *casework.Application
	d *form.Definition
	p *locale.Printer
}

// open finds the application of the page, and what all pages say of it. Drafts
// have no such pages: the head is nil, and the browser on its way to the tasks.
func (room *Room) open(w http.ResponseWriter, r *http.Request) (*head, error) {
	a, err := room.Door.Application(r)
	if err != nil {
		return nil, err
	}
	if a.State == casework.Draft {
		web.SeeOther(w, r, path(a.Reference, "tasks"))
		return nil, nil
	}
	h := &head{Reference: a.Reference, Path: path(a.Reference), a: a, p: web.PrinterOf(r.Context())}
	if h.d, err = room.Cases.Questionnaire(r.Context(), a); err != nil {
		return nil, err
	}
	h.Title = h.d.Title.In(h.p.Lang())
	h.Post, err = room.Posts.Get(r.Context(), a.PostID)
	return h, err
}

// local is an instant on the post's clock.
func (h *head) local(t time.Time) time.Time { return t.In(h.Post.Location()) }

// date writes the day on which t falls at the post.
func (h *head) date(t time.Time) string { return h.p.Date(h.local(t)) }

// day writes a local day, "2026-12-16", for people.
func (h *head) day(text string) string {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return h.p.LongDate(t)
}
