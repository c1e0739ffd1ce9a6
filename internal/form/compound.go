package form

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/chancery/chancery/internal/travel/mrz"
	"github.com/chancery/chancery/internal/travel/translit"
)

// DocumentKinds are the kinds of travel document, as the visa rules name them
// (travel/policy), and another.
var DocumentKinds = []string{"national", "diplomatic", "service", "identity-card", "refugee", "stateless", "alien", "laissez-passer", "emergency", "another"}

// parts lists the parts of an answer in the order in which to ask for them.
func parts(t Type) []string {
	switch t {
	case TypeDate:
		return []string{"day", "month", "year"}
	case TypeName:
		return []string{"surname", "given_names", "surname_latin", "given_names_latin"}
	case TypeAddress:
		return []string{"street", "city", "region", "postcode", "country"}
	case TypeDocument:
		return []string{"kind", "number", "issuer", "nationality", "issued", "expires", "mrz"}
	}
	return nil
}

// optionalPart says whether an answer is whole without the part.
func optionalPart(part string) bool {
	return slices.Contains([]string{"given_names", "surname_latin", "given_names_latin", "region", "postcode", "issued", "mrz", "zone"}, part)
}

// taking gives a compound answer and complains about parts that it cannot have.
func (r *reader) taking(q *Question, value any, path string) (map[string]any, bool) {
	m, ok := object(value)
	if !ok {
		r.refuse(path, "object", q)
		return nil, false
	}
	allowed := parts(q.Type)
	for name := range m {
		if !slices.Contains(allowed, name) && !(q.Type == TypeDocument && name == "zone") {
			r.refuse(path+"."+name, "unknown", q)
			ok = false
		}
	}
	return m, ok
}

// part accepts one part that is a line of text; "" when it is absent or refused.
func (r *reader) part(q *Question, m map[string]any, path, name string, most int) string {
	value, given := m[name]
	if !given || empty(value) {
		if !optionalPart(name) {
			r.refuse(path+"."+name, "missing.part."+name, q)
		}
		return ""
	}
	text, ok := value.(string)
	if !ok {
		r.refuse(path+"."+name, "text", q)
		return ""
	}
	line, _ := r.line(q, text, path+"."+name, false, 0, most).(string)
	return line
}

// put keeps the parts that are there; nil when something was refused.
func (r *reader) put(before int, named ...string) any {
	if len(*r.fields) > before {
		return nil
	}
	m := map[string]any{}
	for i := 0; i+1 < len(named); i += 2 {
		if named[i+1] != "" {
			m[named[i]] = named[i+1]
		}
	}
	return m
}

// maxName bounds each half of a name, in characters.
const maxName = 120

// name keeps a name as it is written, and in letters of a travel document:
// those that the person gave, or those of the tables of Doc 9303.
func (r *reader) name(q *Question, value any, path string) any {
	before := len(*r.fields)
	m, ok := r.taking(q, value, path)
	if !ok {
		return nil
	}
	named := []string{}
	for _, half := range []string{"surname", "given_names"} {
		text := r.part(q, m, path, half, maxName)
		if text != "" && !strings.ContainsFunc(text, unicode.IsLetter) || strings.ContainsFunc(text, func(c rune) bool { return unicode.IsDigit(c) || strings.ContainsRune("<>@#$%&*{}[]|\\=", c) }) {
			r.refuse(path+"."+half, "name", q)
			text = ""
		}
		latin := r.part(q, m, path, half+"_latin", maxName)
		if latin == "" {
			latin = text
		}
		zone, unknown := translit.Zone(latin, "")
		if len(unknown) > 0 || zone == "" && text != "" {
			r.refuse(path+"."+half+"_latin", "latin", q)
		}
		named = append(named, half, text, half+"_latin", zone)
	}
	return r.put(before, named...)
}

func (r *reader) address(q *Question, value any, path string) any {
	before := len(*r.fields)
	m, ok := r.taking(q, value, path)
	if !ok {
		return nil
	}
	named := []string{}
	for _, name := range []string{"street", "city", "region", "postcode"} {
		most := textLength
		if name == "postcode" {
			most = 16
		}
		named = append(named, name, r.part(q, m, path, name, most))
	}
	named = append(named, "country", r.code(q, m, path, "country"))
	return r.put(before, named...)
}

// code accepts a part that is a country.
func (r *reader) code(q *Question, m map[string]any, path, name string) string {
	text := r.part(q, m, path, name, maxName)
	if text == "" {
		return ""
	}
	code, ok := countryCode(text)
	if !ok {
		r.refuse(path+"."+name, "country", q)
	}
	return code
}

// documentNumber is what stands on a travel document once spaces are left out.
var documentNumber = regexp.MustCompile(`^[A-Z0-9][A-Z0-9/-]{0,19}$`)

// document accepts a travel document. What the person left out is taken from the
// machine-readable zone, when there is one, and what was typed must agree with
// it.
func (r *reader) document(q *Question, value any, path string) any {
	before := len(*r.fields)
	m, ok := r.taking(q, value, path)
	if !ok {
		return nil
	}
	lines, zone := r.zone(q, m["mrz"], path)
	if len(*r.fields) > before {
		return nil
	}
	if zone != nil {
		filled := map[string]any{}
		for name, text := range map[string]string{
			"kind": zoneKind(zone), "number": zone.Number, "issuer": zone.Issuer, "nationality": zone.Nationality, "expires": zone.Expiry.String(),
		} {
			filled[name] = text
		}
		for name, typed := range m {
			if !empty(typed) {
				filled[name] = typed
			}
		}
		m = filled
	}
	kind := r.part(q, m, path, "kind", 40)
	if kind != "" && !slices.Contains(DocumentKinds, kind) {
		r.refuse(path+".kind", "choice", q)
	}
	digits := strings.ToUpper(strings.ReplaceAll(r.part(q, m, path, "number", 40), " ", ""))
	if digits != "" && !documentNumber.MatchString(digits) {
		r.refuse(path+".number", "document_number", q)
	}
	issuer, nationality := r.code(q, m, path, "issuer"), r.code(q, m, path, "nationality")
	issued, expires := r.day(q, m, path, "issued"), r.day(q, m, path, "expires")
	if issued != "" && issued > r.today && r.today != "" {
		r.refuse(path+".issued", "past", q)
	}
	if issued != "" && expires != "" && issued >= expires {
		r.refuse(path+".expires", "document_dates", q)
	}
	r.agree(q, zone, path, digits, issuer, nationality, expires)
	out, _ := r.put(before, "kind", kind, "number", digits, "issuer", issuer, "nationality", nationality, "issued", issued, "expires", expires).(map[string]any)
	if out == nil {
		return nil
	}
	if zone != nil {
		out["mrz"] = lines
		sub := map[string]any{}
		for name, text := range map[string]string{"surname": zone.Surname, "given_names": zone.GivenNames, "birth": zone.Birth.String(), "sex": zone.Sex} {
			if text != "" {
				sub[name] = text
			}
		}
		out["zone"] = sub
	}
	return out
}

// agree complains about what was typed otherwise than the zone has it.
func (r *reader) agree(q *Question, zone *mrz.Zone, path, number, issuer, nationality, expires string) {
	if zone == nil {
		return
	}
	same := func(a, b string) bool {
		a, okA := countryCode(a)
		b, okB := countryCode(b)
		return !okA || !okB || a == b
	}
	letters := strings.NewReplacer("-", "", "/", "")
	for part, agrees := range map[string]bool{
		"number":      number == "" || letters.Replace(number) == letters.Replace(zone.Number),
		"issuer":      same(issuer, zone.Issuer),
		"nationality": same(nationality, zone.Nationality),
		"expires":     expires == "" || expires == zone.Expiry.String() || !zone.Expiry.Known(),
	} {
		if !agrees {
			r.refuse(path+"."+part, "zone_differs", q)
		}
	}
}

// day accepts a part that is a whole date.
func (r *reader) day(q *Question, m map[string]any, path, name string) string {
	text := r.part(q, m, path, name, 40)
	if text == "" {
		return ""
	}
	d, err := ParseDate(text)
	if err != nil || d.Day == 0 {
		r.refuse(path+"."+name, "date", q)
		return ""
	}
	return d.String()
}

// zone reads the lines of a machine-readable zone; nil when there are none.
func (r *reader) zone(q *Question, value any, path string) ([]any, *mrz.Zone) {
	path += ".mrz"
	if empty(value) {
		return nil, nil
	}
	typed, ok := texts(value)
	if text, one := value.(string); one {
		typed, ok = strings.Split(text, "\n"), true
	}
	if !ok || len(typed) > 8 || len(strings.Join(typed, "")) > 400 {
		r.refuse(path, "zone", q)
		return nil, nil
	}
	// The day matters for the century of birth dates only.
	now := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	if today, err := ParseDate(r.today); err == nil {
		now = today.First()
	}
	zone, err := mrz.Parse(slices.DeleteFunc(slices.Clone(typed), func(s string) bool { return strings.TrimSpace(s) == "" }), now)
	if err != nil || zone.Visa() {
		r.refuse(path, "zone", q)
		return nil, nil
	}
	if !zone.Right() {
		var wrong []string
		for _, check := range zone.Checks {
			if !check.Right {
				wrong = append(wrong, fmt.Sprintf("%d:%d", check.Line, check.Column))
			}
		}
		r.refuse(path, "zone_digits", q, "Where", strings.Join(wrong, ", "))
		return nil, nil
	}
	lines := make([]any, len(zone.Lines))
	for i, line := range zone.Lines {
		lines[i] = line
	}
	return lines, zone
}

// zoneKind names the kind of document by its zone.
func zoneKind(z *mrz.Zone) string {
	kind := z.Kind()
	switch kind {
	case "ordinary", "passport": // "passport": its second letter is the issuer's own
		kind = "national"
	case "card":
		kind = "identity-card"
	}
	if !slices.Contains(DocumentKinds, kind) {
		return "another"
	}
	return kind
}
