package sealkeys

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"database/sql"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/travel/seal"
)

// Role says what a key signs.
type Role string

// The roles: an authority signs certificates, a signer seals.
const (
	AuthorityRole Role = "authority"
	SignerRole    Role = "signer"
)

// signerCode are the two characters after the country by which seals name the
// signer.
const signerCode = "V1"

// signingYears is how long a signer's key is used (9303-7, 9.3: one to two
// years); its certificate outlives it by the longest visa.
const signingYears = 2

// Key is one key with its certificate.
type Key struct {
	ID          string
	Role        Role
	Number      int64 // the certificate's serial number, 0 for an authority
	AuthorityID string
	Certificate *x509.Certificate
	CreatedAt   time.Time
	RetiredAt   time.Time // zero for the one in use
	sealed      []byte
}

// Kept says whether the secret key is here.
func (k *Key) Kept() bool { return len(k.sealed) > 0 }

// Keys keeps the keys. It is safe for concurrent use and for several processes
// on one database.
type Keys struct {
	db      *store.DB
	ring    *keyring.Ring
	country string
	name    string
	now     func() time.Time
}

// New gives the keys of a country (two letters); name is that of an authority
// made here.
func New(db *store.DB, ring *keyring.Ring, country, name string, now func() time.Time) *Keys {
	return &Keys{db: db, ring: ring, country: country, name: name, now: now}
}

func object(id string) string { return "seal_key:" + id }

const columns = `id, role, number, authority, certificate, sealed, created_at, retired_at`

// All lists every key, the oldest first.
func (k *Keys) All(ctx context.Context) ([]*Key, error) { return list(ctx, k.db.Read(), "") }

func list(ctx context.Context, from store.Querier, where string, args ...any) ([]*Key, error) {
	var all []*Key
	err := store.Each(ctx, from, func(rows *sql.Rows) error {
		var one Key
		var der []byte
		var created, retired int64
		if err := rows.Scan(&one.ID, &one.Role, &one.Number, &one.AuthorityID, &der, &one.sealed, &created, &retired); err != nil {
			return err
		}
		one.CreatedAt, one.RetiredAt = store.Time(created), store.Time(retired)
		var err error
		one.Certificate, err = x509.ParseCertificate(der)
		all = append(all, &one)
		return err
	}, `SELECT `+columns+` FROM seal_key `+where+` ORDER BY id`, args...)
	if err != nil {
		return nil, fmt.Errorf("list seal keys: %w", err)
	}
	return all, nil
}

// Signer gives the signer in use, and makes it, with an authority, when there is
// none or its time is over. A signer that was imported is used until another is:
// what replaces it is not ours to make.
func (k *Keys) Signer(ctx context.Context) (*seal.Signer, error) {
	in, err := k.inUse(ctx, k.db.Read(), SignerRole)
	if err != nil {
		return nil, err
	}
	if in == nil || k.now().After(in.CreatedAt.AddDate(signingYears, 0, 0)) {
		made, err := k.Rotate(ctx)
		if err != nil && (in == nil || fault.KindOf(err) != fault.Conflict) {
			return nil, err
		}
		if err == nil {
			in = made
		}
	}
	secret, err := k.secret(in)
	if err != nil {
		return nil, err
	}
	return &seal.Signer{Certificate: in.Certificate, Key: secret}, nil
}

func (k *Keys) inUse(ctx context.Context, from store.Querier, role Role) (*Key, error) {
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
		return nil, fmt.Errorf("read a seal key: %w", err)
	}
	secret, ok := key.(*ecdsa.PrivateKey)
	if !ok || secret.Curve != elliptic.P256() {
		return nil, errors.New("a seal key is not on P-256")
	}
	return secret, nil
}

// Rotate makes a new signer's key and retires the one before; its certificate
// stays. Conflict when the authority's key is kept elsewhere: a new signer must
// then be imported.
func (k *Keys) Rotate(ctx context.Context) (*Key, error) {
	var made *Key
	err := k.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		authority, err := k.authority(ctx, tx)
		if err != nil {
			return err
		}
		var last int64
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) FROM seal_key WHERE role = 'signer'`).Scan(&last); err != nil {
			return fmt.Errorf("number a signer: %w", err)
		}
		secret, err := k.secret(authority)
		if err != nil {
			return err
		}
		signer, err := (&seal.Authority{Certificate: authority.Certificate, Key: secret}).NewSigner(signerCode, last+1, k.now())
		if err != nil {
			return err
		}
		if err := k.retire(ctx, tx, SignerRole); err != nil {
			return err
		}
		made, err = k.keep(ctx, tx, SignerRole, last+1, authority.ID, signer.Certificate, signer.Key)
		return err
	})
	if store.IsUnique(err) { // another process was faster
		return k.inUse(ctx, k.db.Read(), SignerRole)
	}
	return made, err
}

// authority gives the authority in use, made when there is none.
func (k *Keys) authority(ctx context.Context, tx *store.Tx) (*Key, error) {
	in, err := k.inUse(ctx, tx, AuthorityRole)
	if err != nil {
		return nil, err
	}
	if in != nil {
		if !in.Kept() {
			return nil, fault.NewConflict("travel.sealkeys.elsewhere")
		}
		return in, nil
	}
	made, err := seal.NewAuthority(k.country, k.name, k.now())
	if err != nil {
		return nil, err
	}
	return k.keep(ctx, tx, AuthorityRole, 0, "", made.Certificate, made.Key)
}

func (k *Keys) retire(ctx context.Context, tx *store.Tx, role Role) error {
	if _, err := tx.ExecContext(ctx, `UPDATE seal_key SET retired_at = $1 WHERE role = $2 AND retired_at = 0`, store.Millis(k.now()), string(role)); err != nil {
		return fmt.Errorf("retire a seal key: %w", err)
	}
	return nil
}

// keep writes a key down; secret is nil for one that is kept elsewhere.
func (k *Keys) keep(ctx context.Context, tx *store.Tx, role Role, number int64, authority string, c *x509.Certificate, secret crypto.Signer) (*Key, error) {
	one := &Key{ID: store.NewID(), Role: role, Number: number, AuthorityID: authority, Certificate: c, CreatedAt: k.now(), sealed: []byte{}}
	if secret != nil {
		der, err := x509.MarshalPKCS8PrivateKey(secret)
		if err != nil {
			return nil, fmt.Errorf("write a seal key: %w", err)
		}
		if one.sealed, err = k.ring.Seal(der, object(one.ID)); err != nil {
			return nil, err
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO seal_key (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`,
		one.ID, string(role), number, authority, c.Raw, one.sealed, store.Millis(one.CreatedAt)); err != nil {
		return nil, fmt.Errorf("keep a seal key: %w", err)
	}
	return one, nil
}

// Import takes a ministry's own authority and signer: certificates and the
// signer's key as PEM (PKCS #8), the authority's key staying where it is. Those in
// use before are retired. Invalid at "authority", "certificate" or "key".
func (k *Keys) Import(ctx context.Context, authorityPEM, certificatePEM, keyPEM []byte) (*Key, error) {
	var bad fault.Fields
	authority, signer := readCertificate(authorityPEM), readCertificate(certificatePEM)
	if authority == nil || !authority.IsCA {
		bad.Add("authority", "travel.sealkeys.authority")
	}
	if signer == nil || authority != nil && signer.CheckSignatureFrom(authority) != nil || signer != nil && (len(seal.Identifier(signer)) != 4 || !signer.SerialNumber.IsInt64()) {
		bad.Add("certificate", "travel.sealkeys.certificate")
	}
	secret := readKey(keyPEM)
	if secret == nil || signer != nil && !secret.PublicKey.Equal(signer.PublicKey) {
		bad.Add("key", "travel.sealkeys.key")
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	var made *Key
	err := k.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := errors.Join(k.retire(ctx, tx, AuthorityRole), k.retire(ctx, tx, SignerRole)); err != nil {
			return err
		}
		above, err := k.keep(ctx, tx, AuthorityRole, 0, "", authority, nil)
		if err != nil {
			return err
		}
		made, err = k.keep(ctx, tx, SignerRole, signer.SerialNumber.Int64(), above.ID, signer, secret)
		return err
	})
	if store.IsUnique(err) {
		return nil, fault.NewConflict("travel.sealkeys.number")
	}
	return made, err
}

func readCertificate(text []byte) *x509.Certificate {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	return c
}

func readKey(text []byte) *ecdsa.PrivateKey {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil
	}
	secret, ok := key.(*ecdsa.PrivateKey)
	if !ok || secret.Curve != elliptic.P256() {
		return nil
	}
	return secret
}

// Trust is what a verifier of our seals needs: every authority and signer that
// ever was.
func (k *Keys) Trust(ctx context.Context) (seal.Trust, error) {
	all, err := k.All(ctx)
	var t seal.Trust
	for _, one := range all {
		if one.Role == AuthorityRole {
			t.Authorities = append(t.Authorities, one.Certificate)
		} else {
			t.Signers = append(t.Signers, one.Certificate)
		}
	}
	return t, err
}

// PEM writes the certificate of a key for others.
func (k *Key) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate.Raw})
}
