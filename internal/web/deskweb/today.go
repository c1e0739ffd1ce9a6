package deskweb

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/queue"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

// line is a ticket as a list shows it.
type line struct {
	*queue.Ticket
	Service, Name, Counter string
	Waits                  int // minutes since arrival
	Appointment, Arrived   string
}

type todayPage struct {
	At       at
	Form     *web.Form
	Found    []visit // by the search
	Expected []visit // not there yet
	Waiting  []line
	Called   []line
	Ended    []line
	Counts   struct{ Expected, Waiting, Called, Ended, Longest int }
}

// today is the reception's page.
func (p *Pages) today(w http.ResponseWriter, r *http.Request) error {
	return p.showToday(w, r, http.StatusOK, &web.Form{}, nil)
}

func (p *Pages) showToday(w http.ResponseWriter, r *http.Request, status int, form *web.Form, found []visit) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	day, err := p.Queue.Day(r.Context(), a.ID, a.Today)
	if err != nil {
		return err
	}
	visits, err := p.visits(r, a, a.Today)
	if err != nil {
		return err
	}
	labels, err := p.labels(r, a.ID)
	if err != nil {
		return err
	}
	page := todayPage{At: a, Form: form, Found: found}
	names := map[string]string{}
	for _, v := range visits {
		if len(v.People) > 0 {
			names[v.ID] = v.People[0].Name
		}
		if v.State == booking.Booked {
			page.Expected = append(page.Expected, v)
		}
	}
	lines := func(tickets []*queue.Ticket) []line { return p.lines(r, a, tickets, names, labels) }
	page.Waiting, page.Called, page.Ended = lines(day.Waiting), lines(day.Called), lines(day.Ended)
	page.Counts.Expected, page.Counts.Waiting, page.Counts.Called = len(page.Expected), len(page.Waiting), len(page.Called)
	for _, one := range page.Ended {
		if one.State == queue.Finished {
			page.Counts.Ended++
		}
	}
	for _, one := range page.Waiting {
		page.Counts.Longest = max(page.Counts.Longest, one.Waits)
	}
	return p.web.Render(w, r, status, "deskweb/today.html", page)
}

// labels gives the counters' labels by id.
func (p *Pages) labels(r *http.Request, postID string) (map[string]string, error) {
	counters, err := p.Posts.Counters(r.Context(), postID)
	if err != nil {
		return nil, err
	}
	labels := map[string]string{}
	for _, c := range counters {
		labels[c.ID] = c.Label
	}
	return labels, nil
}

func (p *Pages) lines(r *http.Request, a at, tickets []*queue.Ticket, names, labels map[string]string) []line {
	printer := web.PrinterOf(r.Context())
	var lines []line
	for _, t := range tickets {
		lines = append(lines, p.line(printer, a, t, names, labels))
	}
	return lines
}

func (p *Pages) line(printer *locale.Printer, a at, t *queue.Ticket, names, labels map[string]string) line {
	l := line{Ticket: t, Service: p.title(printer.Lang(), t.ServiceID), Name: names[t.BookingID], Counter: labels[t.CounterID],
		Waits: int(a.Now.Sub(t.ArrivedAt) / time.Minute), Arrived: printer.Time(t.ArrivedAt.In(a.Location()))}
	if t.State == queue.Waiting && t.WantedCounter != "" {
		l.Counter = labels[t.WantedCounter]
	}
	if !t.AppointmentAt.IsZero() {
		l.Appointment = printer.Time(t.AppointmentAt.In(a.Location()))
	}
	return l
}

// A scanner types what the code says, through whatever keyboard layout the
// computer has: a colon or a slash may come out as something else, letters and
// digits of the reference do not.
var scannedCode = regexp.MustCompile(`reference.([0-9A-Za-z]{4}.[0-9A-Za-z]{4}).token.([0-9A-Za-z_-]+)`)

// readCode finds reference and token in what was typed or scanned.
func readCode(text string) (reference, token string) {
	if found := scannedCode.FindStringSubmatch(text); found != nil {
		reference = found[1][:4] + "-" + found[1][len(found[1])-4:]
		return reference, found[2]
	}
	reference, _ = booking.ParseReference(text)
	return reference, ""
}

// find takes what was typed or scanned to the person it is about.
func (p *Pages) find(w http.ResponseWriter, r *http.Request) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	question := form.Value("q")
	if question == "" {
		form.Errors = append(form.Errors, missing("q", "deskweb.find.empty"))
		return p.showToday(w, r, http.StatusUnprocessableEntity, form, nil)
	}
	if reference, token := readCode(question); reference != "" {
		if _, err := p.Book.ByReference(r.Context(), reference); err == nil {
			web.SeeOther(w, r, comparePath(a, reference, token))
			return nil
		}
	}
	found, err := p.byName(r, a, question)
	if err != nil {
		return err
	}
	switch len(found) {
	case 0:
		form.Errors = append(form.Errors, missing("q", "deskweb.find.nobody"))
		return p.showToday(w, r, http.StatusUnprocessableEntity, form, nil)
	case 1:
		web.SeeOther(w, r, comparePath(a, found[0].Reference, ""))
		return nil
	}
	return p.showToday(w, r, http.StatusOK, form, found)
}

// byName finds today's bookings by the beginnings of names, or by a document
// number.
func (p *Pages) byName(r *http.Request, a at, question string) ([]visit, error) {
	visits, err := p.visits(r, a, a.Today)
	if err != nil {
		return nil, err
	}
	number := strings.ToUpper(strings.Join(strings.Fields(question), ""))
	var found []visit
	for _, v := range visits {
		for _, who := range v.People {
			if who.Document == number || named(who.Name, question) {
				found = append(found, v)
				break
			}
		}
	}
	return found, nil
}

func comparePath(a at, reference, token string) string {
	path := a.Path("today/check-in/" + reference)
	if token != "" {
		path += "?token=" + url.QueryEscape(token)
	}
	return path
}

// scanned opens what a telephone's camera read: the code's address names no
// post, so that a booking that was moved elsewhere is found.
func (p *Pages) scanned(w http.ResponseWriter, r *http.Request) error {
	k, err := p.Book.ByReference(r.Context(), r.URL.Query().Get("reference"))
	if err != nil {
		return err
	}
	target := post.Post{ID: k.PostID}
	if !web.PersonOf(r.Context()).May(checkIn, k.PostID) {
		// At another post than one's own: the own one's page says so.
		own, err := p.own(r.Context(), checkIn)
		if err != nil {
			return err
		}
		if len(own) > 0 {
			target = own[0]
		}
	}
	web.SeeOther(w, r, comparePath(at{Post: target}, k.Reference, r.URL.Query().Get("token")))
	return nil
}

type listPage struct {
	At     at
	Date   time.Time
	Visits []visit
	Form   *web.Form
}

// list is the day on paper: what a post works with when the power is out.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	form := web.NewForm(r.URL.Query())
	if form.Value("date") == "" {
		form.Set("date", a.Today)
	}
	page := listPage{At: a, Form: form}
	var ok bool
	if page.Date, ok = post.ParseDate(form.Value("date")); !ok {
		form.Errors = append(form.Errors, missing("date", "post.error.date"))
		return p.web.Render(w, r, http.StatusUnprocessableEntity, "deskweb/list.html", page)
	}
	if page.Visits, err = p.visits(r, a, form.Value("date")); err != nil {
		return err
	}
	return p.web.Render(w, r, http.StatusOK, "deskweb/list.html", page)
}
