package signkeys

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// Revoke says that a signer's certificate is no longer good from now on: its key
// may be in wrong hands. When it is the one in use it is retired, and the next
// document makes a new one. actor is as in audit.Entry. NotFound for no signer;
// Conflict when it was revoked before.
func (k *Keys) Revoke(ctx context.Context, actor, id string) error {
	return k.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		all, err := list(ctx, tx, `WHERE id = $1 AND role = 'signer'`, id)
		switch {
		case err != nil:
			return err
		case len(all) == 0:
			return fault.NewNotFound("signkeys.none")
		case !all[0].RevokedAt.IsZero():
			return fault.NewConflict("signkeys.revoked")
		case all[0].RetiredAt.IsZero():
			if err := k.retire(ctx, tx, SignerRole); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE sign_key SET revoked_at = $1 WHERE id = $2`, store.Millis(k.now()), id); err != nil {
			return fmt.Errorf("revoke a signing certificate: %w", err)
		}
		return k.note(ctx, tx, actor, "document.key.revoke", all[0])
	})
}

// Revocations gives the list of the authority in use for others (RFC 5280, DER),
// good for a week. Conflict when its key is kept elsewhere, where then the list
// is made, too; NotFound when there is no authority yet.
func (k *Keys) Revocations(ctx context.Context) ([]byte, error) {
	above, err := inUse(ctx, k.db.Read(), AuthorityRole)
	if err != nil {
		return nil, err
	}
	if above == nil {
		return nil, fault.NewNotFound("signkeys.none")
	}
	if !above.Kept() {
		return nil, fault.NewConflict("signkeys.elsewhere")
	}
	revoked, err := list(ctx, k.db.Read(), `WHERE authority = $1 AND revoked_at > 0`, above.ID)
	if err != nil {
		return nil, err
	}
	secret, err := k.secret(above)
	if err != nil {
		return nil, err
	}
	// Numbers must grow; seconds do.
	made := &x509.RevocationList{Number: big.NewInt(k.now().Unix()), ThisUpdate: k.now(), NextUpdate: k.now().AddDate(0, 0, listDays)}
	for _, one := range revoked {
		made.RevokedCertificateEntries = append(made.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: one.Certificate.SerialNumber, RevocationTime: one.RevokedAt})
	}
	der, err := x509.CreateRevocationList(rand.Reader, made, above.Certificate, secret)
	if err != nil {
		return nil, fmt.Errorf("make a list of revocations: %w", err)
	}
	return der, nil
}

// Import takes a ministry's own authority and signer: the authority's
// certificate, the signer's followed by those between the two, and the signer's
// key, as PEM (PKCS #8); the authority's key stays where it is. Those in use
// before are retired. actor is as in audit.Entry. Invalid at "authority",
// "certificate" or "key"; Conflict when the certificate was here before.
func (k *Keys) Import(ctx context.Context, actor string, authorityPEM, certificatesPEM, keyPEM []byte) (*Key, error) {
	var bad fault.Fields
	above, below := readCertificates(authorityPEM), readCertificates(certificatesPEM)
	if len(above) != 1 || !above[0].IsCA {
		bad.Add("authority", "signkeys.authority")
	}
	if len(below) == 0 || len(bad) == 0 && !leads(below, above[0]) {
		bad.Add("certificate", "signkeys.certificate")
	}
	secret := readKey(keyPEM)
	if secret == nil || len(below) > 0 && !sameKey(secret.Public(), below[0].PublicKey) {
		bad.Add("key", "signkeys.key")
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	var made *Key
	err := k.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		authority, err := inUse(ctx, tx, AuthorityRole)
		if err != nil {
			return err
		}
		// The next signer of an authority that is here already does not bring it anew.
		if authority == nil || !bytes.Equal(authority.Certificate.Raw, above[0].Raw) {
			if err := k.retire(ctx, tx, AuthorityRole); err != nil {
				return err
			}
			if authority, err = k.keep(ctx, tx, &Key{Role: AuthorityRole, Certificate: above[0]}, nil); err != nil {
				return err
			}
		}
		if err := k.retire(ctx, tx, SignerRole); err != nil {
			return err
		}
		made, err = k.keep(ctx, tx, &Key{Role: SignerRole, AuthorityID: authority.ID, Certificate: below[0], Chain: below[1:]}, secret)
		if err != nil {
			return err
		}
		return k.note(ctx, tx, actor, "document.key.import", made)
	})
	if store.IsUnique(err) {
		return nil, fault.NewConflict("signkeys.number")
	}
	return made, err
}

// leads says whether each certificate was issued by the next, and the last by
// the authority, and the first may sign documents.
func leads(below []*x509.Certificate, above *x509.Certificate) bool {
	for i, c := range below {
		issuer := above
		if i+1 < len(below) {
			issuer = below[i+1]
		}
		if !issuer.IsCA || c.CheckSignatureFrom(issuer) != nil {
			return false
		}
	}
	first := below[0]
	return !first.IsCA && (first.KeyUsage == 0 || first.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) != 0)
}

func sameKey(a, b crypto.PublicKey) bool {
	key, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(b)
}

func readCertificates(text []byte) []*x509.Certificate {
	var all []*x509.Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return all
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil
		}
		all = append(all, c)
	}
}

func readKey(text []byte) crypto.Signer {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil
	}
	switch secret := key.(type) {
	case *ecdsa.PrivateKey:
		return secret
	case *rsa.PrivateKey:
		return secret
	}
	return nil
}
