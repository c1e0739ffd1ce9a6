package deskweb

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/queue"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/web"
)

// The desk looks for times two weeks at a time.
const lookDays = 14

// slotsPage are times to choose from.
type slotsPage struct {
	Service        string
	Party          int
	From           string // the first day looked at
	Earlier, Later string // addresses of the two weeks before and after
	Days           []slotDay
}

type slotDay struct {
	Name  string
	Times []slotTime
}

type slotTime struct {
	ID, Clock string
	Free      int
	Reserved  int // of them, from the staff's share
}

// slots lists times for the desk from a day on.
func (p *Pages) slots(r *http.Request, a at, s catalogue.Service, party int, from string) (slotsPage, error) {
	printer, zone := web.PrinterOf(r.Context()), a.Location()
	first, err := time.ParseInLocation(time.DateOnly, from, zone)
	if err != nil || from < a.Today {
		first, _ = time.ParseInLocation(time.DateOnly, a.Today, zone)
	}
	page := slotsPage{Service: s.ID, Party: party, From: first.Format(time.DateOnly)}
	found, err := p.Book.StaffSlots(r.Context(), booking.Query{PostID: a.ID, Service: s.ID, From: first, To: first.AddDate(0, 0, lookDays), Places: s.Places(party)})
	if err != nil {
		return page, err
	}
	day := ""
	for _, one := range found {
		if one.Date != day {
			day = one.Date
			page.Days = append(page.Days, slotDay{Name: printer.LongDate(one.Start.In(zone))})
		}
		last := &page.Days[len(page.Days)-1]
		last.Times = append(last.Times, slotTime{ID: one.ID, Clock: one.Clock, Free: one.ForStaff(), Reserved: one.Reserved})
	}
	address := func(days int) string {
		q := url.Values{"service": {s.ID}, "party": {strconv.Itoa(party)}, "from": {first.AddDate(0, 0, days).Format(time.DateOnly)}}
		return r.URL.Path + "?" + q.Encode()
	}
	if page.From > a.Today {
		page.Earlier = address(-lookDays)
	}
	page.Later = address(lookDays)
	return page, nil
}

type newPage struct {
	At       at
	Form     *web.Form
	Services []web.Option
	Service  string // its title, once chosen
	Slots    *slotsPage
}

// newBooking asks for service and number of people, and then shows times.
func (p *Pages) newBooking(w http.ResponseWriter, r *http.Request) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	lang := web.PrinterOf(r.Context()).Lang()
	page := newPage{At: a, Form: web.NewForm(r.URL.Query()), Services: p.offered(lang, a)}
	if !r.URL.Query().Has("service") {
		page.Form = &web.Form{}
		page.Form.Set("party", "1")
		return p.web.Render(w, r, http.StatusOK, "deskweb/new.html", page)
	}
	service, party, wrong := p.wanted(a, page.Form)
	if page.Form.Refuse(wrong.Err()) {
		return p.web.Render(w, r, http.StatusUnprocessableEntity, "deskweb/new.html", page)
	}
	slots, err := p.slots(r, a, service, party, page.Form.Value("from"))
	if err != nil {
		return err
	}
	page.Service, page.Slots = service.Title.In(lang), &slots
	return p.web.Render(w, r, http.StatusOK, "deskweb/new.html", page)
}

// wanted reads the service and the number of people.
func (p *Pages) wanted(a at, form *web.Form) (catalogue.Service, int, fault.Fields) {
	var wrong fault.Fields
	service, err := p.Services.Service(form.Value("service"))
	if err != nil || !a.Offers(service.ID) {
		wrong.Add("service", "queue.service_missing")
		return service, 0, wrong
	}
	party, err := strconv.Atoi(form.Value("party"))
	if err != nil || party < 1 || party > service.MaxParty {
		wrong.AddWith("party", "queue.party_wrong", fault.Args{"Max": service.MaxParty})
	}
	return service, party, wrong
}

type peoplePage struct {
	At            at
	Form          *web.Form
	Service, When string
	ServiceID     string
	Slot          string
	Party         int
	Numbers       []int
	Countries     []web.Option
	Documents     []string // what may identify a person of this service
}

// people asks who comes.
func (p *Pages) people(w http.ResponseWriter, r *http.Request) error {
	form := web.NewForm(r.URL.Query())
	form.Set("request", store.NewID())
	return p.showPeople(w, r, http.StatusOK, form)
}

func (p *Pages) showPeople(w http.ResponseWriter, r *http.Request, status int, form *web.Form) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	printer := web.PrinterOf(r.Context())
	service, party, wrong := p.wanted(a, form)
	if err := wrong.Err(); err != nil {
		return err
	}
	slot, err := p.Book.Slot(r.Context(), form.Value("slot"))
	if err == nil && (slot.PostID != a.ID || !slot.Serves(service.ID)) {
		err = fault.NewNotFound("booking.slot_not_found")
	}
	if err != nil {
		return err
	}
	page := peoplePage{At: a, Form: form, Service: service.Title.In(printer.Lang()), ServiceID: service.ID, When: printer.DateTime(slot.Start.In(a.Location())), Slot: slot.ID, Party: party}
	for i := range party {
		page.Numbers = append(page.Numbers, i+1)
	}
	for _, c := range country.All(printer.Lang()) {
		page.Countries = append(page.Countries, web.Option{Value: c.Code, Label: c.Name})
	}
	for _, id := range service.Identifiers {
		page.Documents = append(page.Documents, printer.T(id.Document.Key()))
	}
	return p.web.Render(w, r, status, "deskweb/people.html", page)
}

// bookNow books for people on the telephone or at the desk.
func (p *Pages) bookNow(w http.ResponseWriter, r *http.Request) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	_, party, wrong := p.wanted(a, form)
	if err := wrong.Err(); err != nil {
		return err
	}
	details, err := readDetails(form, party, a.Now)
	if form.Refuse(err) {
		return p.showPeople(w, r, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	slot, err := p.Book.Slot(r.Context(), form.Value("slot"))
	if err == nil && slot.PostID != a.ID { // the permission is for this post only
		err = fault.NewNotFound("booking.slot_not_found")
	}
	if err != nil {
		return err
	}
	k, err := p.Book.BookNow(r.Context(), actor(r), booking.HoldRequest{
		Choice: booking.Choice{SlotID: slot.ID}, Service: form.Value("service"), Details: details,
		Origin: booking.Origin{Lang: web.PrinterOf(r.Context()).Lang(), Zone: a.Zone, Channel: booking.Staff, RequestKey: requestKey(r, form)},
	})
	if f := fault.As(err); f != nil && f.Kind == fault.Conflict {
		form.Say(f.Key, f.Args)
		return p.showPeople(w, r, http.StatusConflict, form)
	}
	if err != nil {
		return err
	}
	p.tell(w, "deskweb.new.done", nil)
	web.SeeOther(w, r, a.Path("bookings/"+k.Reference))
	return nil
}

// requestKey is the key by which a form sent twice books once. Staff can only
// repeat what they asked for themselves.
func requestKey(r *http.Request, form *web.Form) string {
	key := form.Value("request")
	if !queue.IsTicketID(key) {
		return ""
	}
	return actor(r) + ":" + key
}

// readDetails collects the complaints about people and how to reach them. An
// e-mail address is not required.
func readDetails(form *web.Form, party int, today time.Time) (booking.Details, error) {
	given := make([]booking.Applicant, party)
	for i := range given {
		at := func(name string) string { return fmt.Sprintf("applicants[%d].%s", i, name) }
		given[i] = booking.Applicant{
			GivenNames: form.Value(at("given_names")), Surname: form.Value(at("surname")), DateOfBirth: form.Date(at("date_of_birth")),
			Nationality: form.Value(at("nationality")), DocumentNumber: form.Value(at("document_number")),
		}
	}
	d := booking.Details{}
	var fields fault.Fields
	var err error
	d.Applicants, err = booking.CheckApplicants(given, today)
	if f := fault.As(err); f != nil {
		fields = append(fields, f.Fields...)
	} else if err != nil {
		return d, err
	}
	if text := form.Value("email"); text != "" {
		address, err := notify.ParseAddress(text)
		if f := fault.As(err); f != nil {
			fields = append(fields, f.Fields...)
		} else if err != nil {
			return d, err
		}
		d.Email = address.String()
	}
	d.Phone = form.Value("phone")
	if len(d.Phone) > 40 || strings.Trim(d.Phone, "+0123456789 ()-./") != "" {
		fields.Add("phone", "deskweb.people.phone_wrong")
	}
	return d, fields.Err()
}

// chooseMove shows the times to which a booking can be moved.
func (p *Pages) chooseMove(w http.ResponseWriter, r *http.Request) error {
	page, err := p.found(r)
	if err != nil {
		return err
	}
	service, err := p.Services.Service(page.Booking.ServiceID)
	if err != nil {
		return err
	}
	if page.Slots, err = p.slots(r, page.At, service, page.Booking.Party, r.URL.Query().Get("from")); err != nil {
		return err
	}
	return p.web.Render(w, r, http.StatusOK, "deskweb/move.html", page)
}

func (p *Pages) move(w http.ResponseWriter, r *http.Request) error {
	page, err := p.found(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	slot, err := p.Book.Slot(r.Context(), form.Value("slot"))
	if err == nil && slot.PostID != page.At.ID {
		err = fault.NewNotFound("booking.slot_not_found")
	}
	if err != nil {
		return err
	}
	_, err = p.Book.Move(r.Context(), actor(r), page.Booking.ID, booking.Choice{SlotID: slot.ID}, true)
	if p.warn(w, err) {
		web.SeeOther(w, r, page.At.Path("bookings/"+page.Booking.Reference+"/move"))
		return nil
	}
	if err != nil {
		return err
	}
	p.tell(w, "deskweb.move.done", nil)
	web.SeeOther(w, r, page.At.Path("bookings/"+page.Booking.Reference))
	return nil
}
