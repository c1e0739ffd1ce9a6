package bookingweb

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/web"
)

// registerWaiting adds the pages of the waiting list.
func (p Pages) registerWaiting() {
	for pattern, handler := range map[string]web.HandlerFunc{
		"GET /appointments/waiting/join":                  p.join,
		"POST /appointments/waiting/join":                 p.saveJoin,
		"GET /appointments/waiting/join/people/{number}":  p.waiter,
		"POST /appointments/waiting/join/people/{number}": p.saveWaiter,
		"GET /appointments/waiting/join/email":            p.waiterEmail,
		"POST /appointments/waiting/join/email":           p.saveWaiterEmail,
		"GET /appointments/waiting/join/check":            p.waiterCheck,
		"POST /appointments/waiting/join/check":           p.joinNow,

		"GET /appointments/waiting/{reference}":          p.entry,
		"POST /appointments/waiting/{reference}/code":    p.prove,
		"POST /appointments/waiting/{reference}/resend":  p.resendEntry,
		"POST /appointments/waiting/{reference}/accept":  p.accept,
		"POST /appointments/waiting/{reference}/decline": p.decline,
		"GET /appointments/waiting/{reference}/leave":    p.askLeave,
		"POST /appointments/waiting/{reference}/leave":   p.leave,
	} {
		p.Web.Handle(pattern, web.Public, handler)
	}
}

// wish is what somebody tells who joins the waiting list, while they do.
type wish struct {
	errand
	Form        *web.Form
	Step, Steps int
	Back        string
	answers     *answers
}

// Query names the errand in the addresses of the pages.
func (s *wish) Query() string {
	q := url.Values{"post": {s.Post.ID}, "service": {s.Service.ID}, "party": {strconv.Itoa(s.Party)}}
	return q.Encode()
}

// At is the address of one of the pages: "", "people/2", "email" or "check".
func (s *wish) At(page string) string {
	address := "/appointments/waiting/join"
	if page != "" {
		address += "/" + page
	}
	return address + "?" + s.Query()
}

// draft is shared with the holds for the service: who missed a time need not
// type it all again.
func (s *wish) draft() string { return "hold:" + s.Service.ID }

// wish reads the errand of a page. Nil when the answer is given already.
func (p Pages) wish(w http.ResponseWriter, r *http.Request) (*wish, error) {
	q := r.URL.Query()
	e, err := p.errand(r, q.Get("post"), q.Get("service"))
	if err != nil {
		return nil, err
	}
	s := &wish{errand: e, Form: &web.Form{}}
	if s.Party, err = readParty(q.Get("party"), e.Service); err != nil {
		if e.Service.MaxParty > 1 {
			web.SeeOther(w, r, e.Path()+"/party")
			return nil, nil
		}
		s.Party = 1
	}
	s.Steps = s.Party + 4
	p.Web.BrowserKey(w, r)
	s.answers, err = p.load(r, s.draft())
	return s, err
}

// wishing is wish for the pages after the first. A browser that keeps no
// cookies would forget every answer, so it is told at once.
func (p Pages) wishing(w http.ResponseWriter, r *http.Request) (*wish, error) {
	if p.Web.BrowserKeyOf(r) != "" {
		return p.wish(w, r)
	}
	printer := web.PrinterOf(r.Context())
	return nil, p.trouble(w, r, http.StatusConflict, trouble{
		Title: printer.T("bookingweb.trouble.cookies_title"), Text: printer.T("bookingweb.trouble.cookies"),
		On: link{"/appointments", printer.T("bookingweb.trouble.start")},
	})
}

func (s *wish) today(p Pages) time.Time { return s.local(p.Web.Now()) }

func (p Pages) join(w http.ResponseWriter, r *http.Request) error {
	s, err := p.wish(w, r)
	if s == nil || err != nil {
		return err
	}
	s.Form.SetDate("from", s.answers.From)
	s.Form.SetDate("to", s.answers.To)
	return p.showJoin(w, r, http.StatusOK, s)
}

type joinPage struct {
	*wish
	Days  int
	Until time.Time
}

func (p Pages) showJoin(w http.ResponseWriter, r *http.Request, status int, s *wish) error {
	s.Step, s.Back = 1, s.Times("")
	data := joinPage{wish: s, Days: booking.MaxWaitDays, Until: s.today(p).AddDate(0, 0, booking.MaxWaitDays)}
	return p.Web.Render(w, r, status, "bookingweb/waiting-join.html", data)
}

func (p Pages) saveJoin(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s, err := p.wishing(w, r)
	if s == nil || err != nil {
		return err
	}
	s.answers.From, s.answers.To = form.Date("from"), form.Date("to")
	if err := checkDays(s.answers, s.today(p)); form.Refuse(err) {
		s.Form = form
		return p.showJoin(w, r, http.StatusUnprocessableEntity, s)
	}
	if err := p.save(r, s.draft(), s.answers); err != nil {
		return err
	}
	return p.nextWish(w, r, s)
}

// checkDays refuses days that are none, past, or in the wrong order; both may
// be left empty. The book checks them again.
func checkDays(a *answers, today time.Time) error {
	var wrong fault.Fields
	first := today.Format(time.DateOnly)
	last := today.AddDate(0, 0, booking.MaxWaitDays).Format(time.DateOnly)
	for _, d := range []struct{ path, date string }{{"from", a.From}, {"to", a.To}} {
		switch _, ok := post.ParseDate(d.date); {
		case d.date == "":
		case !ok:
			wrong.Add(d.path, "booking.date_unreadable")
		case d.date < first:
			wrong.Add(d.path, "booking.date_past")
		case d.path == "from" && d.date > last:
			wrong.AddWith(d.path, "booking.date_far", fault.Args{"Days": booking.MaxWaitDays})
		}
	}
	if len(wrong) == 0 && a.To != "" && a.From > a.To {
		wrong.Add("to", "booking.dates_reversed")
	}
	return wrong.Err()
}

// nextWish leads to the first page that still has something to ask.
func (p Pages) nextWish(w http.ResponseWriter, r *http.Request, s *wish) error {
	switch person, email := s.answers.missing(s.Party, s.today(p)); {
	case person >= 0:
		web.SeeOther(w, r, s.At("people/"+strconv.Itoa(person+1)))
	case email:
		web.SeeOther(w, r, s.At("email"))
	default:
		web.SeeOther(w, r, s.At("check"))
	}
	return nil
}

func (p Pages) waiter(w http.ResponseWriter, r *http.Request) error {
	s, err := p.wishing(w, r)
	if s == nil || err != nil {
		return err
	}
	n, err := number(r, s.Party)
	if err != nil {
		return err
	}
	showPerson(s.Form, n-1, s.answers.person(n-1))
	return p.showWaiter(w, r, http.StatusOK, s, n)
}

func (p Pages) showWaiter(w http.ResponseWriter, r *http.Request, status int, s *wish, n int) error {
	printer := web.PrinterOf(r.Context())
	s.Step, s.Back = n+1, s.At("")
	if n > 1 {
		s.Back = s.At("people/" + strconv.Itoa(n-1))
	}
	data := struct {
		*wish
		personQuestions
	}{s, personQuestions{Index: n - 1, Number: n, DocumentHint: documentHint(printer, s.Service)}}
	data.Countries = nationalities(printer.Lang())
	return p.Web.Render(w, r, status, "bookingweb/waiting-person.html", data)
}

func (p Pages) saveWaiter(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s, err := p.wishing(w, r)
	if s == nil || err != nil {
		return err
	}
	n, err := number(r, s.Party)
	if err != nil {
		return err
	}
	s.answers.setPerson(n-1, readPerson(form, n-1))
	if err := p.save(r, s.draft(), s.answers); err != nil {
		return err
	}
	if err := s.answers.checkPerson(n-1, s.today(p)); form.Refuse(err) {
		s.Form = form
		return p.showWaiter(w, r, http.StatusUnprocessableEntity, s, n)
	} else if err != nil {
		return err
	}
	return p.nextWish(w, r, s)
}

func (p Pages) waiterEmail(w http.ResponseWriter, r *http.Request) error {
	s, err := p.wishing(w, r)
	if s == nil || err != nil {
		return err
	}
	s.Form.Set("email", s.answers.Email)
	return p.showWaiterEmail(w, r, http.StatusOK, s)
}

func (p Pages) showWaiterEmail(w http.ResponseWriter, r *http.Request, status int, s *wish) error {
	s.Step, s.Back = s.Party+2, s.At("people/"+strconv.Itoa(s.Party))
	return p.Web.Render(w, r, status, "bookingweb/waiting-email.html", s)
}

func (p Pages) saveWaiterEmail(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s, err := p.wishing(w, r)
	if s == nil || err != nil {
		return err
	}
	s.answers.setEmail(form.Value("email"))
	if err := p.save(r, s.draft(), s.answers); err != nil {
		return err
	}
	if err := s.answers.checkEmail(); form.Refuse(err) {
		s.Form = form
		return p.showWaiterEmail(w, r, http.StatusUnprocessableEntity, s)
	} else if err != nil {
		return err
	}
	return p.nextWish(w, r, s)
}

type waiterCheckPage struct {
	*wish
	People   []personRows
	Email    string
	From, To time.Time // zero for no wish
	Proof    Proof
	Once     string // tells this showing of the page from others
}

func (p Pages) waiterCheck(w http.ResponseWriter, r *http.Request) error {
	s, err := p.wishing(w, r)
	if s == nil || err != nil {
		return err
	}
	if person, email := s.answers.missing(s.Party, s.today(p)); person >= 0 || email {
		return p.nextWish(w, r, s)
	}
	return p.showWaiterCheck(w, r, http.StatusOK, s, nil)
}

// showWaiterCheck shows all answers; sent is the form that was refused, nil on
// the first showing.
func (p Pages) showWaiterCheck(w http.ResponseWriter, r *http.Request, status int, s *wish, sent *web.Form) error {
	s.Step, s.Back = s.Party+3, s.At("email")
	people := s.answers.of(s.Party)
	if checked, err := booking.CheckApplicants(people, s.today(p)); err == nil {
		people = checked
	}
	data := waiterCheckPage{wish: s, Email: s.answers.Email, People: personRowsOf(web.PrinterOf(r.Context()), people, func(n int) string {
		return s.At("people/" + strconv.Itoa(n))
	})}
	data.Once = store.NewID()
	data.From, _ = post.ParseDate(s.answers.From)
	data.To, _ = post.ParseDate(s.answers.To)
	var err error
	if data.Proof, err = p.Gate.Proof(r, ForWaitingList, sent); err != nil {
		return err
	}
	return p.Web.Render(w, r, status, "bookingweb/waiting-check.html", data)
}

// joinNow puts the people on the list and mails the code.
func (p Pages) joinNow(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s, err := p.wishing(w, r)
	if s == nil || err != nil {
		return err
	}
	details, err := s.answers.details(s.Party, s.today(p))
	if err != nil {
		return p.nextWish(w, r, s)
	}
	origin := p.origin(w, r)
	// A double click sends the same page twice: the second finds the first's
	// entry, whose proof it cannot use again.
	origin.RequestKey = "web:" + p.Keys.LookupKey("join", origin.BrowserKey, form.Value("once"))
	e, err := p.Book.EntryByRequest(r.Context(), origin.RequestKey)
	if err == nil {
		web.SeeOther(w, r, waitingPath(e.Reference))
		return nil
	} else if fault.KindOf(err) != fault.NotFound {
		return err
	}
	if err = p.Gate.Admit(r.Context(), ForWaitingList, form, details); err == nil {
		e, err = p.Book.Join(r.Context(), booking.JoinRequest{
			PostID: s.Post.ID, Service: s.Service.ID, From: s.answers.From, To: s.answers.To, Details: details, Origin: origin,
		})
		if err == nil {
			rememberEntry(p.Web, p.Book, w, e)
			web.SeeOther(w, r, waitingPath(e.Reference))
			return nil
		}
	}
	refusal := fault.As(err)
	if refusal == nil {
		return err
	}
	switch refusal.Kind {
	case fault.Invalid, fault.Conflict, fault.Busy:
		for _, f := range refusal.Fields {
			s.Form.Say(f.Key, f.Args)
		}
		if len(refusal.Fields) == 0 {
			s.Form.Say(refusal.Key, refusal.Args)
		}
		return p.showWaiterCheck(w, r, http.StatusConflict, s, form)
	}
	return err
}
