package pades_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"github.com/chancery/chancery/internal/document/pades"
)

var day = time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC)

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
	serial      int64
}

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{Country: []string{"AZ"}, CommonName: name},
		NotBefore: day.AddDate(-5, 0, 0), NotAfter: day.AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, IsCA: true, BasicConstraintsValid: true,
	}
	return &authority{certificate: certify(t, template, template, key.Public(), key), key: key, serial: 1}
}

func certify(t testing.TB, template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// signer makes a signer whose certificate is valid for a year from then on.
func (a *authority) signer(t testing.TB, key crypto.Signer, from time.Time) pades.Signer {
	t.Helper()
	a.serial++
	c := certify(t, &x509.Certificate{
		SerialNumber: big.NewInt(a.serial), Subject: pkix.Name{Country: []string{"AZ"}, CommonName: "Signer of documents"},
		NotBefore: from, NotAfter: from.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
	}, a.certificate, key.Public(), a.key)
	return pades.Signer{Certificate: c, Chain: []*x509.Certificate{a.certificate}, Key: key}
}

func (a *authority) trust() pades.Trust {
	return pades.Trust{Roots: []*x509.Certificate{a.certificate}}
}

// revoke lists certificates that are revoked from then on.
func (a *authority) revoke(t testing.TB, at time.Time, all ...*x509.Certificate) *x509.RevocationList {
	t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: at, NextUpdate: at.AddDate(1, 0, 0)}
	for _, c := range all {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: at})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, a.certificate, a.key)
	if err != nil {
		t.Fatal(err)
	}
	read, err := x509.ParseRevocationList(der)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func p256(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsa2048(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// paper is a PDF with links on its first page, and a second page.
func paper(t testing.TB) []byte {
	t.Helper()
	pdf := fpdf.New("P", "pt", "A4", "")
	pdf.SetCreationDate(day)
	pdf.SetTitle("Extract", true)
	pdf.AddPage()
	pdf.SetFont("Helvetica", "", 12)
	pdf.WriteLinkString(14, "verify", "https://example.org/v/K7QX")
	pdf.AddPage()
	pdf.Text(50, 50, "second page")
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func sign(t testing.TB, pdf []byte, by pades.Signer, d pades.Details) []byte {
	t.Helper()
	if d.At.IsZero() {
		d.At = day
	}
	out, err := pades.Sign(context.Background(), pdf, by, d)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
