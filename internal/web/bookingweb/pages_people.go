package bookingweb

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/web"
)

// personQuestions are what the page about one person asks.
type personQuestions struct {
	Index, Number int // from 0, and from 1
	Countries     []option
	DocumentHint  template.HTML
}

type personPage struct {
	*stay
	personQuestions
	Kept     bool // answers of an earlier hold are shown
	Changing bool // from the page that checks the answers
}

// documentHint says which documents may stand for a person of the service.
func documentHint(printer *locale.Printer, s catalogue.Service) template.HTML {
	var lines []string
	for _, i := range s.Identifiers {
		lines = append(lines, template.HTMLEscapeString(printer.T(i.Document.Key())+": "+i.Hint.In(printer.Lang())))
	}
	return template.HTML(strings.Join(lines, "<br>")) // each line is escaped above
}

// number reads which person a page is about.
func number(r *http.Request, party int) (int, error) {
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 1 || n > party {
		return 0, fault.NewNotFound("bookingweb.people.no_such")
	}
	return n, nil
}

func (p Pages) person(w http.ResponseWriter, r *http.Request) error {
	s, a, err := p.open(w, r)
	if s == nil || err != nil {
		return err
	}
	n, err := number(r, s.Party)
	if err != nil {
		return err
	}
	showPerson(s.Form, n-1, a.person(n-1))
	return p.showPerson(w, r, http.StatusOK, s, n, a.Hold != s.Hold.ID && len(a.People) > 0)
}

func (p Pages) showPerson(w http.ResponseWriter, r *http.Request, status int, s *stay, n int, kept bool) error {
	printer := web.PrinterOf(r.Context())
	s.Step = n
	s.Back = s.Times(s.Start.Format("2006-01-02"))
	if n > 1 {
		s.Back = holdPath(s.Hold.ID, "people", n-1)
	}
	data := personPage{
		stay: s, personQuestions: personQuestions{Index: n - 1, Number: n, DocumentHint: documentHint(printer, s.Service)},
		Kept: kept && n == 1, Changing: r.URL.Query().Has("change") || s.Form.Value("change") != "",
	}
	data.Countries = nationalities(printer.Lang())
	return p.Web.Render(w, r, status, "bookingweb/person.html", data)
}

// savePerson keeps what was typed before anything else, so that not even a
// hold that has just run out takes it along.
func (p Pages) savePerson(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	b, err := p.Book.Booking(r.Context(), r.PathValue("id"))
	if err != nil || !p.owns(r, b) {
		_, err = p.stay(w, r)
		return err
	}
	n, err := number(r, b.Party)
	if err != nil {
		return err
	}
	draft := "hold:" + b.ServiceID
	a, err := p.load(r, draft)
	if err != nil {
		return err
	}
	a.setPerson(n-1, readPerson(form, n-1))
	a.Hold = b.ID
	if err := p.save(r, draft, a); err != nil {
		return err
	}
	s, _, err := p.open(w, r)
	if s == nil || err != nil {
		return err
	}
	if err := a.checkPerson(n-1, s.today()); form.Refuse(err) {
		s.Form = form
		return p.showPerson(w, r, http.StatusUnprocessableEntity, s, n, false)
	} else if err != nil {
		return err
	}
	switch {
	case n < s.Party && form.Value("change") == "":
		web.SeeOther(w, r, holdPath(s.Hold.ID, "people", n+1))
	case a.checkEmail() != nil || form.Value("change") == "":
		web.SeeOther(w, r, holdPath(s.Hold.ID, "email"))
	default:
		web.SeeOther(w, r, holdPath(s.Hold.ID, "check"))
	}
	return nil
}

// forget drops what was typed: on a shared computer it was somebody else.
func (p Pages) forget(w http.ResponseWriter, r *http.Request) error {
	s, a, err := p.open(w, r)
	if s == nil || err != nil {
		return err
	}
	if err := p.save(r, s.draft(), &answers{Hold: s.Hold.ID, Bound: a.Bound}); err != nil {
		return err
	}
	web.SeeOther(w, r, holdPath(s.Hold.ID, "people", 1))
	return nil
}

func (p Pages) email(w http.ResponseWriter, r *http.Request) error {
	s, a, err := p.open(w, r)
	if s == nil || err != nil {
		return err
	}
	s.Form.Set("email", a.Email)
	return p.showEmail(w, r, http.StatusOK, s)
}

func (p Pages) showEmail(w http.ResponseWriter, r *http.Request, status int, s *stay) error {
	s.Step, s.Back = s.Party+1, holdPath(s.Hold.ID, "people", s.Party)
	return p.Web.Render(w, r, status, "bookingweb/email.html", s)
}

func (p Pages) saveEmail(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s, a, err := p.open(w, r)
	if s == nil || err != nil {
		return err
	}
	a.setEmail(form.Value("email"))
	a.Hold = s.Hold.ID
	if err := p.save(r, s.draft(), a); err != nil {
		return err
	}
	if err := a.checkEmail(); form.Refuse(err) {
		s.Form = form
		return p.showEmail(w, r, http.StatusUnprocessableEntity, s)
	} else if err != nil {
		return err
	}
	web.SeeOther(w, r, holdPath(s.Hold.ID))
	return nil
}

// nationalities are the choices of the question for a nationality.
func nationalities(lang string) []option {
	var all []option
	for _, c := range country.All(lang) {
		all = append(all, option{c.Code, c.Name})
	}
	return all
}
