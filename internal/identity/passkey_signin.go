package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/store"
)

// BeginPasskeySignIn gives options for navigator.credentials.get, as JSON,
// that fit any passkey of this site, and the token for FinishPasskeySignIn.
// NotFound when passkeys do not work under this base URL.
func (s *Service) BeginPasskeySignIn(ctx context.Context) (options []byte, token string, err error) {
	if s.passkeys == nil {
		return nil, "", errNoPasskeys
	}
	assertion, data, err := s.passkeys.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, "", fmt.Errorf("begin a passkey sign-in: %w", err)
	}
	return s.keepOptions(ctx, assertion, ceremonyPasskey, data)
}

// FinishPasskeySignIn checks the browser's answer and opens a session.
// previous is the session token that the browser has; it ends. It returns
// Forbidden for an answer that does not fit, whatever the reason, and
// Unauthenticated when the first step was too long ago or is used up.
func (s *Service) FinishPasskeySignIn(ctx context.Context, token string, answer []byte, previous string) (SignedIn, error) {
	if s.passkeys == nil {
		return SignedIn{}, errNoPasskeys
	}
	// The challenge ends first and on its own: whatever follows, it is used up.
	var data webauthn.SessionData
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return s.end(ctx, tx, ceremonyPasskey, token, &data)
	})
	if err != nil {
		return SignedIn{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return SignedIn{}, errPasskey.Because(err)
	}
	var in SignedIn
	err = s.write(ctx, func(ctx context.Context, tx *store.Tx) ([]audit.Entry, error) {
		h, credential, err := s.checkAssertion(ctx, tx, data, parsed)
		if err != nil {
			return nil, err
		}
		if err := s.usePasskey(ctx, tx, h, credential); err != nil {
			return nil, err
		}
		token, entries, err := s.open(ctx, tx, h.account, ByPasskey, previous)
		in = SignedIn{Token: token, Staff: h.account}
		return entries, err
	})
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}

var errUnknownHolder = errors.New("no such account")

func (s *Service) checkAssertion(ctx context.Context, tx *store.Tx, data webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) (holder, *webauthn.Credential, error) {
	var h holder
	var failed error // of the database, which is not the visitor's fault
	find := func(_, userHandle []byte) (webauthn.User, error) {
		if !isText(string(userHandle)) {
			return nil, errUnknownHolder
		}
		account, err := load(ctx, tx, `id = $1`, string(userHandle))
		if err != nil {
			failed = err
			return nil, err
		}
		if account == nil || account.Disabled {
			return nil, errUnknownHolder
		}
		h.account = account
		if h.passkeys, err = passkeysOf(ctx, tx, account.ID); err != nil {
			failed = err
			return nil, err
		}
		return h, nil
	}
	_, credential, err := s.passkeys.ValidatePasskeyLogin(find, data, parsed)
	switch {
	case failed != nil:
		return holder{}, nil, failed
	case err != nil:
		return holder{}, nil, errPasskey.Because(err)
	case credential.Authenticator.CloneWarning:
		// Two devices hold the same key: one of them is a copy.
		return holder{}, nil, errPasskey.Because(errors.New("the signature counter went back"))
	}
	return h, credential, nil
}

// usePasskey keeps the signature counter and the time of use.
func (s *Service) usePasskey(ctx context.Context, tx *store.Tx, h holder, credential *webauthn.Credential) error {
	text, err := json.Marshal(credential)
	if err != nil {
		return fmt.Errorf("use a passkey: %w", err)
	}
	for _, p := range h.passkeys {
		if string(p.credential.ID) != string(credential.ID) {
			continue
		}
		_, err := exec(ctx, tx, "use a passkey", `UPDATE staff_passkey SET credential = $1, used_at = $2 WHERE id = $3`,
			string(text), store.Millis(s.now()), p.ID)
		return err
	}
	return errPasskey
}
