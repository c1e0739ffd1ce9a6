package main

import (
	"context"
	"log/slog"
	"time"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/casework"
	caseletter "github.com/chancery/chancery/internal/casework/letter"
	"github.com/chancery/chancery/internal/casework/tariff"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/web/applicant"
)

// applications are the questionnaires and what people make of them.
type applications struct {
	forms   *form.Set
	options []form.LoadOption
	tariffs *tariff.Tariffs
	cases   *casework.Service
	// testPay pretends to take payments; nil outside of the demonstration.
	testPay *casework.TestProvider
	// door lets browsers see them.
	door *applicant.Door
	// intake takes what people upload.
	intake *upload.Intake
}

// openApplications reads questionnaires and tariffs and opens the cases.
func (r *rooms) openApplications(s setting, outbox *notify.Outbox) error {
	a := &r.applications
	scanner, err := s.scan.scanner()
	if err != nil {
		return err
	}
	a.intake = upload.New(scanner)
	a.options = []form.LoadOption{form.WithEmail(func(text string) (string, error) {
		address, err := notify.ParseAddress(text)
		return address.String(), err
	})}
	if a.forms, err = form.Load(beside{s.files, files.Questionnaires}, a.options...); err != nil {
		return err
	}
	if a.tariffs, err = tariff.Load(beside{s.files, files.Tariffs}); err != nil {
		return err
	}
	if s.demo {
		a.testPay = &casework.TestProvider{Page: "/demo/pay/"}
	}
	a.cases = r.newCases(outbox, time.Now)
	return nil
}

// newCases opens the cases by a clock; mail goes to the outbox.
func (r *rooms) newCases(outbox casework.Outbox, now func() time.Time) *casework.Service {
	a := &r.applications
	var providers []casework.Provider
	if a.testPay != nil {
		providers = append(providers, a.testPay)
	}
	return casework.New(casework.Config{
		DB: r.db, Ring: r.keys, Trail: r.trail, Outbox: outbox, Forms: casework.Forms{Set: a.forms, Options: a.options},
		Tariffs: a.tariffs, Calendar: casework.PostDays{Posts: r.posts}, Providers: providers, Screener: screener{r.screening}, Now: now,
	})
}

// registerApplicationMail has the mails about applications written.
func (r *rooms) registerApplicationMail(s setting) {
	if r.mail == nil {
		return
	}
	writer := &caseletter.Writer{Cases: r.applications.cases, Posts: r.posts, BaseURL: r.server.BaseURL(), Ministry: s.name}
	for _, kind := range caseletter.Kinds {
		r.mail.Register(kind, writer.Render)
	}
}

// keepApplications does what time brings to applications until ctx ends.
func (r *rooms) keepApplications(ctx context.Context) {
	for tick := time.NewTicker(10 * time.Minute); ; {
		erased, err := r.applications.cases.Tick(ctx)
		if err != nil && ctx.Err() == nil {
			slog.Error("applications", "error", err)
		}
		if erased > 0 {
			slog.Info("applications erased", "count", erased)
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
	}
}
