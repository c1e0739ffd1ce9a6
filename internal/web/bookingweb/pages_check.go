package bookingweb

import (
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type checkPage struct {
	*stay
	People []personRows
	Email  string
	Open   *link // an earlier appointment of this browser that waits for its code
}

// personRows is one person as shown for reading through.
type personRows struct {
	Number int
	Name   string
	Rows   []row
	Change string // where the answers can be changed, if they can
}

// personRowsOf lists what is known about people.
func personRowsOf(printer *locale.Printer, people []booking.Applicant, change func(n int) string) []personRows {
	var out []personRows
	for i, who := range people {
		birth := who.DateOfBirth
		if day, err := time.Parse(time.DateOnly, birth); err == nil {
			birth = printer.Date(day)
		}
		one := personRows{Number: i + 1, Name: who.FullName(), Rows: []row{
			{Key: printer.T("bookingweb.people.given_names"), Value: who.GivenNames},
			{Key: printer.T("bookingweb.people.surname"), Value: who.Surname},
			{Key: printer.T("bookingweb.people.date_of_birth"), Value: birth},
			{Key: printer.T("bookingweb.people.nationality"), Value: country.Name(who.Nationality, printer.Lang())},
			{Key: printer.T("bookingweb.people.document_number"), Value: who.DocumentNumber},
		}}
		if change != nil {
			one.Change = change(i + 1)
		}
		out = append(out, one)
	}
	return out
}

func (p Pages) check(w http.ResponseWriter, r *http.Request) error {
	s, a, err := p.open(w, r)
	if s == nil || err != nil {
		return err
	}
	if person, email := a.missing(s.Party, s.today()); person >= 0 || email {
		return p.next(w, r)
	}
	return p.showCheck(w, r, http.StatusOK, s, a)
}

func (p Pages) showCheck(w http.ResponseWriter, r *http.Request, status int, s *stay, a *answers) error {
	printer := web.PrinterOf(r.Context())
	s.Step, s.Back = s.Party+2, holdPath(s.Hold.ID, "email")
	people := a.of(s.Party)
	// Shown as the book will keep it: numbers in capitals, names with single spaces.
	if checked, err := booking.CheckApplicants(people, s.today()); err == nil {
		people = checked
	}
	data := checkPage{stay: s, Email: a.Email, People: personRowsOf(printer, people, func(n int) string {
		return holdPath(s.Hold.ID, "people", n) + "?change"
	})}
	if b := p.liveHold(r.Context(), r, a.Bound); status != http.StatusOK && b != nil && b.ID != s.Hold.ID {
		data.Open = &link{holdPath(b.ID, "code"), printer.T("bookingweb.check.open")}
	}
	return p.Web.Render(w, r, status, "bookingweb/check.html", data)
}

// bind names the people of the hold and mails the code.
func (p Pages) bind(w http.ResponseWriter, r *http.Request) error {
	s, a, err := p.open(w, r)
	if s == nil || err != nil {
		return err
	}
	details, err := a.details(s.Party, s.today())
	if err == nil {
		err = p.Gate.AdmitPeople(r.Context(), details)
	}
	if err == nil {
		_, err = p.Book.Bind(r.Context(), s.Hold.ID, details)
	}
	switch refusal := fault.As(err); {
	case err == nil:
	case refusal == nil:
		return err
	case refusal.Key == "booking.hold_expired":
		return p.missed(w, r, s.errand)
	case refusal.Kind == fault.Invalid:
		return p.next(w, r) // the page that has something to put right
	case refusal.Kind == fault.Conflict:
		if until, ok := refusal.Args["Until"].(string); ok {
			if day, ok := post.ParseDate(until); ok {
				refusal = refusal.With("Until", web.PrinterOf(r.Context()).Date(day))
			}
		}
		s.Form.Say(refusal.Key, refusal.Args)
		return p.showCheck(w, r, http.StatusConflict, s, a)
	case refusal.Kind == fault.Busy:
		s.Form.Say(refusal.Key, refusal.Args)
		return p.showCheck(w, r, http.StatusTooManyRequests, s, a)
	default:
		return err
	}
	p.Gate.Guard.NoteBooking(s.Hold.ID, details.Email)
	a.Bound = s.Hold.ID
	if err := p.save(r, s.draft(), a); err != nil {
		return err
	}
	web.SeeOther(w, r, holdPath(s.Hold.ID, "code"))
	return nil
}

type codePage struct {
	*stay
	Email string
	Spent bool // too many wrong codes: only a new one helps
	Last  bool // no new code can be sent
}

// bound finds a hold whose people are named. Nil when the answer is given.
func (p Pages) bound(w http.ResponseWriter, r *http.Request) (*stay, error) {
	s, err := p.stay(w, r)
	if s == nil || err != nil {
		return nil, err
	}
	if !s.Hold.Bound {
		web.SeeOther(w, r, holdPath(s.Hold.ID))
		return nil, nil
	}
	return s, nil
}

func (p Pages) code(w http.ResponseWriter, r *http.Request) error {
	s, err := p.bound(w, r)
	if s == nil || err != nil {
		return err
	}
	return p.showCode(w, r, http.StatusOK, s)
}

func (p Pages) showCode(w http.ResponseWriter, r *http.Request, status int, s *stay) error {
	details, err := p.Book.Details(s.Hold)
	if err != nil {
		return err
	}
	s.Step = s.Steps
	data := codePage{stay: s, Email: details.Email, Spent: s.Hold.CodeTries >= booking.MaxTries, Last: s.Hold.CodeSerial >= booking.MaxCodes}
	return p.Web.Render(w, r, status, "bookingweb/code.html", data)
}

// digits reads a code as people paste it: with spaces, or in digits of another
// script.
func digits(text string) string {
	return strings.Map(func(c rune) rune {
		for _, zero := range "٠۰०০" {
			if c >= zero && c <= zero+9 {
				return '0' + c - zero
			}
		}
		if strings.ContainsRune(" -\u00a0\u2009\u202f", c) {
			return -1
		}
		return c
	}, norm.NFKC.String(text))
}

func (p Pages) confirm(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s, err := p.bound(w, r)
	if s == nil || err != nil {
		return err
	}
	code := digits(form.Value("code"))
	if code == "" {
		s.Form.Errors = append(s.Form.Errors, fault.Field{Path: "code", Key: "bookingweb.code.missing"})
		return p.showCode(w, r, http.StatusUnprocessableEntity, s)
	}
	a, err := p.load(r, s.draft())
	if err != nil {
		return err
	}
	done, err := p.Book.Confirm(r.Context(), s.Hold.ID, code)
	if err != nil {
		return p.refuseCode(w, r, s, form, err)
	}
	if err := p.Drafts.Forget(r.Context(), p.Web.BrowserKeyOf(r).Hash(), s.draft()); err != nil {
		return err
	}
	remember(p.Web, p.Book, w, done)
	on, err := p.bookedFor(r, a, done)
	if err != nil {
		return err
	}
	web.SeeOther(w, r, on)
	return nil
}

// refuseCode shows the page of the code again with what is wrong.
func (p Pages) refuseCode(w http.ResponseWriter, r *http.Request, s *stay, form *web.Form, err error) error {
	refusal := fault.As(err)
	switch {
	case refusal == nil:
		return err
	case refusal.Key == "booking.hold_expired":
		return p.missed(w, r, s.errand)
	case refusal.Kind != fault.Invalid && refusal.Kind != fault.Conflict:
		return err
	}
	if b, err := p.Book.Booking(r.Context(), s.Hold.ID); err == nil {
		s.Hold = b // with the tries counted
	}
	status := http.StatusUnprocessableEntity
	if s.Form = form; !form.Refuse(err) {
		status = http.StatusConflict
		form.Say(refusal.Key, refusal.Args)
	}
	return p.showCode(w, r, status, s)
}

func (p Pages) resend(w http.ResponseWriter, r *http.Request) error {
	s, err := p.bound(w, r)
	if s == nil || err != nil {
		return err
	}
	if _, err := p.Book.SendCode(r.Context(), s.Hold.ID); err != nil {
		return p.refuseCode(w, r, s, &web.Form{}, err)
	}
	p.Web.Flash(w, web.Flash{Kind: "success", Key: "bookingweb.code.sent"})
	web.SeeOther(w, r, holdPath(s.Hold.ID, "code"))
	return nil
}

// address asks for the right address when the code went to a wrong one.
func (p Pages) address(w http.ResponseWriter, r *http.Request) error {
	s, err := p.bound(w, r)
	if s == nil || err != nil {
		return err
	}
	details, err := p.Book.Details(s.Hold)
	if err != nil {
		return err
	}
	s.Form.Set("email", details.Email)
	return p.showAddress(w, r, http.StatusOK, s)
}

func (p Pages) showAddress(w http.ResponseWriter, r *http.Request, status int, s *stay) error {
	s.Step, s.Back = s.Steps, holdPath(s.Hold.ID, "code")
	return p.Web.Render(w, r, status, "bookingweb/address.html", s)
}

// readdress sends the code to another address; the place stays kept.
func (p Pages) readdress(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s, err := p.bound(w, r)
	if s == nil || err != nil {
		return err
	}
	address, err := notify.ParseAddress(form.Value("email"))
	if err == nil {
		err = p.Gate.AdmitPeople(r.Context(), booking.Details{Email: address.String()})
	}
	if err == nil {
		_, err = p.Book.Readdress(r.Context(), s.Hold.ID, address.String())
	}
	switch refusal := fault.As(err); {
	case err == nil:
	case refusal == nil:
		return err
	case refusal.Key == "booking.hold_expired":
		return p.missed(w, r, s.errand)
	case form.Refuse(err):
		s.Form = form
		return p.showAddress(w, r, http.StatusUnprocessableEntity, s)
	case refusal.Kind == fault.Conflict, refusal.Kind == fault.Busy:
		s.Form = form
		s.Form.Say(refusal.Key, refusal.Args)
		return p.showAddress(w, r, http.StatusConflict, s)
	default:
		return err
	}
	p.Gate.Guard.NoteBooking(s.Hold.ID, address.String())
	p.Web.Flash(w, web.Flash{Kind: "success", Key: "bookingweb.code.sent"})
	web.SeeOther(w, r, holdPath(s.Hold.ID, "code"))
	return nil
}

// release gives the places back before they are confirmed: the address was
// wrong, or the time was. What was typed stays.
func (p Pages) release(w http.ResponseWriter, r *http.Request) error {
	s, err := p.stay(w, r)
	if s == nil || err != nil {
		return err
	}
	if _, err := p.Book.Cancel(r.Context(), audit.Applicant, s.Hold.ID, ""); err != nil {
		return err
	}
	p.Web.Flash(w, web.Flash{Kind: "info", Key: "bookingweb.code.released"})
	web.SeeOther(w, r, s.Times(""))
	return nil
}
