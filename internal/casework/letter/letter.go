package letter

import (
	"context"
	"net/url"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
)

// Kinds are the kinds of mail that Render makes.
var Kinds = []string{notify.KindApplicationCode, notify.KindApplicationSubmitted, notify.KindApplicationAsked, notify.KindApplicationDecided}

// Posts finds posts; *post.Service does.
type Posts interface {
	Get(ctx context.Context, id string) (post.Post, error)
}

// Writer renders the mails about applications.
type Writer struct {
	Cases    *casework.Service
	Posts    Posts
	BaseURL  string // without a slash at the end
	Ministry locale.Text
}

// Render makes one mail. It is obsolete when the application was erased, the
// code is no longer valid, or the question was answered.
func (w *Writer) Render(ctx context.Context, m notify.Message) (notify.Mail, error) {
	a, err := w.Cases.Application(ctx, m.Ref)
	if fault.KindOf(err) == fault.NotFound {
		return notify.Mail{}, notify.ErrObsolete
	}
	if err != nil {
		return notify.Mail{}, err
	}
	email, err := w.Cases.Email(a)
	if fault.KindOf(err) == fault.NotFound || err == nil && email == "" {
		return notify.Mail{}, notify.ErrObsolete
	}
	if err != nil {
		return notify.Mail{}, err
	}
	to, err := notify.ParseAddress(email)
	if err != nil {
		return notify.Mail{}, err
	}
	at, err := w.Posts.Get(ctx, a.PostID)
	if err != nil {
		return notify.Mail{}, err
	}
	questions, err := w.Cases.Questionnaire(ctx, a)
	if err != nil {
		return notify.Mail{}, err
	}
	p := locale.For(m.Lang)
	words := map[string]any{"Reference": a.Reference, "Service": questions.Title.In(p.Lang()), "Post": at.Name.In(p.Lang()), "Until": ""}
	say := func(name string) string { return p.T("casework.mail."+m.Kind+"."+name, words) }
	l := notify.Letter{Lang: p.Lang(), Ministry: w.Ministry.In(p.Lang())}
	status := w.BaseURL + "/applications/" + url.PathEscape(a.Reference)
	switch m.Kind {
	case notify.KindApplicationCode:
		if l.Code = w.Cases.Code(a); l.Code == "" {
			return notify.Mail{}, notify.ErrObsolete
		}
		words["Until"] = p.Time(w.Cases.CodeExpires(a).In(at.Location()))
		l.After = []string{say("until"), say("ignore")}
	case notify.KindApplicationAsked:
		asked, err := w.open(ctx, a, m.Data["question"])
		if err != nil {
			return notify.Mail{}, err
		}
		l.Links = []notify.Row{{Label: say("link"), Text: w.AnswerURL(asked.ID)}}
		if !asked.ClosesAt.IsZero() {
			words["Until"] = p.Date(asked.ClosesAt.In(at.Location()))
			l.After = []string{say("until")}
		}
	default:
		l.Links = []notify.Row{{Label: say("link"), Text: status}}
		l.After = []string{say("after")}
	}
	l.Subject, l.Heading, l.Before = say("subject"), say("heading"), []string{say("intro")}
	l.Rows = []notify.Row{
		{Label: p.T("casework.mail.label.service"), Text: questions.Title.In(p.Lang())}, {Label: p.T("casework.mail.label.post"), Text: at.Name.In(p.Lang())},
		{Label: p.T("casework.mail.label.reference"), Text: a.Reference},
	}
	mail, err := notify.Compose(l)
	mail.To = to
	return mail, err
}

// open is the question, as long as it waits for an answer.
func (w *Writer) open(ctx context.Context, a *casework.Application, id string) (*casework.Question, error) {
	if a.State != casework.Asked {
		return nil, notify.ErrObsolete
	}
	all, err := w.Cases.Questions(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	for _, q := range all {
		if q.ID == id && q.AnsweredAt.IsZero() {
			return &q, nil
		}
	}
	return nil, notify.ErrObsolete
}

// AnswerURL is the link by which the person comes to answer a question; the page
// there hands both parts to casework.Service.Follow.
func (w *Writer) AnswerURL(questionID string) string {
	return w.BaseURL + "/applications/answer?" + url.Values{"question": {questionID}, "token": {w.Cases.LinkToken(questionID)}}.Encode()
}
