package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate moves the schema forward to the newest version. It is safe to call
// at every start, and from several processes at once. A schema that a newer
// program made is refused: an older one does not know what it would break.
func (db *DB) Migrate(ctx context.Context) error {
	_, newest, err := db.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	return db.MigrateTo(ctx, newest)
}

// MigrateTo is Migrate up to a version, for upgrades in steps.
func (db *DB) MigrateTo(ctx context.Context, version int64) error {
	p, err := db.migrator()
	if err != nil {
		return err
	}
	if current, newest, err := p.GetVersions(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	} else if current > newest {
		return fmt.Errorf("migrate: the database is at version %d, and this program knows %d: use the newer program", current, newest)
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if db.engine == PostgreSQL {
		// Room in each page for a confirmation beside its hold, so that no index
		// has to learn of it (a heap-only update).
		if _, err := db.write.ExecContext(ctx, `ALTER TABLE IF EXISTS booking SET (fillfactor = 70)`); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
	}
	return nil
}

// SchemaVersion tells how far the schema is and how far it can go.
func (db *DB) SchemaVersion(ctx context.Context) (current, newest int64, err error) {
	p, err := db.migrator()
	if err != nil {
		return 0, 0, err
	}
	return p.GetVersions(ctx)
}

func (db *DB) migrator() (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if db.engine == PostgreSQL {
		dialect = goose.DialectPostgres
		// Two processes that start together must not both migrate; on SQLite
		// the writing transaction sees to that.
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(dialect, db.write, dir, options...)
}
