package casework

import (
	"context"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// Assign gives the case to an officer, "" to nobody; by is who does it. Whoever
// proposed a decision cannot choose who decides it: forbidden. Conflict when
// the case is over.
func (s *Service) Assign(ctx context.Context, by, id, staffID string) (*Application, error) {
	return s.change(ctx, id, audit.Staff(by), func(w *work) error {
		if !w.State.Open() && w.State != Granted && w.State != Issued {
			return fault.NewConflict("casework.wrong_state").With("State", string(w.State))
		}
		if w.Assignee == staffID {
			return nil
		}
		if w.State == Proposed && staffID != "" && staffID != by {
			p, err := w.proposal()
			if err != nil {
				return err
			}
			if p.ProposedBy == by {
				return fault.NewForbidden("casework.own_choice")
			}
		}
		w.Assignee = staffID
		w.note("case.assign", map[string]any{"to": staffID})
		if staffID == "" {
			return nil
		}
		return w.exec("assign", `INSERT INTO case_assignment (id, application_id, staff_id, by_id, at) VALUES ($1, $2, $3, $4, $5)`,
			store.NewID(), w.ID, staffID, by, store.Millis(w.now))
	})
}

// Note is what an officer writes for the others.
type Note struct {
	ID, StaffID, Text string
	At                time.Time
}

// Note keeps a note with the case; the person does not see it. Invalid when it
// is empty or too long.
func (s *Service) Note(ctx context.Context, staffID, id, text string) (*Note, error) {
	text, err := readText("text", text)
	if err != nil {
		return nil, err
	}
	n := &Note{ID: store.NewID(), StaffID: staffID, Text: text}
	_, err = s.change(ctx, id, audit.Staff(staffID), func(w *work) error {
		if w.State == Draft {
			return fault.NewConflict("casework.wrong_state").With("State", string(w.State))
		}
		n.At = w.now
		w.note("case.note", nil)
		return w.keepNote(n.ID, staffID, text)
	})
	if err != nil {
		return nil, err
	}
	return n, nil
}

// Screen records that the lists were searched and every hit was adjudicated;
// run names the search. actor is as in the audit trail. With a Screener it
// happens by itself, and what was compared cannot be recorded otherwise: the
// person is compared if that is due, and it is a conflict while hits are open.
func (s *Service) Screen(ctx context.Context, actor, id, run string) (*Application, error) {
	return s.fresh(ctx, id, func() (*Application, error) {
		return s.change(ctx, id, actor, func(w *work) error {
			st, err := s.screening(ctx, w.tx, w.Application)
			switch {
			case err != nil:
				return err
			case !st.On || !w.State.Open():
			case !st.Checked || st.Stale:
				return errUncompared
			case st.Open+st.Judged > 0:
				return fault.NewConflict("casework.screening_open").With("Count", st.Open+st.Judged)
			case w.State == Screened:
				return nil // the comparison moved it on
			}
			return w.step(StepScreen, map[string]any{"run": run})
		})
	})
}

// Examine records that an officer has looked through the screened case.
func (s *Service) Examine(ctx context.Context, staffID, id string) (*Application, error) {
	return s.change(ctx, id, audit.Staff(staffID), func(w *work) error {
		return w.step(StepExamine, nil)
	})
}

// SetInterview binds the booking of an interview to the application, "" for
// none; reference is that of the appointment book.
func (s *Service) SetInterview(ctx context.Context, id, reference string) (*Application, error) {
	return s.change(ctx, id, audit.Applicant, func(w *work) error {
		if w.State != Draft && !w.State.Open() {
			return fault.NewConflict("casework.wrong_state").With("State", string(w.State))
		}
		w.Interview = reference
		return w.event("interview")
	})
}

// Issue records what a granted application gave, such as "visa:0197…". Issuing
// the same again is no change.
func (s *Service) Issue(ctx context.Context, actor, id, issued string) (*Application, error) {
	return s.change(ctx, id, actor, func(w *work) error { return w.issue(issued) })
}

// IssueIn is Issue in the transaction that makes what is issued. It appends to
// the audit trail, so call it last.
func (s *Service) IssueIn(ctx context.Context, tx *store.Tx, actor, id, issued string) error {
	w, err := s.lock(ctx, tx, id, actor)
	if err != nil {
		return err
	}
	if err := w.issue(issued); err != nil {
		return err
	}
	return w.finish()
}

func (w *work) issue(issued string) error {
	if w.State == Issued && w.IssuedAs == issued {
		return nil
	}
	w.IssuedAs = issued
	return w.step(StepIssue, map[string]any{"issued": issued})
}

// Collect records that the person has what was issued.
func (s *Service) Collect(ctx context.Context, staffID, id string) (*Application, error) {
	return s.change(ctx, id, audit.Staff(staffID), func(w *work) error {
		return w.step(StepCollect, nil)
	})
}

// knownReason refuses reasons that are not in the list, and none at all when
// one is needed.
func knownReason(path, reason string, list []string) error {
	if !slices.Contains(list, reason) {
		return fault.NewInvalid(fault.Field{Path: path, Key: "casework.reason_missing"})
	}
	return nil
}
