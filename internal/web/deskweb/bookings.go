package deskweb

import (
	"net/http"
	"strings"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/web"
)

type findPage struct {
	At    at
	Form  *web.Form
	Found []foundBooking
}

type foundBooking struct {
	booking.Visit
	When, Service, Name string
}

// bookings is where staff find a booking, or start a new one.
func (p *Pages) bookings(w http.ResponseWriter, r *http.Request) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, http.StatusOK, "deskweb/bookings.html", findPage{At: a, Form: &web.Form{}})
}

// findBooking finds bookings by reference or e-mail address; by name only
// those of today, since names are kept sealed.
func (p *Pages) findBooking(w http.ResponseWriter, r *http.Request) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	page := findPage{At: a, Form: form}
	question := form.Value("q")
	var found []booking.Visit
	if reference, _ := readCode(question); reference != "" {
		k, err := p.Book.ByReference(r.Context(), reference)
		switch {
		case err == nil && k.PostID == a.ID:
			web.SeeOther(w, r, a.Path("bookings/"+k.Reference))
			return nil
		case err == nil:
			form.Errors = append(form.Errors, missing("q", "queue.other_post"))
		case fault.KindOf(err) != fault.NotFound:
			return err
		}
	} else if strings.Contains(question, "@") {
		address, err := notify.ParseAddress(question)
		if err == nil {
			found, err = p.Book.OfEmail(r.Context(), a.ID, address.String())
		}
		if fault.KindOf(err) == fault.Internal && err != nil {
			return err
		}
	}
	if len(found) == 0 && len(form.Errors) == 0 && question != "" {
		named, err := p.byName(r, a, question)
		if err != nil {
			return err
		}
		for _, v := range named {
			found = append(found, v.Visit)
		}
	}
	printer := web.PrinterOf(r.Context())
	for _, v := range found {
		people, _, err := p.persons(v.Booking, printer)
		if err != nil {
			return err
		}
		one := foundBooking{Visit: v, When: printer.DateTime(v.Start.In(a.Location())), Service: p.title(printer.Lang(), v.ServiceID)}
		if len(people) > 0 {
			one.Name = people[0].Name
		}
		page.Found = append(page.Found, one)
	}
	status := http.StatusOK
	if len(page.Found) == 0 {
		status = http.StatusUnprocessableEntity
		if len(form.Errors) == 0 {
			form.Errors = append(form.Errors, missing("q", "deskweb.bookings.none"))
		}
	}
	return p.web.Render(w, r, status, "deskweb/bookings.html", page)
}

type bookingPage struct {
	At            at
	Booking       *booking.Booking
	People        []person
	Details       booking.Details
	Service, When string
	Coming        bool // booked, and still ahead: can be moved and cancelled
	Today         bool
	Missed        bool
	Form          *web.Form
	Bring         []string
	Fee           string
	Slots         slotsPage
}

// found is the booking that the address names, at this post.
func (p *Pages) found(r *http.Request) (bookingPage, error) {
	a, err := p.at(r)
	if err != nil {
		return bookingPage{}, err
	}
	k, err := p.Book.ByReference(r.Context(), r.PathValue("reference"))
	if err == nil && (k.PostID != a.ID || k.State == booking.Held || k.State == booking.Expired) {
		err = fault.NewNotFound("booking.not_found")
	}
	if err != nil {
		return bookingPage{}, err
	}
	slot, err := p.Book.Slot(r.Context(), k.SlotID)
	if err != nil {
		return bookingPage{}, err
	}
	printer := web.PrinterOf(r.Context())
	page := bookingPage{
		At: a, Booking: k, Service: p.title(printer.Lang(), k.ServiceID), When: printer.DateTime(slot.Start.In(a.Location())),
		Coming: k.State == booking.Booked && slot.Start.After(p.web.Now()), Today: slot.Date == a.Today, Missed: k.State == booking.NoShow,
		Form: &web.Form{},
	}
	page.People, page.Details, err = p.persons(k, printer)
	return page, err
}

func (p *Pages) booking(w http.ResponseWriter, r *http.Request) error {
	page, err := p.found(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, http.StatusOK, "deskweb/booking.html", page)
}

// confirmation is the paper for people without e-mail.
func (p *Pages) confirmation(w http.ResponseWriter, r *http.Request) error {
	page, err := p.found(r)
	if err != nil {
		return err
	}
	service, err := p.Services.Service(page.Booking.ServiceID)
	if err != nil {
		return err
	}
	printer := web.PrinterOf(r.Context())
	for _, item := range service.Bring {
		page.Bring = append(page.Bring, item.Text.In(printer.Lang()))
	}
	if !service.Fee.Free() {
		page.Fee = printer.Money(service.Fee.Minor, service.Fee.Currency)
	}
	return p.web.Render(w, r, http.StatusOK, "deskweb/confirmation.html", page)
}

func (p *Pages) confirmationPDF(w http.ResponseWriter, r *http.Request) error {
	page, err := p.found(r)
	if err != nil {
		return err
	}
	text, err := p.Letter.Confirmation(r.Context(), page.Booking, web.PrinterOf(r.Context()).Lang())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="`+page.Booking.Reference+`.pdf"`)
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write(text)
	return err
}

func (p *Pages) askCancel(w http.ResponseWriter, r *http.Request) error {
	page, err := p.found(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, http.StatusOK, "deskweb/cancel.html", page)
}

// maxReason bounds a reason, which is mailed to the holder and kept for ever.
const maxReason = 300

func reason(form *web.Form) (string, bool) {
	text := form.Value("reason")
	switch {
	case text == "":
		form.Errors = append(form.Errors, missing("reason", "deskweb.cancel.no_reason"))
	case len([]rune(text)) > maxReason:
		form.Errors = append(form.Errors, fault.Field{Path: "reason", Key: "deskweb.cancel.long", Args: fault.Args{"Max": maxReason}})
	default:
		return text, true
	}
	return "", false
}

// cancel gives a booking back for its holder, with a reason.
func (p *Pages) cancel(w http.ResponseWriter, r *http.Request) error {
	return p.end(w, r, "cancel", "deskweb.cancel.done", func(k *booking.Booking, why string) error {
		_, err := p.Book.Cancel(r.Context(), actor(r), k.ID, why)
		return err
	})
}

func (p *Pages) askCame(w http.ResponseWriter, r *http.Request) error {
	page, err := p.found(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, http.StatusOK, "deskweb/came.html", page)
}

// came takes a no-show back that was found to be wrong.
func (p *Pages) came(w http.ResponseWriter, r *http.Request) error {
	return p.end(w, r, "came", "deskweb.came.done", func(k *booking.Booking, why string) error {
		return p.Queue.Came(r.Context(), actor(r), k.ID, why)
	})
}

// end does something that needs a reason, and shows the booking afterwards.
func (p *Pages) end(w http.ResponseWriter, r *http.Request, name, said string, do func(*booking.Booking, string) error) error {
	page, err := p.found(r)
	if err != nil {
		return err
	}
	if page.Form, err = web.ReadForm(r); err != nil {
		return err
	}
	why, ok := reason(page.Form)
	if !ok {
		return p.web.Render(w, r, http.StatusUnprocessableEntity, "deskweb/"+name+".html", page)
	}
	if err := do(page.Booking, why); p.warn(w, err) {
		web.SeeOther(w, r, page.At.Path("bookings/"+page.Booking.Reference))
		return nil
	} else if err != nil {
		return err
	}
	p.tell(w, said, nil)
	web.SeeOther(w, r, page.At.Path("bookings/"+page.Booking.Reference))
	return nil
}
