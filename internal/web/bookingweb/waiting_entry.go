package bookingweb

import (
	"net/http"
	"net/url"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

func waitingCookie(reference string) string { return "waiting-" + reference }

func waitingPath(reference string) string {
	return "/appointments/waiting/" + url.PathEscape(reference)
}

// rememberEntry lets this browser see the entry for a while.
func rememberEntry(s *web.Server, book *booking.Book, w http.ResponseWriter, e *booking.Entry) {
	s.SetCookie(w, waitingCookie(e.Reference), book.EntryToken(e.ID), holderMinutes*60)
}

// waiting is an entry of the waiting list as its holder sees it.
type waiting struct {
	errand
	Form     *web.Form
	Entry    *booking.Entry
	Path     string
	From, To time.Time
	Email    string
	People   []personRows
	Prospect booking.Prospect
	Offer    time.Time // start of the slot that is offered, on the post's clock
	Until    time.Time // of the offer, on the post's clock
	Ends     int64     // of the offer or the code, milliseconds since 1970
	Now      int64
	CodeBy   time.Time
	Spent    bool
	Last     bool
	Booked   string // the address of the booking, once an offer was taken
}

// waitingOf finds the entry of a page, as managed does with a booking. Nil when
// the answer is given already.
func (p Pages) waitingOf(w http.ResponseWriter, r *http.Request) (*waiting, error) {
	reference, ok := booking.ParseReference(r.PathValue("reference"))
	token := r.URL.Query().Get("token")
	if token == "" && ok {
		token = p.Web.CookieValue(r, waitingCookie(reference))
	}
	e, err := p.Book.ManagedEntry(r.Context(), reference, token)
	if fault.KindOf(err) == fault.NotFound {
		printer := web.PrinterOf(r.Context())
		return nil, p.trouble(w, r, http.StatusNotFound, trouble{
			Title: printer.T("bookingweb.trouble.entry_title"), Text: printer.T("bookingweb.trouble.locked"),
			On: link{"/appointments", printer.T("bookingweb.trouble.start")},
		})
	}
	if err != nil {
		return nil, err
	}
	rememberEntry(p.Web, p.Book, w, e)
	if r.URL.Query().Has("token") {
		web.SeeOther(w, r, r.URL.EscapedPath())
		return nil, nil
	}
	return p.viewEntry(r, e)
}

func (p Pages) viewEntry(r *http.Request, e *booking.Entry) (*waiting, error) {
	at, err := p.Posts.Get(r.Context(), e.PostID)
	if err != nil {
		return nil, err
	}
	service, err := p.Services.Service(e.ServiceID)
	if err != nil {
		return nil, err
	}
	details, err := p.Book.EntryDetails(e)
	if err != nil {
		return nil, err
	}
	v := &waiting{
		errand: errand{at, service, e.Party}, Form: &web.Form{}, Entry: e, Path: waitingPath(e.Reference), Email: details.Email,
		People: personRowsOf(web.PrinterOf(r.Context()), details.Applicants, nil), Now: p.Web.Now().UnixMilli(),
		Spent: e.CodeTries >= booking.MaxTries, Last: e.CodeSerial >= booking.MaxCodes,
	}
	v.From, _ = post.ParseDate(e.From)
	v.To, _ = post.ParseDate(e.To)
	if v.Prospect, err = p.Book.Prospect(r.Context(), e); err != nil {
		return nil, err
	}
	switch e.State {
	case booking.Unproven:
		v.Ends, v.CodeBy = e.ExpiresAt.UnixMilli(), v.local(e.ExpiresAt)
	case booking.Offered:
		slot, err := p.Book.Slot(r.Context(), e.OfferSlot)
		if err != nil {
			return nil, err
		}
		v.Offer, v.Until, v.Ends = v.local(slot.Start), v.local(e.OfferExpiresAt), e.OfferExpiresAt.UnixMilli()
	case booking.Accepted:
		b, err := p.Book.Booking(r.Context(), e.BookingID)
		if err != nil {
			return nil, err
		}
		v.Booked = managePath(b.Reference)
	}
	return v, nil
}

func (p Pages) entry(w http.ResponseWriter, r *http.Request) error {
	v, err := p.waitingOf(w, r)
	if v == nil || err != nil {
		return err
	}
	if v.Entry.State == booking.Accepted {
		b, err := p.Book.Booking(r.Context(), v.Entry.BookingID)
		if err != nil {
			return err
		}
		remember(p.Web, p.Book, w, b) // the entry's token has shown whose it is
	}
	return p.showEntry(w, r, http.StatusOK, v)
}

func (p Pages) showEntry(w http.ResponseWriter, r *http.Request, status int, v *waiting) error {
	if v.Entry.State == booking.Unproven && v.Entry.ExpiresAt.After(p.Web.Now()) {
		return p.Web.Render(w, r, status, "bookingweb/waiting-code.html", v)
	}
	return p.Web.Render(w, r, status, "bookingweb/waiting.html", v)
}

// refuseEntry shows the entry as it is now, with what stood in the way.
func (p Pages) refuseEntry(w http.ResponseWriter, r *http.Request, v *waiting, form *web.Form, err error) error {
	refusal := fault.As(err)
	if refusal == nil || refusal.Kind != fault.Invalid && refusal.Kind != fault.Conflict {
		return err
	}
	e, err := p.Book.Entry(r.Context(), v.Entry.ID)
	if err != nil {
		return err
	}
	now, err := p.viewEntry(r, e)
	if err != nil {
		return err
	}
	status := http.StatusUnprocessableEntity
	if now.Form = form; !form.Refuse(refusal) {
		status = http.StatusConflict
		form.Say(refusal.Key, refusal.Args)
	}
	return p.showEntry(w, r, status, now)
}

func (p Pages) prove(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := p.waitingOf(w, r)
	if v == nil || err != nil {
		return err
	}
	code := digits(form.Value("code"))
	if code == "" {
		return p.refuseEntry(w, r, v, form, fault.NewInvalid(fault.Field{Path: "code", Key: "bookingweb.code.missing"}))
	}
	if _, err := p.Book.ConfirmEntry(r.Context(), v.Entry.ID, code); err != nil {
		return p.refuseEntry(w, r, v, form, err)
	}
	if err := p.Drafts.Forget(r.Context(), p.Web.BrowserKeyOf(r).Hash(), "hold:"+v.Service.ID); err != nil {
		return err
	}
	p.Web.Flash(w, web.Flash{Kind: "success", Key: "bookingweb.waiting.joined"})
	web.SeeOther(w, r, v.Path)
	return nil
}

func (p Pages) resendEntry(w http.ResponseWriter, r *http.Request) error {
	v, err := p.waitingOf(w, r)
	if v == nil || err != nil {
		return err
	}
	if _, err := p.Book.SendEntryCode(r.Context(), v.Entry.ID); err != nil {
		return p.refuseEntry(w, r, v, &web.Form{}, err)
	}
	p.Web.Flash(w, web.Flash{Kind: "success", Key: "bookingweb.code.sent"})
	web.SeeOther(w, r, v.Path)
	return nil
}

func (p Pages) accept(w http.ResponseWriter, r *http.Request) error {
	v, err := p.waitingOf(w, r)
	if v == nil || err != nil {
		return err
	}
	b, err := p.Book.AcceptOffer(r.Context(), v.Entry.ID)
	if err != nil {
		return p.refuseEntry(w, r, v, &web.Form{}, err)
	}
	remember(p.Web, p.Book, w, b)
	web.SeeOther(w, r, managePath(b.Reference))
	return nil
}

func (p Pages) decline(w http.ResponseWriter, r *http.Request) error {
	v, err := p.waitingOf(w, r)
	if v == nil || err != nil {
		return err
	}
	if _, err := p.Book.DeclineOffer(r.Context(), v.Entry.ID); err != nil {
		return p.refuseEntry(w, r, v, &web.Form{}, err)
	}
	p.Web.Flash(w, web.Flash{Kind: "info", Key: "bookingweb.waiting.declined"})
	web.SeeOther(w, r, v.Path)
	return nil
}

func (p Pages) askLeave(w http.ResponseWriter, r *http.Request) error {
	v, err := p.waitingOf(w, r)
	if v == nil || err != nil {
		return err
	}
	if !v.Entry.Active() {
		web.SeeOther(w, r, v.Path)
		return nil
	}
	return p.Web.Render(w, r, http.StatusOK, "bookingweb/waiting-leave.html", v)
}

func (p Pages) leave(w http.ResponseWriter, r *http.Request) error {
	v, err := p.waitingOf(w, r)
	if v == nil || err != nil {
		return err
	}
	if _, err := p.Book.Leave(r.Context(), audit.Applicant, v.Entry.ID); err != nil {
		return p.refuseEntry(w, r, v, &web.Form{}, err)
	}
	web.SeeOther(w, r, v.Path)
	return nil
}
