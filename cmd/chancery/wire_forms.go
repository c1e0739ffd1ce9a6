package main

import (
	"fmt"
	"strings"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/web/applicant"
	"github.com/chancery/chancery/internal/web/formweb"
)

// scanFlag names the virus scanner.
type scanFlag struct {
	Clamd string `env:"CHANCERY_CLAMD" placeholder:"ADDRESS" help:"ClamAV daemon that looks at every file before it is taken: unix:/run/clamav/clamd.ctl or tcp:127.0.0.1:3310."`
}

// scanner gives the virus scanner, nil for none.
func (f scanFlag) scanner() (upload.Scanner, error) {
	if f.Clamd == "" {
		return nil, nil
	}
	network, address, ok := strings.Cut(f.Clamd, ":")
	if !ok || address == "" || network != "unix" && network != "tcp" {
		return nil, fmt.Errorf("--clamd: %q is neither unix:PATH nor tcp:HOST:PORT", f.Clamd)
	}
	return upload.Clamd{Network: network, Address: address}, nil
}

// openDoor lets people see their applications.
func (r *rooms) openDoor() { r.applications.door = applicant.New(r.server, r.applications.cases) }

// registerForms adds the applicants' pages up to the submission.
func (r *rooms) registerForms(s setting) error {
	a := r.applications
	pages := &formweb.Pages{
		Web: r.server, Door: a.door, Cases: a.cases, Forms: a.forms, Posts: r.posts, Tariffs: a.tariffs,
		Calendar: casework.PostDays{Posts: r.posts}, Intake: a.intake, Ministry: s.name, Admit: r.gatekeeper().AdmitMail,
	}
	return pages.Register()
}
