package archival_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"github.com/chancery/chancery/internal/document/archival"
	"github.com/chancery/chancery/internal/document/pades"
	"github.com/chancery/chancery/internal/outsidetest"
)

var day = time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC)

func page(t *testing.T, prepare bool) []byte {
	t.Helper()
	font, err := os.ReadFile("../fonts/NotoSans-Regular.ttf")
	if err != nil {
		t.Fatal(err)
	}
	pdf := fpdf.New("P", "pt", "A4", "")
	if prepare {
		archival.Prepare(pdf, archival.Details{Title: "Çıxarış & <şəhadətnamə>", Author: "Xarici İşlər Nazirliyi", Lang: "az", Issued: day})
	}
	pdf.AddUTF8FontFromBytes("NotoSans", "", font)
	pdf.AddPage()
	pdf.SetFont("NotoSans", "", 12)
	pdf.SetFillColor(11, 79, 108)
	pdf.Rect(20, 20, 100, 3, "F")
	pdf.Text(50, 50, "Şəhadətnamə, Привет, Ελλάδα")
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func signed(t *testing.T, pdf []byte) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Signer"}, NotBefore: day, NotAfter: day.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pades.Sign(t.Context(), pdf, pades.Signer{Certificate: c, Key: key}, pades.Details{At: day})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// veraPDF finds a prepared and signed file to be PDF/A-2b, and one that was not
// prepared not to be.
func TestPDFA(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for name, pdf := range map[string][]byte{"good.pdf": signed(t, page(t, true)), "bad.pdf": signed(t, page(t, false))} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pdf, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	said := outsidetest.VeraPDF(t, "2b", files...)
	if !strings.Contains(said, "PASS "+filepath.Join(dir, "good.pdf")) || !strings.Contains(said, "FAIL "+filepath.Join(dir, "bad.pdf")) {
		t.Errorf("veraPDF: %s", said)
	}
	if !bytes.Equal(page(t, true), page(t, true)) {
		t.Error("the same details give other bytes")
	}
}
