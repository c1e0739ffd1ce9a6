package form

import (
	"math"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
)

// maxNumber is the greatest number that an answer may be: whole numbers up to
// here are exact in JSON, also with the decimals that a question may have.
const maxNumber = 1e9

// reader reads answers of one round and collects what is wrong with them.
type reader struct {
	d      *Definition
	today  string
	fields *fault.Fields
}

func (r *reader) refuse(path, key string, q *Question, args ...any) any {
	all := fault.Args{"Label": label(q)}
	for i := 0; i+1 < len(args); i += 2 {
		all[args[i].(string)] = args[i+1]
	}
	r.fields.AddWith(path, "form."+key, all)
	return nil
}

// accept gives the normal form of an answer; nil when it is absent or was
// refused.
func (r *reader) accept(q *Question, value any, path string) any {
	if empty(value) {
		if !q.Optional {
			r.refuse(path, "missing."+missing(q.Type), q)
		}
		return nil
	}
	switch q.Type {
	case TypeNumber:
		return r.number(q, value, path)
	case TypeYesNo, TypeDeclaration:
		b, ok := value.(bool)
		if !ok {
			return r.refuse(path, "yes_no", q)
		}
		if q.Type == TypeDeclaration && !b {
			return r.refuse(path, "missing.declaration", q)
		}
		return b
	case TypeChoices:
		return r.choices(q, value, path)
	case TypeName:
		return r.name(q, value, path)
	case TypeAddress:
		return r.address(q, value, path)
	case TypeDocument:
		return r.document(q, value, path)
	case TypeFile:
		return r.files(q, value, path)
	}
	text, ok := value.(string)
	if !ok {
		return r.refuse(path, "text", q)
	}
	return r.word(q, text, path)
}

// word accepts the types that are one string.
func (r *reader) word(q *Question, text, path string) any {
	if q.Type == TypeText {
		return r.line(q, text, path, q.Lines > 1, q.MinLength, q.MaxLength)
	}
	text = strings.TrimSpace(text)
	if len(text) > maxTextLength || !utf8.ValidString(text) {
		return r.refuse(path, "long", q, "Max", textLength)
	}
	switch q.Type {
	case TypeChoice:
		if !slices.ContainsFunc(q.Options, func(o Option) bool { return o.Value == text }) {
			return r.refuse(path, "choice", q)
		}
	case TypeDate:
		return r.date(q, text, path)
	case TypeCountry:
		code, ok := countryCode(text)
		if !ok {
			return r.refuse(path, "country", q)
		}
		return code
	case TypePhone:
		return r.phone(q, text, path)
	case TypeEmail:
		address, err := r.d.email(text)
		if err != nil {
			return r.refuse(path, "email", q)
		}
		return address
	case TypePhoto:
		if !fileID.MatchString(text) {
			return r.refuse(path, "file", q)
		}
	}
	return text
}

// empty says whether a value is no answer.
func empty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []any:
		return len(v) == 0
	case []string:
		return len(v) == 0
	case Answers:
		return emptyParts(v)
	case map[string]any:
		return emptyParts(v)
	}
	return false
}

func emptyParts(m map[string]any) bool {
	for _, v := range m {
		if !empty(v) {
			return false
		}
	}
	return true
}

// missing names the message for an answer that is not there.
func missing(t Type) string {
	switch t {
	case TypeChoice, TypeYesNo, TypeCountry:
		return "choose"
	case TypeChoices:
		return "choices"
	case TypeFile:
		return "file"
	case TypePhoto:
		return "photo"
	case TypeDeclaration:
		return "declaration"
	}
	return "enter"
}

// plain makes a text normal: NFC, no spaces around it, in one line unless it may
// have several; ok is false when it holds what is no text.
func plain(text string, several bool) (string, bool) {
	if !utf8.ValidString(text) {
		return "", false
	}
	text = norm.NFC.String(text)
	if several {
		lines := strings.Split(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n")
		for i, line := range lines {
			lines[i] = strings.Join(strings.Fields(line), " ")
		}
		text = strings.Trim(strings.Join(lines, "\n"), "\n")
	} else {
		text = strings.Join(strings.Fields(text), " ")
	}
	for _, c := range text {
		// Directional marks are needed in Arabic and Hebrew text; the overrides
		// are how a text is made to read as another.
		if unicode.IsControl(c) && c != '\n' || c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069 || c == utf8.RuneError {
			return "", false
		}
	}
	return text, true
}

// line accepts a text of bounded length.
func (r *reader) line(q *Question, text, path string, several bool, least, most int) any {
	text, ok := plain(text, several)
	length := utf8.RuneCountInString(text)
	switch {
	case !ok:
		return r.refuse(path, "characters", q)
	case length > most:
		return r.refuse(path, "long", q, "Max", most)
	case length < least:
		return r.refuse(path, "short", q, "Min", least)
	}
	return text
}

func (r *reader) number(q *Question, value any, path string) any {
	n, ok := number(value)
	switch {
	case !ok || math.Abs(n) > maxNumber:
		return r.refuse(path, "number", q)
	case !decimals(n, q.Decimals) && q.Decimals == 0:
		return r.refuse(path, "whole", q)
	case !decimals(n, q.Decimals):
		return r.refuse(path, "decimals", q, "Max", q.Decimals)
	case q.Min != nil && n < *q.Min:
		return r.refuse(path, "least", q, "Min", written(*q.Min))
	case q.Max != nil && n > *q.Max:
		return r.refuse(path, "most", q, "Max", written(*q.Max))
	}
	return n + 0 // no negative zero
}

// decimals says whether n has at most that many digits after the point.
func decimals(n float64, digits int) bool {
	text := strconv.FormatFloat(n, 'f', -1, 64)
	_, after, _ := strings.Cut(text, ".")
	return len(after) <= digits
}

func written(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// choices puts the options that were chosen in the order of the questionnaire.
func (r *reader) choices(q *Question, value any, path string) any {
	given, ok := texts(value)
	if !ok {
		return r.refuse(path, "list", q)
	}
	for _, one := range given {
		if !slices.ContainsFunc(q.Options, func(o Option) bool { return o.Value == one }) {
			return r.refuse(path, "choice", q)
		}
	}
	chosen := []any{}
	for _, o := range q.Options {
		if slices.Contains(given, o.Value) {
			chosen = append(chosen, o.Value)
		}
	}
	return chosen
}

func (r *reader) date(q *Question, text, path string) any {
	d, err := ParseDate(text)
	if err != nil {
		return r.refuse(path, "date", q)
	}
	switch {
	case d.Day == 0 && (q.Precision == "" || q.Precision == "day"):
		return r.refuse(path, "date_day", q)
	case d.Month == 0 && q.Precision == "month":
		return r.refuse(path, "date_month", q)
	}
	if today, err := ParseDate(r.today); err == nil {
		switch {
		case q.Range == "past" && d.First().After(today.First()):
			return r.refuse(path, "past", q)
		case q.Range == "future" && d.Last().Before(today.First()):
			return r.refuse(path, "future", q)
		}
	}
	return d.String()
}

// countryCode reads a code, or a name that only one country has.
func countryCode(text string) (string, bool) {
	code := country.Canonical(strings.ToUpper(text))
	if country.Known(code) {
		return code, true
	}
	if found := country.Find(text); len(found) == 1 {
		return found[0], true
	}
	return "", false
}

func (r *reader) phone(q *Question, text, path string) any {
	if len(text) > 40 {
		return r.refuse(path, "phone", q)
	}
	region := q.Region
	if region == "" {
		if strings.HasPrefix(text, "00") {
			text = "+" + text[2:]
		}
		if !strings.HasPrefix(text, "+") {
			return r.refuse(path, "phone_code", q)
		}
	}
	n, err := phonenumbers.Parse(text, region)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return r.refuse(path, "phone", q)
	}
	return phonenumbers.Format(n, phonenumbers.E164)
}

// plainEmail is the check of e-mail addresses where Load was given no other.
func plainEmail(text string) (string, error) {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Name != "" || a.Address != text || len(text) > 254 || !strings.Contains(text[strings.LastIndex(text, "@"):], ".") {
		return "", fault.NewInvalid(fault.Field{Path: "email", Key: "form.email"})
	}
	at := strings.LastIndex(text, "@")
	return text[:at] + strings.ToLower(text[at:]), nil
}

// fileID is what the keeper of files may call one.
var fileID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (r *reader) files(q *Question, value any, path string) any {
	ids, ok := texts(value)
	if !ok {
		return r.refuse(path, "list", q)
	}
	out := []any{}
	for _, id := range ids {
		if !fileID.MatchString(id) {
			return r.refuse(path, "file", q)
		}
		if !slices.Contains(out, any(id)) {
			out = append(out, id)
		}
	}
	if len(out) > q.Files {
		return r.refuse(path, "files", q, "Count", q.Files)
	}
	return out
}
