package main

import (
	"context"
	"fmt"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/store"
)

// databaseFlag is shared by the commands that work on a database.
type databaseFlag struct {
	DB string `name:"db" env:"CHANCERY_DB" default:"sqlite:chancery.db" help:"sqlite:PATH or a postgres:// URL."`
}

// open opens the database and moves its schema forward.
func (f databaseFlag) open(ctx context.Context) (*store.DB, error) {
	db, err := store.Open(ctx, f.DB)
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	if err := audit.Protect(ctx, db); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

type migrateCmd struct{ databaseFlag }

// Run moves the schema forward and says how far it is.
func (c *migrateCmd) Run(ctx context.Context) error {
	db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	version, _, err := db.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("The schema is at version %d.\n", version)
	return nil
}
