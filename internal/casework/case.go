package casework

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/store"
)

// Case is all that an officer sees of one application.
type Case struct {
	*Application
	Name          string
	Email         string
	Questionnaire *form.Definition // the version that the person saw
	// Answers are those handed in last.
	Answers   form.Answers
	Files     []File
	Questions []Question
	Notes     []Note
	Proposals []Proposal
	Fee       Fee
	Screening Screening
	Receipts  []Receipt
	Related   []Related
	History   []Event
	Age       int  // working days since the submission
	Late      bool // the due date has passed
}

// Case reads a case that was handed in. Not found when it is a draft or erased.
// Whether the officer may see cases of its post is for the caller to ask.
func (s *Service) Case(ctx context.Context, id string) (*Case, error) {
	a, err := s.Application(ctx, id)
	if err != nil {
		return nil, err
	}
	if a.State == Draft || a.Submission == 0 {
		return nil, errNotFound()
	}
	key, err := s.key(a)
	if err != nil {
		return nil, err
	}
	item, err := s.item(ctx, a)
	if err != nil {
		return nil, err
	}
	c := &Case{Application: a, Name: item.Name, Age: item.Age, Late: item.Late, Fee: item.Fee}
	db := s.db.Read()
	for _, read := range []func() error{
		func() error { c.Email, err = s.Email(a); return err },
		func() error { c.Questionnaire, err = s.Questionnaire(ctx, a); return err },
		func() error { c.Answers, err = s.Handed(ctx, a, a.Submission); return err },
		func() error { c.Files, err = listFiles(ctx, db, key, id); return err },
		func() error { c.Questions, err = listQuestions(ctx, db, key, id); return err },
		func() error { c.Notes, err = listNotes(ctx, db, key, id); return err },
		func() error { c.Proposals, err = s.Proposals(ctx, id); return err },
		func() error { c.Screening, err = s.screening(ctx, db, a); return err },
		func() error { c.Receipts, err = s.Receipts(ctx, id); return err },
		func() error { c.Related, err = s.Related(ctx, id); return err },
		func() error { c.History, err = s.History(ctx, id); return err },
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Handed reads the answers that were handed in the number-th time, from 1 to
// the application's Submission. Not found when there are none.
func (s *Service) Handed(ctx context.Context, a *Application, number int) (form.Answers, error) {
	key, err := s.key(a)
	if err != nil {
		return nil, err
	}
	var sealed []byte
	err = s.db.Read().QueryRowContext(ctx, `SELECT sealed FROM application_submission WHERE application_id = $1 AND number = $2`, a.ID, number).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read a submission: %w", err)
	}
	var h handed
	return h.Answers, key.openJSON(sealed, fmt.Sprintf("application_submission:%s/%d", a.ID, number), &h)
}

// Subject says whom the case is about, by the answers handed in last.
func (c *Case) Subject() Subject { return subject(c.Questionnaire, c.Answers) }

func listNotes(ctx context.Context, q store.Querier, key *caseKey, id string) ([]Note, error) {
	var notes []Note
	err := store.Each(ctx, q, func(rows *sql.Rows) error {
		var n Note
		var sealed []byte
		var at int64
		if err := rows.Scan(&n.ID, &n.StaffID, &sealed, &at); err != nil {
			return err
		}
		plain, err := key.open(sealed, "case_note:"+n.ID)
		n.Text, n.At = string(plain), store.Time(at)
		notes = append(notes, n)
		return err
	}, `SELECT id, staff_id, sealed, at FROM case_note WHERE application_id = $1 ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("list notes: %w", err)
	}
	return notes, nil
}

// Event is one thing that happened to an application.
type Event struct {
	Kind  string // a Step, or "start", "paid", "interview"
	Actor string // as the audit trail names them
	State State  // after it
	At    time.Time
}

// Shown says whether the applicant sees it.
func (e Event) Shown() bool { return Step(e.Kind).Shown() || ways[Step(e.Kind)].to == "" }

// Key is the translation key of what it means to the applicant.
func (e Event) Key() string { return Step(e.Kind).Key() }

// History lists what happened, the oldest first. Applicants are shown only what
// is Shown, without actors.
func (s *Service) History(ctx context.Context, id string) ([]Event, error) {
	var events []Event
	err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		var e Event
		var at int64
		err := rows.Scan(&e.Kind, &e.Actor, &e.State, &at)
		e.At = store.Time(at)
		events = append(events, e)
		return err
	}, `SELECT kind, actor, state, at FROM application_event WHERE application_id = $1 ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("read the history of application %s: %w", id, err)
	}
	return events, nil
}

// Decision is what the applicant is told.
type Decision struct {
	Outcome   Outcome
	Reasons   []string // see ReasonKey
	Text      string
	Terms     map[string]string
	DecidedAt time.Time
}

// Decision reads what was decided. Conflict when nothing is.
func (s *Service) Decision(ctx context.Context, id string) (*Decision, error) {
	a, err := s.Application(ctx, id)
	if err != nil {
		return nil, err
	}
	all, err := s.Proposals(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if p.ID == a.ProposalID && p.State == ProposalDecided {
			return &Decision{p.Outcome, p.Reasons, p.Text, p.Terms, a.DecidedAt}, nil
		}
	}
	return nil, fault.NewConflict("casework.not_decided")
}

// Related is another application that has something in common with a case.
type Related struct {
	*Application
	Kinds []string // "person", "email", "group", sorted
}

// maxRelated bounds how many related applications are listed.
const maxRelated = 50

// Related lists other applications of the same person (document, birth and
// nationality), mailbox or group that were handed in, the latest first. They
// may be at other posts: whether the officer may open those is for the caller
// to ask.
func (s *Service) Related(ctx context.Context, id string) ([]Related, error) {
	var all []Related
	err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		var kind string
		a, err := scan(&prefixed{rows, &kind})
		if err != nil {
			return err
		}
		if n := len(all); n > 0 && all[n-1].ID == a.ID {
			all[n-1].Kinds = append(all[n-1].Kinds, kind)
			return nil
		}
		all = append(all, Related{a, []string{kind}})
		return nil
	}, `SELECT k.kind, `+qualified+` FROM application_key mine
		JOIN application_key k ON k.kind = mine.kind AND k.key = mine.key AND k.application_id <> mine.application_id
		JOIN application a ON a.id = k.application_id
		WHERE mine.application_id = $1 AND a.state NOT IN ('draft', 'erased') ORDER BY a.id DESC, k.kind LIMIT $2`, id, maxRelated)
	if err != nil {
		return nil, fmt.Errorf("find related applications: %w", err)
	}
	return all, nil
}

// prefixed scans one column before the application's.
type prefixed struct {
	rows  *sql.Rows
	first *string
}

func (p *prefixed) Scan(dest ...any) error { return p.rows.Scan(append([]any{p.first}, dest...)...) }
