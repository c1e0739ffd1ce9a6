package seal

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/fault"
)

// half is the length of r and of s on P-256, in bytes.
const half = 32

// Signer signs seals. Key may live in a security module.
type Signer struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

// Identifier gives the four characters by which seals name the signer: country
// and common name of its certificate.
func Identifier(c *x509.Certificate) string {
	country := ""
	if len(c.Subject.Country) > 0 {
		country = c.Subject.Country[0]
	}
	return strings.ToUpper(country + c.Subject.CommonName)
}

// Reference gives the serial number by which seals name the certificate.
func Reference(c *x509.Certificate) string {
	return strings.ToUpper(c.SerialNumber.Text(16))
}

// Seal signs what v says. The fault is Invalid with paths named as in JSON; an
// internal error when the key cannot sign.
func (g *Signer) Seal(v Visa) (*Seal, error) {
	features, err := v.features()
	if err != nil {
		return nil, err
	}
	s := &Seal{Features: features, Header: Header{
		Version: 4, Issuer: strings.TrimRight(v.Issuer, "<"), Signer: Identifier(g.Certificate), Certificate: Reference(g.Certificate),
		Issued: day(v.Issued), Signed: day(v.Signed), Definition: visaDefinition, Category: visaCategory,
	}}
	if s.signed, err = s.encode(); err != nil {
		return nil, err
	}
	digest := sha256.Sum256(s.signed)
	der, err := g.Key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign a seal: %w", err)
	}
	var pair struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &pair); err != nil || len(rest) > 0 || pair.R.BitLen() > 8*half || pair.S.BitLen() > 8*half {
		return nil, fmt.Errorf("sign a seal: the key gives no P-256 signature: %w", err)
	}
	s.Signature = append(pair.R.FillBytes(make([]byte, half)), pair.S.FillBytes(make([]byte, half))...)
	return s, nil
}

func day(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Trust is what a verifier knows: authorities that it trusts, the signer
// certificates that it has, and the serial numbers that were revoked.
type Trust struct {
	Authorities []*x509.Certificate
	Signers     []*x509.Certificate
	// Revoked lists certificates by Identifier and Reference, joined.
	Revoked map[string]bool
}

// Verify checks that the seal was signed by a certificate that one of the
// authorities issued, that was valid on the day of the signature and is not
// revoked, and that nothing was changed since. It gives the certificate. The
// fault is a Conflict: unknown_signer, untrusted, expired, revoked, curve or
// signature.
func (t Trust) Verify(s *Seal) (*x509.Certificate, error) {
	refuse := func(why string) (*x509.Certificate, error) { return nil, fault.NewConflict("travel.seal." + why) }
	var signer *x509.Certificate
	for _, c := range t.Signers {
		if Identifier(c) == s.Signer && sameReference(Reference(c), s.Certificate) {
			signer = c
		}
	}
	if signer == nil {
		return refuse("unknown_signer")
	}
	trusted := false
	for _, a := range t.Authorities {
		trusted = trusted || a.IsCA && signer.CheckSignatureFrom(a) == nil && sameCountry(a, signer)
	}
	if !trusted {
		return refuse("untrusted")
	}
	key, ok := signer.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() || len(s.Signature) != 2*half {
		return refuse("curve")
	}
	digest := sha256.Sum256(s.signed)
	if !ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(s.Signature[:half]), new(big.Int).SetBytes(s.Signature[half:])) {
		return refuse("signature")
	}
	if t.Revoked[Identifier(signer)+Reference(signer)] {
		return refuse("revoked")
	}
	// A seal knows the day only; the certificate must be valid at some time of it.
	if s.Signed.AddDate(0, 0, 1).Before(signer.NotBefore) || s.Signed.After(signer.NotAfter) {
		return refuse("expired")
	}
	return signer, nil
}

// sameReference compares serial numbers; version 3 pads them with zeros.
func sameReference(a, b string) bool {
	return strings.TrimLeft(a, "0") == strings.TrimLeft(b, "0")
}

// sameCountry says whether the authority signs for its own country, as 9303-12
// asks.
func sameCountry(a, b *x509.Certificate) bool {
	return len(a.Subject.Country) > 0 && len(b.Subject.Country) > 0 && strings.EqualFold(a.Subject.Country[0], b.Subject.Country[0])
}
