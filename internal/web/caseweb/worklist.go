package caseweb

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/spreadsheet"
	"github.com/chancery/chancery/internal/web"
)

// filters are the controls of the worklist, in the order of the page.
var filters = []string{"post", "state", "service", "assignee", "nationality", "due"}

// Values of the filters "state" and "assignee" that are no state and nobody's id.
const (
	stateOffice = ""
	stateAll    = "all"
	mine        = "mine"
)

// maxExport bounds the rows of a CSV file.
const maxExport = 5000

type worklistPage struct {
	Form                                              *web.Form
	Posts, States, Services, Assignees, Nationalities []web.Option
	Counts                                            []stateCount
	Rows                                              []listRow
	ManyPosts, Filtered, MayStart, MayCount           bool
	First, Next, CSV                                  string
	Late                                              int // of the rows shown
}

type stateCount struct {
	Text    string
	N       int
	Path    string
	Current bool
}

// listRow is a line of the worklist.
type listRow struct {
	casework.Item
	Service, Where, Who string // Who is the assignee's name
	Country             string
	// Days is how many working days are left, or, when Late, have passed.
	Days int
}

// Path is the case's page.
func (l listRow) Path() string { return pathOf(l.Application) }

// Colour is that of the state's tag.
func (l listRow) Colour() string { return colours[l.State] }

func pathOf(a *casework.Application) string { return "/staff/cases/" + a.Reference }

// readQuery reads the filters. The form has them as they were chosen.
func readQuery(r *http.Request, sc *scope) (casework.Query, *web.Form) {
	f := &web.Form{}
	for _, name := range filters {
		if v := r.URL.Query().Get(name); v != "" && len(v) < 80 {
			f.Set(name, v)
		}
	}
	q := casework.Query{Posts: sc.ids(), ServiceID: f.Value("service"), Nationality: f.Value("nationality"), After: r.URL.Query().Get("after")}
	switch s := casework.State(f.Value("state")); {
	case s == stateAll:
		q.States = casework.States
	case s.Known():
		q.States = []casework.State{s}
	default:
		f.Set("state", stateOffice)
	}
	switch a := f.Value("assignee"); a {
	case mine:
		q.Assignee = me(r)
	default:
		q.Assignee = a
	}
	if d := f.Value("due"); d != "" {
		if _, err := time.Parse(time.DateOnly, d); err != nil {
			f.Refuse(fault.NewInvalid(fault.Field{Path: "due", Key: "caseweb.error.date"}))
		} else {
			q.DueBefore = d
		}
	}
	return q, f
}

// query writes the filters back as an address.
func query(f *web.Form, more ...string) string {
	v := url.Values{}
	for _, name := range filters {
		if one := f.Value(name); one != "" {
			v.Set(name, one)
		}
	}
	for i := 0; i+1 < len(more); i += 2 {
		v.Del(more[i])
		if more[i+1] != "" {
			v.Set(more[i], more[i+1])
		}
	}
	if len(v) == 0 {
		return "/staff/cases"
	}
	return "/staff/cases?" + v.Encode()
}

func (p *Pages) worklist(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Query().Has("reference") {
		return p.find(w, r)
	}
	return p.list(w, r, nil)
}

// find leads to the case with the reference that was typed or scanned.
func (p *Pages) find(w http.ResponseWriter, r *http.Request) error {
	typed := r.URL.Query().Get("reference")
	f := &web.Form{}
	if len(typed) < 300 {
		f.Set("reference", typed)
	}
	key := "casework.reference_malformed"
	if reference, ok := casework.ReferenceIn(f.Value("reference")); ok {
		r.SetPathValue("reference", reference)
		a, _, err := p.wanted(r, identity.CasesSee)
		if err == nil {
			web.SeeOther(w, r, pathOf(a))
			return nil
		}
		if fault.KindOf(err) != fault.NotFound {
			return err
		}
		key = "caseweb.error.no_case"
	}
	f.Refuse(fault.NewInvalid(fault.Field{Path: "reference", Key: key}))
	return p.list(w, r, f)
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request, found *web.Form) error {
	sc, err := p.scopeOf(r, identity.CasesSee, r.URL.Query().Get("post"))
	if err != nil {
		return err
	}
	q, f := readQuery(r, sc)
	if found != nil {
		f.Set("reference", found.Value("reference"))
		f.Errors = append(f.Errors, found.Errors...)
	}
	list, err := p.Cases.Worklist(r.Context(), q)
	if f.Refuse(err) {
		web.SeeOther(w, r, query(f)) // a cursor of no page
		return nil
	} else if err != nil {
		return err
	}
	t := printerOf(r)
	page := worklistPage{Form: f, Services: p.services(t.Lang()), ManyPosts: len(sc.chosen) > 1, Filtered: query(f) != query(f, "state", "", "service", "", "assignee", "", "nationality", "", "due", ""),
		MayStart: may(r, identity.CasesWork, ""), MayCount: may(r, identity.CasesStatistics, "")}
	if len(sc.all) > 1 {
		page.Posts = sc.options(t.Lang())
	}
	if page.Rows, err = p.rows(r, sc, list.Items); err != nil {
		return err
	}
	for _, row := range page.Rows {
		if row.Late {
			page.Late++
		}
	}
	if list.Cursor != "" {
		page.Next = query(f, "after", list.Cursor)
	}
	if q.After != "" {
		page.First = query(f)
	}
	page.CSV = "/staff/cases/csv" + query(f)[len("/staff/cases"):]
	return p.listOptions(w, r, sc, page)
}

func (p *Pages) listOptions(w http.ResponseWriter, r *http.Request, sc *scope, page worklistPage) error {
	t := printerOf(r)
	counts := map[casework.State]int{}
	for _, id := range sc.ids() {
		some, err := p.Cases.Counts(r.Context(), id)
		if err != nil {
			return err
		}
		for s, n := range some {
			counts[s] += n
		}
	}
	states := []web.Option{{Value: stateOffice, Label: t.T("caseweb.list.state_office")}}
	now := page.Form.Value("state")
	todo, all := 0, 0
	for _, s := range casework.States[1 : len(casework.States)-1] {
		states = append(states, web.Option{Value: string(s), Label: t.T(s.Key())})
		all += counts[s]
		if slices.Contains(casework.Office, s) {
			todo += counts[s]
		}
		if counts[s] > 0 {
			page.Counts = append(page.Counts, stateCount{t.T(s.Key()), counts[s], query(page.Form, "state", string(s)), now == string(s)})
		}
	}
	page.States = append(states, web.Option{Value: stateAll, Label: t.T("caseweb.list.state_all")})
	page.Counts = append([]stateCount{{t.T("caseweb.list.state_office"), todo, query(page.Form, "state", ""), now == ""}}, page.Counts...)
	page.Counts = append(page.Counts, stateCount{t.T("caseweb.list.state_all"), all, query(page.Form, "state", stateAll), now == stateAll})
	holders, err := p.People.Holders(r.Context(), identity.CasesWork, sc.ids()...)
	if err != nil {
		return err
	}
	page.Assignees = []web.Option{{Value: mine, Label: t.T("caseweb.list.mine")}, {Value: casework.Nobody, Label: t.T("caseweb.list.nobody")}}
	for _, h := range holders {
		page.Assignees = append(page.Assignees, web.Option{Value: h.ID, Label: h.Name})
	}
	for _, c := range country.All(t.Lang()) {
		page.Nationalities = append(page.Nationalities, web.Option{Value: c.Code, Label: c.Name})
	}
	return p.web.Render(w, r, status(page.Form), "caseweb/worklist.html", page)
}

func (p *Pages) rows(r *http.Request, sc *scope, items []casework.Item) ([]listRow, error) {
	var people []string
	for _, i := range items {
		people = append(people, i.Assignee)
	}
	names, err := p.names(r, people...)
	if err != nil {
		return nil, err
	}
	t := printerOf(r)
	rows := make([]listRow, 0, len(items))
	for _, i := range items {
		row := listRow{Item: i, Service: p.service(i.ServiceID, t.Lang()), Where: sc.post(i.PostID).Name.In(t.Lang()), Who: names[i.Assignee], Country: country.Name(i.Nationality, t.Lang())}
		if row.Days, err = p.daysTo(r.Context(), i.Application, sc.post(i.PostID).Location()); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// daysTo counts the working days from today to the due date, or since it.
func (p *Pages) daysTo(ctx context.Context, a *casework.Application, zone *time.Location) (int, error) {
	if a.DueDate == "" {
		return 0, nil
	}
	today := p.web.Now().In(zone).Format(time.DateOnly)
	return p.Cases.WorkingDays(ctx, a.PostID, min(today, a.DueDate), max(today, a.DueDate))
}

// worklistCSV gives what the page shows, all of its pages.
func (p *Pages) worklistCSV(w http.ResponseWriter, r *http.Request) error {
	sc, err := p.scopeOf(r, identity.CasesSee, r.URL.Query().Get("post"))
	if err != nil {
		return err
	}
	q, f := readQuery(r, sc)
	if len(f.Errors) > 0 {
		return fault.NewInvalid(f.Errors...)
	}
	q.Limit, q.After = 100, ""
	var rows []listRow
	for len(rows) < maxExport {
		list, err := p.Cases.Worklist(r.Context(), q)
		if err != nil {
			return err
		}
		some, err := p.rows(r, sc, list.Items)
		if err != nil {
			return err
		}
		rows = append(rows, some...)
		if q.After = list.Cursor; q.After == "" {
			break
		}
	}
	at := ""
	if len(sc.chosen) == 1 {
		at = sc.chosen[0].ID
	}
	if err := p.Reads.Exported(r.Context(), me(r), at, len(rows)); err != nil {
		return err
	}
	return writeCSV(w, cmp.Or(at, "all")+"-cases-"+p.web.Now().UTC().Format(time.DateOnly), csvRows(printerOf(r), rows))
}

func csvRows(t *locale.Printer, rows []listRow) [][]string {
	all := [][]string{{"reference", "name", "nationality", "service", "post", "state", "age_working_days", "due", "late", "assignee", "fee"}}
	for _, row := range rows {
		fee := ""
		if row.Fee.State != "" {
			fee = t.T("caseweb.fee.state." + row.Fee.State)
		}
		all = append(all, []string{row.Reference, row.Name, row.Nationality, row.ServiceID, row.PostID, string(row.State),
			strconv.Itoa(row.Age), row.DueDate, strconv.FormatBool(row.Late), row.Who, fee})
	}
	return all
}

// writeCSV answers with a table as a file.
func writeCSV(w http.ResponseWriter, name string, rows [][]string) error {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	h.Set("Cache-Control", "no-store")
	if _, err := w.Write([]byte(spreadsheet.ByteOrderMark)); err != nil {
		return err
	}
	out := spreadsheet.NewWriter(w)
	for _, row := range rows {
		if err := out.Write(row...); err != nil {
			return err
		}
	}
	return out.Flush()
}
