package formweb

import (
	"net/http"
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/locale"
)

type tasksPage struct {
	*comeBack
	Title, Post  string
	Sections     []taskSection
	Done, All    int
	Ready        bool
	Continue     string
	Check, PDF   string
	Data, Delete string
	Leave        string
}

type taskSection struct {
	Title string
	Tasks []task
}

type task struct {
	Path, Title  string
	State, Label string
	Colour       string // of the tag, "" for plain text
	Hint         string
}

// comeBack tells how to come back.
type comeBack struct {
	Reference string
	Email     string // "" when none was given
	Proven    bool
	Until     time.Time
	EmailPath string
}

func (p *Pages) comeBack(s *sitting) (*comeBack, error) {
	email, err := p.Cases.Email(s.Application)
	if err != nil {
		return nil, err
	}
	at, err := p.Posts.Get(s.ctx, s.PostID)
	if err != nil {
		return nil, err
	}
	return &comeBack{
		Reference: s.Reference, Email: email, Proven: !s.EmailProvenAt.IsZero(),
		Until: s.SavedAt.Add(casework.KeepDraft).In(at.Location()), EmailPath: s.at("/email"),
	}, nil
}

func (p *Pages) tasks(w http.ResponseWriter, r *http.Request) error {
	s, err := p.draft(r)
	if err != nil {
		return err
	}
	at, err := p.Posts.Get(s.ctx, s.PostID)
	if err != nil {
		return err
	}
	page := tasksPage{Title: s.d.Title.In(s.lang()), Post: at.Name.In(s.lang()), Check: s.at("/check"), PDF: s.at("/application.pdf"), Data: s.at("/data"), Delete: s.at("/delete"), Leave: s.at("/leave")}
	if page.comeBack, err = p.comeBack(s); err != nil {
		return err
	}
	page.Sections, page.Done, page.All = s.sections()
	page.Ready = s.ready()
	if next := s.d.Next("", s.content.Answers, s.today); next != nil && !declares(next) {
		page.Continue = s.page(next, -1, "")
	}
	return p.Web.Render(w, r, http.StatusOK, "formweb/tasks.html", page)
}

// colours of the states that are to be seen at once.
var colours = map[form.TaskState]string{form.TaskTodo: "blue", form.TaskStarted: "yellow"}

// sections are the tasks under their headings. The declaration comes after the
// check of all answers, so its task leads there.
func (s *sitting) sections() (sections []taskSection, done, all int) {
	var last *form.Section
	for _, t := range s.d.Tasks(s.content.Answers, s.today) {
		if len(sections) == 0 || t.Section != last {
			title := ""
			if t.Section != nil {
				title = t.Section.Title.In(s.lang())
			}
			sections, last = append(sections, taskSection{Title: title}), t.Section
		}
		one := task{Title: t.Page.Title.In(s.lang()), Path: s.page(t.Page, -1, ""), State: string(t.State), Label: stateLabel(s.printer, t), Colour: colours[t.State]}
		switch {
		case t.State == form.TaskCannotStart:
			one.Path = ""
		case declares(t.Page):
			one.Path = s.at("/check")
		}
		all++
		if t.State == form.TaskDone || t.State == form.TaskOptional {
			done++
		}
		of := &sections[len(sections)-1]
		of.Tasks = append(of.Tasks, one)
	}
	return sections, done, all
}

func stateLabel(printer *locale.Printer, t form.Task) string {
	if t.State == form.TaskDone && t.Page.Repeat != nil {
		return printer.T("formweb.state.rounds", "Count", t.Rounds)
	}
	return printer.T(map[form.TaskState]string{
		form.TaskTodo: "formweb.state.todo", form.TaskStarted: "formweb.state.started", form.TaskDone: "formweb.state.done",
		form.TaskOptional: "formweb.state.optional", form.TaskCannotStart: "formweb.state.cannot_start",
	}[t.State])
}

// unfinished lists the pages before the declaration that are not done.
func (s *sitting) unfinished() []form.Task {
	var open []form.Task
	for _, t := range s.d.Tasks(s.content.Answers, s.today) {
		if !declares(t.Page) && t.State != form.TaskDone && t.State != form.TaskOptional {
			open = append(open, t)
		}
	}
	return open
}

// ready says whether all is answered but the declaration.
func (s *sitting) ready() bool { return len(s.unfinished()) == 0 }
