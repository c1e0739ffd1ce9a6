package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/chancery/chancery/internal/web"
)

var problemType = reflect.TypeFor[web.Problem]()

// document is the OpenAPI document as the page shows it, and as files.
type document struct {
	Groups  []group
	Schemas []schema
	json    []byte
	yaml    []byte
	err     error
}

type group struct {
	Name, ID   string
	Operations []operation
}

type operation struct {
	ID, Method, Path, Summary, Description string
	Parameters                             []property
	Body                                   typeName
	Responses                              []response
}

type response struct {
	Status, Description string
	Type                typeName
}

type schema struct {
	Name, Description string
	Properties        []property
}

type property struct {
	Name, In, Description, Limits, Example string
	Type                                   typeName
	Required                               bool
}

// typeName is a type in words; Link names the schema that it stands for.
type typeName struct{ Text, Link string }

func (a *API) documentRoutes() {
	serve := func(kind string, text func(*document) []byte) web.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) error {
			d := a.page()
			if d.err != nil {
				return d.err
			}
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Access-Control-Allow-Origin", "*")
			_, err := w.Write(text(d))
			return err
		}
	}
	a.server.Handle("GET "+Prefix+"/openapi.json", web.Public, serve("application/vnd.oai.openapi+json;version=3.1", func(d *document) []byte { return d.json }))
	a.server.Handle("GET "+Prefix+"/openapi.yaml", web.Public, serve("application/vnd.oai.openapi;version=3.1", func(d *document) []byte { return d.yaml }))
	a.server.Handle("GET "+Prefix+"/{$}", web.Public, func(w http.ResponseWriter, r *http.Request) error {
		return a.server.Render(w, r, http.StatusOK, "api/reference.html", a.page())
	})
	a.server.Handle("GET "+Prefix, web.Public, func(w http.ResponseWriter, r *http.Request) error {
		http.Redirect(w, r, Prefix+"/", http.StatusMovedPermanently)
		return nil
	})
}

func describe(api *huma.OpenAPI) *document {
	d := &document{}
	d.json, d.err = json.MarshalIndent(api, "", "  ")
	if d.err == nil {
		d.yaml, d.err = api.YAML()
	}
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		item := api.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil && !op.Hidden {
				d.add(op)
			}
		}
	}
	all := api.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d.Schemas = append(d.Schemas, schema{Name: name, Description: all[name].Description, Properties: properties(all[name])})
	}
	return d
}

func (d *document) add(op *huma.Operation) {
	name := "Chancery"
	if len(op.Tags) > 0 {
		name = op.Tags[0]
	}
	at := slices.IndexFunc(d.Groups, func(g group) bool { return g.Name == name })
	if at < 0 {
		at = len(d.Groups)
		d.Groups = append(d.Groups, group{Name: name, ID: "group-" + web.FieldID(strings.ToLower(name))})
	}
	o := operation{ID: op.OperationID, Method: op.Method, Path: Prefix + op.Path, Summary: op.Summary, Description: op.Description}
	for _, p := range op.Parameters {
		o.Parameters = append(o.Parameters, property{
			Name: p.Name, In: p.In, Required: p.Required, Description: cmp.Or(p.Description, p.Schema.Description),
			Type: nameOf(p.Schema), Limits: limits(p.Schema), Example: example(p.Example, p.Schema),
		})
	}
	if op.RequestBody != nil {
		for _, media := range op.RequestBody.Content {
			o.Body = nameOf(media.Schema)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := response{Status: status, Description: op.Responses[status].Description}
		for _, media := range op.Responses[status].Content {
			r.Type = nameOf(media.Schema)
		}
		o.Responses = append(o.Responses, r)
	}
	d.Groups[at].Operations = append(d.Groups[at].Operations, o)
}

func properties(s *huma.Schema) []property {
	var list []property
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		list = append(list, property{
			Name: name, Required: slices.Contains(s.Required, name), Description: p.Description,
			Type: nameOf(p), Limits: limits(p), Example: example(nil, p),
		})
	}
	return list
}

func nameOf(s *huma.Schema) typeName {
	switch {
	case s == nil:
		return typeName{}
	case s.Ref != "":
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		return typeName{Text: name, Link: name}
	case s.Type == "array" && s.Items != nil:
		item := nameOf(s.Items)
		return typeName{Text: item.Text + "[]", Link: item.Link}
	case s.Format != "":
		return typeName{Text: s.Type + " (" + s.Format + ")"}
	default:
		return typeName{Text: s.Type}
	}
}

func limits(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if len(s.Enum) > 0 {
		add("%s", strings.Trim(fmt.Sprint(s.Enum), "[]"))
	}
	for _, bound := range []struct {
		sign  string
		value *int
	}{{"≥", s.MinLength}, {"≤", s.MaxLength}, {"≥", s.MinItems}, {"≤", s.MaxItems}} {
		if bound.value != nil {
			add("%s %d", bound.sign, *bound.value)
		}
	}
	if s.Minimum != nil {
		add("≥ %s", strconv.FormatFloat(*s.Minimum, 'f', -1, 64))
	}
	if s.Maximum != nil {
		add("≤ %s", strconv.FormatFloat(*s.Maximum, 'f', -1, 64))
	}
	return strings.Join(parts, ", ")
}

func example(given any, s *huma.Schema) string {
	if given == nil && s != nil && len(s.Examples) > 0 {
		given = s.Examples[0]
	}
	if given == nil {
		return ""
	}
	text, err := json.Marshal(given)
	if err != nil {
		return ""
	}
	return strings.Trim(string(text), `"`)
}
