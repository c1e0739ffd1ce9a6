package identity

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
)

// How long things last.
const (
	// IdleLimit ends a session that is not used.
	IdleLimit = 30 * time.Minute
	// AbsoluteLimit ends every session.
	AbsoluteLimit = 12 * time.Hour
	// EnrolmentLife is how long an enrolment link can be used.
	EnrolmentLife = 24 * time.Hour
	// CeremonyLife is how long the steps of one sign-in may be apart.
	CeremonyLife = 5 * time.Minute
	// FreshLimit is how recent a sign-in must be to add a passkey.
	FreshLimit = 15 * time.Minute
)

// Refusals that several functions share.
var (
	errSignIn     = fault.NewUnauthenticated("identity.error.sign_in")
	errStartAgain = fault.NewUnauthenticated("identity.error.start_again")
	errNotAllowed = fault.NewForbidden("identity.error.not_allowed")
	errOwnAccount = fault.NewForbidden("identity.error.own_account")
	errNoAccount  = fault.NewNotFound("identity.error.no_account")
)

// Options are what the service needs; OIDC and HTTPClient may be left out.
type Options struct {
	DB    *store.DB
	Keys  *keyring.Ring
	Audit *audit.Log
	Now   func() time.Time
	// BaseURL is the address that people see; passkeys belong to its host.
	BaseURL string
	// Issuer is the name under which an authenticator app lists the account.
	Issuer string
	OIDC   OIDCConfig
	// HTTPClient asks the OIDC provider; nil is a client with a time limit.
	HTTPClient *http.Client
}

// Service is the room's door. It is safe for concurrent use.
type Service struct {
	db       *store.DB
	keys     *keyring.Ring
	audit    *audit.Log
	now      func() time.Time
	issuer   string
	passkeys *webauthn.WebAuthn
	oidc     *provider
	hashing  chan struct{}
	// dummy is hashed against when there is no account, so that the answer
	// takes as long as for one that is there.
	dummy string
}

// New checks the options and gives the service.
func New(opt Options) (*Service, error) {
	if opt.DB == nil || opt.Keys == nil || opt.Audit == nil || opt.Now == nil {
		return nil, errors.New("identity: DB, Keys, Audit and Now are required")
	}
	base, err := url.Parse(opt.BaseURL)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("identity: the base URL %q is not an address", opt.BaseURL)
	}
	s := &Service{
		db: opt.DB, keys: opt.Keys, audit: opt.Audit, now: opt.Now,
		issuer: cmp.Or(opt.Issuer, "Chancery"), hashing: make(chan struct{}, parallelHashes),
	}
	s.dummy = hashPassword(newToken())
	if s.passkeys, err = relyingParty(base, s.issuer); err != nil {
		return nil, err
	}
	if s.oidc, err = newProvider(opt.OIDC, base, opt.HTTPClient); err != nil {
		return nil, err
	}
	return s, nil
}

// relyingParty sets passkeys up for the base URL's host; nil when that is an
// IP address, to which no passkey can belong (WebAuthn, section 5.1.3).
func relyingParty(base *url.URL, name string) (*webauthn.WebAuthn, error) {
	if _, err := netip.ParseAddr(base.Hostname()); err == nil {
		return nil, nil
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: base.Hostname(), RPDisplayName: name, RPOrigins: []string{base.Scheme + "://" + base.Host},
	})
	if err != nil {
		return nil, fmt.Errorf("identity: set up passkeys: %w", err)
	}
	return w, nil
}

// HasPasskeys says whether passkeys work under this base URL.
func (s *Service) HasPasskeys() bool { return s.passkeys != nil }

// HasOIDC says whether an OpenID Connect provider is configured.
func (s *Service) HasOIDC() bool { return s.oidc != nil }

// newToken gives 256 random bits as 43 URL-safe characters.
func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// isText says whether both engines can store and compare s; what is not text
// names nothing here.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// write runs fn in a transaction and appends what it did to the trail last,
// since appending transactions wait for each other.
func (s *Service) write(ctx context.Context, fn func(ctx context.Context, tx *store.Tx) ([]audit.Entry, error)) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		entries, err := fn(ctx, tx)
		if err != nil {
			return err
		}
		return s.audit.Append(ctx, tx, entries...)
	})
}

// exec runs a statement and says how many rows it touched.
func exec(ctx context.Context, tx *store.Tx, what, query string, args ...any) (int64, error) {
	result, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	return n, nil
}

// Sweep removes what has run out: sessions, unfinished sign-ins, enrolment
// links and counted tries. Call it now and then; nothing depends on it.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, d := range []struct {
			query string
			args  []any
		}{
			{`DELETE FROM staff_session WHERE seen_at <= $1 OR created_at <= $2`,
				[]any{store.Millis(now.Add(-IdleLimit)), store.Millis(now.Add(-AbsoluteLimit))}},
			{`DELETE FROM staff_ceremony WHERE expires_at <= $1`, []any{store.Millis(now)}},
			{`DELETE FROM staff_enrolment WHERE expires_at <= $1`, []any{store.Millis(now)}},
			{`DELETE FROM staff_throttle WHERE last_at <= $1`, []any{store.Millis(now.Add(-forgetTries))}},
		} {
			if _, err := exec(ctx, tx, "sweep", d.query, d.args...); err != nil {
				return err
			}
		}
		return nil
	})
}
