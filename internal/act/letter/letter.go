package letter

import (
	"context"
	"net/url"
	"strings"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
)

// Kinds are the kinds of mail that Render makes.
var Kinds = []string{act.KindIssued, act.KindCorrected, act.KindEnded}

// Posts finds posts; *post.Service does.
type Posts interface {
	Get(ctx context.Context, id string) (post.Post, error)
}

// Writer renders the mails about visas.
type Writer struct {
	Acts     *act.Service
	Cases    *casework.Service
	Posts    Posts
	BaseURL  string // without a slash at the end
	Ministry locale.Text
}

// Render makes one mail. It is obsolete when the application was erased or has
// no address.
func (w *Writer) Render(ctx context.Context, m notify.Message) (notify.Mail, error) {
	a, err := w.Acts.Act(ctx, m.Ref)
	if err != nil {
		return notify.Mail{}, err
	}
	id, _ := strings.CutPrefix(a.Source, act.CaseSource(""))
	application, err := w.Cases.Application(ctx, id)
	var email string
	if err == nil {
		email, err = w.Cases.Email(application)
	}
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
	p := locale.For(m.Lang)
	words := map[string]any{"Number": a.Label(), "Reference": application.Reference, "State": p.T("act.state." + string(a.State))}
	say := func(name string) string { return p.T("act.mail."+m.Kind+"."+name, words) }
	l := notify.Letter{
		Lang: p.Lang(), Ministry: w.Ministry.In(p.Lang()), Subject: say("subject"), Heading: say("heading"), Before: []string{say("intro")}, After: []string{say("after")},
		Links: []notify.Row{{Label: say("link"), Text: w.BaseURL + "/applications/" + url.PathEscape(application.Reference)}},
		Rows: []notify.Row{
			{Label: p.T("act.mail.label.number"), Text: a.Label()}, {Label: p.T("act.mail.label.reference"), Text: application.Reference},
			{Label: p.T("act.mail.label.post"), Text: at.Name.In(p.Lang())},
		},
	}
	if m.Kind == act.KindEnded {
		ground, err := w.ground(ctx, a)
		if err != nil {
			return notify.Mail{}, err
		}
		l.Rows = append(l.Rows, notify.Row{Label: say("ground"), Text: p.T(act.GroundKey(ground))})
	}
	mail, err := notify.Compose(l)
	mail.To = to
	return mail, err
}

// ground is on what the act ended.
func (w *Writer) ground(ctx context.Context, a *act.Act) (string, error) {
	all, err := w.Acts.Proposals(ctx, a.ID)
	if err != nil {
		return "", err
	}
	for _, p := range all {
		if p.State == act.ProposalCarried {
			return p.Ground, nil
		}
	}
	return "", notify.ErrObsolete
}
