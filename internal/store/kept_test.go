package store_test

import (
	"context"
	"testing"

	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// A kept statement sees its own transaction, is undone with it, and lives on in
// the next one, also when the schema has changed in between.
func TestKeptStatements(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		do := func(fn func(q store.Querier) error) error {
			return db.Write(ctx, func(_ context.Context, tx *store.Tx) error { return fn(tx.Kept()) })
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		count := func(q store.Querier) (n int, err error) {
			err = q.QueryRowContext(ctx, `SELECT count(*) FROM kept WHERE name <> $1`, "nobody").Scan(&n)
			return n, err
		}
		add := func(q store.Querier, name string) error {
			_, err := q.ExecContext(ctx, `INSERT INTO kept (name) VALUES ($1)`, name)
			return err
		}
		must(db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `CREATE TABLE kept (name TEXT PRIMARY KEY)`)
			return err
		}))
		for i, name := range []string{"a", "b", "c"} {
			must(do(func(q store.Querier) error {
				if err := add(q, name); err != nil {
					return err
				}
				if n, err := count(q); err != nil || n != i+1 {
					t.Errorf("%d rows after %s, %v", n, name, err)
				}
				return nil
			}))
			if err := do(func(q store.Querier) error { return add(q, name) }); !store.IsUnique(err) {
				t.Errorf("%s twice: %v", name, err)
			}
		}
		must(db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `ALTER TABLE kept ADD COLUMN age BIGINT NOT NULL DEFAULT 0`)
			return err
		}))
		must(do(func(q store.Querier) error { return add(q, "d") }))
		if err := do(func(q store.Querier) error {
			_, err := q.ExecContext(ctx, `INSERT INTO nowhere VALUES ($1)`, 1)
			return err
		}); err == nil {
			t.Error("there is no such table")
		}
		if err := do(func(q store.Querier) error {
			var n int
			return q.QueryRowContext(ctx, `SELECT x FROM nowhere`).Scan(&n)
		}); err == nil {
			t.Error("there is no such table")
		}
		if n, err := count(db.Read()); err != nil || n != 4 {
			t.Errorf("%d rows, %v", n, err)
		}
	})
}
