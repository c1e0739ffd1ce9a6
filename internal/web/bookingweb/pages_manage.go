package bookingweb

import (
	"net/http"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/web"
)

// ownBooking is a booking as its holder sees it.
type ownBooking struct {
	errand
	Booking *booking.Booking
	Start   time.Time // on the post's clock
	Instant string    // RFC 3339
	Mine    string    // on the reader's own clock, when that is known and differs
	Zone    string
	Coming  bool // booked, and not begun
	Path    string
	// Weekdays are their names from Sunday on, for the script.
	Weekdays string
}

// managed finds the booking of a page. A token in the address is taken out of
// it: it goes to a cookie, and the browser to the address without. When the
// answer is given here, the booking is nil.
func (p Pages) managed(w http.ResponseWriter, r *http.Request) (*ownBooking, error) {
	printer := web.PrinterOf(r.Context())
	b, err := holder(p.Web, p.Book, r)
	switch fault.KindOf(err) {
	case fault.NotFound, fault.Forbidden:
		if err != nil {
			status := http.StatusNotFound
			if fault.KindOf(err) == fault.Forbidden {
				status = http.StatusForbidden
			}
			return nil, p.trouble(w, r, status, trouble{
				Title: printer.T("bookingweb.trouble.locked_title"), Text: printer.T("bookingweb.trouble.locked"),
				On: link{"/appointments/manage", printer.T("bookingweb.trouble.find")}, Else: []link{{"/appointments", printer.T("bookingweb.trouble.start")}},
			})
		}
	}
	if err != nil {
		return nil, err
	}
	remember(p.Web, p.Book, w, b)
	if r.URL.Query().Has("token") {
		u := *r.URL
		q := u.Query()
		q.Del("token")
		u.RawQuery = q.Encode()
		web.SeeOther(w, r, u.RequestURI())
		return nil, nil
	}
	if b.State == booking.Held {
		web.SeeOther(w, r, holdPath(b.ID))
		return nil, nil
	}
	return p.view(r, b)
}

func (p Pages) view(r *http.Request, b *booking.Booking) (*ownBooking, error) {
	e, err := p.errandOf(r, b)
	if err != nil {
		return nil, err
	}
	slot, err := p.Book.Slot(r.Context(), b.SlotID)
	if err != nil {
		return nil, err
	}
	printer := web.PrinterOf(r.Context())
	m := &ownBooking{
		errand: e, Booking: b, Start: e.local(slot.Start), Zone: zoneText(e.Post.City.In(printer.Lang()), e.Post.Location(), slot.Start),
		Coming: b.State == booking.Booked && slot.Start.After(p.Web.Now()), Path: managePath(b.Reference),
	}
	m.Weekdays = weekdayNames(printer.Weekday)
	m.Instant = m.Start.Format(time.RFC3339)
	if there, differs := onClock(slot.Start, p.myZone(r), e.Post.Location()); differs {
		m.Mine = printer.DateTime(there)
	}
	return m, nil
}

type managePage struct {
	*ownBooking
	People []personRows
	Email  string
	MoveBy time.Time // set when the post has to ask for another time
	Moves  int       // moves that are left
	// Kept is the time that is kept for them to move to until KeptBy, Take
	// leads there.
	Kept, KeptBy time.Time
	Take         string
}

func (p Pages) manage(w http.ResponseWriter, r *http.Request) error {
	m, err := p.managed(w, r)
	if m == nil || err != nil {
		return err
	}
	details, err := p.Book.Details(m.Booking)
	if err != nil {
		return err
	}
	data := managePage{
		ownBooking: m, Email: details.Email, People: personRowsOf(web.PrinterOf(r.Context()), details.Applicants, nil),
		Moves: max(0, booking.MaxMoves-m.Booking.Moves),
	}
	if !m.Booking.MoveBy.IsZero() && m.Coming {
		data.MoveBy = m.local(m.Booking.MoveBy)
		data.Moves = max(1, data.Moves)
		kept, until, err := p.Book.Kept(r.Context(), m.Booking.ID)
		if err != nil {
			return err
		}
		if kept != nil {
			data.Kept, data.KeptBy, data.Take = m.local(kept.Start), m.local(until), with(managePath(m.Booking.Reference, "move", "confirm"), "slot", kept.ID)
		}
	}
	return p.Web.Render(w, r, http.StatusOK, "bookingweb/manage.html", data)
}

func (p Pages) cancel(w http.ResponseWriter, r *http.Request) error {
	m, err := p.managed(w, r)
	if m == nil || err != nil {
		return err
	}
	if !m.Coming {
		return p.tooLate(w, r, m, "booking.too_late_to_cancel")
	}
	return p.Web.Render(w, r, http.StatusOK, "bookingweb/cancel.html", m)
}

func (p Pages) cancelDo(w http.ResponseWriter, r *http.Request) error {
	m, err := p.managed(w, r)
	if m == nil || err != nil {
		return err
	}
	if _, err := p.Book.Cancel(r.Context(), audit.Applicant, m.Booking.ID, ""); fault.KindOf(err) == fault.Conflict {
		return p.tooLate(w, r, m, fault.As(err).Key)
	} else if err != nil {
		return err
	}
	web.SeeOther(w, r, m.Path)
	return nil
}

// tooLate says why an appointment stays as it is. One that is cancelled
// already shows just that.
func (p Pages) tooLate(w http.ResponseWriter, r *http.Request, m *ownBooking, key string) error {
	if m.Booking.State == booking.Cancelled {
		web.SeeOther(w, r, m.Path)
		return nil
	}
	printer := web.PrinterOf(r.Context())
	return p.trouble(w, r, http.StatusConflict, trouble{
		Title: printer.T("bookingweb.trouble.kept_title"), Text: printer.T(key),
		On: link{m.Path, printer.T("bookingweb.trouble.back")},
	})
}

// moving is the appointment for which another time is chosen.
type moving struct {
	*ownBooking
	Confirm string // where a chosen time goes
	Moves   int
}

// movable finds an appointment that can be moved. Nil when the answer is given.
func (p Pages) movable(w http.ResponseWriter, r *http.Request) (*moving, error) {
	m, err := p.managed(w, r)
	if m == nil || err != nil {
		return nil, err
	}
	left := booking.MaxMoves - m.Booking.Moves
	switch {
	case m.Booking.State != booking.Booked:
		return nil, p.tooLate(w, r, m, "booking.not_booked")
	case !m.Coming:
		return nil, p.tooLate(w, r, m, "bookingweb.move.begun")
	case left <= 0 && m.Booking.MoveBy.IsZero():
		return nil, p.tooLate(w, r, m, "booking.moves_spent")
	}
	return &moving{ownBooking: m, Confirm: managePath(m.Booking.Reference, "move", "confirm"), Moves: left}, nil
}

func (p Pages) move(w http.ResponseWriter, r *http.Request) error {
	m, err := p.movable(w, r)
	if m == nil || err != nil {
		return err
	}
	q := r.URL.Query()
	return p.showMove(w, r, http.StatusOK, m, &web.Form{}, q.Get("month"), q.Get("date"))
}

func (p Pages) showMove(w http.ResponseWriter, r *http.Request, status int, m *moving, form *web.Form, month, date string) error {
	data, err := p.choose(r, m.errand, managePath(m.Booking.Reference, "move"), month, date)
	if err != nil {
		return err
	}
	data.Moving = m
	return p.showChooser(w, r, status, data, form)
}

type moveConfirmPage struct {
	*moving
	Slot, Date string
	To         time.Time // on the post's clock; zero for any time of Date
	On         time.Time
	Back       string
}

// moveConfirm shows both times before anything changes.
func (p Pages) moveConfirm(w http.ResponseWriter, r *http.Request) error {
	m, err := p.movable(w, r)
	if m == nil || err != nil {
		return err
	}
	q := r.URL.Query()
	data := moveConfirmPage{moving: m, Slot: q.Get("slot"), Date: q.Get("date")}
	if data.Slot != "" {
		slot, err := p.Book.Slot(r.Context(), data.Slot)
		if err != nil || slot.PostID != m.Post.ID || !slot.Serves(m.Service.ID) {
			return p.refuseMove(w, r, m, fault.NewConflict("booking.slot_not_found"), "")
		}
		data.To, data.Date = m.local(slot.Start), slot.Date
	} else if data.On, err = time.Parse(time.DateOnly, data.Date); err != nil {
		web.SeeOther(w, r, managePath(m.Booking.Reference, "move"))
		return nil
	}
	data.Back = with(managePath(m.Booking.Reference, "move"), "date", data.Date) + "#times"
	return p.Web.Render(w, r, http.StatusOK, "bookingweb/move.html", data)
}

func (p Pages) moveDo(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	now, err := p.managed(w, r)
	if now == nil || err != nil {
		return err
	}
	if now.Booking.State == booking.Booked && form.Value("from") != now.Booking.SlotID {
		// It has moved since the page was made: a double click, or another tab.
		web.SeeOther(w, r, now.Path)
		return nil
	}
	m, err := p.movable(w, r)
	if m == nil || err != nil {
		return err
	}
	to := booking.Choice{SlotID: form.Value("slot")}
	if to.SlotID == "" {
		to = booking.Choice{PostID: m.Post.ID, Date: form.Value("date")}
	}
	if _, err := p.Book.Move(r.Context(), audit.Applicant, m.Booking.ID, to, false); err != nil {
		return p.refuseMove(w, r, m, err, form.Value("date"))
	}
	p.Web.Flash(w, web.Flash{Kind: "success", Key: "bookingweb.move.done"})
	web.SeeOther(w, r, m.Path)
	return nil
}

// refuseMove shows the times again; the appointment is where it was.
func (p Pages) refuseMove(w http.ResponseWriter, r *http.Request, m *moving, err error, date string) error {
	refusal := fault.As(err)
	if refusal == nil || refusal.Kind != fault.Conflict && refusal.Kind != fault.NotFound {
		return err
	}
	form := &web.Form{}
	form.Say(refusal.Key, refusal.Args)
	form.Say("bookingweb.move.unchanged", nil)
	return p.showMove(w, r, http.StatusConflict, m, form, "", date)
}
