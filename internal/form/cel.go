package form

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/chancery/chancery/internal/declaration"
)

// Bounds of an expression: its length, in characters, and what one evaluation
// may cost, in CEL's own units.
const (
	maxExpression = 2000
	maxCost       = 200_000
)

// Types of CEL for answers that have parts.
var (
	celName     = cel.ObjectType("form.Name")
	celAddress  = cel.ObjectType("form.Address")
	celDocument = cel.ObjectType("form.Document")
	celZone     = cel.ObjectType("form.Zone")
)

// structs are the fields of those types.
var structs = map[string]map[string]*cel.Type{
	"form.Name":     {"surname": cel.StringType, "given_names": cel.StringType, "surname_latin": cel.StringType, "given_names_latin": cel.StringType},
	"form.Address":  {"street": cel.StringType, "city": cel.StringType, "region": cel.StringType, "postcode": cel.StringType, "country": cel.StringType},
	"form.Document": {"kind": cel.StringType, "number": cel.StringType, "issuer": cel.StringType, "nationality": cel.StringType, "issued": cel.StringType, "expires": cel.StringType, "mrz": cel.ListType(cel.StringType), "zone": celZone},
	"form.Zone":     {"surname": cel.StringType, "given_names": cel.StringType, "birth": cel.StringType, "sex": cel.StringType},
}

// celType is the type of a question's answer in conditions.
func celType(q *Question) *cel.Type {
	switch q.Type {
	case TypeNumber:
		if q.Decimals == 0 {
			return cel.IntType
		}
		return cel.DoubleType
	case TypeYesNo, TypeDeclaration:
		return cel.BoolType
	case TypeChoices, TypeFile:
		return cel.ListType(cel.StringType)
	case TypeName:
		return celName
	case TypeAddress:
		return celAddress
	case TypeDocument:
		return celDocument
	}
	return cel.StringType
}

// provider adds the types of one scope to those of CEL.
type provider struct {
	types.Provider
	structs map[string]map[string]*cel.Type
}

// FindStructType implements types.Provider.
func (p provider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.structs[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldNames implements types.Provider.
func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	fields, ok := p.structs[name]
	if !ok {
		return p.Provider.FindStructFieldNames(name)
	}
	var names []string
	for field := range fields {
		names = append(names, field)
	}
	slices.Sort(names)
	return names, true
}

// FindStructFieldType implements types.Provider. Values are maps, so there are
// no getters.
func (p provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	fields, ok := p.structs[name]
	if !ok {
		return p.Provider.FindStructFieldType(name, field)
	}
	t, ok := fields[field]
	return &types.FieldType{Type: t}, ok
}

// scope is what an expression may speak of, with the questions behind the names.
type scope struct {
	vars      map[string]*cel.Type
	items     map[string]map[string]*cel.Type // fields of the rounds of repeating pages, by page
	questions map[string]*Question            // of answers that are no rounds
	round     string                          // the repeating page whose round this is, or ""
}

func newScope() *scope {
	return &scope{vars: map[string]*cel.Type{}, items: map[string]map[string]*cel.Type{}, questions: map[string]*Question{}}
}

func (s *scope) clone() *scope {
	c := newScope()
	for k, v := range s.vars {
		c.vars[k] = v
	}
	for k, v := range s.items {
		c.items[k] = v
	}
	for k, v := range s.questions {
		c.questions[k] = v
	}
	return c
}

func (s *scope) ask(q *Question) {
	s.vars[q.ID] = celType(q)
	s.questions[q.ID] = q
}

func itemType(page string) string { return "form.Round." + page }

// rounds adds what earlier rounds of a repeating page said.
func (s *scope) rounds(p *Page) {
	fields := map[string]*cel.Type{}
	for i := range p.Questions {
		fields[p.Questions[i].ID] = celType(&p.Questions[i])
	}
	s.items[p.ID] = fields
	s.vars[p.ID] = cel.ListType(cel.ObjectType(itemType(p.ID)))
}

// env makes CEL know the scope. withToday is false for conditions: what is asked
// must not change overnight.
func (s *scope) env(withToday bool) (*cel.Env, error) {
	base, err := baseEnv()
	if err != nil {
		return nil, err
	}
	all := map[string]map[string]*cel.Type{"form.Answers": s.vars}
	for name, fields := range structs {
		all[name] = fields
	}
	for page, fields := range s.items {
		all[itemType(page)] = fields
	}
	options := []cel.EnvOption{
		cel.CustomTypeProvider(provider{base.CELTypeProvider(), all}),
		cel.Variable("answers", cel.ObjectType("form.Answers")),
	}
	if withToday {
		options = append(options, cel.Variable("today", cel.StringType))
	}
	if s.round != "" {
		options = append(options, cel.Variable("index", cel.IntType))
	}
	for name, t := range s.vars {
		options = append(options, cel.Variable(name, t))
	}
	return base.Extend(options...)
}

// expr is a compiled expression.
type expr struct {
	program cel.Program
	// names are the answers that it speaks of.
	names []string
}

// compile checks an expression of the wanted type; nil is any.
func compile(text string, env *cel.Env, want *cel.Type) (*expr, *cel.Ast, error) {
	if len(text) > maxExpression {
		return nil, nil, fmt.Errorf("is longer than %d characters; shorten it", maxExpression)
	}
	tree, issues := env.Compile(text)
	if err := issues.Err(); err != nil {
		var said []string
		for _, e := range issues.Errors() {
			said = append(said, e.Message)
		}
		return nil, nil, fmt.Errorf("is no good CEL: %s", declaration.FirstLine(strings.Join(said, "; ")))
	}
	if want != nil && !tree.OutputType().IsExactType(want) {
		return nil, nil, fmt.Errorf("gives %s; it must give %s", tree.OutputType(), want)
	}
	program, err := env.Program(tree, cel.EvalOptions(cel.OptPartialEval, cel.OptOptimize), cel.CostLimit(maxCost))
	if err != nil {
		return nil, nil, fmt.Errorf("is no good CEL: %s", declaration.FirstLine(err.Error()))
	}
	e := &expr{program: program}
	ast.PostOrderVisit(tree.NativeRep().Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if name := answerName(x); name != "" && !slices.Contains(e.names, name) {
			e.names = append(e.names, name)
		}
	}))
	return e, tree, nil
}

// answerName gives the answer that x is: "purpose" for purpose and for
// answers.purpose.
func answerName(x ast.Expr) string {
	switch x.Kind() {
	case ast.IdentKind:
		return x.AsIdent()
	case ast.SelectKind:
		s := x.AsSelect()
		if s.Operand().Kind() == ast.IdentKind && s.Operand().AsIdent() == "answers" {
			return s.FieldName()
		}
	}
	return ""
}

// compared calls visit for each constant with which an answer is compared.
func compared(tree *cel.Ast, visit func(name string, constant ref.Val)) {
	constants := func(name string, x ast.Expr) {
		switch {
		case name == "":
		case x.Kind() == ast.LiteralKind:
			visit(name, x.AsLiteral())
		case x.Kind() == ast.ListKind:
			for _, e := range x.AsList().Elements() {
				if e.Kind() == ast.LiteralKind {
					visit(name, e.AsLiteral())
				}
			}
		}
	}
	ast.PostOrderVisit(tree.NativeRep().Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() != ast.CallKind {
			return
		}
		call := x.AsCall()
		switch call.FunctionName() {
		case operators.Equals, operators.NotEquals, operators.In:
			constants(answerName(call.Args()[0]), call.Args()[1])
			constants(answerName(call.Args()[1]), call.Args()[0])
		}
	}))
}

// verdict is what became of an expression.
type verdict uint8

const (
	failed  verdict = iota // an answer that it needs is not there, or it broke
	known                  // it has a value
	pending                // it depends on what has not been asked yet
)

// eval evaluates over vars; the answers named in waiting are not known yet.
func (e *expr) eval(vars map[string]any, waiting map[string]bool) (ref.Val, verdict, error) {
	var input any = vars
	if len(waiting) > 0 {
		var patterns []*cel.AttributePatternType
		for _, name := range e.names {
			if waiting[name] {
				patterns = append(patterns, cel.AttributePattern(name), cel.AttributePattern("answers").QualString(name))
			}
		}
		partial, err := cel.PartialVars(vars, patterns...)
		if err != nil {
			return nil, failed, err
		}
		input = partial
	}
	value, _, err := e.program.Eval(input)
	switch {
	case err != nil:
		return nil, failed, err
	case types.IsUnknown(value):
		return nil, pending, nil
	}
	return value, known, nil
}

// holds says whether a condition is true for sure.
func (e *expr) holds(vars map[string]any) bool {
	value, v, _ := e.eval(vars, nil)
	return v == known && value == types.True
}

// broken says whether a check complains: it is false, or it failed for another
// reason than that an answer is not there.
func (e *expr) broken(vars map[string]any) bool {
	value, v, err := e.eval(vars, nil)
	if v == known {
		return value != types.True
	}
	return !absent(err)
}

// absent says whether an evaluation failed because an answer is not there. CEL
// has no kinds of error, only texts.
func absent(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "no such attribute") || strings.Contains(err.Error(), "no such key"))
}
