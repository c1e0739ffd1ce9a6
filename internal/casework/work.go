package casework

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// work is the unit of change: one application, locked until the transaction
// ends.
type work struct {
	*Application
	s     *Service
	ctx   context.Context
	tx    *store.Tx
	key   *caseKey
	actor string // as the audit trail names them
	now   time.Time
	today string // at the post

	// touched says that of the application itself only the moment of the last
	// change is new.
	touched bool

	trail []audit.Entry
	mail  []notify.Message
}

// change runs fn on the locked application and commits what it did: all of it,
// or nothing when it returns an error. fn may run again.
func (s *Service) change(ctx context.Context, id, actor string, fn func(*work) error) (*Application, error) {
	var after *Application
	mailed := false
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		w, err := s.lock(ctx, tx, id, actor)
		if err != nil {
			return err
		}
		if err := fn(w); err != nil {
			return err
		}
		after, mailed = w.Application, len(w.mail) > 0
		return w.finish()
	})
	if err != nil {
		return nil, err
	}
	if mailed {
		s.outbox.Wake()
	}
	return after, nil
}

// lock reads the application for a change in tx; finish writes what was done.
func (s *Service) lock(ctx context.Context, tx *store.Tx, id, actor string) (*work, error) {
	a, err := byID(ctx, tx.Kept(), id, tx.ForUpdate())
	if err != nil {
		return nil, err
	}
	w := &work{Application: a, s: s, ctx: ctx, tx: tx, actor: actor, now: s.now()}
	if w.key, err = s.key(a); err != nil {
		return nil, err
	}
	if w.today, err = s.calendar.Today(ctx, a.PostID, w.now); err != nil {
		return nil, err
	}
	if actor == audit.Applicant && a.Channel == ByStaff && a.State == Draft {
		w.actor, err = starter(ctx, tx, id)
	}
	return w, err
}

// starter is the officer who fills in for somebody.
func starter(ctx context.Context, tx *store.Tx, id string) (actor string, err error) {
	if err := tx.QueryRowContext(ctx, `SELECT actor FROM application_event WHERE application_id = $1 AND kind = 'start'`, id).Scan(&actor); err != nil {
		return "", fmt.Errorf("ask who started application %s: %w", id, err)
	}
	return actor, nil
}

// finish writes the application, its mail and, last, the audit trail.
func (w *work) finish() error {
	update := updateApplication
	if w.touched {
		update = touchApplication
	}
	if err := update(w.ctx, w.tx, w.Application); err != nil {
		return err
	}
	if len(w.mail) > 0 {
		if err := w.s.outbox.Enqueue(w.ctx, w.tx, w.mail...); err != nil {
			return err
		}
	}
	return w.s.trail.Append(w.ctx, w.tx, w.trail...)
}

// keepMonths is how long cases are kept whose questionnaire says nothing.
const keepMonths = 24

// step moves the application along the table, and says so in its history and
// in the audit trail.
func (w *work) step(step Step, detail map[string]any) error {
	to, err := step.next(w.State)
	if err != nil {
		return err
	}
	w.State = to
	if to.Over() {
		q, err := w.s.questionnaire(w.ctx, w.tx, w.Application)
		if err != nil {
			return err
		}
		w.EndedAt, w.eraseAt = w.now, w.now.AddDate(0, cmp.Or(q.Definition().Case.KeepMonths, keepMonths), 0)
	} else {
		w.eraseAt = time.Time{}
	}
	w.note("case."+string(step), detail)
	return w.event(string(step))
}

// note puts what was done into the audit trail.
func (w *work) note(action string, detail map[string]any) {
	w.trail = append(w.trail, audit.Entry{Actor: w.actor, Action: action, Object: object(w.ID), Post: w.PostID, Detail: detail})
}

// event puts what happened into the application's history.
func (w *work) event(kind string) error {
	return w.exec("keep the history", `INSERT INTO application_event (id, application_id, kind, actor, state, at) VALUES ($1, $2, $3, $4, $5, $6)`,
		store.NewID(), w.ID, kind, w.actor, string(w.State), store.Millis(w.now))
}

// exec runs a statement; doing says what for, for the log.
func (w *work) exec(doing, query string, args ...any) error {
	if _, err := w.tx.ExecContext(w.ctx, query, args...); err != nil {
		return fmt.Errorf("%s of application %s: %w", doing, w.ID, err)
	}
	return nil
}

// tell puts a mail to the applicant into the outbox; ref is the application's
// or the question's id. People without an address are told by telephone.
func (w *work) tell(kind, ref string, data map[string]string) {
	if w.emailKey == "" {
		return
	}
	w.mail = append(w.mail, notify.Message{Kind: kind, Ref: ref, Lang: w.Lang, Data: data})
}
