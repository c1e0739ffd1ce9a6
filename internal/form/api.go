package form

import (
	"errors"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
)

type rules struct{}

var errSoon = errors.New("form: under construction")

// Parse reads one questionnaire from the text of the file called name, such as
// "questionnaires/visa-application.yaml". The error joins all problems, each
// with file and line.
func Parse(name string, text []byte, options ...LoadOption) (*Definition, error) {
	return nil, errSoon
}

// Path gives the pages that a person with these answers takes, in order. A page
// whose condition depends on an answer that is not there yet is not taken.
func (d *Definition) Path(a Answers) []*Page { return nil }

// ReadPage reads the answers of a page from a posted form as they were typed;
// CheckPage makes them normal. get gives the values of an input by its name (see
// Question.Inputs); index counts the rounds of a repeating page from 0.
func (d *Definition) ReadPage(page string, index int, get func(name string) []string) Answers {
	return nil
}

// CheckPage checks the answers to one page (of a repeating page: of one round,
// index counted from 0) in the light of all answers so far, and gives them back
// normalised. What stands in all for this page is not looked at. today is the
// day, "2026-11-25", at the person's place. The fault is Invalid with paths such
// as "email", "passport.expires", "children[1].name.surname"; NotFound when there is
// no such page or index is more than one beyond the last round.
func (d *Definition) CheckPage(page string, index int, given Answers, all Answers, today string) (Answers, error) {
	return nil, errSoon
}

// Put gives a copy of all in which the answers to a page (or to one round; index
// may be the number of rounds, to add one) are those given; answers of the page
// that are not given are dropped.
func (d *Definition) Put(page string, index int, given Answers, all Answers) Answers { return nil }

// Remove gives a copy of all without one round of a repeating page.
func (d *Definition) Remove(page string, index int, all Answers) Answers { return nil }

// Accept checks a whole application and gives what is to be submitted,
// normalised: see Submitted. The fault is Invalid, with every field that is wrong
// or missing.
func (d *Definition) Accept(a Answers, today string) (Answers, error) { return nil, errSoon }

// Check is Accept for those who only want the fault.
func (d *Definition) Check(a Answers, today string) error {
	_, err := d.Accept(a, today)
	return err
}

// Submitted gives the answers without those that lie outside the path taken:
// those are kept for the person while the draft lives, and never submitted.
func (d *Definition) Submitted(a Answers) Answers { return nil }

// Suggest gives values for questions of a page that have no answer yet.
func (d *Definition) Suggest(page string, index int, all Answers, today string) Answers { return nil }

// TaskState says how far a page is.
type TaskState string

// The states of a page in the task list.
const (
	TaskTodo        TaskState = "todo"
	TaskStarted     TaskState = "started"
	TaskDone        TaskState = "done"
	TaskCannotStart TaskState = "cannot-start" // another answer comes first
)

// Task is one line of the task list.
type Task struct {
	Section *Section // nil when the questionnaire has no sections
	Page    *Page
	State   TaskState
	Rounds  int // of a repeating page: how many there are
}

// Tasks gives the task list: the pages of the path, and those of which earlier
// answers decide (cannot-start). A page with a declaration cannot be started
// before all others are done.
func (d *Definition) Tasks(a Answers, today string) []Task { return nil }

// JSONSchema gives the questionnaire's answers as JSON Schema, draft 2020-12,
// with titles and descriptions in lang. It says all that a schema can say of
// types and lengths; conditions and checks, which it cannot, stand in it as CEL
// under "x-when" and "x-checks".
func (d *Definition) JSONSchema(lang string) map[string]any { return nil }

// Row is one answer as a person reads it.
type Row struct {
	Path     string // "children[0].name"
	Question *Question
	Label    string
	Lines    []string // empty when an optional question has no answer
	Files    []string // ids of files, for links
}

// SummarySection is one page, or one round of a repeating page.
type SummarySection struct {
	Page  *Page
	Index int // of a repeating page, else -1
	Title string
	Rows  []Row
}

// Summary gives the answers of the path taken for reading: on the page before
// the declaration, to officers, and in the PDF.
func (d *Definition) Summary(a Answers, lang string) []SummarySection { return nil }

// FileRef is a file that an answer names.
type FileRef struct {
	ID       string
	Path     string // of the answer: "scans[0]"
	Page     *Page
	Question *Question
}

// Files lists every file that answers name, within the path or not. Whoever
// keeps the files checks that they belong to the application.
func (d *Definition) Files(a Answers) []FileRef { return nil }

// Input is one control of a question on a page.
type Input struct {
	// Name is that of the control: the question's id, or with its part:
	// "birth-day", "name-surname".
	Name string
	// Part is the part of the answer: "day", "surname"; "" for a question with
	// one control.
	Part string
	// Kind is text, number, email, tel, country, radios, checkboxes, select,
	// lines, file.
	Kind     string
	Optional bool
	Options  []Option
	Values   []string
}

// Inputs gives the controls of the question, filled with an answer (nil for
// none).
func (q *Question) Inputs(value any) []Input { return nil }

// At gives the name of the control that a path of a fault is about:
// "children[1].name.surname" is at "name-surname".
func (p *Page) At(path string) string { return "" }

var _ = fault.Invalid
var _ locale.Text
