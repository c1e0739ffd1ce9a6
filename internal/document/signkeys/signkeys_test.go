package signkeys_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/document/pades"
	"github.com/chancery/chancery/internal/document/signkeys"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/outsidetest"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.NoLeaks(m) }

var start = time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC)

type house struct {
	*signkeys.Keys
	now time.Time
}

func newHouse(t *testing.T, db *store.DB) *house {
	t.Helper()
	ring, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{now: start}
	now := func() time.Time { return h.now }
	h.Keys = signkeys.New(db, ring, audit.New(now), "AZ", "Xarici İşlər Nazirliyi", now)
	return h
}

// paper signs a page with the key in use.
func (h *house) paper(t *testing.T) []byte {
	t.Helper()
	by, err := h.Signer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pdf := fpdf.New("P", "pt", "A4", "")
	pdf.AddPage()
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		t.Fatal(err)
	}
	signed, err := pades.Sign(t.Context(), out.Bytes(), by, pades.Details{At: h.now})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func (h *house) verdict(t *testing.T, pdf []byte) pades.Verdict {
	t.Helper()
	trust, err := h.Trust(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return trust.Verify(pdf, time.Time{}).Verdict
}

func (h *house) all(t *testing.T) []*signkeys.Key {
	t.Helper()
	all, err := h.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func kind(err error) fault.Kind {
	var f *fault.Error
	errors.As(err, &f)
	if f == nil {
		return 0
	}
	return f.Kind
}

func TestMadeOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				if _, err := h.Signer(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		authorities, inUse := 0, 0
		for _, k := range h.all(t) {
			if k.Role == signkeys.AuthorityRole {
				authorities++
			} else if k.RetiredAt.IsZero() {
				inUse++
			}
		}
		if authorities != 1 || inUse != 1 {
			t.Errorf("%d authorities, %d signers", authorities, inUse)
		}
		if got := h.verdict(t, h.paper(t)); got != pades.Genuine {
			t.Errorf("the first document is %s", got)
		}
		if got := newHouse(t, db); got.verdict(t, h.paper(t)) != pades.Genuine {
			t.Error("who has no ring cannot verify")
		} else if _, err := got.Signer(t.Context()); err == nil {
			t.Error("another ring opens the key")
		}
	})
}

func TestRotation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		first := h.paper(t)
		h.now = start.AddDate(2, 0, 1) // its time is over
		second := h.paper(t)
		if _, err := h.Rotate(t.Context(), audit.Staff("1")); err != nil {
			t.Fatal(err)
		}
		third := h.paper(t)
		for i, pdf := range [][]byte{first, second, third} {
			if got := h.verdict(t, pdf); got != pades.Genuine {
				t.Errorf("document %d is %s", i, got)
			}
		}
		signers := 0
		for _, k := range h.all(t) {
			if k.Role != signkeys.SignerRole {
				continue
			}
			signers++
			if k.Kept() != k.RetiredAt.IsZero() {
				t.Errorf("retired at %v, and its key is kept: %v", k.RetiredAt, k.Kept())
			}
		}
		page, err := audit.List(t.Context(), db.Read(), audit.Filter{}, 10)
		if signers != 3 || err != nil || len(page.Records) != 3 {
			t.Errorf("%d signers, %d entries of the trail, %v", signers, len(page.Records), err)
		}
	})
}

func TestRevocation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		if _, err := h.Revocations(t.Context()); kind(err) != fault.NotFound {
			t.Errorf("revocations of nobody: %v", err)
		}
		pdf := h.paper(t)
		var signer *signkeys.Key
		for _, k := range h.all(t) {
			if k.Role == signkeys.SignerRole {
				signer = k
			} else if err := h.Revoke(t.Context(), audit.Staff("1"), k.ID); kind(err) != fault.NotFound {
				t.Errorf("revoked an authority: %v", err)
			}
		}
		h.now = start.AddDate(0, 1, 0)
		if err := h.Revoke(t.Context(), audit.Staff("1"), signer.ID); err != nil {
			t.Fatal(err)
		}
		if err := h.Revoke(t.Context(), audit.Staff("1"), signer.ID); kind(err) != fault.Conflict {
			t.Errorf("revoked twice: %v", err)
		}
		if got := h.verdict(t, pdf); got != pades.Revoked {
			t.Errorf("it is %s", got)
		}
		if got := h.verdict(t, h.paper(t)); got != pades.Genuine {
			t.Errorf("with the next key it is %s", got)
		}
		der, err := h.Revocations(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		list, err := x509.ParseRevocationList(der)
		if err != nil || len(list.RevokedCertificateEntries) != 1 || list.RevokedCertificateEntries[0].SerialNumber.Cmp(signer.Certificate.SerialNumber) != 0 {
			t.Fatalf("%v: %+v", err, list)
		}
		// What others make of the list and the certificates.
		dir := t.TempDir()
		write := func(name string, data []byte) string {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
		crl := write("list.pem", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}))
		all := h.all(t)
		root := write("root.pem", all[0].PEM())
		for _, k := range all[1:] {
			out, err := exec.Command(outsidetest.Program(t, "openssl", "install openssl"), "verify", "-x509_strict", "-attime", big.NewInt(h.now.Unix()).String(),
				"-crl_check", "-CRLfile", crl, "-CAfile", root, write("signer.pem", k.PEM())).CombinedOutput()
			if (err == nil) != k.RevokedAt.IsZero() {
				t.Errorf("openssl: revoked at %v: %v: %s", k.RevokedAt, err, out)
			}
		}
	})
}

func TestImport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		before := h.paper(t)
		root, rootKey := certificate(t, 1, true, nil, nil)
		middle, middleKey := certificate(t, 2, true, root, rootKey)
		leaf, key := certificate(t, 3, false, middle, middleKey)
		_, otherKey := certificate(t, 4, false, middle, middleKey)
		for name, c := range map[string][3][]byte{
			"authority":   {text(leaf), text(leaf, middle), secret(t, key)},
			"certificate": {text(root), text(leaf), secret(t, key)},
			"key":         {text(root), text(leaf, middle), secret(t, otherKey)},
		} {
			_, err := h.Import(t.Context(), audit.Staff("1"), c[0], c[1], c[2])
			var f *fault.Error
			if !errors.As(err, &f) || len(f.Fields) != 1 || f.Fields[0].Path != name {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := h.Import(t.Context(), audit.Staff("1"), text(root), text(leaf, middle), secret(t, key)); err != nil {
			t.Fatal(err)
		}
		after := h.paper(t)
		for _, pdf := range [][]byte{before, after} {
			if got := h.verdict(t, pdf); got != pades.Genuine {
				t.Errorf("it is %s", got)
			}
		}
		if r := (pades.Trust{Roots: []*x509.Certificate{root}}).Verify(after, time.Time{}); r.Verdict != pades.Genuine {
			t.Errorf("for one who knows the root only it is %s", r.Verdict)
		}
		if _, err := h.Rotate(t.Context(), audit.Staff("1")); kind(err) != fault.Conflict {
			t.Errorf("made a signer without its authority: %v", err)
		}
		if _, err := h.Import(t.Context(), audit.Staff("1"), text(root), text(leaf, middle), secret(t, key)); kind(err) != fault.Conflict {
			t.Errorf("brought in twice: %v", err)
		}
		// The first signing time of ours is over, and there is no authority here: it goes on.
		h.now = start.AddDate(3, 0, 0)
		if got := h.verdict(t, h.paper(t)); got != pades.Genuine {
			t.Errorf("after three years it is %s", got)
		}
		h.now = start.AddDate(6, 0, 0)
		if _, err := h.Signer(t.Context()); kind(err) != fault.Conflict {
			t.Errorf("its certificate is over: %v", err)
		}
	})
}

func certificate(t *testing.T, serial int64, isCA bool, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "Ministry " + string(rune('0'+serial))},
		NotBefore: start.AddDate(-1, 0, 0), NotAfter: start.AddDate(5, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature}
	if isCA {
		template.KeyUsage, template.IsCA, template.BasicConstraintsValid = x509.KeyUsageCertSign, true, true
	}
	if parent == nil {
		parent, by = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}

func text(all ...*x509.Certificate) (out []byte) {
	for _, c := range all {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

func secret(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}
