package form

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFile bounds one questionnaire, in bytes.
const maxFile = 256 << 10

// Parse reads one questionnaire from the text of the file called name, such as
// "questionnaires/visa-application.yaml". The error joins all problems, each
// with file and line.
func Parse(name string, text []byte, options ...LoadOption) (*Definition, error) {
	if len(text) > maxFile {
		return nil, Problem{File: name, Line: 1, Text: fmt.Sprintf("the file is larger than %d KiB; shorten it", maxFile>>10)}
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, syntax(name, err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, Problem{File: name, Line: 1, Text: "a file holds exactly one questionnaire; write its fields, starting with title"}
	}
	if node := references(file); node != nil {
		return nil, Problem{File: name, Line: node.GetToken().Position.Line, Text: "anchors and aliases are not read here; write the value out"}
	}
	d := &Definition{}
	if err := yaml.NodeToValue(file.Docs[0].Body, d, yaml.Strict()); err != nil {
		return nil, syntax(name, err)
	}
	sum := sha256.Sum256(text)
	d.ServiceID = strings.TrimSuffix(path.Base(name), ".yaml")
	d.Version = hex.EncodeToString(sum[:8])
	d.source = append([]byte(nil), text...)
	d.email = plainEmail
	for _, option := range options {
		option(d)
	}
	c := &checker{name: name, file: file, d: d}
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

// Problem is one thing that is wrong with a file.
type Problem struct {
	File string
	Line int
	// Path is where in the file, such as "pages[1].title.az"; "" for all of it.
	Path string
	Text string
}

// Error says file, line, path and what to do, in one line.
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
		p.Text = oneLine(at.GetMessage())
		if t := at.GetToken(); t != nil && t.Position != nil {
			p.Line = max(1, t.Position.Line)
		}
	} else {
		p.Text = oneLine(err.Error())
	}
	if field, ok := strings.CutPrefix(p.Text, "unknown field "); ok {
		p.Text = "there is no field " + field + "; correct its name or take it out"
	}
	return p
}

// oneLine gives the first line of a text that is not empty.
func oneLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(line)
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

// checker collects what is wrong with one file.
type checker struct {
	name     string
	file     *ast.File
	d        *Definition
	problems []error
}

func (c *checker) add(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{File: c.name, Line: c.line(path), Path: path, Text: oneLine(fmt.Sprintf(format, args...))})
}

// line finds the line of path, or of the nearest thing around it that the file
// has.
func (c *checker) line(path string) int {
	for ; path != ""; path = path[:max(0, strings.LastIndexAny(path, ".["))] {
		p, err := yaml.PathString("$." + path)
		if err != nil {
			continue
		}
		node, err := p.FilterFile(c.file)
		if err != nil || node == nil || node.GetToken() == nil {
			continue
		}
		return node.GetToken().Position.Line
	}
	return 1
}
