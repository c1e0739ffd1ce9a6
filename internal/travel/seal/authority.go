package seal

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"
)

// Authority is a country signing authority (CSCA). The ones made here are for
// demonstrations and tests: a State keeps its own in a vault.
type Authority struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

// Lifetimes after 9303-12 and 9303-7, 9.3: signing keys of visas live one to two
// years, their certificates as long as the longest visa, an authority longer
// than both.
const (
	authorityYears = 15
	signerYears    = 12
)

// documentType is the extension of Doc 9303-12, 7.1.1.6, that says for which
// documents a signer signs.
var documentType = asn1.ObjectIdentifier{2, 23, 136, 1, 1, 6, 2}

// NewAuthority makes an authority for a country of two letters.
func NewAuthority(country, name string, now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make an authority's key: %w", err)
	}
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Country: []string{country}, CommonName: name},
		NotBefore: now, NotAfter: now.AddDate(authorityYears, 0, 0),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}
	c, err := issue(template, template, key.Public(), key)
	return &Authority{Certificate: c, Key: key}, err
}

// NewSigner makes a visa signer under the authority. code is the two characters
// that follow the country in seals; serial must be new for each certificate of
// the signer, and is written into every seal, so small numbers make small seals.
func (a *Authority) NewSigner(code string, serial int64, now time.Time) (*Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a visa signer's key: %w", err)
	}
	kinds, err := asn1.Marshal(struct {
		Version int
		Types   []string `asn1:"set"`
	}{0, []string{"V"}})
	if err != nil {
		return nil, fmt.Errorf("make a visa signer: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{Country: a.Certificate.Subject.Country, CommonName: code},
		NotBefore: now, NotAfter: now.AddDate(signerYears, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtraExtensions: []pkix.Extension{{Id: documentType, Value: kinds}},
	}
	c, err := issue(template, a.Certificate, key.Public(), a.Key)
	return &Signer{Certificate: c, Key: key}, err
}

func issue(template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, fmt.Errorf("issue a certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

func serialNumber() (*big.Int, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("make a serial number: %w", err)
	}
	return n.Add(n, big.NewInt(1)), nil
}
