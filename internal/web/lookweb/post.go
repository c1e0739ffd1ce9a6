package lookweb

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/lookback"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type postPage struct {
	period
	Post   post.Post
	Posts  []web.Option // the person's other posts
	Total  lookback.Line
	Tables []table
	Tiles  []tile
	Now    time.Time // on the post's clock
}

// tile is one number on top of a page.
type tile struct{ Text, Label string }

func (p *Pages) wanted(r *http.Request) (post.Post, error) {
	all, err := p.Posts.All(r.Context())
	if err != nil {
		return post.Post{}, err
	}
	i := slices.IndexFunc(all, func(one post.Post) bool { return one.ID == r.PathValue("post") })
	if i < 0 {
		return post.Post{}, fault.NewNotFound("post.not_found")
	}
	return all[i], nil
}

func (p *Pages) onePost(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	now := p.web.Now().In(of.Location())
	chosen, wrong := readPeriod(r, now.Format(time.DateOnly))
	page := postPage{period: chosen, Post: of, Now: now}
	status := http.StatusOK
	if page.Form.Refuse(wrong) {
		status = http.StatusUnprocessableEntity
	}
	others, err := p.visible(r, identity.LookSee)
	if err != nil {
		return err
	}
	for _, one := range others {
		page.Posts = append(page.Posts, web.Option{Value: one.ID, Label: one.Name.In(printerOf(r).Lang())})
	}
	page.Tables, page.Total, err = p.postTables(r, of, chosen)
	if err != nil {
		return err
	}
	page.Tiles = tiles(printerOf(r), page.Total)
	return p.web.Render(w, r, status, "lookweb/post.html", page)
}

func (p *Pages) postCSV(w http.ResponseWriter, r *http.Request) error {
	of, err := p.wanted(r)
	if err != nil {
		return err
	}
	chosen, err := readPeriod(r, p.web.Now().In(of.Location()).Format(time.DateOnly))
	if err != nil {
		return err
	}
	tables, _, err := p.postTables(r, of, chosen)
	if err != nil {
		return err
	}
	return send(w, r, tables, of.ID, lookback.Query{From: chosen.From, To: chosen.To})
}

func send(w http.ResponseWriter, r *http.Request, tables []table, prefix string, q lookback.Query) error {
	i := slices.IndexFunc(tables, func(t table) bool { return t.Name == r.PathValue("table") })
	if i < 0 {
		return fault.NewNotFound("lookweb.no_table")
	}
	return tables[i].write(w, prefix, q)
}

func tiles(p *locale.Printer, total lookback.Line) []tile {
	t := total.Tally
	missed, some := t.MissedShare()
	used, planned := total.Use.Share()
	median, waited := t.Wait.Median()
	p90, _ := t.Wait.P90()
	return []tile{
		{p.Number(t.Bookings), p.T("lookweb.tile.bookings")},
		{p.Number(t.Visits), p.T("lookweb.tile.visits")},
		{minutes(p, median, waited).Text, p.T("lookweb.tile.median")},
		{minutes(p, p90, waited).Text, p.T("lookweb.tile.p90")},
		{share(p, missed, some).Text, p.T("lookweb.tile.missed")},
		{share(p, used, planned).Text, p.T("lookweb.tile.used")},
	}
}

// postTables makes all tables of a post.
func (p *Pages) postTables(r *http.Request, of post.Post, chosen period) ([]table, lookback.Line, error) {
	ctx, printer := r.Context(), printerOf(r)
	q := lookback.Query{Posts: []string{of.ID}, From: chosen.From, To: chosen.To}
	report, err := p.Reader.Report(ctx, q)
	if err != nil {
		return nil, lookback.Line{}, err
	}
	now, err := p.Leads.Now(ctx, of)
	if err != nil {
		return nil, lookback.Line{}, err
	}
	history, err := p.Leads.History(ctx, q)
	if err != nil {
		return nil, lookback.Line{}, err
	}
	m := maker{Pages: p, printer: printer, period: chosen, root: "/staff/look/" + of.ID}
	for _, make := range []func(*lookback.Report) error{m.waits, m.outcomes, m.places, m.channels} {
		if err := make(report); err != nil {
			return nil, lookback.Line{}, err
		}
	}
	if err := m.leads(now, history); err != nil {
		return nil, lookback.Line{}, err
	}
	return m.tables, report.Total(), nil
}

// maker makes tables and remembers them.
type maker struct {
	*Pages
	printer *locale.Printer
	period  period
	root    string
	tables  []table
	// together says that posts stand side by side.
	together bool
}

// maxOpen is how many rows of a table are shown unasked below its chart.
const maxOpen = 12

// put adds a table with its chart.
func (m *maker) put(t table, c chart) error {
	c.title = m.printer.T("lookweb.table." + t.Name)
	t.CSV = m.period.csv(m.root, t.Name)
	t.Fold = len(t.Rows) > maxOpen && !m.together
	var err error
	t.Chart, err = c.draw()
	m.tables = append(m.tables, t)
	return err
}

// lines gives the lines of the chosen kind, the heading of their first column
// and a label for each.
func (m *maker) lines(report *lookback.Report) (list []lookback.Line, first []column, heads [][]cell, labels []string) {
	p := m.printer
	switch m.period.By {
	case "service":
		found := report.ByService()
		slices.SortStableFunc(found, func(a, b lookback.Line) int { return m.rank(a.Key) - m.rank(b.Key) })
		for _, l := range found {
			name := m.service(l.Key, p.Lang())
			list, heads, labels = append(list, l), append(heads, []cell{{Text: name, Raw: l.Key}}), append(labels, name)
		}
		return list, columns("service'"), heads, labels
	case "week":
		for _, l := range report.ByWeek() {
			list, heads = append(list, l), append(heads, []cell{date(p, l.First), date(p, l.Last)})
			labels = append(labels, dayMonth(p, l.First))
		}
		return list, columns("first_day'", "last_day'"), heads, labels
	}
	for _, l := range report.ByDay() {
		day := date(p, l.Key)
		if t, err := time.Parse(time.DateOnly, l.Key); err == nil {
			day.Text = p.WeekdayShort(t) + ", " + day.Text
		}
		list, heads, labels = append(list, l), append(heads, []cell{day}), append(labels, dayMonth(p, l.Key))
	}
	return list, columns("day'"), heads, labels
}

// rank is a service's place in the catalogue; those that left it come last.
func (m *maker) rank(service string) int {
	all := m.Services.Services()
	i := slices.IndexFunc(all, func(s catalogue.Service) bool { return s.ID == service })
	if i < 0 {
		return len(all)
	}
	return i
}

// standing is how bars stand for the chosen kind of line.
func (m *maker) standing() kind {
	if m.period.By == "service" {
		return lying
	}
	return bars
}

func point(n int, ok bool) float64 {
	if !ok {
		return none
	}
	return float64(n)
}

func (m *maker) waits(report *lookback.Report) error {
	p := m.printer
	list, first, heads, labels := m.lines(report)
	t := table{Name: "waits", Columns: append(first, columns("visits", "walk_ins", "not_called", "median_minutes", "p90_minutes", "beyond_median_minutes", "beyond_p90_minutes")...)}
	c := chart{kind: m.standing(), series: []string{p.T("lookweb.column.median_minutes"), p.T("lookweb.column.p90_minutes")}, values: make([][]float64, 2), unit: " " + p.T("lookweb.min")}
	for i, l := range list {
		if l.Tally.Visits == 0 {
			continue
		}
		median, ok := l.Tally.Wait.Median()
		p90, _ := l.Tally.Wait.P90()
		late, some := l.Tally.Beyond.Median()
		later, _ := l.Tally.Beyond.P90()
		t.Rows = append(t.Rows, append(heads[i], count(p, l.Tally.Visits), count(p, l.Tally.WalkIns), count(p, l.Tally.NotCalled),
			minutes(p, median, ok), minutes(p, p90, ok), minutes(p, late, some), minutes(p, later, some)))
		c.labels = append(c.labels, labels[i])
		c.values[0], c.values[1] = append(c.values[0], point(median, ok)), append(c.values[1], point(p90, ok))
	}
	return m.put(t, c)
}

func (m *maker) outcomes(report *lookback.Report) error {
	p := m.printer
	list, first, heads, labels := m.lines(report)
	t := table{Name: "bookings", Columns: append(first, columns("bookings", "people", "came", "missed", "missed_percent", "unrecorded", "cancelled_with_notice", "cancelled_late", "voided")...)}
	c := chart{kind: m.standing(), stack: true, values: make([][]float64, 4)}
	for _, name := range []string{"came", "cancelled", "missed", "unrecorded"} {
		c.series = append(c.series, p.T("lookweb.column."+name))
	}
	for i, l := range list {
		a := l.Tally
		if a.Bookings == 0 {
			continue
		}
		missed, ok := a.MissedShare()
		t.Rows = append(t.Rows, append(heads[i], count(p, a.Bookings), count(p, a.People), count(p, a.Came), count(p, a.Missed), share(p, missed, ok),
			count(p, a.Unrecorded), count(p, a.Early), count(p, a.Late), count(p, a.Voided)))
		c.labels = append(c.labels, labels[i])
		for s, n := range []int{a.Came, a.Cancelled(), a.Missed, a.Unrecorded} {
			c.values[s] = append(c.values[s], float64(n))
		}
	}
	return m.put(t, c)
}

func (m *maker) places(report *lookback.Report) error {
	p := m.printer
	list, first, heads, labels := m.lines(report)
	if m.period.By == "service" { // services share places
		list, heads, labels = report.ByGroup(), nil, nil
		for _, l := range list {
			var names []string
			for _, id := range strings.Split(l.Key, "+") {
				names = append(names, m.service(id, p.Lang()))
			}
			name := strings.Join(names, ", ")
			heads, labels = append(heads, []cell{{Text: name, Raw: l.Key}}), append(labels, shorten(name))
		}
		first = columns("services'")
	}
	t := table{Name: "places", Columns: append(first, columns("slots", "places_planned", "places_taken", "used_percent")...)}
	c := chart{kind: m.standing(), series: []string{p.T("lookweb.column.used_percent")}, values: make([][]float64, 1), unit: " %"}
	for i, l := range list {
		if l.Use.Slots == 0 {
			continue
		}
		used, ok := l.Use.Share()
		t.Rows = append(t.Rows, append(heads[i], count(p, l.Use.Slots), count(p, l.Use.Planned), count(p, l.Use.Taken), share(p, used, ok)))
		c.labels, c.values[0] = append(c.labels, labels[i]), append(c.values[0], 100*used)
	}
	if len(c.values[0]) > 0 && slices.Max(c.values[0]) <= 100 {
		c.most = 100
	}
	return m.put(t, c)
}

// shorten keeps a label of a chart on its line; the table has all of it.
func shorten(name string) string {
	const most = 34
	if r := []rune(name); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return name
}

func (m *maker) channels(report *lookback.Report) error {
	p, total := m.printer, report.Total().Tally
	t := table{Name: "channels", Columns: columns("channel'", "bookings", "percent")}
	c := chart{kind: lying, series: []string{p.T("lookweb.column.bookings")}, values: make([][]float64, 1)}
	for _, channel := range []booking.Channel{booking.Web, booking.API, booking.Staff, booking.Ballot, booking.WaitingList, booking.WalkIn} {
		n := total.Channels[string(channel)]
		if n == 0 {
			continue
		}
		name := p.T("lookweb.channel." + string(channel))
		t.Rows = append(t.Rows, []cell{{Text: name, Raw: string(channel)}, count(p, n), share(p, float64(n)/float64(total.Bookings), true)})
		c.labels, c.values[0] = append(c.labels, name), append(c.values[0], float64(n))
	}
	return m.put(t, c)
}
