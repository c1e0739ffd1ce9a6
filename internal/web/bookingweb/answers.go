package bookingweb

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/web"
)

// answers are what a person has typed, right or wrong, on the pages between
// choosing a time and sending it all. They belong to the browser and the
// service, so that they outlive a hold.
type answers struct {
	Hold   string              `json:"hold,omitempty"` // for which they were typed
	People []booking.Applicant `json:"people,omitempty"`
	Email  string              `json:"email,omitempty"`
	// Bound is a hold of this browser whose people are named and whose code
	// has not come yet.
	Bound string `json:"bound,omitempty"`
	// From and To are the days wanted on the waiting list.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// For is what the appointment is for, as Prefilled has it.
	For string `json:"for,omitempty"`
}

// longest is how much of one answer is kept; longer ones are refused anyway.
const longest = 2000

func (p Pages) load(r *http.Request, form string) (*answers, error) {
	a := &answers{}
	_, err := p.Drafts.Load(r.Context(), p.Web.BrowserKeyOf(r).Hash(), form, a)
	return a, err
}

func (p Pages) save(r *http.Request, form string, a *answers) error {
	return p.Drafts.Save(r.Context(), p.Web.BrowserKeyOf(r).Hash(), form, a)
}

// person gives the answers about one person, counted from 0.
func (a *answers) person(i int) booking.Applicant {
	if i < len(a.People) {
		return a.People[i]
	}
	return booking.Applicant{}
}

// setPerson keeps the answers about one person.
func (a *answers) setPerson(i int, who booking.Applicant) {
	for len(a.People) <= i {
		a.People = append(a.People, booking.Applicant{})
	}
	for _, text := range []*string{&who.GivenNames, &who.Surname, &who.DateOfBirth, &who.Nationality, &who.DocumentNumber} {
		*text = strings.ToValidUTF8((*text)[:min(len(*text), longest)], "")
	}
	a.People[i] = who
}

// setEmail keeps the address as it was typed.
func (a *answers) setEmail(text string) {
	a.Email = strings.ToValidUTF8(text[:min(len(text), longest)], "")
}

// of gives the answers about the first so many people.
func (a *answers) of(party int) []booking.Applicant {
	out := make([]booking.Applicant, party)
	copy(out, a.People)
	return out
}

// personField names a control: "applicants[1].surname".
func personField(i int, name string) string { return web.Index("applicants", i, name) }

// readPerson reads the answers about one person as they were typed.
func readPerson(form *web.Form, i int) booking.Applicant {
	return booking.Applicant{
		GivenNames: form.Value(personField(i, "given_names")), Surname: form.Value(personField(i, "surname")),
		DateOfBirth: form.Date(personField(i, "date_of_birth")), Nationality: form.Value(personField(i, "nationality")),
		DocumentNumber: form.Value(personField(i, "document_number")),
	}
}

// showPerson fills the controls of one person.
func showPerson(form *web.Form, i int, who booking.Applicant) {
	form.Set(personField(i, "given_names"), who.GivenNames)
	form.Set(personField(i, "surname"), who.Surname)
	form.SetDate(personField(i, "date_of_birth"), who.DateOfBirth)
	form.Set(personField(i, "nationality"), who.Nationality)
	form.Set(personField(i, "document_number"), who.DocumentNumber)
}

// checkPerson gives the complaints about one person, with those named before
// in view: nobody may be named twice.
func (a *answers) checkPerson(i int, today time.Time) error {
	_, err := booking.CheckApplicants(a.of(i+1), today)
	refusal := fault.As(err)
	if refusal == nil {
		return err
	}
	var own fault.Fields
	prefix := fmt.Sprintf("applicants[%d].", i)
	for _, f := range refusal.Fields {
		if strings.HasPrefix(f.Path, prefix) {
			own = append(own, f)
		}
	}
	return own.Err()
}

// checkEmail gives the complaint about the address.
func (a *answers) checkEmail() error {
	_, err := notify.ParseAddress(a.Email)
	return err
}

// missing says what is still to be asked for a party: a person counted from 0,
// then the e-mail address, then nothing.
func (a *answers) missing(party int, today time.Time) (person int, email bool) {
	for i := range party {
		if a.checkPerson(i, today) != nil {
			return i, false
		}
	}
	return -1, a.checkEmail() != nil
}

// details are the answers as the book takes them; Invalid with all that is
// wrong.
func (a *answers) details(party int, today time.Time) (booking.Details, error) {
	people, wrong := booking.CheckApplicants(a.of(party), today)
	address, wrongAddress := notify.ParseAddress(a.Email)
	var fields fault.Fields
	for _, err := range []error{wrong, wrongAddress} {
		if f := fault.As(err); f != nil {
			fields = append(fields, f.Fields...)
		} else if err != nil {
			return booking.Details{}, err
		}
	}
	return booking.Details{Email: address.String(), Applicants: people}, fields.Err()
}

// liveHold finds a hold of this browser that still waits for its code.
func (p Pages) liveHold(ctx context.Context, r *http.Request, id string) *booking.Booking {
	if id == "" {
		return nil
	}
	b, err := p.Book.Booking(ctx, id)
	if err != nil || b.State != booking.Held || !b.ExpiresAt.After(p.Web.Now()) || !p.owns(r, b) {
		return nil
	}
	return b
}

// partySize reads a number of people; what cannot be one counts as one person.
func partySize(text string, s catalogue.Service) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 1
	}
	return min(n, s.MaxParty)
}

// readDetails reads people and e-mail from one page; Invalid with all that is
// wrong.
func readDetails(form *web.Form, party int, today time.Time) (booking.Details, error) {
	a := answers{Email: form.Value("email")}
	for i := range party {
		a.setPerson(i, readPerson(form, i))
	}
	return a.details(party, today)
}
