package web

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/fault"
)

// Form is what a person typed, and what of it was refused. Control names are
// the paths of the faults: "applicants[0].date_of_birth". The zero value is an
// empty form.
type Form struct {
	Values url.Values
	Errors []fault.Field
}

// NewForm makes a form that shows values.
func NewForm(values url.Values) *Form { return &Form{Values: values} }

// maxFields bounds how many values a form may have; no page has more.
const maxFields = 500

// ReadForm reads a posted form. Its errors are those of ProblemOf: 413 for a
// body over the limit, 400 (an Invalid fault) for one that is no form, 415 for
// one of another type.
func ReadForm(r *http.Request) (*Form, error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "" && r.ContentLength != 0 || kind == "text/plain" || kind == "application/json" {
		return nil, errUnsupportedMedia
	}
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, large
		}
		return nil, (&fault.Error{Kind: fault.Invalid, Key: "web.error.form"}).Because(err)
	}
	count := 0
	for name, values := range r.PostForm {
		count += len(values)
		for _, value := range append(values, name) {
			if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
				return nil, &fault.Error{Kind: fault.Invalid, Key: "web.error.form"}
			}
		}
	}
	if count > maxFields {
		return nil, &fault.Error{Kind: fault.Invalid, Key: "web.error.form"}
	}
	return &Form{Values: r.PostForm}, nil
}

// Value gives the trimmed value of a control.
func (f *Form) Value(name string) string {
	if f == nil {
		return ""
	}
	return strings.TrimSpace(f.Values.Get(name))
}

// All gives every value of a control, such as a group of check boxes.
func (f *Form) All(name string) []string {
	if f == nil {
		return nil
	}
	return f.Values[name]
}

// Has says whether a control has this value among its values.
func (f *Form) Has(name, value string) bool {
	for _, v := range f.All(name) {
		if v == value {
			return true
		}
	}
	return false
}

// Set puts a value into the form, for showing it.
func (f *Form) Set(name, value string) {
	if f.Values == nil {
		f.Values = url.Values{}
	}
	f.Values.Set(name, value)
}

// Date joins the three boxes of a date control to "2026-02-07". What is not
// three numbers comes back as typed ("2026--x"), which no date parser takes;
// three empty boxes give "".
func (f *Form) Date(name string) string {
	year, month, day := f.Value(name+".year"), f.Value(name+".month"), f.Value(name+".day")
	if year == "" && month == "" && day == "" {
		return ""
	}
	return pad(year, 4) + "-" + pad(month, 2) + "-" + pad(day, 2)
}

func pad(digits string, width int) string {
	if digits == "" {
		return ""
	}
	return strings.Repeat("0", max(0, width-len(digits))) + digits
}

// SetDate fills the three boxes of a date control from "2026-02-07".
func (f *Form) SetDate(name, date string) {
	parts := strings.SplitN(date, "-", 3)
	if len(parts) != 3 {
		return
	}
	for i, box := range []string{".year", ".month", ".day"} {
		f.Set(name+box, strings.TrimLeft(parts[i], "0"))
	}
}

// Refuse takes the fields of an Invalid fault, to be shown with the form, and
// says whether there were any. For every other error it does nothing.
func (f *Form) Refuse(err error) bool {
	refusal := fault.As(err)
	if refusal == nil || refusal.Kind != fault.Invalid || len(refusal.Fields) == 0 {
		return false
	}
	f.Errors = append(f.Errors, refusal.Fields...)
	return true
}

// Say adds a sentence to the error summary that belongs to no control, such as
// a Conflict which the person can solve on the same page.
func (f *Form) Say(key string, args fault.Args) {
	f.Errors = append(f.Errors, fault.Field{Key: key, Args: args})
}

// RefuseOrSay is Refuse, and puts the sentence of a fault of one of these kinds
// into the error summary: what a person can solve on the same page.
func (f *Form) RefuseOrSay(err error, kinds ...fault.Kind) bool {
	if f.Refuse(err) {
		return true
	}
	refusal := fault.As(err)
	if refusal == nil || !slices.Contains(kinds, refusal.Kind) {
		return false
	}
	f.Say(refusal.Key, refusal.Args)
	return true
}

// Error gives the first complaint about a control, nil when there is none.
func (f *Form) Error(name string) *fault.Field {
	if f == nil {
		return nil
	}
	for i := range f.Errors {
		if f.Errors[i].Path == name {
			return &f.Errors[i]
		}
	}
	return nil
}

// FieldID gives the id of the control for a path:
// "applicants[0].date_of_birth" is "applicants-0-date-of-birth".
func FieldID(path string) string {
	var b strings.Builder
	for _, c := range path {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			b.WriteRune(c)
		case c == ']':
		default:
			b.WriteByte('-')
		}
	}
	return b.String()
}

// Index makes the name of a control inside a list: Index("applicants", 0,
// "surname") is "applicants[0].surname".
func Index(list string, i int, name string) string { return fmt.Sprintf("%s[%d].%s", list, i, name) }

// Option is one choice of a select, of radios or of check boxes. Label and
// Hint are ready to read.
type Option struct {
	Value, Label, Hint string
}
