package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/booking/letter"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/web/demoweb"
)

// mailFlag says through which server mail leaves. The password is no flag: a
// command line can be read by everybody on the machine.
type mailFlag struct {
	MailHost         string `env:"CHANCERY_MAIL_HOST" placeholder:"HOST" help:"Mail server; without one no mail leaves."`
	MailPort         int    `env:"CHANCERY_MAIL_PORT" placeholder:"PORT" help:"587, 465 or 25 when not given, as --mail-tls says."`
	MailTLS          string `name:"mail-tls" env:"CHANCERY_MAIL_TLS" enum:"starttls,tls,none" default:"starttls" help:"starttls, tls from the first byte, or none, for a relay on this machine."`
	MailCA           string `name:"mail-ca" env:"CHANCERY_MAIL_CA" placeholder:"FILE" help:"PEM certificates to trust instead of the system's."`
	MailUser         string `env:"CHANCERY_MAIL_USER" help:"Name to sign in with; its password is in --mail-password-file or CHANCERY_MAIL_PASSWORD."`
	MailPasswordFile string `env:"CHANCERY_MAIL_PASSWORD_FILE" placeholder:"FILE" help:"File that holds the password."`
	MailFrom         string `env:"CHANCERY_MAIL_FROM" placeholder:"ADDRESS" help:"Sender's address; needed with --mail-host."`
	MailFromName     string `env:"CHANCERY_MAIL_FROM_NAME" help:"Sender's name; the ministry's when not given."`
}

// smtp gives the way out for mail, nil when none is configured. An error says
// what is wrong with the configuration; nothing is connected yet.
func (f mailFlag) smtp(name locale.Text) (*notify.SMTP, error) {
	if f.MailHost == "" {
		return nil, nil
	}
	password := os.Getenv("CHANCERY_MAIL_PASSWORD")
	if f.MailPasswordFile != "" {
		text, err := os.ReadFile(f.MailPasswordFile)
		if err != nil {
			return nil, fmt.Errorf("mail: read the password: %w", err)
		}
		password = strings.TrimRight(string(text), "\r\n")
	}
	if f.MailUser != "" && password == "" {
		return nil, fmt.Errorf("mail: %s has no password in --mail-password-file or CHANCERY_MAIL_PASSWORD", f.MailUser)
	}
	return notify.NewSMTP(notify.SMTPConfig{
		Host: f.MailHost, Port: f.MailPort, TLS: f.MailTLS, CAFile: f.MailCA, Username: f.MailUser, Password: password,
		From: f.MailFrom, FromName: cmp.Or(f.MailFromName, name.In("en")),
	}, time.Now)
}

// connect tries the mail server, sign-in included.
func (f mailFlag) connect(ctx context.Context) error {
	sender, err := f.smtp(unnamed)
	if err != nil || sender == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	session, err := sender.Open(ctx)
	if err != nil {
		return err
	}
	return session.Close()
}

// openMail prepares the worker that sends what the outbox holds: to the
// demonstration's mailbox, or through the mail server.
func (r *rooms) openMail(s setting, outbox *notify.Outbox, letters *letter.Writer) error {
	var sender notify.Sender
	if s.demo {
		mailbox := notify.NewMailbox(r.db, r.keys, time.Now)
		if err := demoweb.Register(r.server, mailbox, demoAccounts); err != nil {
			return err
		}
		sender = mailbox
	} else {
		smtp, err := s.mail.smtp(s.name)
		if err != nil {
			return err
		}
		if smtp == nil {
			slog.Warn("no mail server is configured (--mail-host): nobody gets a code or a confirmation; mail waits in the outbox")
			return nil
		}
		sender = smtp
	}
	r.mail = notify.NewWorker(outbox, sender, slog.Default(), notify.WorkerConfig{})
	for _, kind := range letter.Kinds {
		r.mail.Register(kind, letters.Render)
	}
	for _, kind := range letter.EntryKinds {
		r.mail.Register(kind, letters.RenderEntry)
	}
	return r.server.Metrics().Register(outbox.Metrics())
}

// sendMail sends until ctx ends.
func (r *rooms) sendMail(ctx context.Context) {
	if r.mail == nil {
		return
	}
	if err := r.mail.Run(ctx); err != nil {
		slog.Error("send mail", "error", err)
	}
}
