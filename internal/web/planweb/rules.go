package planweb

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/booking/plan"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type rulePage struct {
	Post     post.Post
	New      bool
	Extra    bool // for one day
	RuleID   string
	Form     *web.Form
	Weekdays []web.Option
	Services []web.Option
	Counters []web.Option
	Modes    []string
	Rows     []int // of openings
}

// spareRows is how many empty openings the form offers besides those there are.
const spareRows = 2

func (p *Pages) showRule(w http.ResponseWriter, r *http.Request, of post.Post, form *web.Form) error {
	printer := web.PrinterOf(r.Context())
	page := rulePage{Post: of, RuleID: r.PathValue("rule"), Form: form, Extra: form.Value("one_day") != ""}
	page.New = page.RuleID == ""
	for _, day := range weekdays {
		page.Weekdays = append(page.Weekdays, web.Option{Value: strconv.Itoa(int(day)), Label: printer.Weekday(aDay(day))})
	}
	for _, id := range of.Services {
		page.Services = append(page.Services, web.Option{Value: id, Label: p.titles([]string{id}, printer.Lang())[0]})
	}
	counters, err := p.Posts.Counters(r.Context(), of.ID)
	if err != nil {
		return err
	}
	for _, c := range counters {
		page.Counters = append(page.Counters, web.Option{Value: c.ID, Label: printer.T("planweb.rule.counter", "Label", c.Label)})
	}
	for i := range rows(form) + spareRows {
		page.Rows = append(page.Rows, i)
	}
	return p.show(w, r, "rule", form, page)
}

func opening(i int, name string) string { return web.Index("openings", i, name) }

var openingBoxes = []string{"date", "time", "from", "to"}

// maxRows bounds how many openings are read.
const maxRows = 40

// rows counts the openings in the form up to the last that says anything.
func rows(form *web.Form) (n int) {
	for i := range maxRows {
		for _, box := range openingBoxes {
			if form.Value(opening(i, box)) != "" {
				n = i + 1
			}
		}
	}
	return n
}

func (p *Pages) newRule(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	form := formOf(plan.Rule{SlotMinutes: 20, Places: 1, Release: plan.Release{Mode: plan.Rolling, DaysAhead: 30}})
	if r.URL.Query().Get("for") == "day" {
		form.Set("one_day", "yes")
	}
	return p.showRule(w, r, of, form)
}

func (p *Pages) editRule(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	planned, err := p.Plans.Plan(r.Context(), of.ID)
	if err != nil {
		return err
	}
	rule, ok := planned.Rule(r.PathValue("rule"))
	if !ok {
		return fault.NewNotFound("plan.error.no_rule")
	}
	return p.showRule(w, r, of, formOf(rule))
}

func (p *Pages) saveRule(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	rule := readRule(form)
	rule.ID = r.PathValue("rule")
	title := "planweb.effect.rule_new"
	if rule.ID != "" {
		title = "planweb.effect.rule"
	}
	return p.propose(w, r, of, form, plan.PutRule(rule), title, func() error {
		if rule.Release.Mode == plan.Batch {
			for i := range form.Errors {
				if form.Errors[i].Path == "days_ahead" {
					form.Errors[i].Path = "batch_ahead"
				}
			}
		}
		return p.showRule(w, r, of, form)
	})
}

func (p *Pages) removeRule(w http.ResponseWriter, r *http.Request) error {
	return p.remove(w, r, plan.DropRule(r.PathValue("rule")), "planweb.effect.rule_remove")
}

// remove shows what taking something away would do, and does it when it was
// agreed to.
func (p *Pages) remove(w http.ResponseWriter, r *http.Request, c plan.Change, title string) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	form := &web.Form{}
	if r.Method == http.MethodPost {
		if form, err = web.ReadForm(r); err != nil {
			return err
		}
	}
	return p.propose(w, r, of, form, c, title, nil)
}

// formOf fills the form with what the rule says.
func formOf(rule plan.Rule) *web.Form {
	form := web.NewForm(map[string][]string{"services": rule.Services, "counters": rule.Counters})
	for _, day := range rule.Weekdays {
		form.Values.Add("weekdays", strconv.Itoa(int(day)))
	}
	number := func(name string, n int) { form.Set(name, strconv.Itoa(n)) }
	number("slot_minutes", rule.SlotMinutes)
	number("places", rule.Places)
	form.Set("reserve_unit", "places")
	number("reserve", rule.Reserve.Places)
	if rule.Reserve.Percent > 0 || rule.Reserve.Places == 0 {
		form.Set("reserve_unit", "percent")
		number("reserve", rule.Reserve.Percent)
	}
	if rule.Date != "" {
		form.Set("one_day", "yes")
	}
	for name, value := range map[string]string{
		"date": rule.Date, "from": rule.From, "to": rule.To, "valid_from": rule.ValidFrom, "valid_to": rule.ValidTo, "release": string(rule.Release.Mode),
	} {
		form.Set(name, value)
	}
	switch release := rule.Release; {
	case release.Mode == plan.Rolling:
		number("days_ahead", release.DaysAhead)
	case release.Mode == plan.Batch && len(release.Openings) > 0:
		form.Set("release", "openings")
		for i, o := range release.Openings {
			for box, value := range map[string]string{"date": o.Date, "time": o.Time, "from": o.From, "to": o.To} {
				form.Set(opening(i, box), value)
			}
		}
	case release.Mode == plan.Batch:
		number("batch_ahead", release.DaysAhead)
		number("span_days", release.SpanDays)
		number("release_weekday", int(release.Weekday))
		form.Set("release_time", release.Time)
	}
	return form
}

// clock reads a time of day as people write it: 9:30 and 9.30 are 09:30.
func clock(form *web.Form, name string) string {
	text := strings.ReplaceAll(form.Value(name), ".", ":")
	if len(text) == len("9:30") {
		return "0" + text
	}
	return text
}

// readRule reads the form. What is no number becomes one that the plan
// refuses.
func readRule(form *web.Form) plan.Rule {
	number := func(name string) int {
		n, err := strconv.Atoi(form.Value(name))
		if err != nil {
			return -1
		}
		return n
	}
	rule := plan.Rule{
		From: clock(form, "from"), To: clock(form, "to"), SlotMinutes: number("slot_minutes"), Places: number("places"),
		Services: form.All("services"), Counters: form.All("counters"), ValidFrom: form.Value("valid_from"), ValidTo: form.Value("valid_to"),
	}
	if form.Value("one_day") != "" {
		rule.Date = form.Value("date")
		if rule.Date == "" {
			rule.Date = "-" // no date, and no weekly rule either
		}
	}
	for _, value := range form.All("weekdays") {
		if day, err := strconv.Atoi(value); err == nil {
			rule.Weekdays = append(rule.Weekdays, time.Weekday(day))
		}
	}
	kept := 0
	if form.Value("reserve") != "" {
		kept = number("reserve")
	}
	if form.Value("reserve_unit") == "percent" {
		rule.Reserve.Percent = kept
	} else {
		rule.Reserve.Places = kept
	}
	switch mode := form.Value("release"); mode {
	case "openings":
		rule.Release = plan.Release{Mode: plan.Batch}
		for i := range max(1, rows(form)) {
			o := plan.Opening{Date: form.Value(opening(i, "date")), Time: clock(form, opening(i, "time")), From: form.Value(opening(i, "from")), To: form.Value(opening(i, "to"))}
			if i == 0 || o != (plan.Opening{}) {
				rule.Release.Openings = append(rule.Release.Openings, o)
			}
		}
	case string(plan.Batch):
		rule.Release = plan.Release{Mode: plan.Batch, DaysAhead: number("batch_ahead"), Weekday: time.Weekday(number("release_weekday")), Time: clock(form, "release_time"), SpanDays: number("span_days")}
	default:
		rule.Release = plan.Release{Mode: plan.Mode(mode), DaysAhead: number("days_ahead")}
		if mode == string(plan.Ballot) {
			rule.Release.DaysAhead = 0
		}
	}
	return rule
}
