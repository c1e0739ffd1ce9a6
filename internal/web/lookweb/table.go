package lookweb

import (
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/booking/lookback"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/spreadsheet"
)

// table is one table of a page, which is also a CSV file of the same content.
type table struct {
	// Name stands in the file's name; Title and Note have the translation keys
	// "lookweb.table." and "lookweb.note." + Name.
	Name string
	// Columns are the names of the CSV's columns, the same in every language;
	// their headings have the translation keys "lookweb.column." + name.
	Columns []column
	Rows    [][]cell
	Chart   template.HTML
	CSV     string // address
	Fold    bool   // the rows are shown when asked for
}

type column struct {
	Name string
	// Heading is ready to read, for columns without a translation key.
	Heading string
	Text    bool // not a number
}

// cell is one value: as people read it, and as the file has it.
type cell struct {
	Text, Raw string
	Path      string // makes the text a link
}

// columns makes columns; names that end in "'" are text.
func columns(names ...string) []column {
	list := make([]column, len(names))
	for i, n := range names {
		list[i] = column{Name: strings.TrimSuffix(n, "'"), Text: strings.HasSuffix(n, "'")}
	}
	return list
}

func words(text string) cell { return cell{Text: text, Raw: text} }

func count(p *locale.Printer, n int) cell { return cell{Text: p.Number(n), Raw: strconv.Itoa(n)} }

// share is a percentage with one digit; nothing when there is no whole.
func share(p *locale.Printer, x float64, ok bool) cell {
	if !ok {
		return cell{Text: "–"}
	}
	return cell{Text: p.Decimal(100*x, 1) + "\u00a0%", Raw: strconv.FormatFloat(100*x, 'f', 1, 64)}
}

// minutes is a wait; nothing when nobody waited.
func minutes(p *locale.Printer, m int, ok bool) cell {
	if !ok {
		return cell{Text: "–"}
	}
	return cell{Text: p.T("lookweb.minutes", "Count", m), Raw: strconv.Itoa(m)}
}

func date(p *locale.Printer, day string) cell {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return words(day)
	}
	return cell{Text: p.ShortDate(t), Raw: day}
}

func dayMonth(p *locale.Printer, day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return strconv.Itoa(t.Day()) + "." + strconv.Itoa(int(t.Month()))
}

// lead is days to the next free place.
func lead(p *locale.Printer, l lookback.Lead) cell {
	if l.None() {
		return cell{Text: p.T("lookweb.no_place"), Raw: ""}
	}
	return cell{Text: p.T("lookweb.days", "Count", l.Days), Raw: strconv.Itoa(l.Days)}
}

// leadCell is lead in a table of many, where the file says none.
func leadCell(p *locale.Printer, l lookback.Lead) cell {
	c := lead(p, l)
	if l.None() {
		c.Raw = "none"
	}
	return c
}

// write answers with the table as a file.
func (t table) write(w http.ResponseWriter, prefix string, q lookback.Query) error {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+prefix+"-"+t.Name+"-"+q.From+"-"+q.To+`.csv"`)
	h.Set("Cache-Control", "no-store")
	if _, err := w.Write([]byte(spreadsheet.ByteOrderMark)); err != nil {
		return err
	}
	out := spreadsheet.NewWriter(w)
	line := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		line[i] = c.Name
	}
	if err := out.Write(line...); err != nil {
		return err
	}
	for _, row := range t.Rows {
		for i, c := range row {
			line[i] = c.Raw
		}
		if err := out.Write(line...); err != nil {
			return err
		}
	}
	return out.Flush()
}

// csv is a table's address under root.
func (p period) csv(root, name string) string {
	return root + "/csv/" + name + "?" + url.Values{"from": {p.From}, "to": {p.To}, "by": {p.By}}.Encode()
}
