package bookingweb

import (
	"net/http"
	"net/url"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

// entryCookie keeps the token of one entry, as holderCookie does of a booking.
func entryCookie(number string) string { return "entry-" + number }

func entryPath(t *draw.Ticket) string {
	return "/appointments/entry/" + url.PathEscape(t.BallotID) + "/" + t.Number
}

func (p Ballots) remember(w http.ResponseWriter, t *draw.Ticket) {
	p.Web.SetCookie(w, entryCookie(t.Number), p.Rounds.Draws.Token(t.ID), holderMinutes*60)
}

// own finds the entry that this browser may see: by the link's token, or by
// the cookie of an earlier visit.
func (p Ballots) own(r *http.Request) (*draw.Ticket, error) {
	number, ok := draw.ParseNumber(r.PathValue("number"))
	if !ok {
		return nil, fault.NewNotFound("draw.entry_not_found")
	}
	token := r.URL.Query().Get("token")
	if token == "" {
		token = p.Web.CookieValue(r, entryCookie(number))
	}
	if token == "" {
		return nil, fault.NewForbidden("bookingballot.no_token")
	}
	return p.Rounds.Draws.Ticket(r.Context(), r.PathValue("ballot"), number, token)
}

type entryPage struct {
	about
	Form   *web.Form
	Ticket *draw.Ticket
	Entry  string // its own path
	Days   []string
	Open   bool
	// Win is the way to the place that was won, "" for none.
	Win string
}

func (p Ballots) entry(w http.ResponseWriter, r *http.Request) error {
	t, err := p.own(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("token") {
		p.remember(w, t)
		web.SeeOther(w, r, entryPath(t))
		return nil
	}
	return p.showEntry(w, r, http.StatusOK, t, web.NewForm(nil))
}

func (p Ballots) showEntry(w http.ResponseWriter, r *http.Request, status int, t *draw.Ticket, form *web.Form) error {
	a, err := p.about(r, t.BallotID)
	if err != nil {
		return err
	}
	page := entryPage{about: a, Form: form, Ticket: t, Entry: entryPath(t), Open: a.closed(p.Web.Now()) == nil}
	printer := web.PrinterOf(r.Context())
	for _, want := range t.Wants {
		page.Days = append(page.Days, wantText(printer, want))
	}
	if t.State == draw.Won && t.BookingID != "" {
		b, err := p.Book.Booking(r.Context(), t.BookingID)
		if err != nil {
			return err
		}
		// Whoever holds the entry's link holds the place that it won.
		remember(p.Web, p.Book, w, b)
		page.Win = "/appointments/won/" + b.Reference
	}
	name := "bookingweb/ballot-entry.html"
	if t.State == draw.Unconfirmed {
		name = "bookingweb/ballot-code.html"
	}
	return p.Web.Render(w, r, status, name, page)
}

func (p Ballots) prove(w http.ResponseWriter, r *http.Request) error {
	t, err := p.own(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if _, err := p.Rounds.Draws.Confirm(r.Context(), t.ID, form.Value("code")); form.RefuseOrSay(err, fault.Conflict) {
		return p.showEntry(w, r, http.StatusUnprocessableEntity, t, form)
	} else if err != nil {
		return err
	}
	web.SeeOther(w, r, entryPath(t))
	return nil
}

func (p Ballots) resend(w http.ResponseWriter, r *http.Request) error {
	t, err := p.own(r)
	if err != nil {
		return err
	}
	form := web.NewForm(nil)
	if err := p.Rounds.Draws.Resend(r.Context(), t.ID); form.RefuseOrSay(err, fault.Conflict) {
		return p.showEntry(w, r, http.StatusUnprocessableEntity, t, form)
	} else if err != nil {
		return err
	}
	p.Web.Flash(w, web.Flash{Key: "bookingballot.resent"})
	web.SeeOther(w, r, entryPath(t))
	return nil
}

func (p Ballots) withdraw(w http.ResponseWriter, r *http.Request) error {
	t, err := p.own(r)
	if err != nil {
		return err
	}
	form := web.NewForm(nil)
	if err := p.Rounds.Draws.Withdraw(r.Context(), t.ID); form.RefuseOrSay(err, fault.Conflict) {
		return p.showEntry(w, r, http.StatusUnprocessableEntity, t, form)
	} else if err != nil {
		return err
	}
	web.SeeOther(w, r, entryPath(t))
	return nil
}

type wonPage struct {
	Form                  *web.Form
	Path                  string
	Service, Post         string
	When, Address, Zone   string
	Until                 string
	Reference             string
	Waiting, Taken, Ended bool
}

// won shows the place that a ballot gave, to say yes or no to.
func (p Ballots) won(w http.ResponseWriter, r *http.Request) error {
	b, err := holder(p.Web, p.Book, r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("token") {
		remember(p.Web, p.Book, w, b)
		web.SeeOther(w, r, "/appointments/won/"+b.Reference)
		return nil
	}
	return p.showWon(w, r, http.StatusOK, b, web.NewForm(nil))
}

func (p Ballots) showWon(w http.ResponseWriter, r *http.Request, status int, b *booking.Booking, form *web.Form) error {
	slot, err := p.Book.Slot(r.Context(), b.SlotID)
	if err != nil {
		return err
	}
	at, err := p.Rounds.Posts.Get(r.Context(), b.PostID)
	if err != nil {
		return err
	}
	s, err := p.Rounds.Services.Service(b.ServiceID)
	if err != nil {
		return err
	}
	printer := web.PrinterOf(r.Context())
	lang := printer.Lang()
	page := wonPage{
		Form: form, Path: "/appointments/won/" + b.Reference, Service: s.Title.In(lang), Post: at.Name.In(lang), Address: at.Address.In(lang), Zone: at.Zone,
		When: printer.DateTime(slot.Start.In(at.Location())), Until: printer.DateTime(b.ExpiresAt.In(at.Location())), Reference: b.Reference,
		Waiting: b.State == booking.Held && b.ExpiresAt.After(p.Web.Now()), Taken: b.State == booking.Booked,
	}
	page.Ended = !page.Waiting && !page.Taken
	return p.Web.Render(w, r, status, "bookingweb/ballot-won.html", page)
}

func (p Ballots) accept(w http.ResponseWriter, r *http.Request) error {
	b, err := holder(p.Web, p.Book, r)
	if err != nil {
		return err
	}
	form := web.NewForm(nil)
	if done, err := p.Book.AcceptWin(r.Context(), b.ID); form.RefuseOrSay(err, fault.Conflict) {
		return p.showWon(w, r, http.StatusConflict, done, form)
	} else if err != nil {
		return err
	}
	web.SeeOther(w, r, managePath(b.Reference))
	return nil
}

func (p Ballots) decline(w http.ResponseWriter, r *http.Request) error {
	b, err := holder(p.Web, p.Book, r)
	if err != nil {
		return err
	}
	if _, err := p.Book.Cancel(r.Context(), audit.Applicant, b.ID, ""); err != nil {
		return err
	}
	web.SeeOther(w, r, "/appointments/won/"+b.Reference)
	return nil
}

// wantText is a wish as people read it.
func wantText(printer *locale.Printer, want string) string {
	if day, ok := post.ParseDate(want); ok {
		return printer.LongDate(day)
	}
	return printer.T("bookingballot.any")
}
