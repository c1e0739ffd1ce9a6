package main

import (
	"cmp"
	"context"
	"net/netip"

	"github.com/chancery/chancery/internal/locale"
)

type serveCmd struct {
	configFlag
	databaseFlag
	guardFlag
	mailFlag
	scanFlag
	oidcFlag
	catalogueFlag
	issuerFlag
	Addr    string `env:"CHANCERY_ADDR" default:"127.0.0.1:8080" help:"Address to listen on."`
	BaseURL string `name:"base-url" env:"CHANCERY_BASE_URL" help:"Address that people see."`
	Keys    string `env:"CHANCERY_KEYS" default:"chancery.keys" help:"The key ring's file; made when there is none."`
	// Without proxies the address of the connection counts.
	TrustedProxies []netip.Prefix `env:"CHANCERY_TRUSTED_PROXIES" placeholder:"NETWORK" help:"Networks of reverse proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8."`
	Name           locale.Text    `placeholder:"LANG=TEXT" help:"The ministry's name, for each language: --name en=… --name az=…"`
}

// Run serves until it is asked to stop.
func (c *serveCmd) Run(ctx context.Context) error {
	oidc, err := c.provider()
	if err != nil {
		return err
	}
	r, err := assemble(ctx, setting{
		db: c.DB, keys: c.Keys, baseURL: cmp.Or(c.BaseURL, "http://"+c.Addr), proxies: c.TrustedProxies, name: c.Name,
		guard: c.guardFlag, mail: c.mailFlag, scan: c.scanFlag, oidc: oidc, issuer: c.issuerFlag, files: c.files(),
	})
	if err != nil {
		return err
	}
	defer r.close()
	return r.serve(ctx, c.Addr)
}
