package declaration

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// File is one file that was read; it finds the lines of its fields.
type File struct {
	name string
	tree *ast.File
}

// Read decodes the text of the file called name into into. most bounds it, in
// bytes; holds says what it is to hold, such as "one service; write its fields,
// starting with id". The error is a Problem.
func Read(name string, text []byte, most int, holds string, into any) (*File, error) {
	if len(text) > most {
		return nil, Problem{File: name, Line: 1, Text: fmt.Sprintf("the file is larger than %d KiB; shorten it", most>>10)}
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, syntax(name, err)
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return nil, Problem{File: name, Line: 1, Text: "a file holds exactly " + holds}
	}
	if node := references(tree); node != nil {
		return nil, Problem{File: name, Line: node.GetToken().Position.Line, Text: "anchors and aliases are not read here; write the value out"}
	}
	if err := yaml.NodeToValue(tree.Docs[0].Body, into, yaml.Strict()); err != nil {
		return nil, syntax(name, err)
	}
	return &File{name, tree}, nil
}

// Problem is what is wrong at a path, such as "bring[1].text.az", at the line
// of it, or of the nearest thing around it that the file has.
func (f *File) Problem(path, text string) Problem {
	return Problem{File: f.name, Line: f.line(path), Path: path, Text: text}
}

func (f *File) line(path string) int {
	for ; path != ""; path = path[:max(0, strings.LastIndexAny(path, ".["))] {
		p, err := yaml.PathString("$." + path)
		if err != nil {
			continue
		}
		node, err := p.FilterFile(f.tree)
		if err != nil || node == nil || node.GetToken() == nil {
			continue
		}
		// A mapping's own token is the first key's colon: near enough.
		return node.GetToken().Position.Line
	}
	return 1
}

// Problem is one thing that is wrong with a file.
type Problem struct {
	File string
	Line int
	// Path is where in the file; "" for all of it.
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
		p.Text = FirstLine(at.GetMessage())
		if t := at.GetToken(); t != nil && t.Position != nil {
			p.Line = max(1, t.Position.Line)
		}
	} else {
		p.Text = FirstLine(err.Error())
	}
	if field, ok := strings.CutPrefix(p.Text, "unknown field "); ok {
		p.Text = "there is no field " + field + "; correct its name or take it out"
	}
	return p
}

// FirstLine gives the first line of a text that is not empty.
func FirstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(line)
}

// references finds an anchor or alias: they can blow a small file up to a huge
// value.
func references(tree *ast.File) ast.Node {
	var found ast.Node
	for _, doc := range tree.Docs {
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
