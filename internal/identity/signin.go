package identity

import (
	"context"
	"fmt"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// maxTyped bounds what a sign-in form may send, before anything is hashed.
const maxTyped = 254

func errWrongPassword() error {
	return fault.NewInvalid(fault.Field{Path: "user_name", Key: "identity.error.wrong"})
}

func errWrongCode() error {
	return fault.NewInvalid(fault.Field{Path: "code", Key: "identity.error.code"})
}

// waitingForCode is kept after the right password.
type waitingForCode struct {
	StaffID string `json:"staff"`
	// PasswordHash ends the wait when the password changes meanwhile.
	PasswordHash string `json:"password"`
}

// CheckPassword is the first step of a sign-in. name is a user name or an
// e-mail address; network is where the request comes from, such as its IP
// address. It gives the token that CheckCode needs within CeremonyLife.
//
// It returns the same Invalid fault, after the same time, for a wrong
// password, an unknown name, a disabled account and one without password; and
// Busy when it was tried too often.
func (s *Service) CheckPassword(ctx context.Context, name, password, network string) (pending string, err error) {
	name = fold(name)
	if len(name) > maxTyped || !isText(name) || len(password) > 4*MaxPassword {
		return "", errWrongPassword()
	}
	account, err := load(ctx, s.db.Read(), `user_name = $1 OR email = $1`, name)
	if err != nil {
		return "", err
	}
	// A name and an address of one account share a count.
	counted, phc := "name:"+name, s.dummy
	if account != nil {
		counted = "id:" + account.ID
		if account.passwordHash != "" {
			phc = account.passwordHash
		}
	}
	limits := s.passwordLimits(counted, network)
	if err := s.takeTry(ctx, limits); err != nil {
		return "", err
	}
	right, err := s.matchesInTurn(ctx, password, phc)
	if err != nil {
		return "", err
	}
	if !right || account == nil || account.Disabled || account.passwordHash == "" || len(account.totpSealed) == 0 {
		return "", errWrongPassword()
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := returnTry(ctx, tx, limits); err != nil {
			return err
		}
		pending, err = s.begin(ctx, tx, ceremonyCode, waitingForCode{account.ID, account.passwordHash})
		return err
	})
	return pending, err
}

// CheckCode is the second step: the code from the person's app. previous is
// the session token that the browser has, "" when it has none; it ends.
//
// It returns Invalid for a wrong code and for one that was used before, Busy
// when it was tried too often, Unauthenticated when the first step was too
// long ago.
func (s *Service) CheckCode(ctx context.Context, pending, code, network, previous string) (SignedIn, error) {
	var wait waitingForCode
	if err := s.peek(ctx, s.db.Read(), ceremonyCode, pending, &wait); err != nil {
		return SignedIn{}, err
	}
	if err := s.takeTry(ctx, s.codeLimits("id:"+wait.StaffID, network)); err != nil {
		return SignedIn{}, err
	}
	var in SignedIn
	err := s.write(ctx, func(ctx context.Context, tx *store.Tx) ([]audit.Entry, error) {
		account, err := load(ctx, tx, `id = $1`, wait.StaffID)
		if err != nil {
			return nil, err
		}
		if account == nil || account.Disabled || account.passwordHash != wait.PasswordHash {
			return nil, errStartAgain
		}
		if err := s.useCode(ctx, tx, account, code); err != nil {
			return nil, err
		}
		if err := s.end(ctx, tx, ceremonyCode, pending, &wait); err != nil {
			return nil, err
		}
		if err := s.forget(ctx, tx, "id:"+account.ID, network); err != nil {
			return nil, err
		}
		token, entries, err := s.open(ctx, tx, account, ByPassword, previous)
		in = SignedIn{Token: token, Staff: account}
		return entries, err
	})
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}

// useCode checks a code and uses up its step, so that it opens nothing twice.
func (s *Service) useCode(ctx context.Context, tx *store.Tx, account *Staff, code string) error {
	secret, err := s.keys.Unseal(account.totpSealed, totpContext(account.ID))
	if err != nil {
		return fmt.Errorf("check a code: %w", err)
	}
	step, ok, err := totpMatch(string(secret), code, s.now(), account.totpStep)
	if err != nil {
		return err
	}
	if !ok {
		return errWrongCode()
	}
	n, err := exec(ctx, tx, "use a code", `UPDATE staff SET totp_step = $1 WHERE id = $2 AND totp_step < $1`, step, account.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return errWrongCode()
	}
	return nil
}

// ChangePassword sets a new password for a signed-in person and ends all
// sessions but the one named keep. It returns Invalid by field
// ("current_password", "new_password") and Busy when the present password was
// tried too often.
func (s *Service) ChangePassword(ctx context.Context, person *Staff, keep, current, next, network string) error {
	var fields fault.Fields
	checkPassword(&fields, "new_password", next, person)
	if current == next {
		fields.Add("new_password", "identity.password.same")
	}
	if err := fields.Err(); err != nil {
		return err
	}
	wrong := fault.NewInvalid(fault.Field{Path: "current_password", Key: "identity.password.wrong"})
	if len(current) > 4*MaxPassword {
		return wrong
	}
	limits := s.passwordLimits("id:"+person.ID, network)
	if err := s.takeTry(ctx, limits); err != nil {
		return err
	}
	phc := person.passwordHash
	if phc == "" {
		phc = s.dummy
	}
	right, err := s.matchesInTurn(ctx, current, phc)
	if err != nil {
		return err
	}
	if !right || person.passwordHash == "" {
		return wrong
	}
	hash := hashPassword(next)
	return s.write(ctx, func(ctx context.Context, tx *store.Tx) ([]audit.Entry, error) {
		n, err := exec(ctx, tx, "change a password", `UPDATE staff SET password_hash = $1 WHERE id = $2 AND password_hash = $3`,
			hash, person.ID, person.passwordHash)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, fault.NewConflict("identity.error.changed")
		}
		if _, err := exec(ctx, tx, "end sessions", `DELETE FROM staff_session WHERE staff_id = $1 AND id <> $2`, person.ID, keep); err != nil {
			return nil, err
		}
		if err := returnTry(ctx, tx, limits); err != nil {
			return nil, err
		}
		return []audit.Entry{{Actor: person.Actor(), Action: "account.password", Object: person.object()}}, nil
	})
}
