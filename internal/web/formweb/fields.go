package formweb

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/web"
)

// pageView is a page of questions as its template needs it.
type pageView struct {
	*web.Form
	Section, Title, Hint string
	Questions            []questionView
	// Shown are the questions that the page shows, so that the answer tells what
	// the person has seen.
	Shown   []string
	Version string
	// Changing is whether questions come and go with the answers of this page.
	Changing, Files bool
	Path, Back      string
	// Return is where to go after saving, "" for the next page.
	Return    string
	Reference string
	// Draft pages can be left for later.
	Draft bool
	Leave string
	// Note is the key of a sentence above the questions.
	Note string
	// Kept are the answers that somebody saved in the meantime.
	Kept []form.Row
}

// questionView is one question.
type questionView struct {
	ID, Type    string
	Label, Hint string
	Optional    bool
	Inputs      []inputView
	Options     []web.Option
	Unit        string
	Lines, Max  int
	Files       []fileView
	More        int // how many files may still be attached
	Error       *fault.Field
	Zone        *zoneView
	// Other is whether the Latin letters of a name differ from what is written.
	Other bool
}

// inputView is one control.
type inputView struct {
	Name, Part, Label, Kind, Complete string
	Optional                          bool
	Options                           []web.Option
}

// fileView is a file that was attached.
type fileView struct {
	ID, Name, Path, Crop string
	Kilobytes            int
	Picture              bool
}

// view makes the page for answers, as they were typed or are kept.
func (p *Pages) view(at *place, shown *web.Form, given form.Answers) pageView {
	v := pageView{
		Form: shown, Title: at.Page.Title.In(at.lang()), Hint: at.Page.Hint.In(at.lang()), Path: at.path(), Back: at.before(), Return: at.back,
		Version: strconv.FormatInt(at.content.Versions[at.Page.ID], 10), Reference: at.Reference, Draft: at.State == "draft", Leave: at.at("/leave"),
		Files: takesFiles(at.Page),
	}
	if at.Page.Repeat != nil {
		v.Section, v.Title = v.Title, at.Page.Repeat.Item.In(at.lang())+" "+strconv.Itoa(at.index+1)
	} else {
		for i := range at.d.Sections {
			if at.d.Sections[i].ID == at.Page.Section {
				v.Section = at.d.Sections[i].Title.In(at.lang())
			}
		}
	}
	for i := range at.Page.Questions {
		v.Changing = v.Changing || at.Page.Questions[i].When != ""
	}
	for _, q := range at.d.Asked(at.Page.ID, at.index, given, at.content.Answers, at.today) {
		v.Questions = append(v.Questions, at.question(q, shown, given[q.ID]))
		v.Shown = append(v.Shown, q.ID)
	}
	return v
}

// question makes one question.
func (at *place) question(q *form.Question, shown *web.Form, value any) questionView {
	lang := at.lang()
	v := questionView{
		ID: q.ID, Type: string(q.Type), Label: q.Label.In(lang), Hint: q.Hint.In(lang), Optional: q.Optional, Unit: q.Unit.In(lang),
		Lines: max(q.Lines, 1), Max: cmp.Or(q.MaxLength, 200),
	}
	for _, in := range q.Inputs(nil) {
		one := inputView{Name: in.Name, Part: in.Part, Label: in.Label.In(lang), Kind: in.Kind, Complete: in.Complete, Optional: in.Optional && !q.Optional}
		if in.Part == "issued" || in.Part == "expires" {
			one.Kind = "date"
		}
		if one.Kind == "country" {
			one.Options = countries(lang)
		}
		for _, o := range in.Options {
			one.Options = append(one.Options, web.Option{Value: o.Value, Label: o.Text.In(lang), Hint: o.Hint.In(lang)})
		}
		v.Inputs = append(v.Inputs, one)
		if v.Error == nil && q.Type == form.TypeDate {
			v.Error = shown.Error(in.Name)
		}
	}
	v.Options = v.Inputs[0].Options
	switch q.Type {
	case form.TypeName:
		v.Other = at.otherLetters(q.ID, shown)
	case form.TypeFile, form.TypePhoto:
		v.Error = shown.Error(q.ID)
		for _, id := range q.Inputs(value)[0].Values {
			if f, ok := at.attached(id); ok {
				v.Files = append(v.Files, f)
			}
		}
		v.More = mostFiles(q) - len(v.Files)
	}
	return v
}

// otherLetters says whether the name in Latin letters is more than the same
// again, or wrong.
func (at *place) otherLetters(id string, shown *web.Form) bool {
	for _, half := range []string{"surname", "given_names"} {
		latin := shown.Value(id + "-" + half + "_latin")
		if latin != "" && !strings.EqualFold(latin, shown.Value(id+"-"+half)) || shown.Error(id+"-"+half+"_latin") != nil {
			return true
		}
	}
	return false
}

// attached finds a file of the application.
func (s *sitting) attached(id string) (fileView, bool) {
	for _, f := range s.content.Files {
		if f.ID == id {
			path := s.at("/files/" + f.ID)
			return fileView{ID: f.ID, Name: f.Name, Path: path, Crop: path + "/crop", Kilobytes: int(f.Size+1023) >> 10, Picture: strings.HasPrefix(f.MediaType, "image/")}, true
		}
	}
	return fileView{}, false
}

// before is where the back link of the page leads.
func (at *place) before() string {
	switch {
	case at.Page.Repeat != nil && at.index >= 0:
		return at.sitting.page(at.Page, -1, at.back)
	case at.back != "":
		return at.back
	case at.State != "draft":
		return at.at("")
	}
	last := at.at("/tasks")
	for _, page := range at.d.Path(at.content.Answers) {
		if page.ID == at.Page.ID {
			break
		}
		last = at.sitting.page(page, -1, "")
	}
	if declares(at.Page) {
		return at.at("/check")
	}
	return last
}

// rows are the answers to one page as a person reads them.
func (s *sitting) rows(page string, index int) []form.Row {
	for _, section := range s.d.Summary(s.content.Answers, s.lang()) {
		if section.Page.ID == page && max(0, section.Index) == max(0, index) {
			return section.Rows
		}
	}
	return nil
}

// controls are the answers as values of the page's controls.
func controls(page *form.Page, answers form.Answers) *web.Form {
	f := web.NewForm(url.Values{})
	for i := range page.Questions {
		q := &page.Questions[i]
		for _, in := range q.Inputs(answers[q.ID]) {
			if len(in.Values) == 0 {
				continue
			}
			f.Values[in.Name] = slices.Clone(in.Values)
			if in.Part == "issued" || in.Part == "expires" {
				f.SetDate(in.Name, in.Values[0])
			}
		}
	}
	return f
}

var countryLists sync.Map

// countries are the options of a list of countries, in the order of the language.
func countries(lang string) []web.Option {
	if known, ok := countryLists.Load(lang); ok {
		return known.([]web.Option)
	}
	var all []web.Option
	for _, c := range country.All(lang) {
		all = append(all, web.Option{Value: c.Code, Label: c.Name})
	}
	countryLists.Store(lang, all)
	return all
}
