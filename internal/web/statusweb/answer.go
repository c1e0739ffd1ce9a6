package statusweb

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/web"
)

const (
	// answerLimit is a file of the largest size, and the text, in bytes.
	answerLimit = casework.MaxFile + 1<<20
	// longest is how much of the text is kept as it was typed, in bytes; casework
	// takes less.
	longest = 32 << 10
	// maxParts bounds how many controls the form has.
	maxParts = 20
	// paperPages is how many pages a PDF may have.
	paperPages = 20
)

// follow is the link of a question's mail. It lets its reader in, and takes the
// token out of the address.
func (room *Room) follow(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	a, token, err := room.Cases.Follow(r.Context(), query.Get("question"), query.Get("token"))
	if fault.KindOf(err) == fault.NotFound {
		return room.web.Render(w, r, http.StatusNotFound, "statusweb/spent.html", nil)
	} else if err != nil {
		return err
	}
	room.Door.Remember(w, r, a.Reference, token)
	web.SeeOther(w, r, path(a.Reference, "answer"))
	return nil
}

// answering is a question while its answer is written.
type answering struct {
	*head
	Form     *web.Form
	Question casework.Question
	AskedAt  time.Time // on the post's clock
	Closes   string    // the last day, "" when there is none
	Pages    []pageLink
	Wrong    []wrong
	Files    []casework.File // those that come with the answer
	Former   []exchange
	MaxMB    int
}

// pageLink is a page of the questionnaire that may be changed now.
type pageLink struct{ ID, Title string }

// wrong is an answer of the questionnaire that keeps the rest from being sent.
type wrong struct {
	Key  string
	Args fault.Args
	Page pageLink
}

// asked finds the question that waits for its answer; nil when the answer to the
// request is given.
func (room *Room) asked(w http.ResponseWriter, r *http.Request) (*answering, error) {
	h, err := room.open(w, r)
	if h == nil || err != nil {
		return nil, err
	}
	questions, err := room.Cases.Questions(r.Context(), h.a.ID)
	if err != nil {
		return nil, err
	}
	page := &answering{head: h, Form: &web.Form{}, MaxMB: casework.MaxFile >> 20}
	for _, q := range questions {
		if q.AnsweredAt.IsZero() {
			page.Question = q
		} else {
			page.Former = append(page.Former, exchange{Text: q.Text, Answer: q.Answer, Asked: h.local(q.AskedAt), Answered: h.local(q.AnsweredAt), Files: q.Files})
		}
	}
	if h.a.State != casework.Asked || page.Question.ID == "" {
		web.SeeOther(w, r, h.Path)
		return nil, nil
	}
	page.AskedAt = h.local(page.Question.AskedAt)
	if !page.Question.ClosesAt.IsZero() {
		page.Closes = h.p.LongDate(h.local(page.Question.ClosesAt))
	}
	page.Files = slices.DeleteFunc(page.Question.Files, func(f casework.File) bool { return f.Question != "" })
	for _, id := range page.Question.Pages {
		if _, ok := h.d.Page(id); ok {
			page.Pages = append(page.Pages, page.link(id))
		}
	}
	return page, nil
}

func (page *answering) link(id string) pageLink {
	found, _ := page.d.Page(id)
	return pageLink{ID: id, Title: found.Title.In(page.p.Lang())}
}

// words is what was typed so far.
type words struct {
	Text string `json:"text"`
}

func (page *answering) draft() string { return "answer:" + page.Question.ID }

func (room *Room) question(w http.ResponseWriter, r *http.Request) error {
	page, err := room.asked(w, r)
	if page == nil || err != nil {
		return err
	}
	var typed words
	if _, err := room.Drafts.Load(r.Context(), room.web.BrowserKeyOf(r).Hash(), page.draft(), &typed); err != nil {
		return err
	}
	page.Form.Set("text", typed.Text)
	return room.web.Render(w, r, http.StatusOK, "statusweb/answer.html", page)
}

// answer takes the form of the question: its button says whether to send, to
// keep a file, to remove one, or to go to a page of the questionnaire. What was
// typed is kept first, whatever else happens.
func (room *Room) answer(w http.ResponseWriter, r *http.Request) error {
	page, err := room.asked(w, r)
	if page == nil || err != nil {
		return err
	}
	var refused error
	files := 0
	page.Form.Values, err = readParts(r, func(name string, from io.Reader) error {
		files++
		_, err := room.take(r, page, name, from)
		if f := fault.As(err); f == nil {
			return err
		}
		refused = err
		return nil
	})
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		refused = fault.NewInvalid(fault.Field{Path: "file", Key: "casework.file_large", Args: fault.Args{"Max": casework.MaxFile >> 20}})
	} else if err != nil {
		return err
	}
	browser := room.web.BrowserKey(w, r).Hash()
	if text := page.Form.Values.Get("text"); len(text) <= longest {
		if err := room.Drafts.Save(r.Context(), browser, page.draft(), words{text}); err != nil {
			return err
		}
	}
	if refused != nil {
		return room.again(w, r, page.Form, refused)
	}
	do, what, _ := strings.Cut(page.Form.Value("do"), ":")
	switch do {
	case "attach":
		if files == 0 {
			return room.again(w, r, page.Form, fault.NewInvalid(fault.Field{Path: "file", Key: "statusweb.answer.no_file"}))
		}
	case "remove":
		if err := room.Cases.Detach(r.Context(), page.a.ID, what); err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
	case "page":
		if _, ok := page.d.Page(what); ok {
			web.SeeOther(w, r, path(page.Reference, "pages", what)+"?back="+url.QueryEscape(path(page.Reference, "answer")))
			return nil
		}
	default:
		return room.send(w, r, page, browser)
	}
	web.SeeOther(w, r, path(page.Reference, "answer")+"#files")
	return nil
}

// send hands the answer in.
func (room *Room) send(w http.ResponseWriter, r *http.Request, page *answering, browser string) error {
	_, err := room.Cases.Answer(r.Context(), page.a.ID, page.Form.Value("text"))
	switch fault.KindOf(err) {
	case fault.Conflict: // it was sent in another tab, or a second time
		web.SeeOther(w, r, page.Path)
		return nil
	case fault.Invalid:
		return room.again(w, r, page.Form, form.In(err, page.p.Lang()))
	}
	if err != nil {
		return err
	}
	if err := room.Drafts.Forget(r.Context(), browser, page.draft()); err != nil {
		return err
	}
	room.web.Flash(w, web.Flash{Kind: "success", Key: "statusweb.answer.sent"})
	web.SeeOther(w, r, page.Path)
	return nil
}

// again shows the form with what was refused: what is about pages of the
// questionnaire leads there.
func (room *Room) again(w http.ResponseWriter, r *http.Request, typed *web.Form, refused error) error {
	page, err := room.asked(w, r)
	if page == nil || err != nil {
		return err
	}
	page.Form = typed
	f := fault.As(refused)
	if len(f.Fields) == 0 {
		page.Form.Say(f.Key, f.Args)
	}
	for _, field := range f.Fields {
		if field.Path == "text" || field.Path == "file" {
			page.Form.Errors = append(page.Form.Errors, field)
		} else {
			page.Wrong = append(page.Wrong, wrong{Key: field.Key, Args: field.Args, Page: page.about(field.Path)})
		}
	}
	return room.web.Render(w, r, http.StatusUnprocessableEntity, "statusweb/answer.html", page)
}

// about is the page of the questionnaire that a fault's path is about.
func (page *answering) about(at string) pageLink {
	name := at
	if end := strings.IndexAny(at, ".["); end >= 0 {
		name = at[:end]
	}
	for i := range page.d.Pages {
		one := &page.d.Pages[i]
		if _, ok := one.Question(name); ok || one.ID == name {
			return page.link(one.ID)
		}
	}
	return pageLink{}
}

// take checks a file and keeps it with the question.
func (room *Room) take(r *http.Request, page *answering, name string, from io.Reader) (*casework.File, error) {
	f, err := room.Intake.Take(r.Context(), name, from, upload.Papers(paperPages))
	if err != nil {
		return nil, err
	}
	return room.Cases.Attach(r.Context(), page.a.ID, casework.File{Name: f.Name, MediaType: f.Kind.MediaType()}, f.Data)
}

// readParts reads a form that may hold files, one part after the other: what
// somebody uploads touches no disk. take gets each file that was chosen.
func readParts(r *http.Request, take func(name string, from io.Reader) error) (url.Values, error) {
	values := url.Values{}
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		typed, err := web.ReadForm(r)
		if err != nil {
			return values, err
		}
		return typed.Values, nil
	}
	reader, err := r.MultipartReader()
	if err != nil {
		return values, (&fault.Error{Kind: fault.Invalid, Key: "web.error.form"}).Because(err)
	}
	for n := 0; ; n++ {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		if err != nil {
			return values, broken(err)
		}
		if n >= maxParts {
			return values, broken(fmt.Errorf("more than %d parts", maxParts))
		}
		if part.FileName() != "" {
			if err := take(part.FileName(), part); err != nil {
				return values, err
			}
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, longest+1))
		if err != nil {
			return values, broken(err)
		}
		values.Add(part.FormName(), strings.ToValidUTF8(string(text), "\uFFFD"))
	}
}

// broken is what is said of a form that cannot be read.
func broken(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return (&fault.Error{Kind: fault.Invalid, Key: "web.error.form"}).Because(err)
}
