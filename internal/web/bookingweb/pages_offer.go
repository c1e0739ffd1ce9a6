package bookingweb

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type postPage struct {
	Post     post.Post
	Services []offer
	Closed   []closedDay
}

type offer struct {
	Service catalogue.Service
	Path    string
}

type closedDay struct{ When, Why string }

func (p Pages) atPost(w http.ResponseWriter, r *http.Request) error {
	at, err := p.Posts.Get(r.Context(), r.PathValue("post"))
	if err != nil {
		return err
	}
	if !at.Active {
		return fault.NewNotFound("post.not_found")
	}
	data := postPage{Post: at}
	for _, s := range p.Services.Services() {
		if at.Offers(s.ID) {
			data.Services = append(data.Services, offer{s, offerPath(at.ID, s.ID)})
		}
	}
	if data.Closed, err = p.closed(r, at); err != nil {
		return err
	}
	return p.Web.Render(w, r, http.StatusOK, "bookingweb/post.html", data)
}

// closed lists the days of the next weeks on which the post is closed.
func (p Pages) closed(r *http.Request, at post.Post) ([]closedDay, error) {
	const ahead = 30
	printer := web.PrinterOf(r.Context())
	today := p.Web.Now().In(at.Location())
	first, last := today.Format(time.DateOnly), today.AddDate(0, 0, ahead).Format(time.DateOnly)
	var days []closedDay
	closures, err := p.Posts.Closures(r.Context(), at.ID, first, last)
	if err != nil {
		return nil, err
	}
	for _, c := range closures {
		from, _ := post.ParseDate(c.From)
		when := printer.Date(from)
		if to, _ := post.ParseDate(c.To); c.To != c.From {
			when += " – " + printer.Date(to)
		}
		days = append(days, closedDay{when, c.Reason.In(printer.Lang())})
	}
	holidays, err := p.Posts.Holidays(r.Context(), at.ID, first, last)
	if err != nil {
		return nil, err
	}
	for _, h := range holidays {
		on, _ := post.ParseDate(h.Date)
		days = append(days, closedDay{printer.LongDate(on), h.Name.In(printer.Lang())})
	}
	return days, nil
}

type servicePage struct {
	errand
	Languages []string
	Release   string
	Ballot    bool
	Ballots   []link
	Next      string // the way on
	Free      time.Time
}

func (p Pages) service(w http.ResponseWriter, r *http.Request) error {
	e, err := p.errand(r, r.PathValue("post"), r.PathValue("service"))
	if err != nil {
		return err
	}
	printer := web.PrinterOf(r.Context())
	data := servicePage{errand: e, Next: e.Times(""), Release: released(printer, e.Service.Release), Ballot: e.Service.Release.Ballot != nil}
	if e.Service.MaxParty > 1 {
		data.Next = e.Path() + "/party"
	}
	names := display.Languages(language.Make(printer.Lang()))
	for _, lang := range e.Service.Languages {
		data.Languages = append(data.Languages, names.Name(language.Make(lang)))
	}
	coming, err := p.Book.Coming(r.Context(), e.Post.ID, e.Service.ID)
	if err != nil {
		return err
	}
	data.Ballots = ballotLinks(printer, coming)
	span, ok, err := p.Book.Span(r.Context(), p.query(e, time.Time{}, time.Time{}))
	if err != nil {
		return err
	}
	if ok {
		data.Free = e.local(span.First)
	}
	return p.Web.Render(w, r, http.StatusOK, "bookingweb/service.html", data)
}

// released says in words how places of a service become bookable.
func released(printer *locale.Printer, release catalogue.Release) string {
	switch {
	case release.Batch != nil:
		return printer.T("bookingweb.release.batch", "Day", weekday(printer, release.Batch.Weekday), "Time", release.Batch.Time)
	case release.Ballot != nil:
		return printer.T("bookingweb.release.ballot", "Day", weekday(printer, release.Ballot.OpensWeekday),
			"Time", release.Ballot.OpensTime, "Count", release.Ballot.EntryDays)
	default:
		return printer.T("bookingweb.release.rolling", "Count", release.DaysAhead)
	}
}

func weekday(printer *locale.Printer, name string) string {
	day, ok := catalogue.Weekday(name)
	if !ok {
		return name
	}
	return printer.NameOfDay(day)
}

type partyPage struct {
	errand
	Form    *web.Form
	Options []web.Option
}

func (p Pages) party(w http.ResponseWriter, r *http.Request) error {
	e, err := p.errand(r, r.PathValue("post"), r.PathValue("service"))
	if err != nil {
		return err
	}
	return p.askParty(w, r, http.StatusOK, e, web.NewForm(url.Values{"party": {r.URL.Query().Get("party")}}))
}

func (p Pages) askParty(w http.ResponseWriter, r *http.Request, status int, e errand, form *web.Form) error {
	data := partyPage{errand: e, Form: form}
	for n := 1; n <= e.Service.MaxParty; n++ {
		data.Options = append(data.Options, web.Option{Value: strconv.Itoa(n), Label: web.PrinterOf(r.Context()).T("bookingweb.party.people", "Count", n)})
	}
	return p.Web.Render(w, r, status, "bookingweb/party.html", data)
}

// readParty reads a number of people. Invalid with the path "party".
func readParty(text string, s catalogue.Service) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > s.MaxParty {
		key := "booking.party_size"
		if text == "" {
			key = "bookingweb.party.missing"
		}
		return 0, fault.NewInvalid(fault.Field{Path: "party", Key: key, Args: fault.Args{"Max": s.MaxParty}})
	}
	return n, nil
}
