package identity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

const (
	maxPasskeys     = 10
	maxPasskeyLabel = 60
)

var (
	errNoPasskeys = fault.NewNotFound("identity.error.no_passkeys")
	errPasskey    = fault.NewForbidden("identity.error.passkey")
	errNoPasskey  = fault.NewNotFound("identity.error.no_passkey")
	errNotFresh   = fault.NewForbidden("identity.error.not_fresh")
)

// Passkey is one registered authenticator.
type Passkey struct {
	ID        string
	Label     string
	CreatedAt time.Time
	// UsedAt is the zero time for one that was never used.
	UsedAt time.Time

	credential webauthn.Credential
}

// holder shows an account to the WebAuthn library.
type holder struct {
	account  *Staff
	passkeys []Passkey
}

func (h holder) WebAuthnID() []byte          { return []byte(h.account.ID) }
func (h holder) WebAuthnName() string        { return h.account.UserName }
func (h holder) WebAuthnDisplayName() string { return h.account.DisplayName }
func (h holder) WebAuthnCredentials() []webauthn.Credential {
	list := make([]webauthn.Credential, len(h.passkeys))
	for i, p := range h.passkeys {
		list[i] = p.credential
	}
	return list
}

// Passkeys lists the person's passkeys, the oldest first.
func (s *Service) Passkeys(ctx context.Context, person *Staff) ([]Passkey, error) {
	return passkeysOf(ctx, s.db.Read(), person.ID)
}

func passkeysOf(ctx context.Context, q store.Querier, staffID string) ([]Passkey, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, label, credential, created_at, used_at FROM staff_passkey
		WHERE staff_id = $1 ORDER BY id`, staffID)
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	defer rows.Close()
	var list []Passkey
	for rows.Next() {
		var p Passkey
		var text string
		var created, used int64
		if err := rows.Scan(&p.ID, &p.Label, &text, &created, &used); err != nil {
			return nil, fmt.Errorf("list passkeys: %w", err)
		}
		if err := json.Unmarshal([]byte(text), &p.credential); err != nil {
			return nil, fmt.Errorf("read a passkey: %w", err)
		}
		p.CreatedAt, p.UsedAt = store.Time(created), store.Time(used)
		list = append(list, p)
	}
	return list, rows.Err()
}

// registration is kept while the browser asks its authenticator.
type registration struct {
	StaffID string               `json:"staff"`
	Data    webauthn.SessionData `json:"data"`
}

// BeginPasskey starts to add a passkey to the person's account: options for
// navigator.credentials.create, as JSON, and the token for FinishPasskey. It
// returns Forbidden when the sign-in is not fresh or there are too many
// passkeys, NotFound when passkeys do not work under this base URL.
func (s *Service) BeginPasskey(ctx context.Context, person *Staff, session Session) (options []byte, token string, err error) {
	if !session.Fresh(s.now()) {
		return nil, "", errNotFresh
	}
	return s.beginRegistration(ctx, person, ceremonyRegister)
}

func (s *Service) beginRegistration(ctx context.Context, person *Staff, kind string) (options []byte, token string, err error) {
	if s.passkeys == nil {
		return nil, "", errNoPasskeys
	}
	h := holder{account: person}
	// An enrolment replaces what there is, so it excludes nothing.
	if kind == ceremonyRegister {
		if h.passkeys, err = passkeysOf(ctx, s.db.Read(), person.ID); err != nil {
			return nil, "", err
		}
	}
	if len(h.passkeys) >= maxPasskeys {
		return nil, "", fault.NewForbidden("identity.error.many_passkeys").With("Max", maxPasskeys)
	}
	creation, data, err := s.passkeys.BeginRegistration(h,
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		}),
		webauthn.WithConveyancePreference(protocol.PreferNoAttestation),
		webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return nil, "", fmt.Errorf("begin a passkey: %w", err)
	}
	return s.keepOptions(ctx, creation, kind, registration{person.ID, *data})
}

func (s *Service) keepOptions(ctx context.Context, options any, kind string, value any) ([]byte, string, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return nil, "", fmt.Errorf("write passkey options: %w", err)
	}
	token := ""
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		token, err = s.begin(ctx, tx, kind, value)
		return err
	})
	return text, token, err
}

// FinishPasskey adds the passkey that the browser's answer describes. It
// returns Forbidden when the answer does not fit what was asked,
// Unauthenticated when that was too long ago, Conflict when the passkey is
// registered already.
func (s *Service) FinishPasskey(ctx context.Context, person *Staff, token, label string, answer []byte) error {
	return s.write(ctx, func(ctx context.Context, tx *store.Tx) ([]audit.Entry, error) {
		credential, err := s.checkRegistration(ctx, tx, ceremonyRegister, person, token, answer)
		if err != nil {
			return nil, err
		}
		return s.addPasskey(ctx, tx, person, label, credential)
	})
}

func (s *Service) checkRegistration(ctx context.Context, tx *store.Tx, kind string, person *Staff, token string, answer []byte) (*webauthn.Credential, error) {
	if s.passkeys == nil {
		return nil, errNoPasskeys
	}
	var begun registration
	if err := s.end(ctx, tx, kind, token, &begun); err != nil {
		return nil, err
	}
	if begun.StaffID != person.ID {
		return nil, errPasskey
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, errPasskey.Because(err)
	}
	credential, err := s.passkeys.CreateCredential(holder{account: person}, begun.Data, parsed)
	if err != nil {
		return nil, errPasskey.Because(err)
	}
	return credential, nil
}

func (s *Service) addPasskey(ctx context.Context, tx *store.Tx, person *Staff, label string, credential *webauthn.Credential) ([]audit.Entry, error) {
	label = strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, label), "")
	label = strings.Join(strings.Fields(label), " ")
	if label == "" {
		label = "Passkey"
	}
	if utf8.RuneCountInString(label) > maxPasskeyLabel {
		label = string([]rune(label)[:maxPasskeyLabel])
	}
	text, err := json.Marshal(credential)
	if err != nil {
		return nil, fmt.Errorf("add a passkey: %w", err)
	}
	id := store.NewID()
	n, err := exec(ctx, tx, "add a passkey", `INSERT INTO staff_passkey (id, staff_id, credential_id, label, credential, created_at, used_at)
		VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT (credential_id) DO NOTHING`,
		id, person.ID, base64.RawURLEncoding.EncodeToString(credential.ID), label, string(text), store.Millis(s.now()))
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, fault.NewConflict("identity.error.passkey_known")
	}
	return []audit.Entry{{Actor: person.Actor(), Action: "account.passkey-add", Object: person.object(), Detail: map[string]any{"passkey": id}}}, nil
}

// RemovePasskey removes one of the person's passkeys; NotFound when it is not
// theirs, Conflict when it is the only way that the person can sign in.
func (s *Service) RemovePasskey(ctx context.Context, person *Staff, id string) error {
	if !isText(id) {
		return errNoPasskey
	}
	return s.write(ctx, func(ctx context.Context, tx *store.Tx) ([]audit.Entry, error) {
		if _, err := exec(ctx, tx, "hold an account", `UPDATE staff SET id = id WHERE id = $1`, person.ID); err != nil {
			return nil, err
		}
		n, err := exec(ctx, tx, "remove a passkey", `DELETE FROM staff_passkey WHERE id = $1 AND staff_id = $2`, id, person.ID)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, errNoPasskey
		}
		left, err := passkeysOf(ctx, tx, person.ID)
		if err != nil {
			return nil, err
		}
		if len(left) == 0 && !person.HasPassword {
			return nil, fault.NewConflict("identity.error.last_passkey")
		}
		return []audit.Entry{{Actor: person.Actor(), Action: "account.passkey-remove", Object: person.object(), Detail: map[string]any{"passkey": id}}}, nil
	})
}
