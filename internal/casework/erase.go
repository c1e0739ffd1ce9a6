package casework

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// Erase destroys the application's key and all that hangs on it, and leaves a
// count that names nobody. Applicants may erase what they have not submitted;
// anything else goes when its time is over (Tick). Receipts stay: they hold
// amounts and no person. actor is as in the audit trail.
func (s *Service) Erase(ctx context.Context, actor, id string) error {
	_, err := s.change(ctx, id, actor, func(w *work) error {
		if actor == audit.Applicant && w.State != Draft {
			return fault.NewConflict("casework.not_editable")
		}
		return w.erase()
	})
	return err
}

// eraseFrom are the tables whose rows go with an application.
var eraseFrom = []string{"application_page", "application_submission", "application_access", "application_key", "application_file",
	"application_event", "case_assignment", "case_note", "case_question", "case_proposal", "case_fee", "case_payment", "case_screening"}

func (w *work) erase() error {
	outcome := string(w.Outcome)
	if outcome == "" {
		outcome = string(w.State)
	}
	month, days, nationality, purpose := w.month, w.daysTaken, w.Nationality, w.Purpose
	if err := w.step(StepErase, map[string]any{"outcome": outcome}); err != nil {
		return err
	}
	for _, table := range eraseFrom {
		if err := w.exec("erase "+table, `DELETE FROM `+table+` WHERE application_id = $1`, w.ID); err != nil {
			return err
		}
	}
	if w.s.screener != nil {
		if err := w.s.screener.Forget(w.ctx, w.tx, object(w.ID)); err != nil {
			return err
		}
	}
	if err := w.exec("leave a trace", `INSERT INTO case_trace (post_id, service_id, month, nationality, purpose, outcome, days, count)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1)
		ON CONFLICT (post_id, service_id, month, nationality, purpose, outcome, days) DO UPDATE SET count = case_trace.count + 1`,
		w.PostID, w.ServiceID, month, nationality, purpose, outcome, days); err != nil {
		return err
	}
	*w.Application = Application{ID: w.ID, Reference: w.ID, ServiceID: w.ServiceID, PostID: w.PostID, Version: w.Version, Lang: w.Lang, Channel: w.Channel,
		State: Erased, EndedAt: w.now, daysTaken: -1}
	return nil
}

// batch bounds what one Tick does of each kind.
const batch = 200

// Tick does what time brings: drafts that were left alone for KeepDraft and
// cases whose retention is over are erased, cases whose question nobody
// answered lapse, people are compared with lists that have changed, old access
// goes. It says how many were erased. One that fails
// does not keep the others.
func (s *Service) Tick(ctx context.Context) (erased int, err error) {
	now := s.now()
	var failed []error
	lapsing, err := s.ids(ctx, `SELECT application_id FROM case_question WHERE closes_at > 0 AND closes_at < $1 ORDER BY closes_at LIMIT $2`, store.Millis(now), batch)
	failed = append(failed, err)
	for _, id := range lapsing {
		_, err := s.change(ctx, id, audit.System, func(w *work) error {
			if err := w.exec("close a question", `UPDATE case_question SET closes_at = 0 WHERE application_id = $1 AND closes_at > 0 AND closes_at < $2`, id, store.Millis(now)); err != nil {
				return err
			}
			if w.State != Asked {
				return nil // withdrawn meanwhile
			}
			w.DueDate = ""
			return w.step(StepLapse, nil)
		})
		failed = append(failed, err)
	}
	ending, err := s.ids(ctx, `SELECT id FROM application WHERE erase_at > 0 AND erase_at < $1 ORDER BY erase_at, id LIMIT $2`, store.Millis(now), batch)
	failed = append(failed, err)
	for _, id := range ending {
		done := false
		_, err := s.change(ctx, id, audit.System, func(w *work) error {
			if done = !w.eraseAt.IsZero() && w.eraseAt.Before(now); !done {
				return nil // somebody came back to it
			}
			return w.erase()
		})
		if err == nil && done {
			erased++
		}
		failed = append(failed, err)
	}
	waiting, err := s.uncompared(ctx)
	failed = append(failed, err)
	for _, id := range waiting {
		_, err := s.Compare(ctx, id)
		failed = append(failed, err)
	}
	failed = append(failed, s.checkBegun(ctx, now), s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM application_access WHERE expires_at < $1`, store.Millis(now))
		return err
	}))
	return erased, errors.Join(failed...)
}

// checkBegun asks about payments whose person did not come back to the page.
func (s *Service) checkBegun(ctx context.Context, now time.Time) error {
	begun, err := s.ids(ctx, `SELECT DISTINCT application_id FROM case_payment WHERE state = 'begun' AND begun_at > $1 ORDER BY application_id LIMIT $2`,
		store.Millis(now.Add(-paymentAge)), batch)
	failed := []error{err}
	for _, id := range begun {
		failed = append(failed, s.CheckPayments(ctx, id))
	}
	return errors.Join(failed...)
}

func (s *Service) ids(ctx context.Context, query string, args ...any) ([]string, error) {
	var ids []string
	err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("look for applications whose time is over: %w", err)
	}
	return ids, nil
}
