package form

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Set is all questionnaires. It does not change, and is safe for concurrent use.
type Set struct {
	list  []*Definition
	index map[string]*Definition
}

// Option changes how questionnaires are read.
type LoadOption func(*Definition)

// WithEmail puts check in the place of the package's own, simple check of e-mail
// addresses. It gives the address as it is to be kept, or an error.
func WithEmail(check func(text string) (string, error)) LoadOption {
	return func(d *Definition) { d.email = check }
}

// Load reads questionnaires/*.yaml in fsys; there may be none. The error lists
// all problems of all files, one a line, as
// "questionnaires/x.yaml:12: pages[1].when: what to do".
func Load(fsys fs.FS, options ...LoadOption) (*Set, error) {
	names, err := fs.Glob(fsys, "questionnaires/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the questionnaires: %w", err)
	}
	s := &Set{index: map[string]*Definition{}}
	var problems []error
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		d, err := Parse(name, text, options...)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		s.list = append(s.list, d)
		s.index[d.ServiceID] = d
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	slices.SortFunc(s.list, func(a, b *Definition) int { return strings.Compare(a.ServiceID, b.ServiceID) })
	return s, nil
}

// For gives the questionnaire of a service.
func (s *Set) For(serviceID string) (*Definition, bool) {
	d, ok := s.index[serviceID]
	return d, ok
}

// All lists the questionnaires by service id. The slice is shared: do not change
// it.
func (s *Set) All() []*Definition { return s.list }
