package notify

import (
	"bytes"
	"context"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/outsidetest"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func configOf(s outsidetest.MailServer) SMTPConfig {
	return SMTPConfig{Host: s.Host, Port: s.Port, CAFile: s.CAFile, From: "appointments@mfa.example", FromName: "Xarici İşlər, Ministry", HELO: "chancery.example"}
}

// through sends one message from an outbox through the server and says what
// became of it.
func through(t *testing.T, config SMTPConfig, m Mail) (state, reason string) {
	t.Helper()
	db := storetest.SQLite(t)
	c := newClock()
	sender, err := NewSMTP(config, c.now)
	if err != nil {
		t.Fatal(err)
	}
	o := NewOutbox(db, c.now)
	w := NewWorker(o, sender, quiet, WorkerConfig{})
	w.Register("x", func(context.Context, Message) (Mail, error) { return m, nil })
	enqueue(t, db, o, Message{Kind: "x", Ref: "b1", Lang: "az"})
	step(t, w, 1)
	state, reason, _ = row1(t, db, byRef, "b1")
	return state, reason
}

func TestMailArrivesWhole(t *testing.T) {
	s := outsidetest.Mailpit(t, true)
	body, err := BookingMail(KindConfirmed, "az", everything)
	if err != nil {
		t.Fatal(err)
	}
	pdf := bytes.Repeat([]byte{0, 1, 2, 0xff, '\r', '\n', '.'}, 9000)
	body.To, body.ReplyTo = "aysel@xn--mnchen-3ya.example", "berlin@mfa.example"
	body.Attachments = []Attachment{
		{Name: "təsdiq.pdf", Type: "application/pdf", Data: pdf},
		{Name: "qəbul.ics", Type: "text/calendar; charset=utf-8; method=PUBLISH", Data: []byte("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")},
	}
	if state, reason := through(t, configOf(s), body); state != stateSent {
		t.Fatal(state, reason)
	}
	got := s.Messages(t)
	if len(got) != 1 {
		t.Fatalf("%d messages arrived", len(got))
	}
	m := got[0]
	if m.Subject != body.Subject || strings.ReplaceAll(m.Text, "\r\n", "\n") != body.Text || strings.ReplaceAll(m.HTML, "\r\n", "\n") != body.HTML {
		t.Errorf("subject or bodies changed on the way: %+v", m)
	}
	if len(m.To) != 1 || m.To[0].Address != body.To.String() || m.From.Address != "appointments@mfa.example" ||
		m.From.Name != "Xarici İşlər, Ministry" || len(m.ReplyTo) != 1 || m.ReplyTo[0].Address != "berlin@mfa.example" {
		t.Errorf("to %v, from %v, reply to %v", m.To, m.From, m.ReplyTo)
	}
	if len(m.Attachments) != 2 || m.Attachments[0].FileName != "təsdiq.pdf" || m.Attachments[0].ContentType != "application/pdf" {
		t.Fatalf("attachments %+v", m.Attachments)
	}
	if part := s.Get(t, "/api/v1/message/"+m.ID+"/part/"+m.Attachments[0].PartID); !bytes.Equal(part, pdf) {
		t.Error("the PDF changed on the way")
	}
	raw, err := mail.ReadMessage(bytes.NewReader(s.Get(t, "/api/v1/message/"+m.ID+"/raw")))
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{"Auto-Submitted": "auto-generated", "Content-Language": "az", "Date": "Wed, 25 Nov 2026 09:00:00 +0000"} {
		if got := raw.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if !strings.HasSuffix(m.MessageID, "@mfa.example") || raw.Header.Get("List-Unsubscribe") != "" {
		t.Errorf("Message-ID %q, List-Unsubscribe %q", m.MessageID, raw.Header.Get("List-Unsubscribe"))
	}
}

func TestMessageIDIsTheSameWhenSentAgain(t *testing.T) {
	s := outsidetest.Mailpit(t, true)
	sender, err := NewSMTP(configOf(s), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	session, err := sender.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // also: two mails on one connection
		if err := session.Send(t.Context(), Mail{ID: store.NewID(), To: "a@example.com", Subject: "other", Text: "x"}); err != nil {
			t.Fatal(err)
		}
		if err := session.Send(t.Context(), Mail{ID: "the-same", To: "a@example.com", Subject: "x", Text: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := session.Close(); err != nil {
		t.Fatal(err)
	}
	got := s.Messages(t)
	if len(got) != 4 || got[1].MessageID != "the-same@mfa.example" || got[3].MessageID != got[1].MessageID || got[0].MessageID == got[2].MessageID {
		t.Fatalf("%+v", got)
	}
}

func TestMailIsNotSentInTheClear(t *testing.T) {
	s := outsidetest.Mailpit(t, false)
	m := Mail{To: "a@example.com", Subject: "x", Text: "x"}
	if state, reason := through(t, configOf(s), m); state != stateQueued || !strings.Contains(strings.ToUpper(reason), "STARTTLS") {
		t.Errorf("a server without STARTTLS: %s, %q", state, reason)
	}
	open := configOf(s)
	open.TLS = "none"
	if state, reason := through(t, open, m); state != stateSent {
		t.Errorf("a relay on this machine, tls none: %s, %q", state, reason)
	}
	if n := len(s.Messages(t)); n != 1 {
		t.Errorf("%d messages arrived, want 1", n)
	}
}

func TestUnknownCertificateIsRefused(t *testing.T) {
	s := outsidetest.Mailpit(t, true)
	config := configOf(s)
	config.CAFile = ""
	if state, reason := through(t, config, Mail{To: "a@example.com", Text: "x"}); state != stateQueued || !strings.Contains(reason, "certificate") {
		t.Errorf("%s, %q", state, reason)
	}
}

func TestSignInAndRecipientsRefused(t *testing.T) {
	passwords := filepath.Join(t.TempDir(), "passwords")
	if err := os.WriteFile(passwords, []byte("chancery:correct-horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := outsidetest.Mailpit(t, true, "--smtp-auth-file", passwords, "--smtp-allowed-recipients", `@example\.com$`)
	config := configOf(s)
	if state, reason := through(t, config, Mail{To: "a@example.com", Text: "x"}); state == stateSent {
		t.Errorf("sent without signing in: %s", reason)
	}
	config.Username, config.Password = "chancery", "wrong"
	if state, reason := through(t, config, Mail{To: "a@example.com", Text: "x"}); state != stateQueued {
		t.Errorf("a wrong password: %s, %q; want another try, somebody may mend it", state, reason)
	}
	config.Password = "correct-horse"
	if state, reason := through(t, config, Mail{To: "a@example.com", Text: "x"}); state != stateSent {
		t.Errorf("the right password: %s, %q", state, reason)
	}
	state, reason := through(t, config, Mail{To: "a@elsewhere.example", Text: "x"})
	if state != stateDead || strings.Contains(reason, "elsewhere") {
		t.Errorf("a recipient whom the server refuses: %s, %q; want dead, without the address", state, reason)
	}
}

func TestSMTPConfigurationIsChecked(t *testing.T) {
	good := SMTPConfig{Host: "mail.example", From: "a@mfa.example"}
	if _, err := NewSMTP(good, time.Now); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*SMTPConfig){
		"no sender": func(c *SMTPConfig) { c.From = "" }, "no host": func(c *SMTPConfig) { c.Host = "" },
		"unknown TLS": func(c *SMTPConfig) { c.TLS = "ssl3" }, "no CA file": func(c *SMTPConfig) { c.CAFile = "/nowhere.pem" },
	} {
		bad := good
		spoil(&bad)
		if _, err := NewSMTP(bad, time.Now); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
