package guardweb

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/web"
)

// periods are the choices of how many days to look back.
var periods = []int{1, 7, 30}

const usualDays = 7

// maxShown bounds the bookings of one finding on a page; a posted form may have
// 500 values.
const maxShown = 200

func daysOf(r *http.Request) int {
	days, err := strconv.Atoi(r.URL.Query().Get("days"))
	if err != nil || !slices.Contains(periods, days) {
		return usualDays
	}
	return days
}

type findingsPage struct {
	Form     *web.Form
	Posts    []web.Option
	Periods  []web.Option
	Days     int
	Findings []*foundRow
	// Open is how many cases wait for a decision; More says that there are
	// further ones.
	Open int
	More bool
}

// foundRow is one finding in a list.
type foundRow struct {
	guard.Finding
	Where    string
	Path     string
	Strength string // translation key
	Colour   string
}

// Span is how long it took from the first booking to the last.
func (f foundRow) Span() time.Duration { return f.Last.Sub(f.First) }

// SpanKey and SpanCount say the span in the unit that fits.
func (f foundRow) SpanKey() string {
	switch d := f.Span(); {
	case d < 2*time.Minute:
		return "guardweb.span.seconds"
	case d < 2*time.Hour:
		return "guardweb.span.minutes"
	case d < 48*time.Hour:
		return "guardweb.span.hours"
	}
	return "guardweb.span.days"
}

// SpanCount goes with SpanKey.
func (f foundRow) SpanCount() int {
	switch d := f.Span(); {
	case d < 2*time.Minute:
		return int(d.Seconds()) + 1
	case d < 2*time.Hour:
		return int(d.Minutes()) + 1
	case d < 48*time.Hour:
		return int(d.Hours()) + 1
	default:
		return int(d.Hours()/24) + 1
	}
}

func (p *Pages) row(f guard.Finding, sc *scope, days int, lang string) *foundRow {
	query := url.Values{"pattern": {string(f.Pattern)}, "key": {f.Key}, "days": {strconv.Itoa(days)}}
	if sc.Post != "" || !sc.all {
		query.Set("post", f.Post)
	}
	row := &foundRow{Finding: f, Path: "/staff/review/finding?" + query.Encode(), Where: sc.name(f.Post, lang)}
	switch {
	case f.Score >= 70:
		row.Strength, row.Colour = "guardweb.strength.high", "red"
	case f.Score >= 40:
		row.Strength, row.Colour = "guardweb.strength.middle", "orange"
	default:
		row.Strength, row.Colour = "guardweb.strength.low", "grey"
	}
	return row
}

// look asks for the findings of the scope's posts, the most striking first.
func (p *Pages) look(r *http.Request, sc *scope, days int) ([]guard.Finding, error) {
	now := p.web.Now()
	var all []guard.Finding
	for _, id := range sc.asked() {
		found, err := p.Finder.Findings(r.Context(), guard.Query{Post: id, From: now.AddDate(0, 0, -days), To: now.Add(time.Second)})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b guard.Finding) int { return b.Score - a.Score })
	return all, nil
}

func (p *Pages) findings(w http.ResponseWriter, r *http.Request) error {
	sc, err := p.scopeOf(r, r.URL.Query().Get("post"))
	if err != nil {
		return err
	}
	days, printer := daysOf(r), web.PrinterOf(r.Context())
	found, err := p.look(r, sc, days)
	if err != nil {
		return err
	}
	page := findingsPage{Form: &web.Form{}, Posts: sc.options(printer.Lang()), Days: days}
	page.Form.Set("post", sc.Post)
	page.Form.Set("days", strconv.Itoa(days))
	for _, n := range periods {
		page.Periods = append(page.Periods, web.Option{Value: strconv.Itoa(n), Label: printer.T("guardweb.days", "Count", n)})
	}
	for _, f := range found {
		page.Findings = append(page.Findings, p.row(f, sc, days, printer.Lang()))
	}
	open, more, err := p.listCases(r, sc, guard.CaseFilter{State: guard.Proposed})
	if err != nil {
		return err
	}
	page.Open, page.More = len(open), more
	return p.web.Render(w, r, http.StatusOK, "guardweb/findings.html", page)
}

type findingPage struct {
	Form    *web.Form
	Row     *foundRow
	Days    int
	Back    string
	Total   int
	Shown   int
	Groups  []group
	Refused string // the post whose form was refused
	All     string // the address that chooses every booking
}

// group is the bookings of one post: a case is about one post.
type group struct {
	Post, Name string
	MayPropose bool
	// OpenCount is how many of them can be put into a case.
	OpenCount int
	Bookings  []bookingRow
}

type bookingRow struct {
	guard.Evidence
	Service string
	// Begins is the slot's start on the post's clock.
	Begins   time.Time
	MadeHere time.Time // on the post's clock
	// After is how long after the one before it was made.
	After time.Duration
	First bool
	State string // translation key
	// Chosen is a ticked box; CaseState is the translation key of what became of it within a case.
	Chosen             bool
	CaseState, Refusal string
}

// Seconds is After in seconds, and tenths below ten.
func (b bookingRow) Seconds() float64 { return b.After.Seconds() }

func (p *Pages) finding(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	return p.showFinding(w, r, q.Get("post"), q.Get("pattern"), q.Get("key"), daysOf(r), &web.Form{}, "")
}

func (p *Pages) showFinding(w http.ResponseWriter, r *http.Request, at, pattern, key string, days int, form *web.Form, refused string) error {
	sc, err := p.scopeOf(r, at)
	if err != nil {
		return err
	}
	found, err := p.look(r, sc, days)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(found, func(f guard.Finding) bool { return string(f.Pattern) == pattern && f.Key == key })
	if i < 0 {
		return fault.NewNotFound("guardweb.finding_gone")
	}
	lang := web.PrinterOf(r.Context()).Lang()
	f := found[i]
	page := findingPage{Form: form, Row: p.row(f, sc, days, lang), Days: days, Total: len(f.Bookings), Refused: refused,
		Back: "/staff/review?" + url.Values{"post": {sc.Post}, "days": {strconv.Itoa(days)}}.Encode()}
	seen, err := p.Cases.Evidence(r.Context(), f.Bookings[:min(maxShown, len(f.Bookings))])
	if err != nil {
		return err
	}
	page.Shown = len(seen)
	all := r.Method == http.MethodGet && r.URL.Query().Get("all") == "1"
	if !all {
		page.All = page.Row.Path + "&all=1"
	}
	person := web.PersonOf(r.Context())
	for _, e := range seen {
		at := slices.IndexFunc(page.Groups, func(g group) bool { return g.Post == e.PostID })
		if at < 0 {
			at = len(page.Groups)
			page.Groups = append(page.Groups, group{Post: e.PostID, Name: sc.name(e.PostID, lang), MayPropose: person.May(string(identity.VoidPropose), e.PostID)})
		}
		g := &page.Groups[at]
		row := p.bookingRow(e, sc, lang, g.Bookings)
		row.Chosen = all || form.Has("bookings", e.ID)
		g.Bookings = append(g.Bookings, row)
		if e.OpenCase == "" {
			g.OpenCount++
		}
	}
	status := http.StatusOK
	if len(form.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return p.web.Render(w, r, status, "guardweb/finding.html", page)
}

func (p *Pages) bookingRow(e guard.Evidence, sc *scope, lang string, before []bookingRow) bookingRow {
	zone := sc.zone(e.PostID)
	row := bookingRow{Evidence: e, Service: p.service(e.ServiceID, lang), Begins: e.Start.In(zone), MadeHere: e.Made.In(zone),
		First: len(before) == 0, State: "guardweb.state." + e.State}
	if !row.First {
		row.After = e.Made.Sub(before[len(before)-1].Made)
	}
	return row
}
