package lookweb

import (
	"net/http"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/booking/lookback"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type ministryPage struct {
	period
	// Others are posts of which the person sees each, but not side by side.
	Others []post.Post
	Tables []table
	Tiles  []tile
}

// today is the day that "until yesterday" counts from where posts in many
// zones stand side by side.
func (p *Pages) today() string { return p.web.Now().UTC().Format(time.DateOnly) }

// ministry shows the person's posts side by side; somebody of one post is led
// there.
func (p *Pages) ministry(w http.ResponseWriter, r *http.Request) error {
	seen, err := p.visible(r, identity.LookSee)
	if err != nil {
		return err
	}
	compared, err := p.visible(r, identity.MinistrySee)
	if err != nil {
		return err
	}
	if len(seen) == 1 {
		web.SeeOther(w, r, "/staff/look/"+seen[0].ID)
		return nil
	}
	chosen, wrong := readPeriod(r, p.today())
	page := ministryPage{period: chosen}
	status := http.StatusOK
	if page.Form.Refuse(wrong) {
		status = http.StatusUnprocessableEntity
	}
	for _, one := range seen {
		if !slices.ContainsFunc(compared, func(o post.Post) bool { return o.ID == one.ID }) {
			page.Others = append(page.Others, one)
		}
	}
	if len(compared) > 0 {
		var total lookback.Line
		if page.Tables, total, err = p.ministryTables(r, compared, chosen); err != nil {
			return err
		}
		page.Tiles = tiles(printerOf(r), total)
	}
	return p.web.Render(w, r, status, "lookweb/ministry.html", page)
}

func (p *Pages) ministryCSV(w http.ResponseWriter, r *http.Request) error {
	compared, err := p.visible(r, identity.MinistrySee)
	if err != nil {
		return err
	}
	chosen, err := readPeriod(r, p.today())
	if err != nil {
		return err
	}
	tables, _, err := p.ministryTables(r, compared, chosen)
	if err != nil {
		return err
	}
	return send(w, r, tables, "posts", lookback.Query{From: chosen.From, To: chosen.To})
}

func (p *Pages) ministryTables(r *http.Request, posts []post.Post, chosen period) ([]table, lookback.Line, error) {
	q := lookback.Query{From: chosen.From, To: chosen.To, Together: true}
	for _, one := range posts {
		q.Posts = append(q.Posts, one.ID)
	}
	report, err := p.Reader.Report(r.Context(), q)
	if err != nil {
		return nil, lookback.Line{}, err
	}
	m := maker{Pages: p, printer: printerOf(r), period: chosen, root: "/staff/look", together: true}
	if err := m.sideBySide(posts, report.ByPost()); err != nil {
		return nil, lookback.Line{}, err
	}
	leads := make([][]lookback.Lead, len(posts))
	for i, one := range posts {
		if leads[i], err = p.Leads.Now(r.Context(), one); err != nil {
			return nil, lookback.Line{}, err
		}
	}
	if err := m.leadMatrix(posts, leads); err != nil {
		return nil, lookback.Line{}, err
	}
	return m.tables, report.Total(), nil
}

// sideBySide makes three tables with a line for each post.
func (m *maker) sideBySide(posts []post.Post, lines []lookback.Line) error {
	p := m.printer
	waits := table{Name: "posts-waits", Columns: columns("post'", "visits", "walk_ins", "not_called", "median_minutes", "p90_minutes", "beyond_median_minutes", "beyond_p90_minutes")}
	books := table{Name: "posts-bookings", Columns: columns("post'", "bookings", "people", "came", "missed", "missed_percent", "unrecorded", "cancelled_with_notice", "cancelled_late", "voided")}
	places := table{Name: "posts-places", Columns: columns("post'", "slots", "places_planned", "places_taken", "used_percent")}
	waited := chart{kind: lying, series: []string{p.T("lookweb.column.median_minutes"), p.T("lookweb.column.p90_minutes")}, values: make([][]float64, 2), unit: " " + p.T("lookweb.min")}
	missed := chart{kind: lying, series: []string{p.T("lookweb.column.missed_percent")}, values: make([][]float64, 1), unit: " %"}
	used := chart{kind: lying, series: []string{p.T("lookweb.column.used_percent")}, values: make([][]float64, 1), unit: " %"}
	for i, l := range lines {
		name := posts[i].Name.In(p.Lang())
		head := cell{Text: name, Raw: l.Key, Path: "/staff/look/" + l.Key + "?from=" + m.period.From + "&to=" + m.period.To}
		a := l.Tally
		median, called := a.Wait.Median()
		p90, _ := a.Wait.P90()
		late, some := a.Beyond.Median()
		later, _ := a.Beyond.P90()
		gone, recorded := a.MissedShare()
		full, planned := l.Use.Share()
		waits.Rows = append(waits.Rows, []cell{head, count(p, a.Visits), count(p, a.WalkIns), count(p, a.NotCalled), minutes(p, median, called), minutes(p, p90, called), minutes(p, late, some), minutes(p, later, some)})
		books.Rows = append(books.Rows, []cell{head, count(p, a.Bookings), count(p, a.People), count(p, a.Came), count(p, a.Missed), share(p, gone, recorded), count(p, a.Unrecorded), count(p, a.Early), count(p, a.Late), count(p, a.Voided)})
		places.Rows = append(places.Rows, []cell{head, count(p, l.Use.Slots), count(p, l.Use.Planned), count(p, l.Use.Taken), share(p, full, planned)})
		for _, c := range []*chart{&waited, &missed, &used} {
			c.labels = append(c.labels, posts[i].City.In(p.Lang()))
		}
		waited.values[0], waited.values[1] = append(waited.values[0], point(median, called)), append(waited.values[1], point(p90, called))
		missed.values[0] = append(missed.values[0], 100*gone)
		used.values[0] = append(used.values[0], 100*full)
	}
	for _, one := range []struct {
		t table
		c chart
	}{{waits, waited}, {books, missed}, {places, used}} {
		if err := m.put(one.t, one.c); err != nil {
			return err
		}
	}
	return nil
}

// leadMatrix has a line for each post and a column for each service.
func (m *maker) leadMatrix(posts []post.Post, leads [][]lookback.Lead) error {
	p := m.printer
	t := table{Name: "posts-next", Columns: columns("post'")}
	var services []string
	for _, s := range m.Services.Services() {
		if slices.ContainsFunc(posts, func(one post.Post) bool { return one.Offers(s.ID) }) {
			services = append(services, s.ID)
			t.Columns = append(t.Columns, column{Name: s.ID, Heading: s.Title.In(p.Lang())})
		}
	}
	for i, one := range posts {
		row := []cell{{Text: one.Name.In(p.Lang()), Raw: one.ID, Path: "/staff/look/" + one.ID}}
		for _, id := range services {
			c := cell{Text: ""}
			for _, l := range leads[i] {
				if l.Service == id {
					c = leadCell(p, l)
				}
			}
			row = append(row, c)
		}
		t.Rows = append(t.Rows, row)
	}
	return m.put(t, chart{})
}
