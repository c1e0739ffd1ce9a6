package notify

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// SMTPConfig says through which server mail leaves. Host and From are needed;
// everything else has a good zero value.
type SMTPConfig struct {
	Host string
	// Port is 587 for "starttls", 465 for "tls" and 25 for "none" when zero.
	Port int
	// TLS is "starttls" (also when empty: the connection is refused when the
	// server offers none), "tls" from the first byte, or "none", which is for
	// a relay on the same machine.
	TLS string
	// CAFile holds PEM certificates to trust instead of the system's.
	CAFile string
	// Username and Password sign in, by the best mechanism that the server
	// offers; never in the clear. No sign-in when Username is empty.
	Username string
	Password string
	// From is the sender's bare address; its domain also ends Message-IDs.
	From string
	// FromName is shown beside it.
	FromName string
	// HELO is the name given to the server; the machine's own when empty.
	HELO string
	// Timeout bounds each step of the conversation; 15 seconds when zero.
	Timeout time.Duration
}

// SMTP sends mail through one server. It is safe for concurrent use.
type SMTP struct {
	client *gomail.Client
	config SMTPConfig
	domain string
	now    func() time.Time
}

// NewSMTP checks the configuration; it does not connect.
func NewSMTP(config SMTPConfig, now func() time.Time) (*SMTP, error) {
	from, err := ParseAddress(config.From)
	if err != nil {
		return nil, errors.New("mail: the sender's address (from) cannot be read")
	}
	config.From = from.String()
	options := []gomail.Option{
		gomail.WithTimeout(cmp.Or(config.Timeout, 15*time.Second)),
		// An address here is ASCII, and a server that says SMTPUTF8 would
		// otherwise have to find only others that do.
		gomail.WithoutSMTPUTF8(),
	}
	port := config.Port
	switch config.TLS {
	case "", "starttls":
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithPort(cmp.Or(port, 587)))
	case "tls":
		options = append(options, gomail.WithSSL(), gomail.WithPort(cmp.Or(port, 465)))
	case "none":
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS), gomail.WithPort(cmp.Or(port, 25)))
	default:
		return nil, fmt.Errorf("mail: tls is %q, but must be starttls, tls or none", config.TLS)
	}
	if config.CAFile != "" {
		trusted, err := pool(config.CAFile)
		if err != nil {
			return nil, err
		}
		options = append(options, gomail.WithTLSConfig(&tls.Config{
			ServerName: config.Host, RootCAs: trusted, MinVersion: tls.VersionTLS12,
		}))
	}
	if config.Username != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(config.Username), gomail.WithPassword(config.Password))
	}
	if config.HELO != "" {
		options = append(options, gomail.WithHELO(config.HELO))
	}
	client, err := gomail.NewClient(config.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	_, domain, _ := strings.Cut(config.From, "@")
	return &SMTP{client: client, config: config, domain: domain, now: now}, nil
}

func pool(path string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("mail: read the trusted certificates: %w", err)
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("mail: %s holds no certificate", path)
	}
	return trusted, nil
}

// Open connects and signs in.
func (s *SMTP) Open(ctx context.Context) (Session, error) {
	connection, err := s.client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to the mail server: %w", err)
	}
	return &smtpSession{smtp: s, connection: connection}, nil
}

type smtpSession struct {
	smtp       *SMTP
	connection *smtp.Client
}

// Send hands one mail to the server. ErrRefused is in the error's chain when
// the server says that the recipient will never take it.
func (s *smtpSession) Send(_ context.Context, m Mail) error {
	message, err := s.smtp.message(m)
	if err != nil {
		return err
	}
	err = s.smtp.client.SendWithSMTPClient(s.connection, message)
	var refusal *gomail.SendError
	if errors.As(err, &refusal) && refusal.Reason == gomail.ErrSMTPRcptTo && refusal.ErrorCode() >= 500 {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

// Close ends the conversation.
func (s *smtpSession) Close() error { return s.smtp.client.CloseWithSMTPClient(s.connection) }

// message writes the mail as MIME (RFC 2045 to 2049): text and HTML as
// alternatives, then the attachments.
func (s *SMTP) message(m Mail) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(s.config.FromName, s.config.From); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if err := msg.To(m.To.String()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if m.ReplyTo != "" {
		if err := msg.ReplyTo(m.ReplyTo.String()); err != nil {
			return nil, fmt.Errorf("reply-to: %w", err)
		}
	}
	msg.Subject(oneLine(m.Subject))
	msg.SetMessageIDWithValue(m.ID + "@" + s.domain)
	msg.SetDateWithValue(s.now())
	// RFC 3834, section 5: keeps absence notices from answering.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Lang != "" {
		msg.SetGenHeader("Content-Language", m.Lang)
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	for _, a := range m.Attachments {
		err := msg.AttachReader(a.Name, bytes.NewReader(a.Data), gomail.WithFileContentType(gomail.ContentType(a.Type)))
		if err != nil {
			return nil, fmt.Errorf("attach %s: %w", a.Name, err)
		}
	}
	return msg, nil
}
