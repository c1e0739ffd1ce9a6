package casework

import (
	"context"
	"fmt"
	"strings"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// WithdrawFor takes the application back because the person asked an officer to;
// how they asked is kept as a note. Invalid without one.
func (s *Service) WithdrawFor(ctx context.Context, staffID, id, how string) (*Application, error) {
	how, err := readText("text", how)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, id, audit.Staff(staffID), func(w *work) error {
		if w.State == Draft {
			return fault.NewConflict("casework.wrong_state").With("State", string(w.State))
		}
		if err := w.keepNote(store.NewID(), staffID, how); err != nil {
			return err
		}
		w.DueDate = ""
		return w.step(StepWithdraw, nil)
	})
}

// keepNote seals and keeps a note.
func (w *work) keepNote(id, staffID, text string) error {
	sealed, err := w.key.seal([]byte(text), "case_note:"+id)
	if err != nil {
		return err
	}
	return w.exec("keep a note", `INSERT INTO case_note (id, application_id, staff_id, sealed, at) VALUES ($1, $2, $3, $4, $5)`,
		id, w.ID, staffID, sealed, store.Millis(w.now))
}

// MayDecide says whether the officer may decide the open proposal: nil, or what
// Decide would answer. A page asks it to know which way to offer; Decide asks
// again.
func (s *Service) MayDecide(ctx context.Context, staffID string, c *Case) error {
	if c.State != Proposed {
		return fault.NewConflict("casework.proposal_changed")
	}
	if !c.Questionnaire.Case.FourEyes {
		return nil
	}
	for _, p := range c.Proposals {
		if p.ID == c.ProposalID {
			return mayDecide(ctx, s.db.Read(), c.ID, staffID, &p)
		}
	}
	return fault.NewConflict("casework.proposal_changed")
}

// mayDecide is the four-eyes rule.
func mayDecide(ctx context.Context, q store.Querier, id, staffID string, p *Proposal) error {
	if staffID == p.ProposedBy {
		return fault.NewForbidden("casework.own_proposal")
	}
	var gave int
	if err := q.QueryRowContext(ctx, `SELECT count(*) FROM case_assignment WHERE application_id = $1 AND by_id = $2 AND staff_id = $3`,
		id, staffID, p.ProposedBy).Scan(&gave); err != nil {
		return fmt.Errorf("ask who gave the case: %w", err)
	}
	if gave > 0 {
		return fault.NewForbidden("casework.own_assignment")
	}
	return nil
}

// Sum adds figures up, with the median of all that were decided.
func Sum(all []Figures) Figures {
	sum := Figures{days: map[int]int{}}
	for _, f := range all {
		sum.Received += f.Received
		sum.Granted += f.Granted
		sum.Refused += f.Refused
		sum.Withdrawn += f.Withdrawn
		sum.Lapsed += f.Lapsed
		sum.Undecided += f.Undecided
		for days, n := range f.days {
			sum.days[days] += n
		}
	}
	sum.MedianDays = median(sum.days)
	return sum
}

// ReferenceIn finds the reference in what was typed, pasted or scanned: the
// reference itself, or an address that ends with it. ok is false without one.
func ReferenceIn(text string) (reference string, ok bool) {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "?")
	text = strings.TrimRight(text, "/")
	if i := strings.LastIndex(text, "/applications/"); i >= 0 {
		text, _, _ = strings.Cut(text[i+len("/applications/"):], "/")
	}
	return ParseReference(text)
}
