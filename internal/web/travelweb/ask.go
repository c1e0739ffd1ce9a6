package travelweb

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/travel/policy"
	"github.com/chancery/chancery/internal/web"
)

type askPage struct {
	Form                               *web.Form
	Nationalities, Documents, Purposes []web.Option
	Table                              string
}

// question reads the form of /visa. Days and date may be left out; what cannot
// be read is left for the policy to refuse.
func (room *Room) question(form *web.Form) policy.Question {
	q := policy.Question{Nationality: form.Value("nationality"), Document: form.Value("document"), Purpose: form.Value("purpose"), On: form.Date("on")}
	if days := form.Value("days"); days != "" {
		n, err := strconv.Atoi(days)
		if err != nil || n == 0 {
			n = -1
		}
		q.Days = n
	}
	if q.On == "" {
		q.On = room.today()
	}
	return q
}

// ask shows the questions, or the answer when the address holds them: so an
// answer can be kept and sent on, and the page works without JavaScript.
func (room *Room) ask(w http.ResponseWriter, r *http.Request) error {
	p := web.PrinterOf(r.Context())
	form := web.NewForm(r.URL.Query())
	if len(form.Values) == 0 || form.Value("again") != "" {
		return room.showQuestions(w, r, form)
	}
	q := room.question(form)
	answer, err := room.Policy.Decide(q)
	if form.Refuse(err) {
		return room.showQuestions(w, r, form)
	} else if err != nil {
		return err
	}
	return room.web.Render(w, r, http.StatusOK, "travelweb/answer.html", room.answerPage(p, q, answer, form.Values))
}

func (room *Room) showQuestions(w http.ResponseWriter, r *http.Request, form *web.Form) error {
	p := web.PrinterOf(r.Context())
	status := http.StatusOK
	if len(form.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	for name, usual := range map[string]string{"document": policy.Documents[0], "purpose": policy.Purposes[0]} {
		if form.Value(name) == "" && len(form.Errors) == 0 {
			form.Set(name, usual)
		}
	}
	return room.web.Render(w, r, status, "travelweb/ask.html", askPage{
		Form: form, Nationalities: nationalities(p), Documents: options(p, "travelweb.document.", policy.Documents), Purposes: options(p, "travelweb.purpose.", policy.Purposes),
		Table: "/visa/table",
	})
}

type answerPage struct {
	Title, Colour string
	Outcome       string
	Journey       []string
	Reason        string
	Stay          string
	Needs         []policy.Need
	Basis         []policy.Record
	Hints         []string
	NextText      string
	Next, NextGo  string
	Again, Change string
	Table         string
	Note, Version string
}

// colours of the outcomes' tags.
var colours = map[policy.Outcome]string{policy.VisaFree: "green", policy.OnArrival: "blue", policy.EVisa: "blue", policy.EmbassyVisa: "yellow", policy.Refused: "red"}

func (room *Room) answerPage(p *locale.Printer, q policy.Question, a policy.Answer, asked url.Values) answerPage {
	again := url.Values{"again": {"yes"}}
	for name, values := range asked {
		again[name] = values
	}
	table := url.Values{"document": {q.Document}, "purpose": {q.Purpose}}
	page := answerPage{
		Title: p.T(key("travelweb.answer.", string(a.Outcome))), Colour: colours[a.Outcome], Outcome: p.T(key("travelweb.outcome.", string(a.Outcome))),
		Journey: []string{
			country.Name(country.Canonical(q.Nationality), p.Lang()), p.T(key("travelweb.document.", q.Document)), p.T(key("travelweb.purpose.", q.Purpose)), date(p, q.On),
		},
		Reason: a.Reason.In(p.Lang()), Stay: stay(p, a), Needs: a.Needs, Basis: a.Basis, Hints: hints(p, a),
		NextText: p.T(key("travelweb.answer.next_", string(a.Outcome))), Next: room.Next[a.Outcome],
		Again: "/visa", Change: "/visa?" + again.Encode(), Table: "/visa/table?" + table.Encode(),
		Note: p.T("travelweb.answer." + a.Source), Version: room.Policy.Version,
	}
	if q.Days > 0 {
		page.Journey = append(page.Journey, p.T("travelweb.answer.stay_days", "Count", q.Days))
	}
	switch {
	case page.Next != "":
		page.Next = taking(page.Next, q)
		page.NextGo = p.T(key("travelweb.answer.go_", string(a.Outcome)))
	case a.Outcome == policy.EVisa, a.Outcome == policy.EmbassyVisa:
		page.NextText = p.T("travelweb.answer.next_ask")
		page.Next, page.NextGo = room.Ask, p.T("travelweb.answer.go_ask")
	case a.Outcome == policy.Refused:
		page.Next, page.NextGo = room.Ask, p.T("travelweb.answer.go_ask")
	}
	return page
}

// taking adds what was asked to the address of the next step, so that nobody is
// asked again; an address that asks for something itself stays as it is.
func taking(path string, q policy.Question) string {
	if strings.Contains(path, "?") {
		return path
	}
	return path + "?" + url.Values{"nationality": {country.Canonical(q.Nationality)}, "document": {q.Document}, "purpose": {q.Purpose}, "on": {q.On}}.Encode()
}

// stay says how long somebody may stay; "" when nobody may come.
func stay(p *locale.Printer, a policy.Answer) string {
	switch {
	case a.Outcome == policy.Refused:
		return ""
	case a.Period != policy.Period{}:
		return p.T("travelweb.answer.stay_window", "Days", a.Period.Days, "In", a.Period.In)
	case a.MaxDays > 0:
		return p.T("travelweb.answer.stay_days", "Count", a.MaxDays)
	case a.Outcome == policy.VisaFree:
		return ""
	}
	return p.T("travelweb.answer.stay_visa")
}

// hints says what would have been otherwise on another day or for fewer days.
func hints(p *locale.Printer, a policy.Answer) []string {
	var all []string
	for _, h := range a.Hints {
		all = append(all, p.T(key("travelweb.answer.hint."+h.Kind+".", string(h.Outcome)), fault.Args{"Days": h.MaxDays, "Day": date(p, h.Day)}))
	}
	return all
}
