package deskweb

import (
	"context"
	"net/http"
	"strconv"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/queue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/web"
)

func missing(path, key string) fault.Field { return fault.Field{Path: path, Key: key} }

type comparePage struct {
	At      at
	Booking *booking.Booking
	People  []person
	Service string
	When    string
	Form    *web.Form
	// Paper is "" when no code was scanned, else whether it is ours.
	Paper string
	// Elsewhere names the post when it is another, with nothing of the people.
	Elsewhere string
	OtherDay  bool
	Ticket    *queue.Ticket
	// Ready: this person can be checked in now.
	Ready bool
}

// compare shows to whom an appointment is bound, to be compared with the
// person at the desk.
func (p *Pages) compare(w http.ResponseWriter, r *http.Request) error {
	return p.showCompare(w, r, http.StatusOK, &web.Form{})
}

func (p *Pages) showCompare(w http.ResponseWriter, r *http.Request, status int, form *web.Form) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	printer := web.PrinterOf(r.Context())
	k, err := p.Book.ByReference(r.Context(), r.PathValue("reference"))
	if err != nil {
		return err
	}
	page := comparePage{At: a, Booking: k, Form: form, Service: p.title(printer.Lang(), k.ServiceID)}
	slot, err := p.Book.Slot(r.Context(), k.SlotID)
	if err != nil {
		return err
	}
	page.When = printer.DateTime(slot.Start.In(a.Location()))
	if k.PostID != a.ID {
		other, err := p.Posts.Get(r.Context(), k.PostID)
		if err != nil {
			return err
		}
		page.Elsewhere, page.When = other.Name.In(printer.Lang()), printer.DateTime(slot.Start.In(other.Location()))
		return p.web.Render(w, r, status, "deskweb/check-in.html", page)
	}
	if token := r.URL.Query().Get("token"); token != "" {
		page.Paper = "wrong"
		if keyring.Equal(token, p.Book.CheckInToken(k.ID)) {
			page.Paper = "right"
		}
	}
	page.OtherDay = slot.Date != a.Today
	if page.People, _, err = p.persons(k, printer); err != nil {
		return err
	}
	if page.Ticket, err = p.Queue.OfBooking(r.Context(), k.ID, a.Today); err != nil {
		return err
	}
	// Who was called in vain today may still be let in.
	missedToday := k.State == booking.NoShow && page.Ticket != nil
	page.Ready = !page.OtherDay && (k.State == booking.Booked || missedToday)
	return p.web.Render(w, r, status, "deskweb/check-in.html", page)
}

func (p *Pages) checkIn(w http.ResponseWriter, r *http.Request) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	k, err := p.Book.ByReference(r.Context(), r.PathValue("reference"))
	if err != nil {
		return err
	}
	if !form.Has("same", "yes") {
		form.Errors = append(form.Errors, missing("same", "deskweb.check_in.not_compared"))
		return p.showCompare(w, r, http.StatusUnprocessableEntity, form)
	}
	t, err := p.Queue.CheckIn(r.Context(), actor(r), a.ID, k.ID, form.Has("priority", "yes"))
	if p.warn(w, err) {
		web.SeeOther(w, r, comparePath(a, k.Reference, ""))
		return nil
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, r, a.Path("today/tickets/"+t.ID))
	return nil
}

type walkInPage struct {
	At       at
	Form     *web.Form
	Services []web.Option
}

func (p *Pages) walkIn(w http.ResponseWriter, r *http.Request) error {
	form := &web.Form{}
	form.Set("party", "1")
	form.Set("ticket", queue.NewTicketID())
	return p.showWalkIn(w, r, form)
}

func (p *Pages) showWalkIn(w http.ResponseWriter, r *http.Request, form *web.Form) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if len(form.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return p.web.Render(w, r, status, "deskweb/walk-in.html", walkInPage{At: a, Form: form, Services: p.offered(web.PrinterOf(r.Context()).Lang(), a)})
}

func (p *Pages) giveTicket(w http.ResponseWriter, r *http.Request) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	// The page brought the ticket's id along, so that a double click gives one.
	id := form.Value("ticket")
	if !queue.IsTicketID(id) {
		id = queue.NewTicketID()
	}
	party, _ := strconv.Atoi(form.Value("party")) // what is no number is refused as 0
	t, err := p.Queue.WalkIn(r.Context(), actor(r), a.ID, id, form.Value("service"), party, form.Has("priority", "yes"))
	if form.Refuse(err) {
		return p.showWalkIn(w, r, form)
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, r, a.Path("today/tickets/"+t.ID))
	return nil
}

type ticketPage struct {
	At     at
	Ticket line
	// Ahead is how many come before; the board shows the rest.
	Ahead int
	Given string
}

// ticket shows a ticket, for printing.
func (p *Pages) ticket(w http.ResponseWriter, r *http.Request) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	t, err := p.Queue.Ticket(r.Context(), a.ID, r.PathValue("ticket"))
	if err != nil {
		return err
	}
	day, err := p.Queue.Day(r.Context(), a.ID, t.Date)
	if err != nil {
		return err
	}
	labels, err := p.labels(r, a.ID)
	if err != nil {
		return err
	}
	printer := web.PrinterOf(r.Context())
	return p.web.Render(w, r, http.StatusOK, "deskweb/ticket.html", ticketPage{
		At: a, Ticket: p.line(printer, a, t, nil, labels), Ahead: day.Ahead(t.ID), Given: printer.DateTime(t.ArrivedAt.In(a.Location())),
	})
}

// withdraw takes a ticket back that was given by mistake.
func (p *Pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	return p.endTicket(w, r, p.Queue.Withdraw, "deskweb.ticket.withdrawn")
}

// left ends the ticket of people who went away before they were called.
func (p *Pages) left(w http.ResponseWriter, r *http.Request) error {
	return p.endTicket(w, r, p.Queue.GoneAway, "deskweb.ticket.gone")
}

func (p *Pages) endTicket(w http.ResponseWriter, r *http.Request, end func(ctx context.Context, actor, postID, ticketID string) (*queue.Ticket, error), said string) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	t, err := end(r.Context(), actor(r), a.ID, r.PathValue("ticket"))
	if err != nil && !p.warn(w, err) {
		return err
	}
	if err == nil {
		p.tell(w, said, fault.Args{"Number": t.Number})
	}
	web.SeeOther(w, r, a.Path("today"))
	return nil
}
