package caseweb

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/web"
)

type figuresPage struct {
	Form            *web.Form
	Posts, Services []web.Option
	Where           string // the chosen post, or all of the person's
	From, To        string // months in words
	Total           figureRow
	Tables          []figureTable
	CSV             string
}

// figureTable is one way to group the figures.
type figureTable struct {
	Name string // "caseweb.figures.by_" + name
	Rows []figureRow
}

// figureRow is a line of figures.
type figureRow struct {
	casework.Figures
	Name, Second string
}

// Decided counts what was granted or refused.
func (f figureRow) Decided() int { return f.Granted + f.Refused }

// Share is the part of the decided that was granted, in percent; -1 of none.
func (f figureRow) Share() float64 {
	if f.Decided() == 0 {
		return -1
	}
	return 100 * float64(f.Granted) / float64(f.Decided())
}

// maxMonths bounds the period.
const maxMonths = 120

// readPeriod reads post, service and months; without any, the last twelve months.
func (p *Pages) readPeriod(r *http.Request) (*scope, casework.Period, *web.Form, error) {
	v := r.URL.Query()
	f := &web.Form{}
	for _, name := range []string{"post", "service", "from", "to"} {
		if len(v.Get(name)) < 80 {
			f.Set(name, v.Get(name))
		}
	}
	sc, err := p.scopeOf(r, identity.CasesStatistics, f.Value("post"))
	if err != nil {
		return nil, casework.Period{}, nil, err
	}
	now := p.web.Now().UTC()
	period := casework.Period{ServiceID: f.Value("service"), From: now.AddDate(0, 0, 1-now.Day()).AddDate(0, -11, 0).Format("2006-01"), To: now.Format("2006-01")}
	if !sc.everywhere || f.Value("post") != "" {
		period.Posts = sc.ids()
	}
	var bad fault.Fields
	for name, into := range map[string]*string{"from": &period.From, "to": &period.To} {
		if text := f.Value(name); text != "" {
			if _, err := time.Parse("2006-01", text); err != nil {
				bad.Add(name, "caseweb.error.month")
				continue
			}
			*into = text
		}
	}
	first, _ := time.Parse("2006-01", period.From)
	last, _ := time.Parse("2006-01", period.To)
	switch {
	case len(bad) > 0:
	case first.After(last):
		bad.Add("from", "caseweb.error.months_order")
	case first.AddDate(0, maxMonths, 0).Before(last):
		bad.AddWith("from", "caseweb.error.months_many", fault.Args{"Max": maxMonths / 12})
	}
	if !f.Refuse(bad.Err()) {
		f.Set("from", period.From)
		f.Set("to", period.To)
	}
	return sc, period, f, nil
}

func (p *Pages) statistics(w http.ResponseWriter, r *http.Request) error {
	sc, period, f, err := p.readPeriod(r)
	if err != nil {
		return err
	}
	t := printerOf(r)
	page := figuresPage{Form: f, Services: p.services(t.Lang()), Where: t.T("caseweb.figures.all_posts")}
	if len(sc.all) > 1 {
		page.Posts = sc.options(t.Lang())
	}
	if len(sc.chosen) == 1 {
		page.Where = sc.chosen[0].Name.In(t.Lang())
	}
	if len(f.Errors) == 0 {
		all, err := p.Cases.Statistics(r.Context(), period)
		if err != nil {
			return err
		}
		page.Total = figureRow{Figures: casework.Sum(all)}
		page.From, page.To = month(t, period.From), month(t, period.To)
		page.Tables = []figureTable{
			{"nationality", p.grouped(t, all, func(f casework.Figures) string { return f.Nationality }, country.Name)},
			{"purpose", p.grouped(t, all, func(f casework.Figures) string { return f.Purpose }, p.purpose)},
			{"both", p.both(t, all)},
		}
		page.CSV = "/staff/cases/statistics/csv?" + url.Values{"post": {f.Value("post")}, "service": {f.Value("service")}, "from": {period.From}, "to": {period.To}}.Encode()
	}
	return p.web.Render(w, r, status(f), "caseweb/statistics.html", page)
}

func month(t *locale.Printer, text string) string {
	m, err := time.Parse("2006-01", text)
	if err != nil {
		return text
	}
	return t.Month(m)
}

// grouped sums figures with the same key; the most frequent first.
func (p *Pages) grouped(t *locale.Printer, all []casework.Figures, key func(casework.Figures) string, name func(value, lang string) string) []figureRow {
	groups := map[string][]casework.Figures{}
	for _, f := range all {
		groups[key(f)] = append(groups[key(f)], f)
	}
	var rows []figureRow
	for k, some := range groups {
		row := figureRow{Figures: casework.Sum(some), Name: t.T("caseweb.figures.unknown")}
		if k != "" {
			row.Name = name(k, t.Lang())
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b figureRow) int {
		return cmp.Or(cmp.Compare(b.Received, a.Received), strings.Compare(a.Name, b.Name))
	})
	return rows
}

func (p *Pages) both(t *locale.Printer, all []casework.Figures) []figureRow {
	var rows []figureRow
	for _, f := range all {
		row := figureRow{Figures: f, Name: t.T("caseweb.figures.unknown"), Second: t.T("caseweb.figures.unknown")}
		if f.Nationality != "" {
			row.Name = country.Name(f.Nationality, t.Lang())
		}
		if f.Purpose != "" {
			row.Second = p.purpose(f.Purpose, t.Lang())
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b figureRow) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Second, b.Second))
	})
	return rows
}

func (p *Pages) statisticsCSV(w http.ResponseWriter, r *http.Request) error {
	sc, period, f, err := p.readPeriod(r)
	if err != nil {
		return err
	}
	if len(f.Errors) > 0 {
		return fault.NewInvalid(f.Errors...)
	}
	all, err := p.Cases.Statistics(r.Context(), period)
	if err != nil {
		return err
	}
	at := "all"
	if len(sc.chosen) == 1 {
		at = sc.chosen[0].ID
	}
	rows := [][]string{{"nationality", "purpose", "received", "granted", "refused", "withdrawn", "lapsed", "undecided", "median_working_days"}}
	for _, f := range all {
		days := ""
		if f.MedianDays >= 0 {
			days = strconv.Itoa(f.MedianDays)
		}
		row := []string{f.Nationality, f.Purpose}
		for _, n := range []int{f.Received, f.Granted, f.Refused, f.Withdrawn, f.Lapsed, f.Undecided} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, append(row, days))
	}
	return writeCSV(w, at+"-figures-"+period.From+"-"+period.To, rows)
}
