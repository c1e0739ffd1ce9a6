package audit

import (
	"context"
	"fmt"

	"github.com/chancery/chancery/internal/store"
)

// Protect makes the database refuse to change or remove entries. It is safe
// to call at every start, after the schema was moved forward. Trigger syntax
// differs between the engines, which is why this is not a migration.
func Protect(ctx context.Context, db *store.DB) error {
	statements := protectSQLite
	if db.Engine() == store.PostgreSQL {
		statements = protectPostgreSQL
	}
	return db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, s := range statements {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return fmt.Errorf("protect the audit trail: %w", err)
			}
		}
		return nil
	})
}

var protectSQLite = []string{
	`CREATE TRIGGER IF NOT EXISTS audit_entry_no_update BEFORE UPDATE ON audit_entry
	 BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END`,
	`CREATE TRIGGER IF NOT EXISTS audit_entry_no_delete BEFORE DELETE ON audit_entry
	 BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END`,
	`CREATE TRIGGER IF NOT EXISTS audit_head_no_delete BEFORE DELETE ON audit_head
	 BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END`,
}

var protectPostgreSQL = []string{
	// Two processes that start together would trip over each other's function.
	`SELECT pg_advisory_xact_lock(hashtext('chancery.audit.protect'))`,
	`CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
	 $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$`,
	`CREATE OR REPLACE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
	 FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()`,
	`CREATE OR REPLACE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON audit_head
	 FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()`,
}
