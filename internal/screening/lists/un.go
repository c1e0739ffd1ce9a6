package lists

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/screening/match"
)

// Bounds of the XML, generous for the real list.
const (
	maxDepth = 10
	maxNodes = 4000 // elements of one entry
)

// node is an element with its text and elements.
type node struct {
	name, text string
	nodes      []*node
}

func (n *node) get(name string) string {
	for _, c := range n.nodes {
		if c.name == name {
			return c.text
		}
	}
	return ""
}

func (n *node) each(name string, do func(*node)) {
	for _, c := range n.nodes {
		if c.name == name {
			do(c)
		}
	}
}

// errDocType: a list needs no document type, and everything that is dangerous
// in XML needs one.
var errDocType = errors.New("document type")

// UN reads the consolidated list of the United Nations Security Council in its
// XML format, entry by entry. What is wrong with the file is in the Result; the
// error is one of reading.
func UN(r io.Reader) (*Result, error) {
	out := newResult()
	from := &bounded{from: r, left: MaxXML}
	in := xml.NewDecoder(from)
	in.Strict = true
	in.Entity = map[string]string{}
	err := out.readUN(in)
	line, _ := in.InputPos()
	var syntax *xml.SyntaxError
	switch {
	case err == nil:
	case errors.Is(err, errTooLarge):
		out.wrong(0, "too_large", fault.Args{"MiB": MaxXML >> 20})
	case errors.Is(err, errDocType):
		out.wrong(line, "doctype", nil)
	case errors.Is(err, errNode):
		out.wrong(line, "too_deep", nil)
	case errors.Is(err, errEntries):
		out.wrong(line, "too_many", fault.Args{"Max": MaxEntries})
	case errors.As(err, &syntax):
		out.wrong(syntax.Line, "not_xml", nil)
	case strings.Contains(err.Error(), "encoding"):
		out.wrong(line, "encoding", nil)
	case from.failed != nil:
		return nil, fmt.Errorf("read the list: %w", from.failed)
	default:
		out.wrong(line, "not_xml", nil)
	}
	return out, nil
}

var (
	errNode    = errors.New("too deep or too many elements")
	errEntries = errors.New("too many entries")
)

func (r *Result) readUN(in *xml.Decoder) error {
	var path []string
	for {
		line, _ := in.InputPos()
		t, err := in.Token()
		if errors.Is(err, io.EOF) {
			if len(path) == 0 && line <= 1 && len(r.Entries) == 0 && r.Made == "" {
				r.wrong(0, "not_un", nil)
			}
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.Directive:
			return errDocType
		case xml.StartElement:
			path = append(path, t.Name.Local)
			switch at := strings.Join(path, "/"); {
			case len(path) == 1 && at != "CONSOLIDATED_LIST":
				r.wrong(line, "not_un", nil)
				return nil
			case len(path) == 1:
				r.Made = "unknown"
				for _, a := range t.Attr {
					if a.Name.Local == "dateGenerated" && len(a.Value) <= 40 {
						r.Made = a.Value
					}
				}
			case at == "CONSOLIDATED_LIST/INDIVIDUALS/INDIVIDUAL", at == "CONSOLIDATED_LIST/ENTITIES/ENTITY":
				if len(r.Entries) >= MaxEntries {
					return errEntries
				}
				budget := maxNodes
				n, err := subtree(in, t.Name.Local, 1, &budget)
				if err != nil {
					return err
				}
				r.entryUN(n, line)
				path = path[:len(path)-1]
			case len(path) > 3:
				return errNode
			}
		case xml.EndElement:
			path = path[:len(path)-1]
		}
	}
}

// subtree reads what is inside of an element that was begun.
func subtree(in *xml.Decoder, name string, depth int, budget *int) (*node, error) {
	if *budget--; depth > maxDepth || *budget < 0 {
		return nil, errNode
	}
	n := &node{name: name}
	var text strings.Builder
	for {
		t, err := in.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil, &xml.SyntaxError{Msg: "unexpected end"}
			}
			return nil, err
		}
		switch t := t.(type) {
		case xml.Directive:
			return nil, errDocType
		case xml.CharData:
			if text.Len()+len(t) > maxText {
				return nil, errNode
			}
			text.Write(t)
		case xml.StartElement:
			c, err := subtree(in, t.Name.Local, depth+1, budget)
			if err != nil {
				return nil, err
			}
			n.nodes = append(n.nodes, c)
		case xml.EndElement:
			n.text = strings.Join(strings.Fields(text.String()), " ")
			return n, nil
		}
	}
}

// entryUN makes an entry of an INDIVIDUAL or ENTITY.
func (r *Result) entryUN(n *node, line int) {
	e := match.Entry{ID: n.get("DATAID"), Kind: match.Individual, Reference: n.get("REFERENCE_NUMBER"), Regime: n.get("UN_LIST_TYPE"), Listed: day(n.get("LISTED_ON")), Note: n.get("COMMENTS1")}
	prefix := "INDIVIDUAL_"
	if n.name == "ENTITY" {
		e.Kind, prefix = match.Entity, "ENTITY_"
	}
	var parts []string
	for _, part := range []string{"FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"} {
		if text := n.get(part); text != "" {
			parts = append(parts, text)
		}
	}
	addName(&e, strings.Join(parts, " "), match.Primary)
	addName(&e, n.get("NAME_ORIGINAL_SCRIPT"), match.Primary)
	n.each(prefix+"ALIAS", func(a *node) {
		quality := match.Good
		if strings.EqualFold(a.get("QUALITY"), "low") {
			quality = match.Low
		}
		// One alias element may hold several, divided by semicolons.
		for _, one := range strings.Split(a.get("ALIAS_NAME"), ";") {
			addName(&e, one, quality)
		}
	})
	n.each(prefix+"DATE_OF_BIRTH", func(d *node) { r.birthUN(&e, d, line) })
	n.each("NATIONALITY", func(c *node) {
		c.each("VALUE", func(v *node) {
			if code := r.country(v.text); code != "" && !slices.Contains(e.Nationalities, code) {
				e.Nationalities = append(e.Nationalities, code)
			}
		})
	})
	n.each(prefix+"DOCUMENT", func(d *node) {
		if number := d.get("NUMBER"); match.FoldNumber(number) != "" {
			issuer := d.get("ISSUING_COUNTRY")
			if issuer == "" {
				issuer = d.get("COUNTRY_OF_ISSUE")
			}
			e.Documents = append(e.Documents, match.Document{Type: d.get("TYPE_OF_DOCUMENT"), Number: number, Country: r.country(issuer)})
		}
	})
	if max(len(e.Names), len(e.Births), len(e.Documents)) > maxMany {
		r.wrong(line, "too_many_parts", fault.Args{"ID": e.ID})
		return
	}
	if len(e.Names) == 0 {
		r.wrong(line, "no_name", fault.Args{"ID": e.ID})
		return
	}
	r.add(e, line)
}

func addName(e *match.Entry, text string, quality match.Quality) {
	text = strings.TrimSpace(text)
	if text != "" && !strings.EqualFold(text, "na") && !slices.ContainsFunc(e.Names, func(n match.Name) bool { return n.Text == text }) {
		e.Names = append(e.Names, match.Name{Text: text, Quality: quality})
	}
}

// day keeps the day of a date or of a date with a time.
func day(text string) string {
	if b, ok := match.ParseBirth(text[:min(len(text), 10)]); ok && b.Exact() {
		return b.From
	}
	return ""
}

// birthUN reads a date of birth: TYPE_OF_DATE is EXACT, APPROXIMATELY or
// BETWEEN; a DATE, a YEAR, or FROM_YEAR and TO_YEAR say when. An element without
// any is what the list writes for unknown.
func (r *Result) birthUN(e *match.Entry, d *node, line int) {
	text := d.get("DATE")
	if len(text) > 10 {
		text = text[:10] // with a time or a zone
	}
	if text == "" {
		text = d.get("YEAR")
	}
	from, to := d.get("FROM_YEAR"), d.get("TO_YEAR")
	switch {
	case from != "" && to != "" && (strings.EqualFold(d.get("TYPE_OF_DATE"), "BETWEEN") || text == ""):
		text = from + "/" + to
	case text == "" && from+to != "":
		text = from + to
	}
	if text == "" {
		return
	}
	b, ok := match.ParseBirth(text)
	if !ok {
		r.wrong(line, "date", fault.Args{"ID": e.ID, "Text": text[:min(len(text), 30)]})
		return
	}
	b.About = strings.HasPrefix(strings.ToUpper(d.get("TYPE_OF_DATE")), "APPROX")
	if !slices.Contains(e.Births, b) {
		e.Births = append(e.Births, b)
	}
}
