package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/chancery/chancery/demo"
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

// loadDemo loads posts, slots and bookings into an empty database, and leaves
// one that has posts as it is.
func (r *rooms) loadDemo(ctx context.Context) error {
	there, err := r.posts.All(ctx)
	if err != nil || len(there) > 0 {
		return err
	}
	// What the demonstration begins with happens a month ago.
	p, err := r.newPast(rand.New(rand.NewPCG(2023, 29)))
	if err != nil {
		return err
	}
	err = p.begin(ctx)
	p.book.Close()
	r.posts.Invalidate()
	if err != nil {
		return err
	}
	if err := r.plans.Extend(ctx); err != nil {
		return err
	}
	if err := r.loadBallots(ctx, rand.New(rand.NewPCG(2023, 95))); err != nil {
		return err
	}
	return r.loadToday(ctx, rand.New(rand.NewPCG(2023, 7)))
}

// begin opens the posts with their staff and plans, and lives through the month.
func (p *past) begin(ctx context.Context) error {
	if err := demo.LoadPosts(ctx, p.posts, p.until); err != nil {
		return err
	}
	staff, err := p.loadStaff(ctx)
	if err != nil {
		return err
	}
	if err := p.loadPlans(ctx); err != nil {
		return err
	}
	return p.live(ctx, staff)
}

// The demonstration's accounts share a password and an authenticator secret,
// both shown on its page: they guard nothing.
const (
	demoPassword = "demonstration ministry"
	demoSecret   = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
)

// staffIDs are the staff's ids by user name.
type staffIDs map[string]string

func (r *rooms) loadStaff(ctx context.Context) (staffIDs, error) {
	accounts, err := demo.Staff()
	if err != nil {
		return nil, err
	}
	ids := staffIDs{}
	for _, a := range accounts {
		var grants []identity.Grant
		for _, g := range a.Grants {
			grants = append(grants, identity.Grant{Role: identity.Role(g.Role), Post: g.Post})
		}
		if ids[a.User], err = r.staff.CreateAccount(ctx, identity.System(), identity.NewAccount{
			UserName: a.User, Email: a.Email, DisplayName: a.Name, Grants: grants, Password: demoPassword, TOTPSecret: demoSecret,
		}); err != nil {
			return nil, fmt.Errorf("account %s: %w", a.User, err)
		}
	}
	return ids, nil
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
