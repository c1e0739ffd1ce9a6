package outsidetest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// mailpitVersion is the SMTP server that these tests run against.
const mailpitVersion = "v1.27.11"

// MailServer is a running mailpit: an SMTP server that keeps what it gets.
type MailServer struct {
	Host string
	Port int
	// CAFile holds its certificate; empty without TLS.
	CAFile string
	api    string
}

// Mailpit runs mailpit for the length of the test, with a certificate of
// its own when tls is set.
func Mailpit(t *testing.T, withTLS bool, flags ...string) MailServer {
	t.Helper()
	program := GoTool(t, "mailpit", "github.com/axllent/mailpit", mailpitVersion)
	dir := t.TempDir()
	smtpAddr, httpAddr := FreeAddr(t), FreeAddr(t)
	s := MailServer{api: "http://" + httpAddr, Host: "127.0.0.1"}
	if _, err := fmt.Sscanf(smtpAddr, "127.0.0.1:%d", &s.Port); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"--smtp", smtpAddr, "--listen", httpAddr, "--database", filepath.Join(dir, "mail.db"), "--disable-version-check"}, flags...)
	if withTLS {
		s.CAFile = filepath.Join(dir, "cert.pem")
		writeCertificate(t, s.CAFile, filepath.Join(dir, "key.pem"))
		args = append(args, "--smtp-tls-cert", s.CAFile, "--smtp-tls-key", filepath.Join(dir, "key.pem"))
	}
	var log bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for end := time.Now().Add(30 * time.Second); ; {
		answer, err := http.Get(s.api + "/readyz")
		if err == nil {
			answer.Body.Close()
			conn, err := net.Dial("tcp", smtpAddr)
			if err == nil {
				conn.Close()
				return s
			}
		}
		if time.Now().After(end) {
			t.Fatalf("mailpit did not start: %s", log.String())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// FreeAddr gives an address of this machine on which nobody listens.
func FreeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func writeCertificate(t *testing.T, certPath, keyPath string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{certPath: {Type: "CERTIFICATE", Bytes: cert}, keyPath: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Get reads a path of mailpit's HTTP interface.
func (s MailServer) Get(t *testing.T, path string) []byte {
	t.Helper()
	answer, err := http.Get(s.api + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v: %s", path, answer.Status, err, body)
	}
	return body
}

// ReceivedMail is what mailpit's API says of a message.
type ReceivedMail struct {
	ID, MessageID, Subject, Text, HTML string
	From                               mail.Address
	To, ReplyTo                        []mail.Address
	Attachments                        []struct{ PartID, FileName, ContentType string }
}

// Messages reads everything that the server received, oldest first.
func (s MailServer) Messages(t *testing.T) []ReceivedMail {
	t.Helper()
	var list struct{ Messages []struct{ ID string } }
	if err := json.Unmarshal(s.Get(t, "/api/v1/messages?limit=200"), &list); err != nil {
		t.Fatal(err)
	}
	all := make([]ReceivedMail, len(list.Messages))
	for i, m := range list.Messages {
		if err := json.Unmarshal(s.Get(t, "/api/v1/message/"+m.ID), &all[len(all)-1-i]); err != nil {
			t.Fatal(err)
		}
	}
	return all
}
