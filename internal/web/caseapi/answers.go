package caseapi

import (
	"bytes"
	"context"
	"maps"
	"math"
	"slices"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/web"
)

// paperPages is how many pages a PDF may have that answers an officer's
// question.
const paperPages = 20

type applicationAnswers struct {
	Answers  map[string]any    `json:"answers" doc:"As the questionnaire's JSON Schema describes them"`
	Versions map[string]int64  `json:"versions" doc:"Of the pages, by their ids" example:"{\"travel_document\":1}"`
	Files    []applicationFile `json:"files"`
}

type applicationFile struct {
	ID        string `json:"id" doc:"To be named in an answer" example:"01a21214-7f4f-778f-8057-0e50f37e97d2"`
	Question  string `json:"question,omitempty" doc:"The question that it answers" example:"scans"`
	Name      string `json:"name" example:"hotel.pdf"`
	MediaType string `json:"media_type" example:"application/pdf"`
	Size      int64  `json:"size" doc:"Bytes, as it is kept" example:"48211"`
}

func toFile(f *casework.File) applicationFile {
	return applicationFile{ID: f.ID, Question: f.Question, Name: f.Name, MediaType: f.MediaType, Size: f.Size}
}

func (o Operations) answers(ctx context.Context, in *struct{ Access }) (*one[applicationAnswers], error) {
	a, err := o.open(ctx, in.Access)
	if err != nil {
		return nil, err
	}
	_, content, err := o.Cases.Content(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	view := applicationAnswers{Answers: content.Answers, Versions: content.Versions, Files: []applicationFile{}}
	for i := range content.Files {
		view.Files = append(view.Files, toFile(&content.Files[i]))
	}
	return &one[applicationAnswers]{Body: view}, nil
}

type answeredPage struct {
	Version int64          `json:"version" minimum:"0" maximum:"1000000000" doc:"That was read last, 0 for a page without answers" example:"0"`
	Answers map[string]any `json:"answers" doc:"Those of the page, as the questionnaire's JSON Schema describes them" example:"{\"nights\":7}"`
}

func (o Operations) putPage(ctx context.Context, in *struct {
	Access
	Page string `path:"page" maxLength:"100" example:"travel_document"`
	Body answeredPage
}) (*one[answeredPage], error) {
	a, err := o.open(ctx, in.Access)
	if err != nil {
		return nil, err
	}
	_, content, err := o.Cases.Content(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	d, err := o.Cases.Questionnaire(ctx, a)
	if err != nil {
		return nil, err
	}
	today, err := o.today(ctx, a)
	if err != nil {
		return nil, err
	}
	p, ok := d.Page(in.Page)
	if !ok {
		return nil, fault.NewNotFound("casework.no_page")
	}
	all, err := checked(d, p, in.Body.Answers, content.Answers, today)
	if err == nil {
		err = held(d, p, all, content.Files)
	}
	if err != nil {
		return nil, about(ctx, "body.answers", err)
	}
	part := casework.Part(p, all)
	version, err := o.Cases.Save(ctx, a.ID, p.ID, in.Body.Version, part)
	if err != nil {
		return nil, err
	}
	return &one[answeredPage]{Body: answeredPage{Version: version, Answers: part}}, nil
}

// checked gives all answers with those of one page, which are checked as when
// they come from the page itself.
func checked(d *form.Definition, p *form.Page, given map[string]any, all form.Answers, today string) (form.Answers, error) {
	if p.Repeat == nil {
		if err := known(p, given, ""); err != nil {
			return nil, err
		}
		accepted, err := d.CheckPage(p.ID, 0, given, all, today)
		return d.Put(p.ID, 0, accepted, all), err
	}
	rounds, ok := given[p.ID].([]any)
	if !ok || len(given) != 1 {
		return nil, fault.NewInvalid(fault.Field{Path: p.ID, Key: "caseapi.rounds"})
	}
	if len(rounds) < p.Repeat.Min {
		return nil, fault.NewInvalid(fault.Field{Path: p.ID, Key: "form.rounds.least", Args: fault.Args{"Count": p.Repeat.Min, "Label": form.Words(p.Title)}})
	}
	all = d.None(p.ID, all)
	for i, round := range rounds {
		answers, ok := round.(map[string]any)
		if !ok {
			return nil, fault.NewInvalid(fault.Field{Path: p.ID, Key: "caseapi.rounds"})
		}
		if err := known(p, answers, web.Index(p.ID, i, "")); err != nil {
			return nil, err
		}
		accepted, err := d.CheckPage(p.ID, i, answers, all, today)
		if err != nil {
			return nil, err
		}
		all = d.Put(p.ID, i, accepted, all)
	}
	return all, nil
}

// known refuses answers to questions that the page does not have, which a
// program has misspelt.
func known(p *form.Page, given map[string]any, prefix string) error {
	var wrong fault.Fields
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, ok := p.Question(name); !ok {
			wrong.Add(prefix+name, "caseapi.no_question")
		}
	}
	return wrong.Err()
}

// held refuses files that were not attached for the question that names them: a
// portrait has other rules than a letter.
func held(d *form.Definition, p *form.Page, all form.Answers, files []casework.File) error {
	var wrong fault.Fields
	for _, ref := range d.Files(all) {
		if ref.Page.ID == p.ID && !slices.ContainsFunc(files, func(f casework.File) bool { return f.ID == ref.ID && f.Question == ref.Question.ID }) {
			wrong.Add(ref.Path, "casework.file_gone")
		}
	}
	return wrong.Err()
}

type fileToAttach struct {
	Question string `json:"question,omitempty" maxLength:"100" doc:"The question that it answers; left out for a file that goes with the answer to an officer" example:"scans"`
	Name     string `json:"name" maxLength:"400" example:"hotel.pdf"`
	Content  []byte `json:"content" doc:"Base64 (RFC 4648, section 4)" example:"JVBERi0xLjcK"`
}

type attachedFile struct {
	File applicationFile `json:"file"`
	// Measured is what was found in a portrait.
	Measured []photoMeasure `json:"measured" doc:"Of a portrait"`
}

type photoMeasure struct {
	ID       string   `json:"id" example:"sharpness"`
	Value    float64  `json:"value" example:"412.5"`
	Least    float64  `json:"least" example:"60"`
	Most     *float64 `json:"most,omitempty" doc:"Left out where there is no upper bound"`
	Good     bool     `json:"good" example:"true"`
	Sentence string   `json:"sentence" doc:"In the language of Accept-Language"`
}

func (o Operations) attach(ctx context.Context, in *struct {
	Access
	Body fileToAttach
}) (*one[attachedFile], error) {
	a, err := o.open(ctx, in.Access)
	if err != nil {
		return nil, err
	}
	d, err := o.Cases.Questionnaire(ctx, a)
	if err != nil {
		return nil, err
	}
	rules, portrait, err := rulesOf(d, a, in.Body.Question)
	if err != nil {
		return nil, err
	}
	taken, err := o.Intake.Take(ctx, in.Body.Name, bytes.NewReader(in.Body.Content), rules)
	if err != nil {
		return nil, ofContent(err)
	}
	out := attachedFile{Measured: []photoMeasure{}}
	if portrait {
		found, err := upload.Measure(taken)
		if err == nil {
			err = upload.Refused(found)
		}
		if err != nil {
			return nil, ofContent(err)
		}
		out.Measured = measured(ctx, found)
	}
	kept, err := o.Cases.Attach(ctx, a.ID, casework.File{Question: in.Body.Question, Name: taken.Name, MediaType: taken.Kind.MediaType()}, taken.Data)
	if err != nil {
		return nil, ofContent(err)
	}
	out.File = toFile(kept)
	return &one[attachedFile]{Body: out}, nil
}

// rulesOf says what may be attached for a question.
func rulesOf(d *form.Definition, a *casework.Application, id string) (rules upload.Rules, portrait bool, err error) {
	if id == "" && a.State == casework.Asked {
		return upload.Papers(paperPages), false, nil
	}
	for i := range d.Pages {
		q, ok := d.Pages[i].Question(id)
		switch {
		case ok && q.Type == form.TypePhoto:
			return upload.Portraits(), true, nil
		case ok && q.Type == form.TypeFile:
			return upload.Papers(q.MaxPages), false, nil
		}
	}
	return upload.Rules{}, false, fault.NewInvalid(fault.Field{Path: "question", Key: "caseapi.no_file_question"})
}

// ofContent says that what is wrong lies in the content.
func ofContent(err error) error {
	f := fault.As(err)
	if f == nil {
		return err
	}
	moved := *f
	moved.Fields = nil
	for _, field := range f.Fields {
		field.Path = "content"
		moved.Fields = append(moved.Fields, field)
	}
	return &moved
}

func measured(ctx context.Context, found []upload.Finding) []photoMeasure {
	p, all := web.PrinterOf(ctx), []photoMeasure{}
	for _, f := range found {
		one := photoMeasure{ID: f.ID, Value: f.Measured, Least: f.Least, Good: f.Good, Sentence: p.T("form.photo."+f.ID, f.Args())}
		if !math.IsInf(f.Most, 1) {
			one.Most = &f.Most
		}
		all = append(all, one)
	}
	return all
}

func (o Operations) detach(ctx context.Context, in *struct {
	Access
	File string `path:"file" maxLength:"64" example:"01a21214-7f4f-778f-8057-0e50f37e97d2"`
}) (*none, error) {
	a, err := o.open(ctx, in.Access)
	if err != nil {
		return nil, err
	}
	return nil, o.Cases.Detach(ctx, a.ID, in.File)
}
