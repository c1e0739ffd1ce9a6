package planweb

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/plan"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type listPage struct {
	Posts []listed
}

type listed struct {
	post.Post
	Moving booking.MovingCount
}

// list shows the posts whose plan the person may see, those first whose people
// must move. Who has one post goes straight to it.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	all, err := p.Posts.All(r.Context())
	if err != nil {
		return err
	}
	counts, err := p.Book.MustMoveCounts(r.Context())
	if err != nil {
		return err
	}
	var page listPage
	for _, of := range all {
		if web.PersonOf(r.Context()).May(maySee, of.ID) {
			page.Posts = append(page.Posts, listed{of, counts[of.ID]})
		}
	}
	if len(page.Posts) == 1 {
		web.SeeOther(w, r, path(page.Posts[0].ID, ""))
		return nil
	}
	slices.SortStableFunc(page.Posts, func(a, b listed) int { return b.Moving.Late - a.Moving.Late })
	return p.show(w, r, "list", nil, page)
}

type overviewPage struct {
	Post      post.Post
	MayEdit   bool
	Revision  int
	Week      []weekday
	Rules     []ruleLine
	Days      []dayLine
	Revisions []revision
	// Pending is what the calendar has changed and slots do not show yet.
	Pending *booking.Counts
	Moving  booking.MovingCount
}

type weekday struct {
	Name  string
	Lines []ruleLine
}

// ruleLine is a rule as one reads it.
type ruleLine struct {
	plan.Rule
	Services, Days string
	Counters       string
	Over           bool // its last day is past
	Reserved       string
	Opens          string
}

// dayLine is a day that is other than its week: an exception, an extra rule, a
// holiday or a closure.
type dayLine struct {
	On     time.Time
	Until  time.Time // of a closure that lasts
	Kind   string
	Text   string
	Remove string // address, "" when it is not the plan's
	Edit   string
}

// shownRevisions is how many changes the page lists.
const shownRevisions = 5

// ahead is for how many days the page lists what is other than the week.
const ahead = 120

func (p *Pages) overview(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	seen, err := p.Plans.Preview(ctx, of.ID, plan.Calendars())
	if err != nil {
		return err
	}
	page := overviewPage{Post: of, MayEdit: web.PersonOf(ctx).May(mayEdit, of.ID), Revision: seen.Plan.Revision}
	if !seen.Effect.Nothing() && seen.Plan.Revision > 0 {
		counts := seen.Effect.Counts()
		page.Pending = &counts
	}
	counts, err := p.Book.MustMoveCounts(ctx)
	if err != nil {
		return err
	}
	page.Moving = counts[of.ID]
	counters, err := p.Posts.Counters(ctx, of.ID)
	if err != nil {
		return err
	}
	printer := web.PrinterOf(ctx)
	today, _ := post.Local(of.Location(), p.web.Now())
	for _, rule := range seen.Plan.Rules {
		if rule.Date == "" {
			page.Rules = append(page.Rules, p.line(printer, rule, counters, today))
		}
	}
	slices.SortStableFunc(page.Rules, func(a, b ruleLine) int { return strings.Compare(a.From+a.To, b.From+b.To) })
	page.Week = week(printer, page.Rules)
	if page.Days, err = p.otherDays(r, of, &seen.Plan, today); err != nil {
		return err
	}
	if page.Revisions, err = p.read(r, of, 0, shownRevisions); err != nil {
		return err
	}
	return p.show(w, r, "overview", nil, page)
}

// week lists under each day the rules that are in force or to come.
func week(printer *locale.Printer, rules []ruleLine) []weekday {
	var days []weekday
	for _, day := range weekdays {
		one := weekday{Name: printer.Weekday(aDay(day))}
		for _, rule := range rules {
			if slices.Contains(rule.Weekdays, day) && !rule.Over {
				one.Lines = append(one.Lines, rule)
			}
		}
		days = append(days, one)
	}
	return days
}

// weekdays are in the order in which people read a week.
var weekdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

// aDay is some date that falls on the weekday.
func aDay(day time.Weekday) time.Time { return time.Date(2026, 11, 22+int(day), 0, 0, 0, 0, time.UTC) }

func (p *Pages) line(printer *locale.Printer, rule plan.Rule, counters []post.Counter, today string) ruleLine {
	l := ruleLine{Rule: rule, Services: strings.Join(p.titles(rule.Services, printer.Lang()), ", "), Over: rule.ValidTo != "" && rule.ValidTo < today}
	var days, labels []string
	for _, day := range weekdays {
		if slices.Contains(rule.Weekdays, day) {
			days = append(days, printer.WeekdayShort(aDay(day)))
		}
	}
	for _, c := range counters {
		if slices.Contains(rule.Counters, c.ID) {
			labels = append(labels, c.Label)
		}
	}
	l.Days, l.Counters = strings.Join(days, ", "), strings.Join(labels, ", ")
	switch {
	case rule.Reserve.Percent > 0:
		l.Reserved = printer.T("planweb.line.percent", "Percent", rule.Reserve.Percent)
	case rule.Reserve.Places > 0:
		l.Reserved = printer.T("planweb.line.reserved", "Count", rule.Reserve.Places)
	}
	release := rule.Release
	switch {
	case release.Mode == plan.Rolling && release.DaysAhead == 0:
		l.Opens = printer.T("planweb.line.at_once")
	case release.Mode == plan.Rolling:
		l.Opens = printer.T("planweb.line.rolling", "Count", release.DaysAhead)
	case release.Mode == plan.Ballot:
		l.Opens = printer.T("planweb.line.ballot")
	case len(release.Openings) > 0:
		l.Opens = printer.T("planweb.line.openings", "Count", len(release.Openings))
	default:
		l.Opens = printer.T("planweb.line.weekly", "Day", printer.Weekday(aDay(release.Weekday)), "Time", release.Time)
	}
	return l
}

// otherDays lists the days to come that are other than their week.
func (p *Pages) otherDays(r *http.Request, of post.Post, planned *plan.Plan, today string) ([]dayLine, error) {
	ctx, printer := r.Context(), web.PrinterOf(r.Context())
	last, _ := post.Local(of.Location(), p.web.Now().AddDate(0, 0, ahead))
	var lines []dayLine
	on := func(date string) time.Time { day, _ := post.ParseDate(date); return day }
	for _, e := range planned.Exceptions {
		if e.Date < today {
			continue
		}
		text := printer.T("planweb.day.closed")
		if e.Kind == plan.Hours {
			text = printer.T("planweb.day.hours", "From", e.From, "To", e.To)
		}
		if e.Note != "" {
			text += " – " + e.Note
		}
		lines = append(lines, dayLine{On: on(e.Date), Kind: "exception", Text: text, Remove: path(of.ID, "/exceptions/"+e.ID+"/remove")})
	}
	for _, rule := range planned.Rules {
		if rule.Date >= today && rule.Date != "" {
			text := printer.T("planweb.day.extra", "From", rule.From, "To", rule.To, "Services", strings.Join(p.titles(rule.Services, printer.Lang()), ", "))
			lines = append(lines, dayLine{On: on(rule.Date), Kind: "extra", Text: text, Edit: path(of.ID, "/rules/"+rule.ID), Remove: path(of.ID, "/rules/"+rule.ID+"/remove")})
		}
	}
	holidays, err := p.Posts.Holidays(ctx, of.ID, today, last)
	if err != nil {
		return nil, err
	}
	for _, h := range holidays {
		lines = append(lines, dayLine{On: on(h.Date), Kind: "holiday", Text: h.Name.In(printer.Lang())})
	}
	closures, err := p.Posts.Closures(ctx, of.ID, today, last)
	if err != nil {
		return nil, err
	}
	for _, c := range closures {
		line := dayLine{On: on(c.From), Kind: "closure", Text: c.Reason.In(printer.Lang())}
		if c.To != c.From {
			line.Until = on(c.To)
		}
		lines = append(lines, line)
	}
	slices.SortStableFunc(lines, func(a, b dayLine) int { return a.On.Compare(b.On) })
	return lines, nil
}
