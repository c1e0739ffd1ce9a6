package lists

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/screening/match"
)

// Bounds of a file. The Security Council's list has some thousand entries in
// two megabytes.
const (
	MaxBytes    = 256 << 20 // of a table
	MaxXML      = 32 << 20
	MaxEntries  = 2_000_000
	MaxProblems = 100 // more are counted, not kept
	maxText     = 16 << 10
	maxMany     = 200 // names, dates, documents of one entry
)

// Problem is what is wrong in a line, counted from 1; 0 is the file as a whole.
type Problem struct {
	Line int
	Key  string // translation key
	Args fault.Args
}

// Result is what a file holds. It may be used only when it has no Problems.
type Result struct {
	Entries  []match.Entry
	Problems []Problem
	// More is how many problems there are besides those kept.
	More int
	// Unread are nationalities and issuers that name no country we know, with
	// how often; entries are complete without them.
	Unread map[string]int
	// Made is what the file says of its own date, "" when it does not.
	Made string

	ids map[string]int // line by id
}

func newResult() *Result { return &Result{Unread: map[string]int{}, ids: map[string]int{}} }

func (r *Result) wrong(line int, key string, args fault.Args) {
	if len(r.Problems) >= MaxProblems {
		r.More++
		return
	}
	r.Problems = append(r.Problems, Problem{line, "screening.import." + key, args})
}

// add takes an entry that was read in a line.
func (r *Result) add(e match.Entry, line int) {
	switch first, again := r.ids[e.ID]; {
	case e.ID == "":
		r.wrong(line, "no_id", nil)
	case again:
		r.wrong(line, "twice", fault.Args{"ID": e.ID, "Line": first})
	case len(e.Names) == 0 && len(e.Documents) == 0:
		r.wrong(line, "no_name", fault.Args{"ID": e.ID})
	default:
		r.ids[e.ID] = line
		r.Entries = append(r.Entries, e)
	}
}

// country reads a code or a name; "" when it is neither.
func (r *Result) country(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	if code := strings.ToUpper(text); country.Known(code) {
		return country.Canonical(code)
	}
	plain, _, _ := strings.Cut(text, "(")
	for _, name := range []string{text, plain} {
		if codes := country.Find(name); len(codes) == 1 {
			return codes[0]
		}
	}
	if len(r.Unread) < 1000 {
		r.Unread[text]++
	}
	return ""
}

// errTooLarge ends the reading of a file over MaxBytes.
var errTooLarge = errors.New("the file is too large")

// bounded gives errTooLarge instead of the byte after the last one allowed, and
// remembers why reading failed.
type bounded struct {
	from   io.Reader
	left   int64
	failed error
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		if n, err := b.from.Read(make([]byte, 1)); n == 0 {
			return 0, err
		}
		return 0, errTooLarge
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		b.failed = err
	}
	return n, err
}

// clean trims a text and refuses what no text has.
func clean(text string) (string, error) {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxText || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", fmt.Errorf("no proper text")
	}
	return text, nil
}
