package bookingweb

import (
	"embed"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
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
}

// Register adds the pages to the server.
func (p Pages) Register() error {
	p.Web.Handle("GET /appointments", web.Public, p.find)
	p.Web.Handle("GET /appointments/times", web.Public, p.times)
	p.Web.Handle("GET /appointments/wait", web.Public, p.wait)
	p.Web.Handle("POST /appointments/holds", web.Public, p.hold)
	p.Web.Handle("GET /appointments/holds/{id}", web.Public, p.held)
	p.Web.Handle("POST /appointments/holds/{id}", web.Public, p.bind)
	p.Web.Handle("POST /appointments/holds/{id}/code", web.Public, p.code)
	p.Web.Handle("POST /appointments/holds/{id}/resend", web.Public, p.resend)
	p.Web.Handle("GET /appointments/manage/{reference}", web.Public, p.manage)
	p.Web.Handle("POST /appointments/manage/{reference}/cancel", web.Public, p.cancel)
	p.Web.HomeSection(web.HomeSection{Order: 10, Path: "/appointments", Title: "bookingweb.home.title", Text: "bookingweb.home.text"})
	return p.Web.Templates("bookingweb", templates)
}

type option struct{ Value, Label string }

type findPage struct {
	Form            *web.Form
	Posts, Services []option
}

func (p Pages) find(w http.ResponseWriter, r *http.Request) error {
	lang := web.PrinterOf(r.Context()).Lang()
	data := findPage{Form: web.NewForm(r.URL.Query())}
	posts, err := p.Posts.List(r.Context())
	if err != nil {
		return err
	}
	for _, at := range posts {
		data.Posts = append(data.Posts, option{at.ID, at.CountryName(lang) + " – " + at.City.In(lang)})
	}
	for _, s := range p.Services.Services() {
		data.Services = append(data.Services, option{s.ID, s.Title.In(lang)})
	}
	return p.Web.Render(w, r, http.StatusOK, "bookingweb/find.html", data)
}

type timesPage struct {
	Service, ServiceID, Post, Zone, Party string
	Days                                  []dayOfTimes
}

type dayOfTimes struct {
	Date, Name string
	Times      []timeOfDay
}

type timeOfDay struct{ ID, Clock string }

func (p Pages) times(w http.ResponseWriter, r *http.Request) error {
	printer := web.PrinterOf(r.Context())
	q := r.URL.Query()
	at, err := p.Posts.Get(r.Context(), q.Get("post"))
	if err != nil {
		return err
	}
	service, err := p.Services.Service(q.Get("service"))
	if err != nil {
		return err
	}
	party := partySize(q.Get("party"), service)
	now := p.Web.Now()
	slots, err := p.Book.Slots(r.Context(), booking.Query{PostID: at.ID, Service: service.ID, From: now, To: now.AddDate(0, 0, maxRange), Places: service.Places(party)})
	if err != nil {
		return err
	}
	data := timesPage{Service: service.Title.In(printer.Lang()), ServiceID: service.ID, Post: at.Name.In(printer.Lang()), Zone: at.Zone, Party: strconv.Itoa(party)}
	for _, s := range slots {
		if n := len(data.Days); n == 0 || data.Days[n-1].Date != s.Date {
			data.Days = append(data.Days, dayOfTimes{Date: s.Date, Name: printer.LongDate(s.Start.In(at.Location()))})
		}
		last := &data.Days[len(data.Days)-1]
		last.Times = append(last.Times, timeOfDay{s.ID, s.Clock})
	}
	return p.Web.Render(w, r, http.StatusOK, "bookingweb/times.html", data)
}

// partySize reads a number of people; what cannot be one counts as one person.
func partySize(text string, s catalogue.Service) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 1
	}
	return min(n, s.MaxParty)
}

func (p Pages) hold(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	service, err := p.Services.Service(form.Value("service"))
	if err != nil {
		return err
	}
	if waiting, err := p.Gate.admitHold(w, r, form); waiting || err != nil {
		return err
	}
	b, err := p.Book.Hold(r.Context(), booking.HoldRequest{
		Choice: booking.Choice{SlotID: form.Value("slot")}, Service: service.ID, Party: partySize(form.Value("party"), service),
		Origin: booking.Origin{
			NetworkKey: p.Gate.Network(r.Context()).Near, BrowserKey: p.Web.BrowserKey(w, r).Hash(),
			Lang: web.PrinterOf(r.Context()).Lang(), Channel: booking.Web,
		},
	})
	if err != nil {
		return err
	}
	web.SeeOther(w, r, "/appointments/holds/"+b.ID)
	return nil
}

// own finds a hold of this browser; somebody else's is not found.
func (p Pages) own(r *http.Request) (*booking.Booking, error) {
	b, err := p.Book.Booking(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if !keyring.Equal(p.Web.BrowserKeyOf(r).Hash(), b.BrowserKey) || b.BrowserKey == "" {
		return nil, fault.NewNotFound("booking.not_found")
	}
	return b, nil
}

type holdPage struct {
	Form                  *web.Form
	ID, When, Post, Until string
	People                []int
	Countries             []option
}

func (p Pages) held(w http.ResponseWriter, r *http.Request) error {
	b, err := p.own(r)
	if err != nil {
		return err
	}
	return p.step(w, r, http.StatusOK, b, web.NewForm(nil))
}

// step shows where a hold stands: naming the people, then the code; a hold
// that ended says so, and a booking shows itself.
func (p Pages) step(w http.ResponseWriter, r *http.Request, status int, b *booking.Booking, form *web.Form) error {
	printer := web.PrinterOf(r.Context())
	switch {
	case b.State == booking.Booked:
		web.SeeOther(w, r, p.managePath(b))
		return nil
	case b.State != booking.Held || !b.ExpiresAt.After(p.Web.Now()):
		return fault.NewConflict("booking.hold_expired")
	}
	slot, err := p.Book.Slot(r.Context(), b.SlotID)
	if err != nil {
		return err
	}
	at, err := p.Posts.Get(r.Context(), b.PostID)
	if err != nil {
		return err
	}
	data := holdPage{Form: form, ID: b.ID, When: printer.DateTime(slot.Start.In(at.Location())), Post: at.Name.In(printer.Lang()), Until: printer.Time(b.ExpiresAt.In(at.Location()))}
	if b.Bound {
		return p.Web.Render(w, r, status, "bookingweb/code.html", data)
	}
	for i := range b.Party {
		data.People = append(data.People, i+1)
	}
	for _, c := range country.All(printer.Lang()) {
		data.Countries = append(data.Countries, option{c.Code, c.Name})
	}
	return p.Web.Render(w, r, status, "bookingweb/people.html", data)
}

func (p Pages) bind(w http.ResponseWriter, r *http.Request) error {
	b, err := p.own(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	at, err := p.Posts.Get(r.Context(), b.PostID)
	if err != nil {
		return err
	}
	details, err := readDetails(form, b.Party, p.Web.Now().In(at.Location()))
	if err == nil && !b.Bound {
		err = p.Gate.AdmitPeople(r.Context(), details)
	}
	if err == nil {
		_, err = p.Book.Bind(r.Context(), b.ID, details)
	}
	if form.Refuse(err) {
		return p.step(w, r, http.StatusUnprocessableEntity, b, form)
	}
	if err != nil {
		return err
	}
	p.Gate.Guard.NoteBooking(b.ID, details.Email)
	web.SeeOther(w, r, "/appointments/holds/"+b.ID)
	return nil
}

// readDetails collects the complaints about people and e-mail together.
func readDetails(form *web.Form, party int, today time.Time) (booking.Details, error) {
	given := make([]booking.Applicant, party)
	for i := range given {
		at := func(name string) string { return fmt.Sprintf("applicants[%d].%s", i, name) }
		given[i] = booking.Applicant{
			GivenNames: form.Value(at("given_names")), Surname: form.Value(at("surname")), DateOfBirth: form.Date(at("date_of_birth")),
			Nationality: form.Value(at("nationality")), DocumentNumber: form.Value(at("document_number")),
		}
	}
	people, wrong := booking.CheckApplicants(given, today)
	email, wrongEmail := notify.ParseAddress(form.Value("email"))
	var fields fault.Fields
	for _, err := range []error{wrong, wrongEmail} {
		if f := fault.As(err); f != nil {
			fields = append(fields, f.Fields...)
		} else if err != nil {
			return booking.Details{}, err
		}
	}
	return booking.Details{Email: email.String(), Applicants: people}, fields.Err()
}

func (p Pages) code(w http.ResponseWriter, r *http.Request) error {
	b, err := p.own(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	done, err := p.Book.Confirm(r.Context(), b.ID, form.Value("code"))
	if form.Refuse(err) {
		return p.step(w, r, http.StatusUnprocessableEntity, b, form)
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, r, p.managePath(done))
	return nil
}

func (p Pages) resend(w http.ResponseWriter, r *http.Request) error {
	b, err := p.own(r)
	if err != nil {
		return err
	}
	if _, err := p.Book.SendCode(r.Context(), b.ID); err != nil {
		return err
	}
	web.SeeOther(w, r, "/appointments/holds/"+b.ID)
	return nil
}

func (p Pages) managePath(b *booking.Booking) string {
	return "/appointments/manage/" + b.Reference + "?token=" + p.Book.ManageToken(b.ID)
}

type row struct{ Key, Value, Change, ChangeText string }

type bookingPage struct {
	Reference, Token, State string
	Booked                  bool
	Rows                    []row
}

func (p Pages) manage(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	b, err := p.Book.Managed(r.Context(), r.PathValue("reference"), token)
	if err != nil {
		return err
	}
	slot, err := p.Book.Slot(r.Context(), b.SlotID)
	if err != nil {
		return err
	}
	at, err := p.Posts.Get(r.Context(), b.PostID)
	if err != nil {
		return err
	}
	service, err := p.Services.Service(b.ServiceID)
	if err != nil {
		return err
	}
	details, err := p.Book.Details(b)
	if err != nil {
		return err
	}
	printer := web.PrinterOf(r.Context())
	lang := printer.Lang()
	data := bookingPage{Reference: b.Reference, Token: token, State: string(b.State), Booked: b.State == booking.Booked && slot.Start.After(p.Web.Now())}
	data.Rows = []row{
		{Key: printer.T("bookingweb.booking.service"), Value: service.Title.In(lang)},
		{Key: printer.T("bookingweb.booking.post"), Value: at.Name.In(lang)},
		{Key: printer.T("bookingweb.booking.address"), Value: at.Address.In(lang)},
		{Key: printer.T("bookingweb.booking.when"), Value: printer.DateTime(slot.Start.In(at.Location())) + " (" + at.Zone + ")"},
	}
	for _, a := range details.Applicants {
		data.Rows = append(data.Rows, row{Key: printer.T("bookingweb.booking.person"), Value: a.FullName()})
	}
	return p.Web.Render(w, r, http.StatusOK, "bookingweb/booking.html", data)
}

func (p Pages) cancel(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	b, err := p.Book.Managed(r.Context(), r.PathValue("reference"), form.Value("token"))
	if err != nil {
		return err
	}
	if _, err := p.Book.Cancel(r.Context(), audit.Applicant, b.ID, ""); err != nil {
		return err
	}
	web.SeeOther(w, r, p.managePath(b))
	return nil
}
