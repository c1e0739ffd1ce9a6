package form

import (
	"slices"

	"github.com/chancery/chancery/internal/fault"
)

// TaskState says how far a page is.
type TaskState string

// The states of a page in the task list.
const (
	TaskTodo        TaskState = "todo"
	TaskStarted     TaskState = "started"
	TaskDone        TaskState = "done"
	TaskOptional    TaskState = "optional"     // nothing is answered, and nothing has to be
	TaskCannotStart TaskState = "cannot-start" // another answer comes first
)

// Task is one line of the task list.
type Task struct {
	Section *Section // nil when the questionnaire has no sections
	Page    *Page
	State   TaskState
	Rounds  int // of a repeating page: how many there are
}

// Tasks gives the task list: the pages of the path, and those of which answers
// that are missing decide (cannot-start). A page with a declaration cannot be
// started before all others are done.
func (d *Definition) Tasks(a Answers, today string) []Task {
	var tasks []Task
	may := d.waiting(a)
	v := d.view()
	for i := range d.Pages {
		p := &d.Pages[i]
		t := Task{Section: d.section(p), Page: p, State: TaskCannotStart}
		if p.Repeat != nil {
			t.Rounds = len(Rounds(a, p.ID))
		}
		if v.takes(p) {
			t.State = d.state(v, p, a, today)
			v.take(p, a)
		} else if !may[p.ID] {
			continue
		}
		tasks = append(tasks, t)
	}
	open := false
	for _, t := range tasks {
		open = open || !declares(t.Page) && t.State != TaskDone && t.State != TaskOptional
	}
	for i := range tasks {
		if open && declares(tasks[i].Page) {
			tasks[i].State = TaskCannotStart
		}
	}
	return tasks
}

// Startable says whether Tasks would show the page as one that can be started.
func (d *Definition) Startable(page string, a Answers, today string) bool {
	v := d.view()
	for i := range d.Pages {
		p := &d.Pages[i]
		switch takes := v.takes(p); {
		case p.ID == page && declares(p):
			return slices.ContainsFunc(d.Tasks(a, today), func(t Task) bool { return t.Page == p && t.State != TaskCannotStart })
		case p.ID == page:
			return takes
		case takes:
			v.take(p, a)
		}
	}
	return false
}

func (d *Definition) section(p *Page) *Section {
	for i := range d.Sections {
		if d.Sections[i].ID == p.Section {
			return &d.Sections[i]
		}
	}
	return nil
}

func declares(p *Page) bool {
	for i := range p.Questions {
		if p.Questions[i].Type == TypeDeclaration {
			return true
		}
	}
	return false
}

// state says how far a page of the path is.
func (d *Definition) state(v *view, p *Page, a Answers, today string) TaskState {
	good := func(index int, given Answers) bool {
		var fields fault.Fields
		d.round(v, p, index, given, today, &fields)
		return len(fields) == 0
	}
	if p.Repeat != nil {
		_, given := a[p.ID]
		rounds := Rounds(a, p.ID)
		if !given || len(rounds) == 0 && p.Repeat.Min > 0 {
			return TaskTodo
		}
		if len(rounds) < p.Repeat.Min {
			return TaskStarted
		}
		for i, round := range rounds {
			if !good(i, round) {
				return TaskStarted
			}
		}
		return TaskDone
	}
	own := d.Stored(p.ID, 0, a)
	none, done := emptyParts(own), good(0, own)
	switch {
	case done && none:
		return TaskOptional
	case done:
		return TaskDone
	case none:
		return TaskTodo
	}
	return TaskStarted
}

// Next gives the page and round to go to after those given: the next of the path
// that is not done, else the first that is not; nil when everything is done.
func (d *Definition) Next(after string, a Answers, today string) *Page {
	// Mostly it is just behind: then what lies before need not be checked. A
	// declaration comes after all others, so it is not that page while another is.
	v, behind := d.view(), false
	for i := range d.Pages {
		p := &d.Pages[i]
		if !v.takes(p) {
			continue
		}
		if behind && !declares(p) {
			if s := d.state(v, p, a, today); s == TaskTodo || s == TaskStarted {
				return p
			}
		}
		v.take(p, a)
		behind = behind || p.ID == after
	}
	var first *Page
	passed := false
	for _, t := range d.Tasks(a, today) {
		if t.Page.ID == after {
			passed = true
			continue
		}
		if t.State != TaskTodo && t.State != TaskStarted {
			continue
		}
		if passed {
			return t.Page
		}
		if first == nil {
			first = t.Page
		}
	}
	return first
}
