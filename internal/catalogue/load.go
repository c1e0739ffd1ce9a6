package catalogue

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/declaration"
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
	var s Service
	file, err := declaration.Read(name, text, maxFile, "one service; write its fields, starting with id", &s)
	if err != nil {
		return Service{}, err
	}
	c := checker{file: file}
	c.service(s)
	if id := strings.TrimSuffix(path.Base(name), ".yaml"); s.ID != id {
		c.add("id", fmt.Sprintf("is %q, but the file is called %s.yaml; make them the same", s.ID, id))
	}
	return s, errors.Join(c.problems...)
}

// Problem is one thing that is wrong with a file.
type Problem = declaration.Problem
