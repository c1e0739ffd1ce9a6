package pades_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/document/pades"
	"github.com/chancery/chancery/internal/outsidetest"
)

const pyHanko = "0.38.0"

// job is one file that pyHanko looks at, and what it finds.
type job struct {
	File  string   `json:"file"`
	Roots []string `json:"roots"`
	CRLs  []string `json:"crls"`
	TSA   []string `json:"tsa"`
	At    int64    `json:"at"`
	found finding
}

type finding struct {
	Error                                   string
	Signatures                              int
	Intact, Valid, Trusted, Bottom, Changed bool
	Revoked                                 bool
	Coverage, Subfilter                     string
	Attributes                              []string
	Stamped                                 float64
}

// hanko has pyHanko look at the files, in one process.
func hanko(t *testing.T, jobs []*job) {
	t.Helper()
	python := outsidetest.Python(t, "pyhanko", pyHanko)
	script, err := filepath.Abs("../../../test/pdfsigncheck/pdfsigncheck.py")
	if err != nil {
		t.Fatal(err)
	}
	in, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, script)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pyHanko: %v", err)
	}
	var found []finding
	if err := json.Unmarshal(out, &found); err != nil || len(found) != len(jobs) {
		t.Fatalf("pyHanko: %v: %s", err, out)
	}
	for i := range jobs {
		jobs[i].found = found[i]
	}
}

func write(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pdfsig says whether poppler finds the one signature valid and over the whole
// file.
func pdfsig(t *testing.T, path string) bool {
	t.Helper()
	out, err := exec.Command(outsidetest.Program(t, "pdfsig", "install poppler-utils"), "-nocert", path).CombinedOutput()
	said := string(out)
	if err != nil && !strings.Contains(said, "does not contain any signatures") && !strings.Contains(said, "Error") && !strings.Contains(said, "Signature Validation") {
		t.Fatalf("pdfsig: %v: %s", err, said)
	}
	return strings.Contains(said, "Signature is Valid.") && strings.Contains(said, "Total document signed") && !strings.Contains(said, "Not total document signed") &&
		strings.Contains(said, "ETSI.CAdES.detached")
}

// openssl says whether OpenSSL finds the CMS to be a CAdES signature of what is
// covered, by a certificate that the authority issued.
func openssl(t *testing.T, pdf []byte, covered [3]int, root *x509.Certificate, at time.Time) (bool, string) {
	t.Helper()
	dir := t.TempDir()
	der, err := hex.DecodeString(string(pdf[covered[0]+1 : covered[1]-1]))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(outsidetest.Program(t, "openssl", "install openssl"), "cms", "-verify", "-cades", "-binary", "-inform", "DER",
		"-in", write(t, dir, "signature", der), "-content", write(t, dir, "content", slices.Concat(pdf[:covered[0]], pdf[covered[1]:covered[2]])),
		"-CAfile", write(t, dir, "root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})),
		"-purpose", "any", "-attime", strconv.FormatInt(at.Unix(), 10), "-out", os.DevNull).CombinedOutput()
	return err == nil, string(out)
}

// updated gives the file with a lawful update after the signature: the catalog
// again, as Portuguese.
func updated(t *testing.T, pdf []byte) []byte {
	t.Helper()
	find := func(pattern string) []byte {
		all := regexp.MustCompile(pattern).FindAllSubmatch(pdf, -1)
		if len(all) == 0 {
			t.Fatalf("no %s", pattern)
		}
		return all[len(all)-1][1]
	}
	number := find(`/Root (\d+) 0 R`)
	catalog := find(`(?s)\n` + string(number) + ` 0 obj\n<<(.*?)\n>>\nendobj`)
	out := bytes.Clone(pdf)
	at := len(out)
	out = fmt.Appendf(out, "%s 0 obj\n<<%s\n/Lang (pt)>>\nendobj\n", number, catalog)
	table := len(out)
	return fmt.Appendf(out, "xref\n%s 1\n%010d 00000 n \ntrailer\n<</Size %s /Root %s 0 R /Prev %s>>\nstartxref\n%d\n%%%%EOF\n",
		number, at, find(`/Size (\d+)`), number, find(`startxref\n(\d+)`), table)
}

// What we say of a file is what three programs of others say of it.
func TestOthersAgree(t *testing.T) {
	a, other := newAuthority(t, "Authority"), newAuthority(t, "Other authority")
	dir := t.TempDir()
	root := write(t, dir, "root.der", a.certificate.Raw)
	old, next := a.signer(t, p256(t), day), a.signer(t, rsa2048(t), day.AddDate(0, 6, 0))
	pdf := sign(t, paper(t), old, pades.Details{Name: "Xarici İşlər Nazirliyi"})
	list := a.revoke(t, day.AddDate(0, 0, -1), old.Certificate)
	changed := bytes.Clone(pdf)
	changed[bytes.Index(changed, []byte("/MediaBox"))+12] ^= 1
	cases := map[string]struct {
		pdf     []byte
		at      time.Time
		crls    []*x509.RevocationList
		want    pades.Verdict
		genuine bool // for pdfsig, which is not asked about certificates
	}{
		"valid":    {pdf, day, nil, pades.Genuine, true},
		"rotated":  {sign(t, paper(t), next, pades.Details{At: day.AddDate(0, 7, 0)}), day.AddDate(0, 7, 0), nil, pades.Genuine, true},
		"altered":  {changed, day, nil, pades.Altered, false},
		"appended": {updated(t, pdf), day, nil, pades.Altered, false},
		"revoked":  {pdf, day, []*x509.RevocationList{list}, pades.Revoked, true},
		"expired":  {sign(t, paper(t), old, pades.Details{At: day.AddDate(2, 0, 0)}), day.AddDate(2, 0, 0), nil, pades.Expired, true},
		"stranger": {sign(t, paper(t), other.signer(t, p256(t), day), pades.Details{}), day, nil, pades.Stranger, true},
		"unsigned": {paper(t), day, nil, pades.Unsigned, false},
	}
	var jobs []*job
	by := map[string]*job{}
	for name, c := range cases {
		one := &job{File: write(t, dir, name+".pdf", c.pdf), Roots: []string{root}, At: c.at.Unix()}
		for _, l := range c.crls {
			one.CRLs = append(one.CRLs, write(t, dir, "list.crl", l.Raw))
		}
		jobs, by[name] = append(jobs, one), one
	}
	hanko(t, jobs)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			trust := a.trust()
			trust.Revocations = c.crls
			r := verdict(t, trust, c.pdf, c.want)
			one := by[name]
			if got := pdfsig(t, one.File); got != c.genuine {
				t.Errorf("pdfsig: %v", got)
			}
			if f := one.found; f.Bottom != (c.want == pades.Genuine) || f.Changed != (name == "appended") || f.Revoked != (c.want == pades.Revoked) {
				t.Errorf("pyHanko: %+v", f)
			}
			if c.want == pades.Genuine && (one.found.Coverage != "ENTIRE_FILE" || one.found.Subfilter != "/ETSI.CAdES.detached" ||
				!slices.Equal(one.found.Attributes, []string{"content_type", "message_digest", "signing_certificate_v2"})) {
				t.Errorf("pyHanko: %+v", one.found)
			}
			if r.Signature == nil || c.crls != nil || r.Appended != nil {
				return
			}
			if got, said := openssl(t, c.pdf, r.Signature.Covered, a.certificate, c.at); got != (c.want == pades.Genuine) {
				t.Errorf("openssl: %v: %s", got, said)
			}
		})
	}
}

// Bytes are changed at random: what we notice the others notice as well.
func TestOthersNoticeChanges(t *testing.T) {
	const times = 40
	a := newAuthority(t, "Authority")
	pdf := sign(t, paper(t), a.signer(t, p256(t), day), pades.Details{})
	covered := verdict(t, a.trust(), pdf, pades.Genuine).Signature.Covered
	dir := t.TempDir()
	root := write(t, dir, "root.der", a.certificate.Raw)
	random := mathrand.New(mathrand.NewPCG(1, 2))
	var jobs []*job
	for range times {
		at := random.IntN(covered[0] + covered[2] - covered[1])
		if at >= covered[0] {
			at += covered[1] - covered[0]
		}
		changed := bytes.Clone(pdf)
		changed[at] ^= byte(1 + random.IntN(255))
		path := write(t, dir, "changed.pdf", changed)
		if a.trust().Verify(changed, time.Time{}).Verdict == pades.Genuine || pdfsig(t, path) {
			t.Errorf("byte %d is changed to %q, and nobody or only one of us says so", at, changed[at])
		}
		jobs = append(jobs, &job{File: write(t, dir, "changed"+hex.EncodeToString([]byte{byte(len(jobs))})+".pdf", changed), Roots: []string{root}, At: day.Unix()})
	}
	hanko(t, jobs)
	for _, j := range jobs {
		if j.found.Bottom {
			t.Errorf("pyHanko finds nothing in %s", j.File)
		}
	}
}

// stampingConfig is that of a time-stamping authority by OpenSSL.
const stampingConfig = `[tsa]
default_tsa = one
[one]
serial = SERIAL
signer_cert = CERT
signer_key = KEY
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
[v3]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
`

// OpenSSL is the time-stamping authority; pyHanko believes what it stamped.
func TestTimestamps(t *testing.T) {
	program := outsidetest.Program(t, "openssl", "install openssl")
	dir := t.TempDir()
	config := write(t, dir, "config", []byte(strings.NewReplacer("SERIAL", filepath.Join(dir, "serial"), "CERT", filepath.Join(dir, "cert.pem"), "KEY", filepath.Join(dir, "key.pem")).Replace(stampingConfig)))
	run := func(args ...string) {
		if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v: %s", args, err, out)
		}
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "3650", "-subj", "/CN=Time root")
	run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at("key.pem"), "-out", at("req.pem"), "-subj", "/CN=Time")
	run("x509", "-req", "-in", at("req.pem"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "3650", "-extfile", config, "-extensions", "v3", "-out", at("cert.pem"))
	text, err := os.ReadFile(at("ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	timeRoot, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	refuse := false
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuse {
			http.Error(w, "closed", http.StatusServiceUnavailable)
			return
		}
		var query bytes.Buffer
		_, _ = query.ReadFrom(r.Body)
		run("ts", "-reply", "-config", config, "-queryfile", write(t, dir, "query", query.Bytes()), "-out", at("reply"))
		reply, _ := os.ReadFile(at("reply"))
		w.Header().Set("Content-Type", "application/timestamp-reply")
		_, _ = w.Write(reply)
	})
	server := httptest.NewServer(answer)
	defer server.Close()
	stamps, err := pades.NewTimestamps(&http.Client{Timeout: 30 * time.Second}, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	a := newAuthority(t, "Authority")
	now := time.Now()
	by := a.signer(t, p256(t), now.AddDate(0, -1, 0))
	pdf := sign(t, paper(t), by, pades.Details{At: now, Timestamps: stamps})
	trust := a.trust()
	if s := verdict(t, trust, pdf, pades.Genuine).Signature; !s.Stamped.IsZero() {
		t.Error("a time stamp is believed whose root is not trusted")
	}
	trust.TimestampRoots = []*x509.Certificate{timeRoot}
	s := verdict(t, trust, pdf, pades.Genuine).Signature
	if s.Stamped.IsZero() {
		t.Error("there is no time stamp")
	}
	// A key that was revoked later could not have made the stamp.
	trust.Revocations = []*x509.RevocationList{a.revoke(t, s.Stamped.Add(time.Hour), by.Certificate)}
	verdict(t, trust, pdf, pades.Genuine)
	trust.Revocations = []*x509.RevocationList{a.revoke(t, s.Stamped.Add(-time.Hour), by.Certificate)}
	verdict(t, trust, pdf, pades.Revoked)

	one := &job{File: write(t, dir, "stamped.pdf", pdf), Roots: []string{write(t, dir, "root.der", a.certificate.Raw)},
		TSA: []string{write(t, dir, "time.der", timeRoot.Raw)}, At: now.Add(time.Minute).Unix()}
	hanko(t, []*job{one})
	if !one.found.Bottom || int64(one.found.Stamped) != s.Stamped.Unix() {
		t.Errorf("pyHanko: %+v, ours %v", one.found, s.Stamped)
	}
	if !pdfsig(t, one.File) {
		t.Error("pdfsig does not find the stamped signature valid")
	}
	// Without the authority no document goes out that was to have its time.
	refuse = true
	if _, err := pades.Sign(context.Background(), paper(t), by, pades.Details{At: now, Timestamps: stamps}); err == nil {
		t.Error("signed without the time stamp that was asked for")
	}
}
