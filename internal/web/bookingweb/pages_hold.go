package bookingweb

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/web"
)

// hold keeps the chosen time. The same choice by the same browser is the same
// hold, so a double click, a second tab or the back button doubles nothing.
func (p Pages) hold(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	choice := booking.Choice{SlotID: form.Value("slot")}
	if choice.SlotID == "" {
		choice = booking.Choice{PostID: form.Value("post"), Date: form.Value("date")}
	}
	postID := form.Value("post")
	if s, err := p.Book.Slot(r.Context(), choice.SlotID); err == nil {
		postID = s.PostID
	}
	e, err := p.errand(r, postID, form.Value("service"))
	if err != nil {
		return err
	}
	if e.Party, err = readParty(form.Value("party"), e.Service); form.Refuse(err) {
		e.Party = 1
		return p.askParty(w, r, http.StatusUnprocessableEntity, e, form)
	}
	request := booking.HoldRequest{Choice: choice, Service: e.Service.ID, Party: e.Party, Origin: p.origin(w, r)}
	same, err := p.sameHold(r.Context(), &request)
	if err != nil {
		return err
	}
	if same == nil {
		// Clicks that come at once share one try: a proof is good once.
		first := false
		held, err, _ := p.clicks.Do(request.RequestKey, func() (any, error) {
			first = true
			// A click that looked before the first flight ended comes too late for
			// it, and its proof is spent; but not its hold.
			if held, err := p.sameHold(r.Context(), &request); held != nil || err != nil {
				return held, err
			}
			waiting, err := p.Gate.admitHold(w, r, form)
			if waiting || err != nil {
				return (*booking.Booking)(nil), err
			}
			return p.Book.Hold(context.WithoutCancel(r.Context()), request)
		})
		if err != nil {
			return p.refuseTime(w, r, e, form, err)
		}
		if same = held.(*booking.Booking); same == nil {
			if !first {
				_, err = p.Gate.admitHold(w, r, form)
			}
			return err // sent to the waiting page
		}
	}
	web.SeeOther(w, r, holdPath(same.ID))
	return nil
}

func holdPath(id string, rest ...any) string {
	path := "/appointments/holds/" + id
	for _, part := range rest {
		path += "/" + fmt.Sprint(part)
	}
	return path
}

// sameHold gives the request its key, and finds the live hold that the same
// choice made before, if any. A choice whose hold has ended counts as new.
func (p Pages) sameHold(ctx context.Context, request *booking.HoldRequest) (*booking.Booking, error) {
	if request.BrowserKey == "" {
		return nil, nil
	}
	c := request.Choice
	before := ""
	for {
		request.RequestKey = "web:" + p.Keys.LookupKey("hold", request.BrowserKey, c.SlotID, c.PostID, c.Date, request.Service, fmt.Sprint(request.Party), before)
		b, err := p.Book.ByRequest(ctx, request.RequestKey)
		switch {
		case fault.KindOf(err) == fault.NotFound:
			return nil, nil
		case err != nil:
			return nil, err
		case b.State == booking.Held && b.ExpiresAt.After(p.Web.Now()):
			return b, nil
		}
		before = b.ID
	}
}

// refuseTime shows the times as they are now, and says why the one chosen
// cannot be had.
func (p Pages) refuseTime(w http.ResponseWriter, r *http.Request, e errand, form *web.Form, err error) error {
	refusal := fault.As(err)
	if refusal == nil {
		return err
	}
	status := http.StatusConflict
	switch refusal.Kind {
	case fault.Conflict, fault.NotFound:
	case fault.Invalid:
		status = http.StatusUnprocessableEntity
	case fault.Busy:
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", strconv.Itoa(int(refusal.RetryAfter/time.Second)+1))
	default:
		return err
	}
	said := &web.Form{}
	if len(refusal.Fields) > 0 {
		for _, f := range refusal.Fields {
			said.Say(f.Key, f.Args)
		}
	} else {
		said.Say(refusal.Key, refusal.Args)
	}
	return p.showTimes(w, r, status, e, said, "", form.Value("date"))
}

// owns says whether the hold was made by this browser.
func (p Pages) owns(r *http.Request, b *booking.Booking) bool {
	return b.BrowserKey != "" && keyring.Equal(p.Web.BrowserKeyOf(r).Hash(), b.BrowserKey)
}

// stay is a hold while its pages are filled in.
type stay struct {
	errand
	Form  *web.Form
	Hold  *booking.Booking
	Start time.Time // on the post's clock
	Until time.Time // on the post's clock
	// Ends and Now are for the clock: milliseconds since 1970.
	Ends, Now   int64
	Step, Steps int
	Back        string
}

// form names the draft that goes with the hold.
func (s *stay) draft() string { return "hold:" + s.Service.ID }

func (s *stay) today() time.Time { return s.local(time.UnixMilli(s.Now)) }

// stay finds the hold of a page. When it is no longer a hold, or not this
// browser's, the answer is given here and the stay is nil.
func (p Pages) stay(w http.ResponseWriter, r *http.Request) (*stay, error) {
	printer := web.PrinterOf(r.Context())
	b, err := p.Book.Booking(r.Context(), r.PathValue("id"))
	if fault.KindOf(err) == fault.NotFound || err == nil && !p.owns(r, b) {
		return nil, p.trouble(w, r, http.StatusNotFound, trouble{
			Title: printer.T("bookingweb.trouble.gone_title"), Text: printer.T("bookingweb.trouble.gone"),
			On: link{"/appointments", printer.T("bookingweb.trouble.start")}, Else: []link{{"/appointments/manage", printer.T("bookingweb.trouble.find")}},
		})
	}
	if err != nil {
		return nil, err
	}
	e, err := p.errandOf(r, b)
	if err != nil {
		return nil, err
	}
	if b.State != booking.Held || !b.ExpiresAt.After(p.Web.Now()) {
		return nil, p.ended(w, r, e, b)
	}
	slot, err := p.Book.Slot(r.Context(), b.SlotID)
	if err != nil {
		return nil, err
	}
	return &stay{
		errand: e, Form: &web.Form{}, Hold: b, Start: e.local(slot.Start), Until: e.local(b.ExpiresAt),
		Ends: b.ExpiresAt.UnixMilli(), Now: p.Web.Now().UnixMilli(), Steps: b.Party + 3,
	}, nil
}

// ended answers for a booking that is not held any more: one that was made
// shows itself, and else the person learns what happened to the places.
func (p Pages) ended(w http.ResponseWriter, r *http.Request, e errand, b *booking.Booking) error {
	printer := web.PrinterOf(r.Context())
	switch {
	case b.State == booking.Held, b.State == booking.Expired && !b.EndedAt.Before(b.ExpiresAt):
		return p.missed(w, r, e)
	case b.State == booking.Expired:
		return p.trouble(w, r, http.StatusConflict, trouble{
			Title: printer.T("bookingweb.trouble.let_go_title"), Text: printer.T("bookingweb.trouble.let_go"),
			On: link{e.Times(""), printer.T("bookingweb.trouble.another")},
		})
	case b.State == booking.Cancelled && b.ConfirmedAt.IsZero():
		web.SeeOther(w, r, e.Times(""))
		return nil
	}
	remember(p.Web, p.Book, w, b)
	web.SeeOther(w, r, managePath(b.Reference))
	return nil
}

// missed says that the 15 minutes are over.
func (p Pages) missed(w http.ResponseWriter, r *http.Request, e errand) error {
	printer := web.PrinterOf(r.Context())
	return p.trouble(w, r, http.StatusConflict, trouble{
		Title: printer.T("bookingweb.trouble.expired_title"), Text: printer.T("bookingweb.trouble.expired"),
		On: link{e.Times(""), printer.T("bookingweb.trouble.another")},
	})
}

// next leads to the first page that still has something to ask.
func (p Pages) next(w http.ResponseWriter, r *http.Request) error {
	s, err := p.stay(w, r)
	if s == nil || err != nil {
		return err
	}
	if s.Hold.Bound {
		web.SeeOther(w, r, holdPath(s.Hold.ID, "code"))
		return nil
	}
	a, err := p.load(r, s.draft())
	if err != nil {
		return err
	}
	switch person, email := a.missing(s.Party, s.today()); {
	case a.For != "" && person < 0 && !email:
		// Known from elsewhere, and shown once more before anything is sent.
		web.SeeOther(w, r, holdPath(s.Hold.ID, "check"))
	case a.Hold != s.Hold.ID && person != 0 && len(a.People) > 0:
		// What was typed for an earlier hold is looked through once more.
		web.SeeOther(w, r, holdPath(s.Hold.ID, "people", 1))
	case person >= 0:
		web.SeeOther(w, r, holdPath(s.Hold.ID, "people", person+1))
	case email:
		web.SeeOther(w, r, holdPath(s.Hold.ID, "email"))
	default:
		web.SeeOther(w, r, holdPath(s.Hold.ID, "check"))
	}
	return nil
}

// open finds a hold whose people are not named yet, with what was typed so
// far. Nil when the answer is given already.
func (p Pages) open(w http.ResponseWriter, r *http.Request) (*stay, *answers, error) {
	s, err := p.stay(w, r)
	if s == nil || err != nil {
		return nil, nil, err
	}
	if s.Hold.Bound {
		web.SeeOther(w, r, holdPath(s.Hold.ID, "code"))
		return nil, nil, nil
	}
	a, err := p.load(r, s.draft())
	return s, a, err
}
