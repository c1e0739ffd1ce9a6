package caseapi

import (
	"context"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/web"
)

// Application is where an application stands, as its holder may see it (exported
// for huma, which leaves out embedded types that are not).
type Application struct {
	ID          string                `json:"id" example:"01a21214-7f4f-778f-8057-0e50f37e97d2"`
	Reference   string                `json:"reference" example:"K7QX-2M9D"`
	Service     string                `json:"service" example:"visa-application"`
	Post        string                `json:"post" example:"london"`
	Version     string                `json:"version" doc:"Of the questionnaire" example:"9f86d081884c7d65"`
	State       string                `json:"state" enum:"draft,submitted,asked,answered,screened,examined,granted,refused,issued,collected,withdrawn,lapsed" example:"draft"`
	EmailProven bool                  `json:"email_proven" example:"true"`
	SubmittedAt *time.Time            `json:"submitted_at,omitempty" doc:"With the post's offset" example:"2026-12-01T10:15:00+00:00"`
	DueDate     string                `json:"due_date,omitempty" format:"date" doc:"The last local day for a decision" example:"2026-12-22"`
	Fee         *applicationFee       `json:"fee,omitempty" doc:"Once it is handed in"`
	Interview   string                `json:"interview,omitempty" doc:"Reference of the appointment" example:"7H2M-Q8XD"`
	Decision    *applicationDecision  `json:"decision,omitempty"`
	Pages       []applicationPage     `json:"pages" doc:"Those taken with the answers so far, and those of which answers that are missing decide"`
	Questions   []applicationQuestion `json:"questions" doc:"What an officer asked"`
	Events      []applicationEvent    `json:"events" doc:"What happened, the oldest first"`
}

type applicationFee struct {
	Minor    int64    `json:"minor" doc:"Amount in minor units" example:"2000"`
	Currency string   `json:"currency" doc:"ISO 4217" example:"USD"`
	State    string   `json:"state" enum:"due,paid,waived" example:"due"`
	Receipts []string `json:"receipts" doc:"Numbers" example:"[\"LONDON-2026-000123\"]"`
}

type applicationDecision struct {
	Outcome   string    `json:"outcome" enum:"granted,refused" example:"granted"`
	Reasons   []string  `json:"reasons" doc:"In the language of Accept-Language" example:"[]"`
	Text      string    `json:"text,omitempty"`
	DecidedAt time.Time `json:"decided_at" example:"2026-12-18T15:00:00+00:00"`
}

type applicationPage struct {
	ID        string `json:"id" example:"travel_document"`
	Title     string `json:"title" example:"Your travel document"`
	State     string `json:"state" enum:"todo,started,done,optional,cannot-start" example:"done"`
	Version   int64  `json:"version" doc:"To send with put-page" example:"1"`
	MayChange bool   `json:"may_change" example:"true"`
}

type applicationQuestion struct {
	ID         string     `json:"id" example:"01a21214-7f4f-778f-8057-0e50f37e97d2"`
	Text       string     `json:"text" example:"Where do you stay?"`
	Pages      []string   `json:"pages" doc:"Ids of the pages that may be changed" example:"[\"journey\"]"`
	AskedAt    time.Time  `json:"asked_at" example:"2026-12-02T09:00:00+00:00"`
	ClosesAt   *time.Time `json:"closes_at,omitempty" doc:"Without an answer the application lapses then" example:"2027-01-01T09:00:00+00:00"`
	Answer     string     `json:"answer,omitempty"`
	AnsweredAt *time.Time `json:"answered_at,omitempty" example:"2026-12-03T09:00:00+00:00"`
}

type applicationEvent struct {
	Kind string    `json:"kind" example:"submit"`
	Text string    `json:"text" doc:"In the language of Accept-Language" example:"You submitted the application. We have received it."`
	At   time.Time `json:"at" example:"2026-12-01T10:15:00+00:00"`
}

func matched(lang string) string { return locale.Match(lang) }

// view gathers what the holder may see.
func (o Operations) view(ctx context.Context, a *casework.Application) (Application, error) {
	at, err := o.Posts.Get(ctx, a.PostID)
	if err != nil {
		return Application{}, err
	}
	zone := at.Location()
	local := func(t time.Time) time.Time { return t.Truncate(time.Second).In(zone) }
	when := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		t = local(t)
		return &t
	}
	state := a.State
	if state == casework.Proposed { // not told before it is decided
		state = casework.Examined
	}
	view := Application{
		ID: a.ID, Reference: a.Reference, Service: a.ServiceID, Post: a.PostID, Version: a.Version, State: string(state), EmailProven: !a.EmailProvenAt.IsZero(),
		SubmittedAt: when(a.SubmittedAt), DueDate: a.DueDate, Interview: a.Interview, Pages: []applicationPage{}, Questions: []applicationQuestion{}, Events: []applicationEvent{},
	}
	p := web.PrinterOf(ctx)
	asked, err := o.Cases.Questions(ctx, a.ID)
	if err != nil {
		return view, err
	}
	for _, q := range asked {
		view.Questions = append(view.Questions, applicationQuestion{
			ID: q.ID, Text: q.Text, Pages: append([]string{}, q.Pages...), AskedAt: local(q.AskedAt), ClosesAt: when(q.ClosesAt), Answer: q.Answer, AnsweredAt: when(q.AnsweredAt),
		})
	}
	if view.Pages, err = o.pages(ctx, a, asked); err != nil {
		return view, err
	}
	if err := o.viewFee(ctx, a, &view); err != nil {
		return view, err
	}
	if a.Outcome != "" {
		made, err := o.Cases.Decision(ctx, a.ID)
		if err != nil {
			return view, err
		}
		view.Decision = &applicationDecision{Outcome: string(made.Outcome), Reasons: []string{}, Text: made.Text, DecidedAt: local(made.DecidedAt)}
		for _, reason := range made.Reasons {
			view.Decision.Reasons = append(view.Decision.Reasons, p.T(casework.ReasonKey(reason)))
		}
	}
	history, err := o.Cases.History(ctx, a.ID)
	for _, e := range history {
		if e.Shown() {
			view.Events = append(view.Events, applicationEvent{Kind: e.Kind, Text: p.T(e.Key()), At: local(e.At)})
		}
	}
	return view, err
}

// pages lists those that the person takes.
func (o Operations) pages(ctx context.Context, a *casework.Application, asked []casework.Question) ([]applicationPage, error) {
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
	lang, all := web.PrinterOf(ctx).Lang(), []applicationPage{}
	for _, task := range d.Tasks(content.Answers, today) {
		one := applicationPage{ID: task.Page.ID, Title: task.Page.Title.In(lang), State: string(task.State), Version: content.Versions[task.Page.ID], MayChange: a.State == casework.Draft}
		if a.State == casework.Asked && len(asked) > 0 {
			one.MayChange = slices.Contains(asked[len(asked)-1].Pages, one.ID) || one.Version == 0
		}
		if task.State == form.TaskCannotStart {
			one.MayChange = false
		}
		all = append(all, one)
	}
	return all, nil
}

func (o Operations) viewFee(ctx context.Context, a *casework.Application, view *Application) error {
	price, err := o.Cases.Fee(ctx, a.ID)
	if err != nil || price.State == "" {
		return err
	}
	view.Fee = &applicationFee{Minor: price.Minor, Currency: price.Currency, State: price.State, Receipts: []string{}}
	receipts, err := o.Cases.Receipts(ctx, a.ID)
	for _, r := range receipts {
		view.Fee.Receipts = append(view.Fee.Receipts, r.Label())
	}
	return err
}

// today is the local day at the application's post.
func (o Operations) today(ctx context.Context, a *casework.Application) (string, error) {
	at, err := o.Posts.Get(ctx, a.PostID)
	return o.Now().In(at.Location()).Format(time.DateOnly), err
}
