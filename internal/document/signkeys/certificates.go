package signkeys

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

// How long keys sign and certificates live, in years: a certificate is to be
// valid whenever somebody looks at a document, a key only while it signs.
const (
	signingYears   = 2
	signerYears    = 20
	authorityYears = 25
)

// listDays is how long a published list of revocations is good.
const listDays = 7

// documentSigning is the key purpose of RFC 9336.
var documentSigning = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36}

func newAuthority(country, name string, now time.Time) (*x509.Certificate, crypto.Signer, error) {
	key, serial, err := fresh()
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Country: []string{country}, Organization: []string{name}, CommonName: "Documents authority " + serial.Text(16)[:4]},
		NotBefore: now.Add(-time.Minute), NotAfter: now.AddDate(authorityYears, 0, 0),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}
	c, err := issue(template, template, key.Public(), key)
	return c, key, err
}

func newSigner(above *x509.Certificate, by crypto.Signer, name string, now time.Time) (*x509.Certificate, crypto.Signer, error) {
	key, serial, err := fresh()
	if err != nil {
		return nil, nil, err
	}
	end := now.AddDate(signerYears, 0, 0)
	if end.After(above.NotAfter) {
		end = above.NotAfter
	}
	c, err := issue(&x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Country: above.Subject.Country, Organization: []string{name}, CommonName: name},
		// A minute before: the clocks of those who check are not ours.
		NotBefore: now.Add(-time.Minute), NotAfter: end,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, BasicConstraintsValid: true,
		UnknownExtKeyUsage: []asn1.ObjectIdentifier{documentSigning},
	}, above, key.Public(), by)
	return c, key, err
}

func fresh() (*ecdsa.PrivateKey, *big.Int, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make a signing key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, fmt.Errorf("make a serial number: %w", err)
	}
	return key, serial.SetBit(serial, 120, 1), nil
}

func issue(template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, fmt.Errorf("issue a certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}
