package casework

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// Screener compares people with the watch lists. ref is "application:<id>".
type Screener interface {
	// Screen compares a person with the lists as they are, outside of any
	// transaction, and writes down what came close, for the officers of the post.
	Screen(ctx context.Context, ref, postID string, who Identity) (Compared, error)
	// Lists names the versions of all lists, as q sees them.
	Lists(ctx context.Context, q store.Querier) (string, error)
	// Standing says how the screening of ref stands, as q sees it.
	Standing(ctx context.Context, q store.Querier, ref string) (Screening, error)
	// Forget takes away who was compared under ref, in the transaction in which
	// the application is erased.
	Forget(ctx context.Context, tx *store.Tx, ref string) error
}

// Compared is what a comparison left: the check's id, and the versions of the
// lists as Screener.Lists names them.
type Compared struct{ CheckID, Lists string }

// Screening says how the comparison of a case's person with the watch lists
// stands. It decides nothing: officers do.
type Screening struct {
	// On is false when nobody compares: officers do it elsewhere and record it.
	On bool
	// Checked says that the answers handed in last were compared, CheckID with
	// which check ("" when they name nobody) and At when.
	Checked bool
	CheckID string
	At      time.Time
	// Stale says that a list has a newer version than that check knew. The person
	// is compared again before a grant is decided.
	Stale bool
	// Entries that came close: open ones wait for one officer's judgement, judged
	// ones for another's confirmation, the others are settled.
	Open, Judged, Cleared, Same int
}

// Settled says that two officers have judged every hit, if there was any, of a
// comparison with the lists of today.
func (s Screening) Settled() bool {
	return s.Checked && s.CheckID != "" && !s.Stale && s.Open+s.Judged == 0
}

// maxCompare bounds how often a decision compares anew because a list changed
// again meanwhile.
const maxCompare = 3

// errUncompared is what a change gives when the person must be compared, which
// happens outside of it.
var errUncompared = errors.New("casework: not compared with the lists of today")

// Screening says how the case stands with the watch lists.
func (s *Service) Screening(ctx context.Context, id string) (Screening, error) {
	a, err := s.Application(ctx, id)
	if err != nil {
		return Screening{}, err
	}
	return s.screening(ctx, s.db.Read(), a)
}

func (s *Service) screening(ctx context.Context, q store.Querier, a *Application) (Screening, error) {
	if s.screener == nil {
		return Screening{}, nil
	}
	now, err := s.screener.Lists(ctx, q)
	if err != nil {
		return Screening{}, err
	}
	st, err := s.screener.Standing(ctx, q, object(a.ID))
	if err != nil {
		return st, err
	}
	var lists string
	var at int64
	st.On, st.Checked, st.CheckID = true, true, ""
	err = q.QueryRowContext(ctx, `SELECT check_id, lists, at FROM case_screening WHERE application_id = $1 AND submission = $2 ORDER BY at DESC, check_id DESC LIMIT 1`,
		a.ID, a.Submission).Scan(&st.CheckID, &lists, &at)
	if errors.Is(err, sql.ErrNoRows) {
		st.Checked = false
		return st, nil
	}
	if err != nil {
		return st, fmt.Errorf("ask how application %s was screened: %w", a.ID, err)
	}
	st.At, st.Stale = store.Time(at), lists != now
	return st, nil
}

// Compare compares the person with the watch lists as they are now; a case that
// waits for that, and in which no hit is open, is then screened. It happens by
// itself when answers are handed in, when a list has changed (Tick) and before a
// grant is decided.
func (s *Service) Compare(ctx context.Context, id string) (*Application, error) {
	a, err := s.Application(ctx, id)
	if err != nil || s.screener == nil || !a.State.Open() || a.State == Asked {
		return a, err
	}
	who, err := s.identity(ctx, a)
	if err != nil {
		return nil, err
	}
	var done Compared
	if who.empty() {
		done.Lists, err = s.screener.Lists(ctx, s.db.Read())
	} else {
		done, err = s.screener.Screen(ctx, object(a.ID), a.PostID, who)
	}
	if err != nil {
		return nil, fmt.Errorf("screen application %s: %w", a.ID, err)
	}
	submission := a.Submission
	return s.change(ctx, id, audit.System, func(w *work) error {
		if w.Submission != submission || !w.State.Open() {
			return nil // other answers are compared anew
		}
		if err := w.exec("keep a check", `INSERT INTO case_screening (application_id, submission, lists, check_id, at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (application_id, submission, lists) DO UPDATE SET check_id = excluded.check_id, at = excluded.at`,
			w.ID, submission, done.Lists, done.CheckID, store.Millis(w.now)); err != nil {
			return err
		}
		return w.settle()
	})
}

// compared is Compare for what was just handed in. What fails here, Tick tries
// again and reports; the answers are safe.
func (s *Service) compared(ctx context.Context, a *Application) *Application {
	if s.screener == nil || !StepScreen.May(a.State) {
		return a
	}
	if after, err := s.Compare(context.WithoutCancel(ctx), a.ID); err == nil {
		return after
	}
	return a
}

// settle moves a case on that waits for screening, when nothing is open.
func (w *work) settle() error {
	if !StepScreen.May(w.State) {
		return nil
	}
	st, err := w.s.screening(w.ctx, w.tx, w.Application)
	if err != nil || !st.Settled() {
		return err
	}
	return w.step(StepScreen, map[string]any{"run": st.CheckID})
}

// SettleIn moves the case of ref on, if it waits for screening and no hit is
// open any more. It is for the transaction in which a hit was settled; it appends
// to the audit trail, so call it after all that locks anything else. A ref that
// is no application, or of one that is erased, is nothing to do.
func (s *Service) SettleIn(ctx context.Context, tx *store.Tx, ref string) error {
	id, ok := strings.CutPrefix(ref, object(""))
	if !ok {
		return nil
	}
	w, err := s.lock(ctx, tx, id, audit.System)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	if err := w.settle(); err != nil {
		return err
	}
	return w.finish()
}

// fresh compares anew as long as do complains that the lists have changed.
func (s *Service) fresh(ctx context.Context, id string, do func() (*Application, error)) (*Application, error) {
	for range maxCompare {
		a, err := do()
		if !errors.Is(err, errUncompared) {
			return a, err
		}
		if _, err := s.Compare(ctx, id); err != nil {
			return nil, err
		}
	}
	return nil, fault.NewConflict("casework.screening_stale")
}

// grounds on which an application is refused because of a list.
var listed = []string{"entry-ban", "security"}

// checkScreened sees that a decision which rests on the watch lists rests on
// those of today, and on hits that two officers have settled.
func (w *work) checkScreened(p *Proposal) error {
	if w.s.screener == nil || p.Outcome == Refuse && !slices.ContainsFunc(p.Reasons, func(r string) bool { return slices.Contains(listed, r) }) {
		return nil
	}
	st, err := w.s.screening(w.ctx, w.tx, w.Application)
	switch {
	case err != nil:
		return err
	case !st.Checked || st.Stale:
		return errUncompared
	case st.Open+st.Judged > 0:
		return fault.NewConflict("casework.screening_open").With("Count", st.Open+st.Judged)
	}
	return nil
}

// uncompared lists cases whose last answers were not compared with these lists.
func (s *Service) uncompared(ctx context.Context) ([]string, error) {
	if s.screener == nil {
		return nil, nil
	}
	now, err := s.screener.Lists(ctx, s.db.Read())
	if err != nil {
		return nil, err
	}
	return s.ids(ctx, `SELECT a.id FROM application a WHERE a.state IN ('submitted', 'answered', 'screened', 'examined', 'proposed')
		AND NOT EXISTS (SELECT 1 FROM case_screening c WHERE c.application_id = a.id AND c.submission = a.submission AND c.lists = $1)
		ORDER BY a.id LIMIT $2`, now, batch)
}
