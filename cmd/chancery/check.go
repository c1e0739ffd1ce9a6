package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/casework/tariff"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
)

type checkCmd struct {
	configFlag
	databaseFlag
	mailFlag
	catalogueFlag
	Keys string `env:"CHANCERY_KEYS" default:"chancery.keys" help:"The key ring's file."`
}

// Run prints one line for each part, and answers no when one is not in order.
func (c *checkCmd) Run(ctx context.Context) error {
	good := true
	say := func(what string, err error, fine string) {
		if err != nil {
			good = false
			fmt.Printf("wrong  %s: %v\n", what, err)
			return
		}
		fmt.Printf("fine   %s: %s\n", what, fine)
	}
	services, err := bookable(c.files())
	n := 0
	if err == nil {
		n = len(services.Services())
	}
	say("catalogue", err, fmt.Sprintf("%d services", n))

	forms, err := form.Load(beside{c.files(), files.Questionnaires})
	if _, wrong := tariff.Load(beside{c.files(), files.Tariffs}); wrong != nil {
		err = errors.Join(err, wrong)
	}
	n = 0
	if err == nil {
		n = len(forms.All())
	}
	say("questionnaires", err, fmt.Sprintf("%d services that are applied for", n))

	rules, err := visaRules(c.files())
	n = 0
	if err == nil {
		n = len(rules.Rules())
	}
	say("visa rules", err, fmt.Sprintf("%d rules", n))

	_, err = keyring.Open(c.Keys)
	fine := "the ring can be read"
	if errors.Is(err, fs.ErrNotExist) {
		err, fine = nil, "no ring yet; serve makes it"
	}
	say("keys", err, fine)

	fine = "the server at " + c.MailHost + " lets us in"
	if c.MailHost == "" {
		fine = "no server is configured: no mail leaves"
	}
	say("mail", c.connect(ctx), fine)

	db, err := store.Open(ctx, c.DB)
	if err != nil {
		say("database", err, "")
		return errNo
	}
	defer db.Close()
	current, newest, err := db.SchemaVersion(ctx)
	if err == nil && current != newest {
		err = fmt.Errorf("the schema is at version %d of %d: run chancery migrate", current, newest)
	}
	say("database", err, fmt.Sprintf("%s, schema version %d", db.Engine(), current))
	if err != nil {
		return errNo
	}
	report, err := audit.Verify(ctx, db.Read())
	if err == nil && !report.Whole() {
		err = fmt.Errorf("broken at entry %d: %s", report.BrokenAt, report.Reason)
	}
	say("audit trail", err, fmt.Sprintf("%d entries in an unbroken chain", report.Entries))
	say("appointment book", booking.BooksError(booking.CheckBooks(ctx, db.Read())), "places, bookings and claims agree")
	if !good {
		return errNo
	}
	return nil
}
