package lookweb

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/booking/lookback"
)

// maxLines bounds the lines of a chart; more cannot be told apart.
const maxLines = 6

// leads makes the tables of next free places: now, and on each day.
func (m *maker) leads(now, history []lookback.Lead) error {
	p := m.printer
	t := table{Name: "next", Columns: columns("service'", "next_day'", "days_to_next", "free_places")}
	c := chart{kind: lying, series: []string{p.T("lookweb.column.days_to_next")}, values: make([][]float64, 1), unit: ""}
	for _, l := range now {
		next := cell{Text: p.T("lookweb.no_place")}
		if !l.None() {
			next = date(p, l.Next)
		}
		t.Rows = append(t.Rows, []cell{{Text: m.service(l.Service, p.Lang()), Raw: l.Service}, next, lead(p, l), count(p, l.Free)})
		if !l.None() {
			c.labels, c.values[0] = append(c.labels, shorten(m.service(l.Service, p.Lang()))), append(c.values[0], float64(l.Days))
		}
	}
	if err := m.put(t, c); err != nil {
		return err
	}
	return m.history(history)
}

// history makes a line for each day and a column for each service. The chart
// shows the services with the longest times: all of them would be a tangle.
func (m *maker) history(history []lookback.Lead) error {
	p := m.printer
	at, days, sums := map[[2]string]lookback.Lead{}, []string{}, map[string]int{}
	for _, l := range history {
		at[[2]string{l.Day, l.Service}] = l
		sums[l.Service] += max(0, l.Days)
		if len(days) == 0 || days[len(days)-1] != l.Day {
			days = append(days, l.Day)
		}
	}
	t := table{Name: "next-history", Columns: columns("day'")}
	for _, s := range m.Services.Services() {
		if _, ok := sums[s.ID]; ok {
			t.Columns = append(t.Columns, column{Name: s.ID, Heading: s.Title.In(p.Lang())})
		}
	}
	c := chart{kind: lines}
	for _, day := range days {
		row := []cell{date(p, day)}
		for _, column := range t.Columns[1:] {
			one := cell{}
			if l, ok := at[[2]string{day, column.Name}]; ok {
				one = leadCell(p, l)
			}
			row = append(row, one)
		}
		t.Rows, c.labels = append(t.Rows, row), append(c.labels, dayMonth(p, day))
	}
	order := slices.SortedFunc(maps.Keys(sums), func(a, b string) int {
		return cmp.Or(cmp.Compare(sums[b], sums[a]), strings.Compare(a, b))
	})
	for _, service := range order[:min(maxLines, len(order))] {
		var row []float64
		for _, day := range days {
			l, ok := at[[2]string{day, service}]
			row = append(row, point(l.Days, ok && !l.None()))
		}
		c.series, c.values = append(c.series, shorten(m.service(service, p.Lang()))), append(c.values, row)
	}
	return m.put(t, c)
}
