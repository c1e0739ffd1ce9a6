package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	register "github.com/chancery/chancery/internal/act"
	actletter "github.com/chancery/chancery/internal/act/letter"
	"github.com/chancery/chancery/internal/act/paper"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/document/signkeys"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/travel/sealkeys"
	"github.com/chancery/chancery/internal/web/api"
	"github.com/chancery/chancery/internal/web/verifyweb"
	"github.com/chancery/chancery/internal/web/visaweb"
)

// issuerFlag says which State issues, by the codes of ICAO Doc 9303-3.
type issuerFlag struct {
	Issuer     string `env:"CHANCERY_ISSUER" default:"AZE" placeholder:"CODE" help:"The issuing State in visas, as in machine-readable zones."`
	IssuerZone string `env:"CHANCERY_ISSUER_ZONE" default:"Asia/Baku" placeholder:"ZONE" help:"The time zone in which the last day of a visa ends."`
}

// orDefault fills in what nobody configured, as in the demonstration.
func (f issuerFlag) orDefault() issuerFlag {
	return issuerFlag{cmp.Or(f.Issuer, "AZE"), cmp.Or(f.IssuerZone, "Asia/Baku")}
}

// registers are the registers of acts and what is issued from them.
type registers struct {
	acts   *register.Service
	ledger *verify.Ledger
	papers *paper.Office
	keys   *signkeys.Keys
	zone   string // in which the last day of a visa ends
}

// twoLetters names a State as certificates do.
func twoLetters(issuer string) string {
	if region, err := language.ParseRegion(issuer); err == nil {
		return region.String()
	}
	return issuer
}

// authorityName is what stands in the certificates that are made here.
const authorityName = "Demonstration signing authority, "

// sealKeys opens the keys of seals.
func sealKeys(db *store.DB, ring *keyring.Ring, issuer, ministry string) *sealkeys.Keys {
	return sealkeys.New(db, ring, twoLetters(issuer), authorityName+ministry, time.Now)
}

// signKeys opens the keys that sign files.
func signKeys(db *store.DB, ring *keyring.Ring, trail *audit.Log, issuer, ministry string) *signkeys.Keys {
	return signkeys.New(db, ring, trail, twoLetters(issuer), authorityName+ministry, time.Now)
}

// actDays counts the days of posts, and validity in the State's own zone.
type actDays struct {
	casework.PostDays
	zone string
}

// Zone implements act.Posts.
func (d actDays) Zone() string { return d.zone }

// holders compares the holders of visas with the watch lists, as what is done to
// their applications: a hit stands on the case, and goes with it.
type holders struct {
	lists *screening.Service
	cases *casework.Service
}

// Compare implements act.Lists.
func (h holders) Compare(ctx context.Context, applicationID, postID string, v register.Visa) (int, error) {
	a, err := h.cases.Application(ctx, applicationID)
	switch {
	case err == nil && a.State == casework.Erased:
		return 0, fault.NewConflict("act.case_gone")
	case err != nil:
		return 0, err
	case a.State != casework.Granted && a.State != casework.Issued && a.State != casework.Collected:
		return 0, nil // nothing is issued for it
	}
	who := casework.Identity{Births: []string{v.Birth}, Nationalities: []string{v.Nationality}, Documents: []casework.Paper{{Kind: v.DocumentKind, Number: v.DocumentNumber, Issuer: v.DocumentIssuer}}}
	for _, name := range []string{v.GivenNames + " " + v.Surname, v.GivenNamesLatin + " " + v.SurnameLatin} {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(who.Names, name) {
			who.Names = append(who.Names, name)
		}
	}
	ref := register.CaseSource(applicationID)
	if _, err := (screener{h.lists}).Screen(ctx, ref, postID, who); err != nil {
		return 0, err
	}
	st, err := h.lists.Standing(ctx, ref)
	return st.Open + st.Judged, err
}

// newActs gives the register of acts on a clock.
func (r *rooms) newActs(outbox register.Outbox, ledger *verify.Ledger, now func() time.Time) *register.Service {
	return register.New(register.Config{
		DB: r.db, Ring: r.keys, Trail: r.trail, Outbox: outbox, Cases: r.applications.cases, Posts: actDays{casework.PostDays{Posts: r.posts}, r.registers.zone},
		Documents: ledger.LogTo(r.log), Lists: holders{r.screening, r.applications.cases}, Now: now,
	})
}

// openRegisters opens the registers of acts.
func (r *rooms) openRegisters(s setting, outbox *notify.Outbox) {
	a, issuer := &r.registers, s.issuer.orDefault()
	a.zone = issuer.IssuerZone
	a.ledger = verify.New(r.db, r.keys, time.Now)
	a.acts = r.newActs(outbox, a.ledger, time.Now)
	a.keys = signKeys(r.db, r.keys, r.trail, issuer.Issuer, s.name.In("en"))
	a.papers = &paper.Office{Acts: a.acts, Ledger: a.ledger, Keys: sealKeys(r.db, r.keys, issuer.Issuer, s.name.In("en")), Signing: a.keys, Issuer: issuer.Issuer,
		Ministry: s.name, BaseURL: r.server.BaseURL(), Demo: s.demo, Now: time.Now}
}

// registerVisas adds the register of visas and the pages on which anybody checks
// what was issued.
func (r *rooms) registerVisas(s setting, outbox *notify.Outbox, operations *api.API) error {
	r.openRegisters(s, outbox)
	if r.mail != nil {
		writer := &actletter.Writer{Acts: r.registers.acts, Cases: r.applications.cases, Posts: r.posts, BaseURL: r.server.BaseURL(), Ministry: s.name}
		for _, kind := range actletter.Kinds {
			r.mail.Register(kind, writer.Render)
		}
	}
	visas := &visaweb.Pages{Acts: r.registers.acts, Papers: r.registers.papers, Cases: r.applications.cases, People: r.staff, Posts: r.posts, Door: r.applications.door}
	check := &verifyweb.Pages{Office: r.registers.papers, Keys: r.registers.papers.Keys, Files: r.registers.keys, Log: r.log}
	return errors.Join(visas.Register(r.server), check.Register(r.server, operations))
}

// countChecks writes down how often documents are checked, until ctx ends.
func (r *rooms) countChecks(ctx context.Context) { r.registers.ledger.Keep(ctx) }
