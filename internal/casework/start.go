package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// KeepDraft is how long an application that was not submitted is kept after the
// last change of it.
const KeepDraft = 30 * 24 * time.Hour

// saved notes that the person has changed something.
func (a *Application) saved(now time.Time) {
	a.SavedAt = now
	if a.State == Draft {
		a.eraseAt = now.Add(KeepDraft)
	}
}

// Beginning is what is known when somebody starts.
type Beginning struct {
	ServiceID, PostID, Lang string
	Channel                 Channel
	// Email is where the code to return with goes; it may be given later.
	Email string
	// Companion is the id of an application that the same browser may see: the
	// two are then related as a group.
	Companion string
	// Staff is the officer who fills in for somebody, with Channel ByStaff.
	Staff string
}

// contact is what is sealed in application.contact.
type contact struct {
	Email string `json:"email"`
}

// Start makes an empty application, bound to the questionnaire's version of
// today. Invalid when the address is malformed; not found when the service has
// no questionnaire or there is no such post.
func (s *Service) Start(ctx context.Context, b Beginning) (*Application, error) {
	q, ok := s.forms.Current(b.ServiceID)
	if !ok {
		return nil, fault.NewNotFound("casework.no_questionnaire")
	}
	now := s.now()
	today, err := s.calendar.Today(ctx, b.PostID, now)
	if err != nil {
		return nil, err
	}
	if b.Channel == "" {
		b.Channel = Web
	}
	a := &Application{ID: store.NewID(), Reference: newReference(), ServiceID: b.ServiceID, PostID: b.PostID, Version: q.Definition().Version,
		Lang: locale.Match(b.Lang), Channel: b.Channel, State: Draft, CreatedAt: now,
		month: today[:len("2006-01")], daysTaken: -1}
	a.saved(now)
	key, sealed, err := s.newKey(a.ID)
	if err != nil {
		return nil, err
	}
	a.dataKey = sealed
	if b.Email != "" {
		if err := s.setEmail(a, key, b.Email); err != nil {
			return nil, err
		}
	}
	actor := audit.Applicant
	if b.Channel == ByStaff {
		actor = audit.Staff(b.Staff)
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.keepVersion(ctx, tx, q.Definition()); err != nil {
			return err
		}
		w := &work{Application: a, s: s, ctx: ctx, tx: tx, key: key, actor: actor, now: now}
		if b.Companion != "" {
			if err := w.join(b.Companion); err != nil {
				return err
			}
		}
		if err := insertApplication(ctx, tx, a); err != nil {
			return err
		}
		if b.Channel == ByStaff {
			w.note("case.start", map[string]any{"service": a.ServiceID})
		}
		if err := w.event("start"); err != nil {
			return err
		}
		return s.trail.Append(ctx, tx, w.trail...)
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// join puts the application into the companion's group, and makes that group
// when it is the first.
func (w *work) join(companion string) error {
	other, err := byID(w.ctx, w.tx, companion, w.tx.ForUpdate())
	if err != nil {
		return err
	}
	w.GroupID = other.GroupID
	if w.GroupID != "" {
		return nil
	}
	w.GroupID = store.NewID()
	if _, err := w.tx.ExecContext(w.ctx, `UPDATE application SET group_id = $1 WHERE id = $2`, w.GroupID, other.ID); err != nil {
		return fmt.Errorf("make a group: %w", err)
	}
	if other.State == Draft {
		return nil // gets its keys when it is submitted
	}
	return w.s.putKeys(w.ctx, w.tx, other.ID, map[string]string{keyGroup: w.s.ring.LookupKey("casework-group", w.GroupID)})
}

// setEmail seals the address; it counts as unproven.
func (s *Service) setEmail(a *Application, key *caseKey, email string) error {
	address, err := notify.ParseAddress(email)
	if err != nil {
		return err
	}
	a.contact, err = key.sealJSON(contact{address.String()}, "contact:"+a.ID)
	if err != nil {
		return err
	}
	a.emailKey, a.EmailProvenAt = s.ring.LookupKey("casework-email", address.Key()), time.Time{}
	// A code that went to another address proves nothing about this one.
	a.codeSerial++
	a.codeSentAt = time.Time{}
	return nil
}

// SetEmail changes where the person is written to. It is unproven until a code
// comes back. Invalid when it is malformed.
func (s *Service) SetEmail(ctx context.Context, id, email string) (*Application, error) {
	return s.change(ctx, id, audit.Applicant, func(w *work) error {
		if w.State != Draft {
			return fault.NewConflict("casework.not_editable")
		}
		address, err := notify.ParseAddress(email)
		if err != nil {
			return err
		}
		if w.emailKey == s.ring.LookupKey("casework-email", address.Key()) {
			return nil
		}
		w.saved(w.now)
		return s.setEmail(w.Application, w.key, email)
	})
}

// Email gives the person's address, "" when there is none.
func (s *Service) Email(a *Application) (string, error) {
	key, err := s.key(a)
	if err != nil {
		return "", err
	}
	var c contact
	return c.Email, key.openJSON(a.contact, "contact:"+a.ID, &c)
}
