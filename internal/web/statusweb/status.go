package statusweb

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/web"
)

// statusPage says where the application stands.
type statusPage struct {
	*head
	// State is what the person is told of it: that a decision is proposed is not
	// among that, and how a visa has ended is.
	State     string
	Lead      string
	When      string // by when, "" when nothing is to come
	Todo      []todo
	Decision  *decision
	Fee       *feeView
	Interview *appointment // nil when there is none
	MayBook   bool
	Email     string
	Line      []event
	Exchanges []exchange
	Submitted string
	Kept      string // until when, once it is over
	Withdraw  bool
	Again     string // where to begin anew, "" while it goes on
}

// todo is something that the person has to do.
type todo struct{ Text, Path, Go, By string }

type event struct {
	Text string
	At   time.Time // on the post's clock
}

// exchange is an officer's question with its answer.
type exchange struct {
	Text, Answer    string
	Asked, Answered time.Time // on the post's clock
	Files           []casework.File
}

type decision struct {
	Granted bool
	At      string
	Reasons []string
	Text    string
	// Terms are those of a visa: how often, from when, until when, how long.
	Terms []term
	// Download is where the visa is, "" before there is one and when it is handed
	// out at the post.
	Download string
	AtPost   bool
}

// term is a line of what was granted.
type term struct{ Label, Value string }

// shown is the state as the person is told it.
func shown(s casework.State) casework.State {
	if s == casework.Proposed {
		return casework.Examined
	}
	return s
}

func (room *Room) status(w http.ResponseWriter, r *http.Request) error {
	h, err := room.open(w, r)
	if h == nil || err != nil {
		return err
	}
	ctx := r.Context()
	// Who closed the provider's page before it led back finds the payment here.
	if err := room.Cases.CheckPayments(ctx, h.a.ID); err != nil {
		room.web.Logger().WarnContext(ctx, "payments could not be asked about", "application", h.a.ID, "error", err)
	}
	page := &statusPage{head: h, State: string(shown(h.a.State)), Submitted: h.date(h.a.SubmittedAt), Withdraw: h.a.State.Open()}
	page.Lead = h.p.T("statusweb.lead." + page.State)
	if page.Email, err = room.Cases.Email(h.a); err != nil {
		return err
	}
	for _, fill := range []func(context.Context, *statusPage) error{room.fillTime, room.fillQuestions, room.fillFee, room.fillInterview, room.fillDecision, room.fillLine} {
		if err := fill(ctx, page); err != nil {
			return err
		}
	}
	return room.web.Render(w, r, http.StatusOK, "statusweb/status.html", page)
}

// fillTime says by when something comes.
func (room *Room) fillTime(ctx context.Context, page *statusPage) error {
	a := page.a
	switch {
	case a.State.Over():
		if !a.EndedAt.IsZero() && page.d.Case.KeepMonths > 0 {
			page.Kept = page.date(a.EndedAt.AddDate(0, page.d.Case.KeepMonths, 0))
		}
		if a.State == casework.Lapsed || a.State == casework.Withdrawn || a.State == casework.Refused {
			page.Again = "/services/" + a.ServiceID + "/apply"
		}
		return nil
	case a.DueDate == "" || !a.State.Open():
		return nil
	}
	today := page.local(room.web.Now()).Format(time.DateOnly)
	if a.DueDate < today {
		page.When = page.p.T("statusweb.when.late", "Date", page.day(a.DueDate))
		return nil
	}
	left, err := room.Cases.WorkingDays(ctx, a.PostID, today, a.DueDate)
	if err != nil {
		return err
	}
	page.When = page.p.T("statusweb.when.due", "Date", page.day(a.DueDate), "Count", left)
	return nil
}

func (room *Room) fillQuestions(ctx context.Context, page *statusPage) error {
	questions, err := room.Cases.Questions(ctx, page.a.ID)
	if err != nil {
		return err
	}
	for _, q := range questions {
		e := exchange{Text: q.Text, Answer: q.Answer, Asked: page.local(q.AskedAt), Files: q.Files}
		if !q.AnsweredAt.IsZero() {
			e.Answered = page.local(q.AnsweredAt)
		}
		page.Exchanges = append(page.Exchanges, e)
		if !q.AnsweredAt.IsZero() || page.a.State != casework.Asked {
			continue
		}
		one := todo{Text: page.p.T("statusweb.todo.answer"), Path: path(page.Reference, "answer"), Go: page.p.T("statusweb.todo.answer_go")}
		if !q.ClosesAt.IsZero() {
			one.By = page.p.T("statusweb.todo.answer_by", "Date", page.p.LongDate(page.local(q.ClosesAt)))
		}
		page.Todo = append(page.Todo, one)
	}
	return nil
}

func (room *Room) fillFee(ctx context.Context, page *statusPage) error {
	var err error
	page.Fee, err = room.fee(ctx, page.head)
	if err == nil && page.Fee != nil && page.Fee.Due {
		page.Todo = append(page.Todo, todo{
			Text: page.p.T("statusweb.todo.pay", "Amount", page.Fee.Amount), Path: path(page.Reference, "pay"), Go: page.p.T("statusweb.todo.pay_go"),
			By: page.p.T("statusweb.todo.pay_by"),
		})
	}
	return err
}

func (room *Room) fillInterview(ctx context.Context, page *statusPage) error {
	if page.d.Case.Appointment == "" {
		return nil
	}
	found, err := room.appointment(ctx, page.head)
	if err != nil {
		return err
	}
	page.Interview = found
	page.MayBook = page.a.State.Open() && !found.stands()
	if page.MayBook {
		page.Todo = append(page.Todo, todo{
			Text: page.p.T("statusweb.todo.interview"), Path: path(page.Reference, "interview"), Go: page.p.T("statusweb.todo.interview_go"),
		})
	}
	return nil
}

func (room *Room) fillDecision(ctx context.Context, page *statusPage) error {
	if page.a.Outcome == "" {
		return nil
	}
	made, err := room.Cases.Decision(ctx, page.a.ID)
	if err != nil {
		return err
	}
	page.Decision = &decision{Granted: made.Outcome == casework.Grant, At: page.date(made.DecidedAt), Text: made.Text}
	for _, reason := range made.Reasons {
		page.Decision.Reasons = append(page.Decision.Reasons, page.p.T(casework.ReasonKey(reason)))
	}
	if page.Decision.Granted && page.d.Case.Issues == string(act.Visas) {
		page.Decision.Terms = page.terms(made.Terms)
	}
	if !strings.HasPrefix(page.a.IssuedAs, "visa:") {
		return nil
	}
	visa, document, err := room.Visas.ForHolder(ctx, page.a.ID)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return nil
	case err != nil:
		return err
	case visa.State == act.Annulled || visa.State == act.Revoked:
		page.State, page.Decision = string(visa.State), nil
		page.Lead = page.p.T("statusweb.lead."+page.State, "Number", visa.Label())
	case document != nil:
		page.Decision.Download = path(page.Reference, "visa.pdf")
	default:
		page.Decision.AtPost = page.a.State == casework.Issued
		if page.Decision.AtPost {
			page.Lead = page.p.T("statusweb.lead.at_post")
		}
	}
	return nil
}

// terms writes what was granted for its holder.
func (h *head) terms(terms map[string]string) []term {
	var all []term
	for _, one := range []struct{ name, value string }{
		{casework.TermEntries, h.p.T(casework.EntriesKey(terms[casework.TermEntries]))},
		{casework.TermFrom, h.day(terms[casework.TermFrom])}, {casework.TermUntil, h.day(terms[casework.TermUntil])},
		{casework.TermDays, terms[casework.TermDays]},
	} {
		if terms[one.name] != "" {
			all = append(all, term{h.p.T("statusweb.terms." + one.name), one.value})
		}
	}
	return all
}

// fillLine tells what has happened, the latest first.
func (room *Room) fillLine(ctx context.Context, page *statusPage) error {
	history, err := room.Cases.History(ctx, page.a.ID)
	if err != nil {
		return err
	}
	for i := len(history) - 1; i >= 0; i-- {
		if e := history[i]; e.Shown() {
			page.Line = append(page.Line, event{page.p.T(e.Key()), page.local(e.At)})
		}
	}
	return nil
}

// withdraw asks once more.
func (room *Room) withdraw(w http.ResponseWriter, r *http.Request) error {
	h, err := room.open(w, r)
	if h == nil || err != nil {
		return err
	}
	if !h.a.State.Open() {
		web.SeeOther(w, r, h.Path)
		return nil
	}
	fee, err := room.fee(r.Context(), h)
	if err != nil {
		return err
	}
	interview, err := room.coming(r.Context(), h)
	if err != nil {
		return err
	}
	f := &web.Form{}
	f.Set("interview", "cancel")
	return room.web.Render(w, r, http.StatusOK, "statusweb/withdraw.html", struct {
		*head
		Form      *web.Form
		Paid      bool
		Interview *appointment
		Cancel    []web.Option
	}{h, f, fee != nil && fee.Paid, interview, []web.Option{{Value: "cancel", Label: h.p.T("statusweb.withdraw.cancel")}}})
}

// coming is the interview that is still to be held, nil when there is none.
func (room *Room) coming(ctx context.Context, h *head) (*appointment, error) {
	if h.d.Case.Appointment == "" {
		return nil, nil
	}
	found, err := room.appointment(ctx, h)
	if found == nil || err != nil || !found.Coming {
		return nil, err
	}
	return found, nil
}

// withdrawNow takes the application back, and gives the place of the interview
// back when the person wants that: what failed of the latter can be done by its
// own page, and keeps nobody from withdrawing.
func (room *Room) withdrawNow(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	h, err := room.open(w, r)
	if h == nil || err != nil {
		return err
	}
	interview, err := room.coming(r.Context(), h)
	if err != nil {
		return err
	}
	if _, err := room.Cases.Withdraw(r.Context(), h.a.ID); err != nil {
		return err
	}
	if interview != nil && f.Has("interview", "cancel") {
		said := web.Flash{Kind: "success", Key: "statusweb.withdraw.cancelled"}
		if _, err := room.Book.Cancel(r.Context(), audit.Applicant, interview.id, ""); err != nil {
			room.web.Logger().WarnContext(r.Context(), "an interview could not be cancelled", "application", h.a.ID, "error", err)
			said = web.Flash{Key: "statusweb.withdraw.not_cancelled"}
		}
		room.web.Flash(w, said)
	}
	web.SeeOther(w, r, h.Path)
	return nil
}
