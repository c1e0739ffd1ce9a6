package form

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/chancery/chancery/internal/declaration"
)

// maxFile bounds one questionnaire, in bytes.
const maxFile = 256 << 10

// Parse reads one questionnaire from the text of the file called name, such as
// "questionnaires/visa-application.yaml". The error joins all problems, each
// with file and line.
func Parse(name string, text []byte, options ...LoadOption) (*Definition, error) {
	d := &Definition{}
	file, err := declaration.Read(name, text, maxFile, "one questionnaire; write its fields, starting with title", d)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	d.ServiceID = strings.TrimSuffix(path.Base(name), ".yaml")
	d.Version = hex.EncodeToString(sum[:8])
	d.source = append([]byte(nil), text...)
	d.email = plainEmail
	for _, option := range options {
		option(d)
	}
	c := &checker{file: file, d: d}
	c.definition()
	if len(c.problems) == 0 { // conditions make sense only over sound questions
		c.conditions()
	}
	if len(c.problems) == 0 {
		c.reach()
	}
	if err := errors.Join(c.problems...); err != nil {
		return nil, err
	}
	return d, nil
}

// checker collects what is wrong with one file.
type checker struct {
	file     *declaration.File
	d        *Definition
	problems []error
}

func (c *checker) add(path, format string, args ...any) {
	c.problems = append(c.problems, c.file.Problem(path, declaration.FirstLine(fmt.Sprintf(format, args...))))
}
