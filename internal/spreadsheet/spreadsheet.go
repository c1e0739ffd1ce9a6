package spreadsheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// ByteOrderMark in front makes common spreadsheet programs read UTF-8.
const ByteOrderMark = "\ufeff"

// Writer writes lines of values.
type Writer struct{ csv *csv.Writer }

// NewWriter starts a table on w. Flush ends it.
func NewWriter(w io.Writer) *Writer {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	return &Writer{csv: c}
}

// Write adds a line. A value that a spreadsheet could take for a formula gets
// an apostrophe in front, which the program shows as text.
func (w *Writer) Write(values ...string) error {
	safe := make([]string, len(values))
	for i, v := range values {
		safe[i] = Safe(v)
	}
	if err := w.csv.Write(safe); err != nil {
		return fmt.Errorf("write a line: %w", err)
	}
	return nil
}

// Flush writes what is left.
func (w *Writer) Flush() error {
	w.csv.Flush()
	if err := w.csv.Error(); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

// Safe puts an apostrophe before a value that begins like a formula, as the
// OWASP guidance on CSV injection has it, also behind leading blanks, and
// before one that begins with an apostrophe already, so that the value can be
// read back: see Plain.
func Safe(value string) string {
	start := strings.TrimLeft(value, " \u00a0")
	if start != "" && strings.ContainsRune("=+-@\t\r\n'＝＋－＠", []rune(start)[0]) {
		return "'" + value
	}
	return value
}

// Plain takes Safe back.
func Plain(value string) string {
	if rest, quoted := strings.CutPrefix(value, "'"); quoted && Safe(rest) != rest {
		return rest
	}
	return value
}
