package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/booking"
	drawletter "github.com/chancery/chancery/internal/booking/draw/letter"
	"github.com/chancery/chancery/internal/booking/letter"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/outsidetest"
)

// signIn starts a mail server that wants a password, and gives the flags.
func signIn(t *testing.T) (outsidetest.MailServer, []string) {
	t.Helper()
	dir := t.TempDir()
	passwords, password := filepath.Join(dir, "passwords"), filepath.Join(dir, "password")
	for path, text := range map[string]string{passwords: "chancery:correct-horse\n", password: "correct-horse\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := outsidetest.Mailpit(t, true, "--smtp-auth-file", passwords)
	return s, []string{"--mail-host", s.Host, "--mail-port", strconv.Itoa(s.Port), "--mail-ca", s.CAFile, "--mail-from", "appointments@mfa.example",
		"--mail-user", "chancery", "--mail-password-file", password}
}

func TestCheckTriesTheMailServer(t *testing.T) {
	_, flags := signIn(t)
	db := "sqlite:" + filepath.Join(t.TempDir(), "c.db")
	if code := run([]string{"migrate", "--db", db}); code != exitDone {
		t.Fatal(code)
	}
	check := func(more ...string) int { return run(append([]string{"check", "--db", db}, more...)) }
	if code := check(flags...); code != exitDone {
		t.Errorf("the right password: exit code %d", code)
	}
	wrong := filepath.Join(t.TempDir(), "wrong")
	if err := os.WriteFile(wrong, []byte("battery-staple"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, more := range map[string][]string{
		"a wrong password":                append(flags, "--mail-password-file", wrong),
		"no password":                     append(flags, "--mail-password-file", ""),
		"a server that is not there":      append(flags, "--mail-port", "1"),
		"a certificate of nobody's":       append(flags, "--mail-ca", ""),
		"a file that is not there":        append(flags, "--mail-ca", "/nowhere.pem"),
		"no sender":                       append(flags, "--mail-from", ""),
		"a server that does not speak so": append(flags, "--mail-tls", "tls"),
	} {
		if code := check(more...); code != exitNo {
			t.Errorf("%s: exit code %d, want %d", name, code, exitNo)
		}
	}
}

// TestServeSendsThroughTheMailServer books by the API of a served
// installation and reads the mails at a real mail server.
func TestServeSendsThroughTheMailServer(t *testing.T) {
	server, flags := signIn(t)
	password, err := os.ReadFile(flags[len(flags)-1])
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("CHANCERY_MAIL_PASSWORD", strings.TrimSpace(string(password)))
	dir, addr := t.TempDir(), outsidetest.FreeAddr(t)
	r, err := assemble(t.Context(), setting{
		db: "sqlite:" + filepath.Join(dir, "c.db"), keys: filepath.Join(dir, "keys"), baseURL: "http://" + addr, guard: guardFlag{ProofDifficulty: 1, ReadsPerSecond: 100, HoldsPerHour: 30},
		mail: mailFlag{MailHost: server.Host, MailPort: server.Port, MailTLS: "starttls", MailCA: server.CAFile, MailUser: "chancery", MailFrom: "appointments@mfa.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.LoadPosts(t.Context(), r.posts, time.Now()); err != nil {
		t.Fatal(err)
	}
	start := time.Now().Add(240 * time.Hour).Truncate(time.Hour)
	if err := r.book.AddSlots(t.Context(), []booking.Slot{{
		ID: "s1", PostID: "london", GroupID: "passport-renewal", RuleID: "r", Date: start.Format(time.DateOnly), Clock: start.Format("15:04"),
		Start: start, End: start.Add(20 * time.Minute), Planned: 2,
	}}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- r.serve(ctx, addr) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := r.close(); err != nil {
			t.Error(err)
		}
	})

	var hold struct{ ID string }
	send(t, addr, "/holds", map[string]any{
		"slot": "s1", "service": "passport-renewal", "email": "aysel@example.org", "language": "az", "proof": solve(t, addr),
		"applicants": []map[string]string{{"given_names": "Aysel", "surname": "Specimen", "date_of_birth": "1990-04-17", "nationality": "AZE", "document_number": "ZZ0000001"}},
	}, &hold)
	code := regexp.MustCompile(`\b\d{6}\b`).FindString(arrived(t, server, 1)[0].Text)
	var made struct{ Reference string }
	send(t, addr, "/holds/"+hold.ID+"/confirm", map[string]string{"code": code}, &made)

	mail := arrived(t, server, 2)[1]
	if len(mail.To) != 1 || mail.To[0].Address != "aysel@example.org" || mail.From.Name != unnamed["en"] || !strings.Contains(mail.Text, made.Reference) {
		t.Errorf("the confirmation is %+v", mail)
	}
	var names []string
	for _, a := range mail.Attachments {
		names = append(names, a.FileName+" "+a.ContentType)
	}
	if got := strings.Join(names, ", "); got != "confirmation.pdf application/pdf, appointment.ics text/calendar" {
		t.Errorf("attached: %s", got)
	}
}

// arrived waits until the server has n mails, oldest first.
func arrived(t *testing.T, s outsidetest.MailServer, n int) []outsidetest.ReceivedMail {
	t.Helper()
	for range 600 {
		if all := s.Messages(t); len(all) >= n {
			return all
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("no %d mails in half a minute", n)
	return nil
}

// solve does the proof of work that the API asks for.
func solve(t *testing.T, addr string) string {
	t.Helper()
	var answer *http.Response
	var err error
	for range 200 { // the server may still be starting
		if answer, err = http.Get("http://" + addr + "/api/v1/challenge"); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var c struct {
		Algorithm string `json:"algorithm"`
		Challenge string `json:"challenge"`
		MaxNumber int    `json:"maxnumber,omitempty"`
		Salt      string `json:"salt"`
		Signature string `json:"signature"`
		Number    int    `json:"number"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&c); err != nil {
		t.Fatal(err)
	}
	for ; fmt.Sprintf("%x", sha256.Sum256([]byte(c.Salt+strconv.Itoa(c.Number)))) != c.Challenge; c.Number++ {
		if c.Number > c.MaxNumber {
			t.Fatal("the challenge has no solution")
		}
	}
	c.MaxNumber = 0
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(text)
}

// send sends a JSON body to the API and reads the answer, which must be 201.
func send(t *testing.T, addr, path string, body, into any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post("http://"+addr+"/api/v1"+path, "application/json", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s, %v: %s", path, answer.Status, err, text)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// TestEveryMailHasAWriter finds kinds of mail that would stay in the outbox.
func TestEveryMailHasAWriter(t *testing.T) {
	written := slices.Concat(letter.Kinds, letter.EntryKinds, letter.WinKinds, drawletter.Kinds)
	for _, kind := range notify.Kinds {
		// Staff get their link from whoever enrols them.
		if kind != notify.KindEnrolment && !slices.Contains(written, kind) {
			t.Errorf("nobody writes the mail %s", kind)
		}
	}
	seen := map[string]bool{}
	for _, kind := range written {
		if seen[kind] {
			t.Errorf("two write the mail %s", kind)
		}
		seen[kind] = true
	}
}
