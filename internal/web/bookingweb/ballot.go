package bookingweb

import (
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/ballot"
	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

// Ballots are the pages on which people enter a draw, prove their address,
// look after the entry, and answer when they have won.
type Ballots struct {
	Web    *web.Server
	Book   *booking.Book
	Rounds *ballot.Rounds
	Gate   Gatekeeper
}

// Register adds the pages to the server; their templates come with Pages.
func (p Ballots) Register() {
	p.Web.Handle("GET /appointments/ballots/{ballot}", web.Public, p.enter)
	p.Web.Handle("POST /appointments/ballots/{ballot}", web.Public, p.choose)
	p.Web.Handle("GET /appointments/ballots/{ballot}/people", web.Public, p.people)
	p.Web.Handle("POST /appointments/ballots/{ballot}/people", web.Public, p.send)
	p.Web.Handle("GET /appointments/entry/{ballot}/{number}", web.Public, p.entry)
	p.Web.Handle("POST /appointments/entry/{ballot}/{number}/code", web.Public, p.prove)
	p.Web.Handle("POST /appointments/entry/{ballot}/{number}/resend", web.Public, p.resend)
	p.Web.Handle("POST /appointments/entry/{ballot}/{number}/withdraw", web.Public, p.withdraw)
	p.Web.Handle("GET /appointments/won/{reference}", web.Public, p.won)
	p.Web.Handle("POST /appointments/won/{reference}/accept", web.Public, p.accept)
	p.Web.Handle("POST /appointments/won/{reference}/decline", web.Public, p.decline)
}

// about is what all pages of a ballot say at their head.
type about struct {
	Ballot        *draw.Ballot
	Title, Post   string
	Path          string
	Draw          string // of the public page
	Opens, Closes string
	Held          string
	Zone          string
	at            post.Post
	service       catalogue.Service
}

func (p Ballots) about(r *http.Request, id string) (about, error) {
	b, err := p.Rounds.Draws.Ballot(r.Context(), id)
	if err != nil {
		return about{}, err
	}
	at, err := p.Rounds.Posts.Get(r.Context(), b.PostID)
	if err != nil {
		return about{}, err
	}
	s, err := p.Rounds.Services.Service(b.ServiceID)
	if err != nil {
		return about{}, err
	}
	printer := web.PrinterOf(r.Context())
	local := func(t time.Time) string { return printer.DateTime(t.In(at.Location())) }
	return about{
		Ballot: b, Title: b.Title.In(printer.Lang()), Post: at.Name.In(printer.Lang()), Path: "/appointments/ballots/" + b.ID, Draw: "/draws/" + b.ID,
		Opens: local(b.OpensAt), Closes: local(b.ClosesAt), Held: local(b.DrawsAt), Zone: at.Zone, at: at, service: s,
	}, nil
}

// closed says why entries are not taken now, nil while they are.
func (a about) closed(now time.Time) error {
	switch a.Ballot.Stage(now) {
	case draw.Open:
		return nil
	case draw.Announced:
		return fault.NewConflict("draw.not_open_yet").With("OpensAt", a.Opens)
	default:
		return fault.NewConflict("draw.closed")
	}
}

type ballotPage struct {
	about
	Form    *web.Form
	Parties []web.Option
	Days    []web.Option
	Open    bool
	Proof   Proof
	People  []int
	Fields  []option
	Options []option // countries
	// DocumentHint says whose document, and which.
	DocumentHint template.HTML
}

func (p Ballots) enter(w http.ResponseWriter, r *http.Request) error {
	form := web.NewForm(r.URL.Query())
	if form.Value("party") == "" {
		form.Set("party", "1")
	}
	return p.showEnter(w, r, http.StatusOK, form)
}

// showEnter asks for the number of people and the days that suit them.
func (p Ballots) showEnter(w http.ResponseWriter, r *http.Request, status int, form *web.Form) error {
	a, err := p.about(r, r.PathValue("ballot"))
	if err != nil {
		return err
	}
	printer := web.PrinterOf(r.Context())
	page := ballotPage{about: a, Form: form, Open: a.closed(p.Web.Now()) == nil}
	for n := 1; n <= a.service.MaxParty; n++ {
		page.Parties = append(page.Parties, web.Option{Value: strconv.Itoa(n), Label: printer.T("bookingballot.party", fault.Args{"Count": n})})
	}
	places, err := ballot.Booker{Book: p.Book, Services: p.Rounds.Services, Posts: p.Rounds.Posts}.BallotPlaces(r.Context(), a.Ballot.ID)
	if err != nil {
		return err
	}
	page.Days = append(page.Days, web.Option{Value: draw.Any, Label: printer.T("bookingballot.any")})
	for i := 0; i < len(places); {
		date, count := places[i].Date(), 0
		for ; i < len(places) && places[i].Date() == date; i++ {
			count += places[i].Places
		}
		day, _ := post.ParseDate(date)
		page.Days = append(page.Days, web.Option{Value: date, Label: printer.LongDate(day), Hint: printer.T("bookingballot.places", fault.Args{"Count": count})})
	}
	return p.Web.Render(w, r, status, "bookingweb/ballot.html", page)
}

func (p Ballots) choose(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if len(form.All("wants")) == 0 {
		form.Refuse(fault.NewInvalid(fault.Field{Path: "wants", Key: "draw.wants_missing"}))
		return p.showEnter(w, r, http.StatusUnprocessableEntity, form)
	}
	q := url.Values{"party": {form.Value("party")}, "wants": form.All("wants")}
	web.SeeOther(w, r, "/appointments/ballots/"+url.PathEscape(r.PathValue("ballot"))+"/people?"+q.Encode())
	return nil
}

func (p Ballots) people(w http.ResponseWriter, r *http.Request) error {
	return p.showPeople(w, r, http.StatusOK, web.NewForm(r.URL.Query()))
}

// showPeople asks who they are.
func (p Ballots) showPeople(w http.ResponseWriter, r *http.Request, status int, form *web.Form) error {
	a, err := p.about(r, r.PathValue("ballot"))
	if err != nil {
		return err
	}
	if err := a.closed(p.Web.Now()); err != nil {
		return err
	}
	if len(form.All("wants")) == 0 {
		web.SeeOther(w, r, a.Path)
		return nil
	}
	page := ballotPage{about: a, Form: form, Options: nationalities(web.PrinterOf(r.Context()).Lang()), DocumentHint: documentHint(web.PrinterOf(r.Context()), a.service)}
	if page.Proof, err = p.Gate.Proof(r, ForBallot, form); err != nil {
		return err
	}
	party := partySize(form.Value("party"), a.service)
	page.Fields = []option{{"party", strconv.Itoa(party)}}
	for _, want := range form.All("wants") {
		page.Fields = append(page.Fields, option{"wants", want})
	}
	for n := range party {
		page.People = append(page.People, n+1)
	}
	return p.Web.Render(w, r, status, "bookingweb/ballot-people.html", page)
}

func (p Ballots) send(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	a, err := p.about(r, r.PathValue("ballot"))
	if err != nil {
		return err
	}
	details, err := readDetails(form, partySize(form.Value("party"), a.service), p.Web.Now().In(a.at.Location()))
	if err == nil {
		err = p.Gate.Admit(r.Context(), ForBallot, form, details)
	}
	var t *draw.Ticket
	if err == nil {
		t, err = p.Rounds.Enter(r.Context(), ballot.Entry{BallotID: a.Ballot.ID, Details: details, Wants: form.All("wants"), Origin: booking.Origin{
			NetworkKey: p.Gate.Network(r.Context()).Near, Lang: web.PrinterOf(r.Context()).Lang(), Channel: booking.Ballot,
		}})
	}
	if form.RefuseOrSay(err, fault.Conflict) {
		return p.showPeople(w, r, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	p.remember(w, t)
	web.SeeOther(w, r, entryPath(t))
	return nil
}
