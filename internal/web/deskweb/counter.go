package deskweb

import (
	"net/http"
	"strings"

	"github.com/chancery/chancery/internal/booking/queue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type counterPage struct {
	At       at
	Counter  post.Counter // without ID until one is chosen
	Counters []counterOption
	// Current is who is at the counter; its people are shown for comparing.
	Current *line
	People  []person
	Booking string // reference
	Waiting []line // for this counter, in order
	Others  int    // who wait for other counters
	Last    *queue.Step
	LastSay string
	Form    *web.Form
	// Choices of the forms.
	Outcomes, Transfers, Services []web.Option
}

type counterOption struct {
	post.Counter
	Services string
	Taken    string // by whom
	Own      bool
}

// counter is the officer's page.
func (p *Pages) counter(w http.ResponseWriter, r *http.Request) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	page := counterPage{At: a, Form: &web.Form{}}
	page.Form.Set("outcome", string(queue.Done))
	if err := p.fillCounters(r, &page); err != nil {
		return err
	}
	if page.Counter.ID == "" || r.URL.Query().Has("choose") {
		return p.web.Render(w, r, http.StatusOK, "deskweb/counters.html", page)
	}
	if err := p.fillQueue(r, &page); err != nil {
		return err
	}
	return p.web.Render(w, r, http.StatusOK, "deskweb/counter.html", page)
}

// fillCounters finds the counters to choose from, and the person's own.
func (p *Pages) fillCounters(r *http.Request, page *counterPage) error {
	lang, me := web.PrinterOf(r.Context()).Lang(), web.PersonOf(r.Context()).ID()
	counters, err := p.Posts.Counters(r.Context(), page.At.ID)
	if err != nil {
		return err
	}
	desks, err := p.Queue.Desks(r.Context(), page.At.ID)
	if err != nil {
		return err
	}
	for _, c := range counters {
		if !c.Active {
			continue
		}
		option := counterOption{Counter: c, Taken: desks[c.ID].StaffName, Own: desks[c.ID].StaffID == me}
		var titles []string
		for _, id := range c.Services {
			titles = append(titles, p.title(lang, id))
		}
		option.Services = strings.Join(titles, ", ")
		if option.Own {
			page.Counter = c
		}
		page.Counters = append(page.Counters, option)
	}
	return nil
}

// fillQueue finds who is at the counter and who waits for it.
func (p *Pages) fillQueue(r *http.Request, page *counterPage) error {
	printer := web.PrinterOf(r.Context())
	day, err := p.Queue.Day(r.Context(), page.At.ID, page.At.Today)
	if err != nil {
		return err
	}
	labels := map[string]string{}
	for _, c := range page.Counters {
		labels[c.ID] = c.Label
	}
	for _, t := range day.Waiting {
		if t.For(page.Counter) {
			page.Waiting = append(page.Waiting, p.line(printer, page.At, t, nil, labels))
		} else {
			page.Others++
		}
	}
	if page.Last, err = p.Queue.LastStep(r.Context(), page.At.ID, page.At.Today, actor(r)); err != nil {
		return err
	}
	if page.Last != nil {
		page.LastSay = "queue.step." + page.Last.Kind
	}
	t := day.At(page.Counter.ID)
	if t == nil {
		return nil
	}
	current := p.line(printer, page.At, t, nil, labels)
	page.Current = &current
	if t.BookingID != "" {
		k, err := p.Book.Booking(r.Context(), t.BookingID)
		if err != nil {
			return err
		}
		page.Booking = k.Reference
		if page.People, _, err = p.persons(k, printer); err != nil {
			return err
		}
	}
	for _, o := range queue.Outcomes {
		page.Outcomes = append(page.Outcomes, web.Option{Value: string(o), Label: printer.T("queue.outcome." + string(o))})
	}
	for _, c := range page.Counters {
		if c.ID != page.Counter.ID {
			page.Transfers = append(page.Transfers, web.Option{Value: c.ID, Label: printer.T("deskweb.counter.label", "Label", c.Label)})
		}
	}
	for _, s := range p.offered(printer.Lang(), page.At) {
		if s.Value != t.ServiceID {
			page.Services = append(page.Services, s)
		}
	}
	return nil
}

// sit remembers at which counter the person works.
func (p *Pages) sit(w http.ResponseWriter, r *http.Request) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	me := web.PersonOf(r.Context())
	if err := p.Queue.Sit(r.Context(), a.ID, form.Value("counter"), me.ID(), me.Name()); err != nil && !p.warn(w, err) {
		return err
	}
	web.SeeOther(w, r, a.Path("today/counter"))
	return nil
}

func (p *Pages) leave(w http.ResponseWriter, r *http.Request) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	if err := p.Queue.Leave(r.Context(), a.ID, web.PersonOf(r.Context()).ID()); err != nil {
		return err
	}
	web.SeeOther(w, r, a.Path("today/counter"))
	return nil
}

// ownCounter gives the counter at which the person sits.
func (p *Pages) ownCounter(r *http.Request, a at) (string, error) {
	desks, err := p.Queue.Desks(r.Context(), a.ID)
	if err != nil {
		return "", err
	}
	for id, d := range desks {
		if d.StaffID == web.PersonOf(r.Context()).ID() {
			return id, nil
		}
	}
	return "", fault.NewConflict("deskweb.counter.none")
}

// next calls the next person to one's own counter.
func (p *Pages) next(w http.ResponseWriter, r *http.Request) error {
	a, err := p.at(r)
	if err != nil {
		return err
	}
	return p.back(w, r, a, p.callNext(r, a))
}

func (p *Pages) callNext(r *http.Request, a at) error {
	counter, err := p.ownCounter(r, a)
	if err != nil {
		return err
	}
	_, err = p.Queue.CallNext(r.Context(), actor(r), a.ID, counter)
	return err
}

// back ends a step on the counter's page, with the reason if it was refused.
func (p *Pages) back(w http.ResponseWriter, r *http.Request, a at, err error) error {
	if err != nil && !p.warn(w, err) {
		return err
	}
	web.SeeOther(w, r, a.Path("today/counter"))
	return nil
}

// action is a step with a ticket.
type action func(r *http.Request, a at, form *web.Form, ticket string) error

func (p *Pages) act(do action) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		a, err := p.at(r)
		if err != nil {
			return err
		}
		form, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		return p.back(w, r, a, do(r, a, form, r.PathValue("ticket")))
	}
}

func (p *Pages) callOne(r *http.Request, a at, _ *web.Form, ticket string) error {
	counter, err := p.ownCounter(r, a)
	if err != nil {
		return err
	}
	_, err = p.Queue.Call(r.Context(), actor(r), a.ID, counter, ticket)
	return err
}

func (p *Pages) recall(r *http.Request, a at, _ *web.Form, ticket string) error {
	_, err := p.Queue.Recall(r.Context(), actor(r), a.ID, ticket)
	return err
}

func (p *Pages) serve(r *http.Request, a at, _ *web.Form, ticket string) error {
	_, err := p.Queue.Serve(r.Context(), actor(r), a.ID, ticket)
	return err
}

// finish ends a turn, and calls the next person when asked to.
func (p *Pages) finish(r *http.Request, a at, form *web.Form, ticket string) error {
	_, err := p.Queue.Finish(r.Context(), actor(r), a.ID, ticket, queue.Outcome(form.Value("outcome")))
	if err != nil || !form.Has("then", "next") {
		return err
	}
	return p.callNext(r, a)
}

func (p *Pages) noShow(r *http.Request, a at, _ *web.Form, ticket string) error {
	_, err := p.Queue.NoShow(r.Context(), actor(r), a.ID, ticket)
	return err
}

func (p *Pages) putBack(r *http.Request, a at, _ *web.Form, ticket string) error {
	_, err := p.Queue.PutBack(r.Context(), actor(r), a.ID, ticket)
	return err
}

func (p *Pages) transfer(r *http.Request, a at, form *web.Form, ticket string) error {
	_, err := p.Queue.Transfer(r.Context(), actor(r), a.ID, ticket, form.Value("counter"), form.Value("service"))
	return err
}

func (p *Pages) undo(r *http.Request, a at, _ *web.Form, ticket string) error {
	_, err := p.Queue.Undo(r.Context(), actor(r), a.ID, ticket)
	return err
}
