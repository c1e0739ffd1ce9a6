package main

import (
	"cmp"
	"context"
)

type serveCmd struct {
	databaseFlag
	Addr    string `env:"CHANCERY_ADDR" default:"127.0.0.1:8080" help:"Address to listen on."`
	BaseURL string `name:"base-url" env:"CHANCERY_BASE_URL" help:"Address that people see."`
	Keys    string `env:"CHANCERY_KEYS" default:"chancery.keys" help:"The key ring's file; made when there is none."`
}

// Run serves until it is asked to stop.
func (c *serveCmd) Run(ctx context.Context) error {
	r, err := assemble(ctx, setting{db: c.DB, keys: c.Keys, baseURL: cmp.Or(c.BaseURL, "http://"+c.Addr)})
	if err != nil {
		return err
	}
	defer r.close()
	return r.serve(ctx, c.Addr)
}
