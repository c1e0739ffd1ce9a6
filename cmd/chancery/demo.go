package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/plan"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/web/demoweb"
)

type demoCmd struct {
	Addr string `env:"CHANCERY_ADDR" default:"127.0.0.1:8080" help:"Address to listen on."`
	DB   string `name:"db" help:"sqlite:PATH or a postgres:// URL; a file in --dir when not given."`
	Dir  string `default:"var/demo" help:"Where the demonstration keeps its database and keys."`
}

// Run loads the demonstration ministry, once, and serves it.
func (c *demoCmd) Run(ctx context.Context) error {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return fmt.Errorf("make the demonstration's directory: %w", err)
	}
	if c.DB == "" {
		c.DB = "sqlite:" + filepath.Join(c.Dir, "chancery.db")
	}
	r, err := assemble(ctx, setting{db: c.DB, keys: filepath.Join(c.Dir, "keys.json"), baseURL: "http://" + c.Addr, demo: true})
	if err != nil {
		return err
	}
	defer r.close()
	if err := r.loadDemo(ctx); err != nil {
		return fmt.Errorf("load the demonstration: %w", err)
	}
	return r.serve(ctx, c.Addr)
}

// coming is how many days of slots the demonstration has.
const coming = 35

// loadDemo loads posts, slots and bookings into an empty database, and leaves
// one that has posts as it is.
func (r *rooms) loadDemo(ctx context.Context) error {
	there, err := r.posts.All(ctx)
	if err != nil || len(there) > 0 {
		return err
	}
	now := r.server.Now()
	if err := demo.LoadPosts(ctx, r.posts, now); err != nil {
		return err
	}
	if err := r.loadStaff(ctx); err != nil {
		return err
	}
	rules, err := demo.Plan()
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(2023, 29))
	for i, rule := range rules {
		if err := r.loadRule(ctx, random, fmt.Sprintf("demo-%03d", i+1), rule, now); err != nil {
			return err
		}
	}
	return nil
}

func (r *rooms) loadRule(ctx context.Context, random *rand.Rand, id string, rule demo.Rule, now time.Time) error {
	p, err := r.posts.Get(ctx, rule.Post)
	if err != nil {
		return err
	}
	first := now.In(p.Location()).AddDate(0, 0, 1).Format(time.DateOnly)
	last := now.In(p.Location()).AddDate(0, 0, coming).Format(time.DateOnly)
	holidays, err := r.posts.Holidays(ctx, p.ID, first, last)
	if err != nil {
		return err
	}
	closed := map[string]bool{}
	for _, h := range holidays {
		closed[h.Date] = true
	}
	made := plan.Rule{
		ID: id, PostID: p.ID, Weekdays: rule.Days(), From: rule.From, To: rule.To, SlotMinutes: rule.SlotMinutes,
		Places: rule.Places, Services: rule.Services, ValidFrom: rule.ValidFrom, ValidTo: rule.ValidTo,
	}
	if rule.ReservePercent != nil {
		made.Reserved = rule.Places * *rule.ReservePercent / 100
	}
	slots := made.Slots(p.Location(), first, last, func(date string) bool { return closed[date] })
	if err := r.book.AddSlots(ctx, slots); err != nil {
		return err
	}
	for _, s := range slots {
		if random.IntN(12) != 0 {
			continue
		}
		who := demo.People(random, 1)[0]
		_, err := r.book.BookNow(ctx, audit.System, booking.HoldRequest{
			Choice: booking.Choice{SlotID: s.ID}, Service: rule.Services[0],
			// Without e-mail: the mailbox is for whoever tries the demonstration.
			Details: booking.Details{Applicants: []booking.Applicant{{
				GivenNames: who.GivenNames, Surname: who.Surname, DateOfBirth: who.DateOfBirth,
				Nationality: who.Nationality, DocumentNumber: who.DocumentNumber,
			}}},
			Origin: booking.Origin{Lang: "en", Channel: booking.Staff},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// The demonstration's accounts share a password and an authenticator secret,
// both shown on its page: they guard nothing.
const (
	demoPassword = "demonstration ministry"
	demoSecret   = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
)

func (r *rooms) loadStaff(ctx context.Context) error {
	accounts, err := demo.Staff()
	if err != nil {
		return err
	}
	for _, a := range accounts {
		var grants []identity.Grant
		for _, g := range a.Grants {
			grants = append(grants, identity.Grant{Role: identity.Role(g.Role), Post: g.Post})
		}
		if _, err := r.staff.CreateAccount(ctx, identity.System(), identity.NewAccount{
			UserName: a.User, Email: a.Email, DisplayName: a.Name, Grants: grants, Password: demoPassword, TOTPSecret: demoSecret,
		}); err != nil {
			return fmt.Errorf("account %s: %w", a.User, err)
		}
	}
	return nil
}

// demoAccounts is what the demonstration's page says about signing in.
func demoAccounts(now time.Time) (demoweb.SignIn, error) {
	accounts, err := demo.Staff()
	if err != nil {
		return demoweb.SignIn{}, err
	}
	code, err := identity.TOTPCode(demoSecret, now)
	sheet := demoweb.SignIn{Password: demoPassword, Code: code}
	for _, a := range accounts {
		account := demoweb.Account{User: a.User, Name: a.Name}
		for _, g := range a.Grants {
			account.Roles = append(account.Roles, g.Role+" ("+g.Post+")")
		}
		sheet.Accounts = append(sheet.Accounts, account)
	}
	return sheet, err
}
