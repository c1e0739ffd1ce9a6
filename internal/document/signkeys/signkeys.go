package signkeys

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"database/sql"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/document/pades"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
)

// Role says what a key signs.
type Role string

// The roles: an authority signs certificates, a signer documents.
const (
	AuthorityRole Role = "authority"
	SignerRole    Role = "signer"
)

// Key is one key with its certificate.
type Key struct {
	ID          string
	Role        Role
	AuthorityID string // "" for an authority
	Certificate *x509.Certificate
	Chain       []*x509.Certificate // between Certificate and the authority's
	CreatedAt   time.Time
	RetiredAt   time.Time // zero for the one in use
	RevokedAt   time.Time // zero for one that stands
	sealed      []byte
}

// Kept says whether the secret key is here.
func (k *Key) Kept() bool { return len(k.sealed) > 0 }

// PEM writes the certificate for others.
func (k *Key) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate.Raw})
}

// Keys keeps the keys. It is safe for concurrent use and for several processes
// on one database.
type Keys struct {
	db      *store.DB
	ring    *keyring.Ring
	trail   *audit.Log
	country string
	name    string
	now     func() time.Time
}

// New gives the keys of a country (two letters); name is that of the house, which
// stands in the certificates that are made here.
func New(db *store.DB, ring *keyring.Ring, trail *audit.Log, country, name string, now func() time.Time) *Keys {
	return &Keys{db: db, ring: ring, trail: trail, country: country, name: name, now: now}
}

func object(id string) string { return "sign_key:" + id }

const columns = `id, role, number, authority, certificate, chain, sealed, created_at, retired_at, revoked_at`

// All lists every key, the oldest first.
func (k *Keys) All(ctx context.Context) ([]*Key, error) { return list(ctx, k.db.Read(), "") }

func list(ctx context.Context, from store.Querier, where string, args ...any) ([]*Key, error) {
	var all []*Key
	err := store.Each(ctx, from, func(rows *sql.Rows) error {
		var one Key
		var der, chain []byte
		var number string
		var created, retired, revoked int64
		if err := rows.Scan(&one.ID, &one.Role, &number, &one.AuthorityID, &der, &chain, &one.sealed, &created, &retired, &revoked); err != nil {
			return err
		}
		one.CreatedAt, one.RetiredAt, one.RevokedAt = store.Time(created), store.Time(retired), store.Time(revoked)
		var err, err2 error
		one.Certificate, err = x509.ParseCertificate(der)
		one.Chain, err2 = x509.ParseCertificates(chain)
		all = append(all, &one)
		return errors.Join(err, err2)
	}, `SELECT `+columns+` FROM sign_key `+where+` ORDER BY id`, args...)
	if err != nil {
		return nil, fmt.Errorf("list signing keys: %w", err)
	}
	return all, nil
}

// Signer gives the signer in use with its chain up to the authority, and makes
// it, with an authority, when there is none or its time is over. Conflict when a
// new one must be imported.
func (k *Keys) Signer(ctx context.Context) (pades.Signer, error) {
	in, err := inUse(ctx, k.db.Read(), SignerRole)
	if err != nil {
		return pades.Signer{}, err
	}
	above, err := inUse(ctx, k.db.Read(), AuthorityRole)
	if err != nil {
		return pades.Signer{}, err
	}
	// One that was brought in is used as long as its certificate says.
	old := in != nil && above != nil && (above.Kept() && k.now().After(in.CreatedAt.AddDate(signingYears, 0, 0)) || k.now().After(in.Certificate.NotAfter))
	if in == nil || old {
		if in, err = k.Rotate(ctx, audit.System); err != nil {
			return pades.Signer{}, err
		}
		if above, err = inUse(ctx, k.db.Read(), AuthorityRole); err != nil {
			return pades.Signer{}, err
		}
	}
	secret, err := k.secret(in)
	if err != nil {
		return pades.Signer{}, err
	}
	return pades.Signer{Certificate: in.Certificate, Chain: append(in.Chain, above.Certificate), Key: secret}, nil
}

func inUse(ctx context.Context, from store.Querier, role Role) (*Key, error) {
	all, err := list(ctx, from, `WHERE role = $1 AND retired_at = 0`, string(role))
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

func (k *Keys) secret(of *Key) (crypto.Signer, error) {
	der, err := k.ring.Unseal(of.sealed, object(of.ID))
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("read a signing key: %w", err)
	}
	secret, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("a signing key cannot sign")
	}
	return secret, nil
}

// Rotate makes a new signer's key, destroys the one before and keeps its
// certificate; actor is as in audit.Entry. Conflict when the authority's key is
// kept elsewhere: a new signer must then be imported.
func (k *Keys) Rotate(ctx context.Context, actor string) (*Key, error) {
	var made *Key
	err := k.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		made, err = k.renew(ctx, tx)
		if err != nil {
			return err
		}
		return k.note(ctx, tx, actor, "document.key.rotate", made)
	})
	if store.IsUnique(err) { // another process was faster
		return inUse(ctx, k.db.Read(), SignerRole)
	}
	return made, err
}

// renew puts a new signer in the place of the one in use.
func (k *Keys) renew(ctx context.Context, tx *store.Tx) (*Key, error) {
	above, err := k.authority(ctx, tx)
	if err != nil {
		return nil, err
	}
	secret, err := k.secret(above)
	if err != nil {
		return nil, err
	}
	c, key, err := newSigner(above.Certificate, secret, k.name, k.now())
	if err != nil {
		return nil, err
	}
	if err := k.retire(ctx, tx, SignerRole); err != nil {
		return nil, err
	}
	return k.keep(ctx, tx, &Key{Role: SignerRole, AuthorityID: above.ID, Certificate: c}, key)
}

// authority gives the authority in use, made when there is none.
func (k *Keys) authority(ctx context.Context, tx *store.Tx) (*Key, error) {
	in, err := inUse(ctx, tx, AuthorityRole)
	if err != nil {
		return nil, err
	}
	if in != nil {
		if !in.Kept() {
			return nil, fault.NewConflict("signkeys.elsewhere")
		}
		return in, nil
	}
	c, key, err := newAuthority(k.country, k.name, k.now())
	if err != nil {
		return nil, err
	}
	return k.keep(ctx, tx, &Key{Role: AuthorityRole, Certificate: c}, key)
}

func (k *Keys) retire(ctx context.Context, tx *store.Tx, role Role) error {
	if _, err := tx.ExecContext(ctx, `UPDATE sign_key SET retired_at = $1, sealed = $2 WHERE role = $3 AND retired_at = 0`,
		store.Millis(k.now()), []byte{}, string(role)); err != nil {
		return fmt.Errorf("retire a signing key: %w", err)
	}
	return nil
}

// keep writes a key down; secret is nil for one that is kept elsewhere.
func (k *Keys) keep(ctx context.Context, tx *store.Tx, one *Key, secret crypto.Signer) (*Key, error) {
	one.ID, one.CreatedAt, one.sealed = store.NewID(), k.now(), []byte{}
	if secret != nil {
		der, err := x509.MarshalPKCS8PrivateKey(secret)
		if err != nil {
			return nil, fmt.Errorf("write a signing key: %w", err)
		}
		if one.sealed, err = k.ring.Seal(der, object(one.ID)); err != nil {
			return nil, err
		}
	}
	chain := []byte{}
	for _, c := range one.Chain {
		chain = append(chain, c.Raw...)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO sign_key (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)`,
		one.ID, string(one.Role), one.Certificate.SerialNumber.Text(16), one.AuthorityID, one.Certificate.Raw, chain, one.sealed, store.Millis(one.CreatedAt)); err != nil {
		return nil, fmt.Errorf("keep a signing key: %w", err)
	}
	return one, nil
}

func (k *Keys) note(ctx context.Context, tx *store.Tx, actor, action string, of *Key) error {
	return k.trail.Append(ctx, tx, audit.Entry{Actor: actor, Action: action, Object: object(of.ID), Detail: map[string]any{
		"serial": of.Certificate.SerialNumber.Text(16), "sha256": fmt.Sprintf("%x", sha256.Sum256(of.Certificate.Raw)),
	}})
}

// Trust is what a verifier of our documents needs: every authority that ever
// was, and what was revoked.
func (k *Keys) Trust(ctx context.Context) (pades.Trust, error) {
	all, err := k.All(ctx)
	t := pades.Trust{Withdrawn: map[[sha256.Size]byte]time.Time{}}
	for _, one := range all {
		if one.Role == AuthorityRole {
			t.Roots = append(t.Roots, one.Certificate)
		}
		t.Intermediates = append(t.Intermediates, one.Chain...)
		if !one.RevokedAt.IsZero() {
			t.Withdrawn[sha256.Sum256(one.Certificate.Raw)] = one.RevokedAt
		}
	}
	return t, err
}
