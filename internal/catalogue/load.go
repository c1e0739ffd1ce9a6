package catalogue

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/chancery/chancery/internal/fault"
)

// Catalogue is what was loaded; it does not change afterwards, and is safe for
// concurrent use.
type Catalogue struct {
	services []Service
	index    map[string]int
}

// maxFile bounds one declaration, in bytes.
const maxFile = 64 << 10

// Load reads services/*.yaml in fsys. The error lists all problems of all
// files, one a line, as "services/x.yaml:12: fee.currency: what to do".
func Load(fsys fs.FS) (*Catalogue, error) {
	paths, err := fs.Glob(fsys, "services/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the services: %w", err)
	}
	if len(paths) == 0 {
		return nil, errors.New("services/: there is no service; add one YAML file for each")
	}
	c := &Catalogue{index: map[string]int{}}
	var problems []error
	for _, name := range paths {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		service, err := Parse(name, text)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		c.services = append(c.services, service)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	slices.SortFunc(c.services, func(a, b Service) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), strings.Compare(a.ID, b.ID))
	})
	for i, s := range c.services {
		c.index[s.ID] = i
	}
	return c, nil
}

// Services lists all services in the order in which to show them. The slice is
// shared: do not change it.
func (c *Catalogue) Services() []Service { return c.services }

// Service gives one service; a NotFound fault when there is none.
func (c *Catalogue) Service(id string) (Service, error) {
	i, ok := c.index[id]
	if !ok {
		return Service{}, fault.NewNotFound("catalogue.not_found")
	}
	return c.services[i], nil
}

// Known says whether there is such a service.
func (c *Catalogue) Known(id string) bool {
	_, ok := c.index[id]
	return ok
}

// Parse reads one service from the text of the file called name. The error
// joins all problems, each with file and line.
func Parse(name string, text []byte) (Service, error) {
	if len(text) > maxFile {
		return Service{}, Problem{File: name, Line: 1, Text: fmt.Sprintf("the file is larger than %d KiB; shorten it", maxFile>>10)}
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return Service{}, syntax(name, err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return Service{}, Problem{File: name, Line: 1, Text: "a file holds exactly one service; write its fields, starting with id"}
	}
	if node := references(file); node != nil {
		return Service{}, Problem{File: name, Line: node.GetToken().Position.Line, Text: "anchors and aliases are not read here; write the value out"}
	}
	var s Service
	if err := yaml.NodeToValue(file.Docs[0].Body, &s, yaml.Strict()); err != nil {
		return Service{}, syntax(name, err)
	}
	c := checker{name: name, file: file}
	c.service(s)
	if id := strings.TrimSuffix(path.Base(name), ".yaml"); s.ID != id {
		c.add("id", fmt.Sprintf("is %q, but the file is called %s.yaml; make them the same", s.ID, id))
	}
	return s, errors.Join(c.problems...)
}

// Problem is one thing that is wrong with a file.
type Problem struct {
	File string
	Line int
	// Path is where in the file, such as "bring[1].text.az"; "" for all of it.
	Path string
	Text string
}

// Error says file, line, path and what to do.
func (p Problem) Error() string {
	if p.Path == "" {
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
	}
	return fmt.Sprintf("%s:%d: %s: %s", p.File, p.Line, p.Path, p.Text)
}

// syntax turns the YAML library's error, which draws the place over several
// lines, into a Problem.
func syntax(name string, err error) error {
	p := Problem{File: name, Line: 1}
	var at yaml.Error
	if errors.As(err, &at) {
		p.Text = at.GetMessage()
		if t := at.GetToken(); t != nil && t.Position != nil {
			p.Line = t.Position.Line
		}
	} else {
		p.Text, _, _ = strings.Cut(err.Error(), "\n")
	}
	if field, ok := strings.CutPrefix(p.Text, "unknown field "); ok {
		p.Text = "there is no field " + field + "; correct its name or take it out"
	}
	return p
}

// references finds an anchor or alias: they can blow a small file up to a huge
// value.
func references(file *ast.File) ast.Node {
	var found ast.Node
	for _, doc := range file.Docs {
		ast.Walk(visitor(func(n ast.Node) {
			switch n.(type) {
			case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
				if found == nil {
					found = n
				}
			}
		}), doc)
	}
	return found
}

type visitor func(ast.Node)

// Visit implements ast.Visitor.
func (v visitor) Visit(n ast.Node) ast.Visitor { v(n); return v }
