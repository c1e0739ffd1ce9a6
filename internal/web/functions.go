package web

import (
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/locale"
)

// functions are what templates may call, bound to one language.
func (s *Server) functions(p *locale.Printer) template.FuncMap {
	return template.FuncMap{
		"t": p.T, "date": p.Date, "shortDate": p.ShortDate, "longDate": p.LongDate,
		"weekday": p.Weekday, "weekdayShort": p.WeekdayShort, "month": p.Month,
		"time": p.Time, "dateTime": p.DateTime,
		"number": p.Number, "decimal": p.Decimal, "money": p.Money, "lang": p.Lang, "dir": p.Dir,
		"in":    func(text locale.Text) string { return text.In(p.Lang()) },
		"asset": s.Asset, "dict": dict, "list": func(items ...any) []any { return items },
		"fieldID": FieldID, "inc": func(n int) int { return n + 1 }, "initials": initials,
	}
}

// dict makes the argument of a partial from names and values by turns.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict needs names and values by turns")
	}
	d := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", pairs[i])
		}
		d[name] = pairs[i+1]
	}
	return d, nil
}

// initials gives the first letters of the first two words of a name.
func initials(name string) string {
	var b strings.Builder
	for i, word := range strings.Fields(name) {
		if i == 2 {
			break
		}
		letter, _ := utf8.DecodeRuneInString(word)
		b.WriteRune(letter)
	}
	return strings.ToUpper(b.String())
}

// insertByOrder keeps a list that rooms add to sorted.
func insertByOrder[T any](list, items []T, order func(T) int) []T {
	list = append(slices.Clone(list), items...)
	slices.SortStableFunc(list, func(a, b T) int { return order(a) - order(b) })
	return list
}
