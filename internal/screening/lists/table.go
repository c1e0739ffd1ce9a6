package lists

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/screening/match"
)

// The columns of the tables, which name them in their first line, in any order.
// Several values of one field are divided by "|".
var (
	// NationalColumns: names in any script; births as 1971-05-02, 1971 or
	// 1970/1972; nationalities and countries as alpha-3; documents as
	// COUNTRY:NUMBER; from and until as YYYY-MM-DD.
	NationalColumns = []string{"id", "kind", "names", "births", "nationalities", "documents", "reason", "from", "until"}
	// DocumentColumns: status is lost, stolen or invalid.
	DocumentColumns = []string{"number", "country", "type", "status", "reported"}
)

// Statuses of documents.
var Statuses = []string{"lost", "stolen", "invalid"}

// National reads a table of national restrictions.
func National(r io.Reader) (*Result, error) { return table(r, NationalColumns, (*Result).national) }

// Documents reads a table of lost, stolen and invalid documents.
func Documents(r io.Reader) (*Result, error) { return table(r, DocumentColumns, (*Result).document) }

func table(r io.Reader, columns []string, take func(*Result, func(string) string, int)) (*Result, error) {
	out := newResult()
	buffered := bufio.NewReader(&bounded{from: r, left: MaxBytes})
	if mark, _ := buffered.Peek(3); string(mark) == "\ufeff" {
		_, _ = buffered.Discard(3)
	}
	in := csv.NewReader(buffered)
	// Spreadsheets of some countries divide by semicolons.
	first, _ := buffered.Peek(200)
	if line, _, _ := strings.Cut(string(first), "\n"); strings.Contains(line, ";") && !strings.Contains(line, ",") {
		in.Comma = ';'
	}
	in.ReuseRecord = true
	in.FieldsPerRecord = -1
	head, err := in.Read()
	if err != nil && !errors.Is(err, io.EOF) && !isParse(err) && !errors.Is(err, errTooLarge) {
		return nil, fmt.Errorf("read the table: %w", err)
	}
	at := map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, again := at[name]; again || !slices.Contains(columns, name) {
			out.wrong(1, "column", fault.Args{"Name": name[:min(len(name), 40)]})
		}
		at[name] = i
	}
	if err != nil || len(out.Problems) == 0 && len(at) != len(columns) {
		out.wrong(1, "columns", fault.Args{"Names": strings.Join(columns, ", ")})
	}
	if len(out.Problems) > 0 {
		return out, nil
	}
	width := len(head)
	for {
		record, err := in.Read()
		line := 0
		if err == nil {
			line, _ = in.FieldPos(0)
		}
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case errors.Is(err, errTooLarge):
			out.wrong(0, "too_large", fault.Args{"MiB": MaxBytes >> 20})
			return out, nil
		case errors.As(err, &parse):
			out.wrong(parse.StartLine, "not_csv", nil)
			if errors.Is(parse.Err, csv.ErrQuote) || errors.Is(parse.Err, csv.ErrBareQuote) {
				continue
			}
			return out, nil
		case err != nil:
			return nil, fmt.Errorf("read the table: %w", err)
		case len(record) != width:
			out.wrong(line, "width", fault.Args{"Want": width, "Got": len(record)})
			continue
		case len(out.Entries) >= MaxEntries:
			out.wrong(line, "too_many", fault.Args{"Max": MaxEntries})
			return out, nil
		}
		good := true
		for i, text := range record {
			if record[i], err = clean(text); err != nil {
				out.wrong(line, "text", fault.Args{"Name": head[i]})
				good = false
			}
		}
		if good {
			// The record is used again for the next line.
			take(out, func(name string) string { return strings.Clone(record[at[name]]) }, line)
		}
	}
}

func isParse(err error) bool {
	var parse *csv.ParseError
	return errors.As(err, &parse)
}

func many(text string) []string {
	var out []string
	for _, one := range strings.Split(text, "|") {
		if one = strings.TrimSpace(one); one != "" {
			out = append(out, one)
		}
	}
	return out
}

func (r *Result) national(get func(string) string, line int) {
	before := len(r.Problems) + r.More
	e := match.Entry{ID: get("id"), Kind: match.Kind(get("kind")), Reason: get("reason"), From: get("from"), Until: get("until")}
	if e.Kind == "" {
		e.Kind = match.Individual
	}
	if e.Kind != match.Individual && e.Kind != match.Entity {
		r.wrong(line, "kind", fault.Args{"Text": string(e.Kind)})
	}
	if e.Reason == "" {
		r.wrong(line, "no_reason", fault.Args{"ID": e.ID})
	}
	for _, one := range many(get("names")) {
		addName(&e, one, match.Primary)
	}
	for _, one := range many(get("births")) {
		if b, ok := match.ParseBirth(one); ok {
			e.Births = append(e.Births, b)
		} else {
			r.wrong(line, "date", fault.Args{"ID": e.ID, "Text": one})
		}
	}
	for _, one := range many(get("nationalities")) {
		if code := r.country(one); code != "" {
			e.Nationalities = append(e.Nationalities, code)
		} else {
			r.wrong(line, "country", fault.Args{"Text": one})
		}
	}
	for _, one := range many(get("documents")) {
		code, number, _ := strings.Cut(one, ":")
		issuer := r.country(code)
		if issuer == "" || match.FoldNumber(number) == "" {
			r.wrong(line, "document", fault.Args{"Text": one})
			continue
		}
		e.Documents = append(e.Documents, match.Document{Number: strings.TrimSpace(number), Country: issuer})
	}
	for _, one := range []string{e.From, e.Until} {
		if one != "" && day(one) != one {
			r.wrong(line, "date", fault.Args{"ID": e.ID, "Text": one})
		}
	}
	if e.From != "" && e.Until != "" && e.Until < e.From {
		r.wrong(line, "period", fault.Args{"ID": e.ID})
	}
	if max(len(e.Names), len(e.Births), len(e.Documents), len(e.Nationalities)) > maxMany {
		r.wrong(line, "too_many_parts", fault.Args{"ID": e.ID})
	}
	if len(e.Names) == 0 {
		r.wrong(line, "no_name", fault.Args{"ID": e.ID})
	}
	if len(r.Problems)+r.More == before {
		r.add(e, line)
	}
}

func (r *Result) document(get func(string) string, line int) {
	before := len(r.Problems) + r.More
	number, status, reported := match.FoldNumber(get("number")), strings.ToLower(get("status")), get("reported")
	issuer := r.country(get("country"))
	if number == "" || len(number) > 40 {
		r.wrong(line, "document", fault.Args{"Text": get("number")})
	}
	if issuer == "" {
		r.wrong(line, "country", fault.Args{"Text": get("country")})
	}
	if !slices.Contains(Statuses, status) {
		r.wrong(line, "status", fault.Args{"Text": status})
	}
	if reported != "" && day(reported) != reported {
		r.wrong(line, "date", fault.Args{"ID": number, "Text": reported})
	}
	if len(r.Problems)+r.More == before {
		r.add(match.Entry{ID: issuer + "-" + number, Kind: match.Paper, Listed: reported, Status: status,
			Documents: []match.Document{{Type: get("type"), Number: number, Country: issuer}}}, line)
	}
}
