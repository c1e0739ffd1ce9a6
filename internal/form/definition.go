package form

import (
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
)

// Answers are JSON values by question id; a repeating page's answers are a list
// of objects under the page's id. What CheckPage and Accept give back holds for
// each type of question:
//
//	text, choice, country, email   string (country: ISO 3166-1 alpha-3 or ICAO code)
//	phone                          string, E.164: "+994125969000"
//	number                         float64
//	yes-no, declaration            bool
//	choices                        []any of string, in the order of the options
//	date                           string, EDTF level 0: "1974-08-12"; "1974-08" or "1974" where less will do
//	name                           surname, given_names, surname_latin, given_names_latin
//	address                        street, city, region, postcode, country
//	document                       kind, number, issuer, nationality, issued, expires, mrz (list of lines),
//	                               zone (surname, given_names, birth, sex: derived from mrz)
//	file                           []any of string: the ids that the keeper of files gave them
//	photo                          string: the id of one file
//
// Parts of name, address and document that were not given are absent.
type Answers map[string]any

// Definition is one version of one questionnaire. It does not change, and is
// safe for concurrent use.
type Definition struct {
	// ServiceID is the name of the file without ".yaml".
	ServiceID string `yaml:"-"`
	// Version is a hash of the file: 16 hexadecimal digits.
	Version string `yaml:"-"`

	Title locale.Text `yaml:"title"`
	// About says in a sentence or two what it is for and for whom.
	About locale.Text `yaml:"about"`
	// Case is what the service does with an application.
	Case Case `yaml:"case"`
	// Sections group pages in the task list, in this order.
	Sections []Section `yaml:"sections"`
	Pages    []Page    `yaml:"pages"`

	source []byte
	rules  *rules
	email  func(string) (string, error)
}

// Case holds the service's rules for applications. They stand in the same file,
// so that a service is one file.
type Case struct {
	// Appointment is the id of the service that is booked for an interview; ""
	// when nobody has to come.
	Appointment string `yaml:"appointment"`
	// Issues names what a granted application gives: "visa", or "" for nothing
	// that Chancery issues.
	Issues string `yaml:"issues"`
	// FourEyes asks for two different officers for grant and refusal.
	FourEyes bool `yaml:"four_eyes"`
	// DecideDays is the time for a decision, in working days of the post.
	DecideDays int `yaml:"decide_days"`
	// AnswerDays is the time to answer an officer's question, in calendar days.
	AnswerDays int `yaml:"answer_days"`
	// KeepMonths is how long a closed case is kept before it is erased.
	KeepMonths int `yaml:"keep_months"`
	// FeeMinor and FeeCurrency are the fee before waivers.
	FeeMinor    int64  `yaml:"fee_minor"`
	FeeCurrency string `yaml:"fee_currency"`
}

// Section is a heading of the task list.
type Section struct {
	ID    string      `yaml:"id"`
	Title locale.Text `yaml:"title"`
}

// Page is one page of a questionnaire.
type Page struct {
	ID string `yaml:"id"`
	// Section is the id of the heading under which the page stands.
	Section string      `yaml:"section"`
	Title   locale.Text `yaml:"title"`
	// About says in a sentence or two what it is for and for whom.
	Hint locale.Text `yaml:"hint"`
	// When is a CEL condition over the answers of earlier pages; "" for always.
	When string `yaml:"when"`
	// Repeat makes the page repeat, one round for each child, visit …
	Repeat    *Repeat    `yaml:"repeat"`
	Questions []Question `yaml:"questions"`
	// Checks are over the answers up to and with this page (on a repeating page:
	// of this round).
	Checks []Check `yaml:"checks"`
}

// Repeat says how often a page repeats.
type Repeat struct {
	Min int `yaml:"min"`
	Max int `yaml:"max"`
	// Item names one round: "Child".
	Item locale.Text `yaml:"item"`
}

// Check is a condition that answers must meet.
type Check struct {
	// That is a CEL condition; the answers are refused when it is false.
	That string `yaml:"that"`
	// At is the question, or part of it ("passport.expires"), beside which to
	// complain.
	At string `yaml:"at"`
	// Message says what to do.
	Message locale.Text `yaml:"message"`
}

// Type is a question's type.
type Type string

// The types of question.
const (
	TypeText        Type = "text"
	TypeNumber      Type = "number"
	TypeYesNo       Type = "yes-no"
	TypeChoice      Type = "choice"
	TypeChoices     Type = "choices"
	TypeDate        Type = "date"
	TypeName        Type = "name"
	TypeCountry     Type = "country"
	TypeAddress     Type = "address"
	TypePhone       Type = "phone"
	TypeEmail       Type = "email"
	TypeDocument    Type = "document"
	TypeFile        Type = "file"
	TypePhoto       Type = "photo"
	TypeDeclaration Type = "declaration"
)

// Question is one question of a page.
type Question struct {
	// ID is a CEL identifier in small letters: "surname_at_birth".
	ID    string      `yaml:"id"`
	Type  Type        `yaml:"type"`
	Label locale.Text `yaml:"label"`
	Hint  locale.Text `yaml:"hint"`
	// When is a CEL condition over earlier answers, also of this page.
	When     string `yaml:"when"`
	Optional bool   `yaml:"optional"`
	// Suggest is a CEL expression whose value is shown before the first answer.
	Suggest string `yaml:"suggest"`
	// Options are those of a choice or choices.
	Options []Option `yaml:"options"`
	// MinLength and MaxLength bound a text, in characters; MaxLength is 200 where
	// nothing is said. Lines is the height of its box, 1 where nothing is said.
	MinLength int `yaml:"min_length"`
	MaxLength int `yaml:"max_length"`
	Lines     int `yaml:"lines"`
	// Min and Max bound a number; Decimals is how many it may have, 0 for a whole
	// number. Unit is shown beside it.
	Min      *float64    `yaml:"min"`
	Max      *float64    `yaml:"max"`
	Decimals int         `yaml:"decimals"`
	Unit     locale.Text `yaml:"unit"`
	// Precision is the least of a date that will do: day, month or year; "" is
	// day. Range is past or future (each with today), or "" for any.
	Precision string `yaml:"precision"`
	Range     string `yaml:"range"`
	// Files is how many files may be given, 1 where nothing is said. MaxPages
	// bounds each PDF, 20 where nothing is said.
	Files    int `yaml:"files"`
	MaxPages int `yaml:"max_pages"`
	// Region is the ISO 3166-1 alpha-2 code of the country in which a phone
	// number without country code is; "" asks for the code.
	Region string `yaml:"region"`
}

// Option is one answer of a choice.
type Option struct {
	Value string      `yaml:"value"`
	Text  locale.Text `yaml:"text"`
	Hint  locale.Text `yaml:"hint"`
}

// Page gives a page by its id.
func (d *Definition) Page(id string) (*Page, bool) {
	for i := range d.Pages {
		if d.Pages[i].ID == id {
			return &d.Pages[i], true
		}
	}
	return nil, false
}

// Source is the text of the file, to be kept as long as somebody has answers to
// it; Parse reads it again.
func (d *Definition) Source() []byte { return d.source }

// Question gives a question of the page by its id.
func (p *Page) Question(id string) (*Question, bool) {
	for i := range p.Questions {
		if p.Questions[i].ID == id {
			return &p.Questions[i], true
		}
	}
	return nil, false
}

// Words is a text of a questionnaire as an argument of a fault (Label, Text);
// In puts the reader's language in its place.
type Words locale.Text

// String is the English text.
func (w Words) String() string { return locale.Text(w).In("en") }

// In gives a copy of an error of this package in which the questionnaire's own
// words are in lang. Call it before the fault is shown. Other errors come back
// as they are.
func In(err error, lang string) error {
	f := fault.As(err)
	if f == nil {
		return err
	}
	c := *f
	c.Fields = make([]fault.Field, len(f.Fields))
	for i, field := range f.Fields {
		args := fault.Args{}
		for name, value := range field.Args {
			if w, ok := value.(Words); ok {
				value = locale.Text(w).In(lang)
			}
			args[name] = value
		}
		field.Args = args
		c.Fields[i] = field
	}
	return &c
}
