package seal_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chancery/chancery/internal/outsidetest"
	"github.com/chancery/chancery/internal/travel/mrz"
)

// Programs of others read the picture (libdmtx) and check signature and
// certificate (openssl); a reader in Python, which shares no code with ours,
// says what is in it.
func TestReadByOthers(t *testing.T) {
	python, dmtx := outsidetest.Program(t, "python3", "install python3"), outsidetest.Program(t, "dmtxread", "install the package dmtx-utils")
	outsidetest.Program(t, "openssl", "install openssl")
	a, g, _ := made(t)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certificate := func(name string, c *x509.Certificate) string {
		return write(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	signer, authority := certificate("signer.pem", g.Certificate), certificate("authority.pem", a.Certificate)
	other, _, _ := made(t)
	stranger := certificate("stranger.pem", other.Certificate)
	script, err := filepath.Abs("../../../test/sealcheck/sealcheck.py")
	if err != nil {
		t.Fatal(err)
	}
	for tag, format := range map[string]mrz.Format{"mrv-a": mrz.MRVA, "mrv-b": mrz.MRVB} {
		v := visa(t, format)
		s, err := g.Seal(v)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := s.PNG(5)
		if err != nil {
			t.Fatal(err)
		}
		read, err := exec.Command(dmtx, "-N1", write(tag+".png", picture)).Output()
		if err != nil || string(read) != string(s.Bytes()) {
			t.Fatalf("%s: libdmtx reads %x, want %x: %v", tag, read, s.Bytes(), err)
		}
		seal := write(tag+".bin", read)
		out, err := exec.Command(python, script, seal, signer, authority).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", tag, err, out)
		}
		var said map[string]any
		if err := json.Unmarshal(out, &said); err != nil {
			t.Fatalf("%s: %s", out, err)
		}
		for name, want := range map[string]any{
			"issuer": "AZE", "signer": "AZV1", "certificate": "2A", "issued": "2026-11-25", "signed": "2026-11-25", "kind": "5d01",
			tag: v.Zone[0] + v.Zone[1][:28], "passport": "C01X00T47", "signature": true, "chain": true,
		} {
			if said[name] != want {
				t.Errorf("%s: %s is %v, want %v", tag, name, said[name], want)
			}
		}
		read[len(read)-1] ^= 1
		if out, err := exec.Command(python, script, write(tag+".changed", read), signer, authority).CombinedOutput(); err == nil {
			t.Errorf("%s: a changed signature is right: %s", tag, out)
		}
		if out, err := exec.Command(python, script, seal, signer, stranger).CombinedOutput(); err == nil {
			t.Errorf("%s: a stranger's authority is right: %s", tag, out)
		}
	}
}
