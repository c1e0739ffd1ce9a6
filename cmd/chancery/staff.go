package main

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
)

type staffCmd struct {
	Add staffAddCmd `cmd:"" help:"Make a staff account and print the link with which its owner sets up how to sign in."`
}

// staffAddCmd is how an installation gets its first administrator; the others
// are made on the pages.
type staffAddCmd struct {
	configFlag
	databaseFlag
	Keys    string        `env:"CHANCERY_KEYS" default:"chancery.keys" help:"The key ring's file."`
	BaseURL string        `name:"base-url" env:"CHANCERY_BASE_URL" required:"" help:"Address that people see."`
	User    string        `arg:"" help:"User name: a–z, 0–9, dot, dash, underscore."`
	Email   string        `required:"" help:"E-mail address."`
	Name    string        `help:"Name as colleagues know it; the user name when not given."`
	Role    identity.Role `default:"administrator" enum:"receptionist,officer,head,administrator,auditor" help:"Role."`
	Post    string        `default:"*" help:"Identifier of the post, or * for all."`
}

// Run makes the account in the name of the system; it is in the audit trail.
func (c *staffAddCmd) Run(ctx context.Context) error {
	keys, err := keyring.OpenOrCreate(c.Keys)
	if err != nil {
		return err
	}
	db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	staff, err := identity.New(identity.Options{DB: db, Keys: keys, Audit: audit.New(time.Now), Now: time.Now, BaseURL: c.BaseURL, Issuer: unnamed.In("en")})
	if err != nil {
		return err
	}
	id, err := staff.CreateAccount(ctx, identity.System(), identity.NewAccount{
		UserName: c.User, Email: c.Email, DisplayName: cmp.Or(c.Name, c.User), Grants: []identity.Grant{{Role: c.Role, Post: c.Post}},
	})
	if err != nil {
		return inWords(err)
	}
	token, until, err := staff.IssueEnrolment(ctx, identity.System(), id)
	if err != nil {
		return err
	}
	fmt.Printf("The account %s is made. Open this link before %s; it works once:\n%s/staff/enrol?token=%s\n",
		c.User, until.Local().Format("2 January 15:04"), strings.TrimRight(c.BaseURL, "/"), url.QueryEscape(token))
	return nil
}

// inWords says on the command line what a page would say at its fields.
func inWords(err error) error {
	f := fault.As(err)
	if f == nil {
		return err
	}
	p := locale.For("en")
	var said []string
	for _, field := range f.Fields {
		said = append(said, field.Path+": "+p.T(field.Key, field.Args))
	}
	if len(said) == 0 {
		said = append(said, p.T(f.Key, f.Args))
	}
	return fmt.Errorf("%s", strings.Join(said, "; "))
}

// oidcFlag lets staff sign in at the ministry's own identity provider.
type oidcFlag struct {
	OIDCIssuer     string `name:"oidc-issuer" env:"CHANCERY_OIDC_ISSUER" placeholder:"URL" help:"OpenID Connect provider at which staff may sign in."`
	OIDCClientID   string `name:"oidc-client-id" env:"CHANCERY_OIDC_CLIENT_ID" help:"What the provider knows this installation as."`
	OIDCSecretFile string `name:"oidc-secret-file" env:"CHANCERY_OIDC_SECRET_FILE" placeholder:"FILE" help:"File that holds the client's secret; or CHANCERY_OIDC_SECRET."`
}

func (f oidcFlag) provider() (identity.OIDCConfig, error) {
	if f.OIDCIssuer == "" {
		return identity.OIDCConfig{}, nil
	}
	secret := os.Getenv("CHANCERY_OIDC_SECRET")
	if f.OIDCSecretFile != "" {
		text, err := os.ReadFile(f.OIDCSecretFile)
		if err != nil {
			return identity.OIDCConfig{}, fmt.Errorf("oidc: read the secret: %w", err)
		}
		secret = strings.TrimRight(string(text), "\r\n")
	}
	if f.OIDCClientID == "" {
		return identity.OIDCConfig{}, fmt.Errorf("oidc: --oidc-client-id is missing")
	}
	return identity.OIDCConfig{Issuer: f.OIDCIssuer, ClientID: f.OIDCClientID, ClientSecret: secret}, nil
}
