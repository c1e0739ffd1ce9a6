package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// Limits of proving who one is.
const (
	CodeFor    = 30 * time.Minute // how long a code holds
	MaxTries   = 5                // wrong answers to one code
	MaxCodes   = 6                // codes in a day for one application
	AccessFor  = 12 * time.Hour   // how long a browser that has shown a code may go on
	codeWindow = 24 * time.Hour
)

// grant lets a browser see the application: the token is for its cookie, and
// opens it until AccessFor has passed.
func (s *Service) grant(ctx context.Context, tx *store.Tx, id string) (string, error) {
	token := newToken()
	if _, err := tx.ExecContext(ctx, `INSERT INTO application_access (token_key, application_id, expires_at) VALUES ($1, $2, $3)`,
		s.tokenKey(token), id, store.Millis(s.now().Add(AccessFor))); err != nil {
		return "", fmt.Errorf("let a browser in: %w", err)
	}
	return token, nil
}

func (s *Service) tokenKey(token string) string { return s.ring.LookupKey("casework-access", token) }

// Admit gives a token for the browser that has just started the application;
// never for one that only says whose it is.
func (s *Service) Admit(ctx context.Context, id string) (token string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		token, err = s.grant(ctx, tx, id)
		return err
	})
	return token, err
}

// Open finds the application that the token opens. Unauthenticated when the
// token is wrong or too old.
func (s *Service) Open(ctx context.Context, token string) (*Application, error) {
	a, err := scan(s.db.Read().QueryRowContext(ctx, `SELECT `+qualified+` FROM application_access x JOIN application a ON a.id = x.application_id
		WHERE x.token_key = $1 AND x.expires_at > $2`, s.tokenKey(token), store.Millis(s.now())))
	if fault.KindOf(err) == fault.NotFound {
		return nil, fault.NewUnauthenticated("casework.sign_in")
	}
	return a, err
}

// Leave makes the token worthless.
func (s *Service) Leave(ctx context.Context, token string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM application_access WHERE token_key = $1`, s.tokenKey(token))
		return err
	})
}

// SendCode mails a one-time code that proves the address of an application that
// this browser may see. Conflict when it has no address or too many codes were
// sent today.
func (s *Service) SendCode(ctx context.Context, id string) error {
	_, err := s.change(ctx, id, audit.Applicant, func(w *work) error {
		if w.emailKey == "" {
			return fault.NewConflict("casework.no_email")
		}
		return w.sendCode()
	})
	return err
}

func (w *work) sendCode() error {
	if w.now.Sub(w.codesSince) >= codeWindow {
		w.codesSince, w.codesCount = w.now, 0
	}
	if w.codesCount >= MaxCodes {
		return fault.NewBusy("casework.codes_spent", w.codesSince.Add(codeWindow).Sub(w.now))
	}
	w.codesCount++
	w.codeSerial++
	w.codeTries, w.codeSentAt = 0, w.now
	w.tell(notify.KindApplicationCode, w.ID, nil)
	return nil
}

// Return mails a code to the person who left off, when the address is that of
// the application and was proven before. It answers the same whether or not
// there is such an application, so nobody learns from it who has applied;
// errors are internal, but for invalid when the address is malformed.
func (s *Service) Return(ctx context.Context, reference, email string) error {
	address, err := notify.ParseAddress(email)
	if err != nil {
		return err
	}
	a, err := s.ByReference(ctx, reference)
	if err == nil && a.emailKey != "" && a.emailKey == s.ring.LookupKey("casework-email", address.Key()) && !a.EmailProvenAt.IsZero() {
		err = s.SendCode(ctx, a.ID)
	}
	if fault.KindOf(err) != fault.Internal || err == nil {
		return nil
	}
	return err
}

// Code is the code that was sent last, "" when none is valid; for the letter.
func (s *Service) Code(a *Application) string {
	if a.codeSentAt.IsZero() || !s.now().Before(a.codeSentAt.Add(CodeFor)) {
		return ""
	}
	return s.code(a)
}

func (s *Service) code(a *Application) string {
	return s.ring.Code("casework-code", a.ID, fmt.Sprint(a.codeSerial))
}

// CodeExpires is when the code that was sent last stops being valid.
func (s *Service) CodeExpires(a *Application) time.Time { return a.codeSentAt.Add(CodeFor) }

// Confirm takes the code: it proves the address, is worth nothing afterwards,
// and gives a token for the browser. Invalid at "code" when it is wrong, too old
// or tried too often; the same when there is no such application.
func (s *Service) Confirm(ctx context.Context, reference, code string) (*Application, string, error) {
	a, err := s.ByReference(ctx, reference)
	if fault.KindOf(err) == fault.NotFound {
		return nil, "", wrongCode()
	}
	if err != nil {
		return nil, "", err
	}
	token, right := "", false
	a, err = s.change(ctx, a.ID, audit.Applicant, func(w *work) error {
		token, right = "", false
		if w.codeSentAt.IsZero() || !w.now.Before(w.codeSentAt.Add(CodeFor)) || w.codeTries >= MaxTries {
			return wrongCode()
		}
		if !keyring.Equal(code, s.code(w.Application)) {
			w.codeTries++ // to be kept, so no error yet
			return nil
		}
		right = true
		w.codeSerial++
		w.codeTries, w.codeSentAt = 0, time.Time{}
		if w.EmailProvenAt.IsZero() {
			w.EmailProvenAt = w.now
		}
		var err error
		token, err = s.grant(ctx, w.tx, w.ID)
		return err
	})
	switch {
	case fault.KindOf(err) == fault.NotFound: // erased
		return nil, "", wrongCode()
	case err != nil:
		return nil, "", err
	case !right:
		return nil, "", wrongCode()
	}
	return a, token, nil
}

// wrongCode says the same in every case, so that nobody learns which
// applications there are.
func wrongCode() error {
	return fault.NewInvalid(fault.Field{Path: "code", Key: "casework.code_wrong"})
}
