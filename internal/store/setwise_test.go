package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

type thing struct {
	name   string
	n      int64
	yes    bool
	sealed []byte
	key    sql.NullString
}

func withThings(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `CREATE TABLE thing (name TEXT PRIMARY KEY, n BIGINT NOT NULL, yes BOOLEAN NOT NULL, sealed BYTEA, key TEXT UNIQUE)`)
			return err
		})
		test(t, db)
	})
}

func write(t *testing.T, db *store.DB, do func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := db.Write(context.Background(), do); err != nil {
		t.Fatal(err)
	}
}

var thingColumns = []string{"name", "n", "yes", "sealed", "key"}

func find(t *testing.T, db *store.DB, names ...string) map[string]thing {
	t.Helper()
	found := map[string]thing{}
	write(t, db, func(ctx context.Context, tx *store.Tx) error {
		return tx.Select(ctx, `SELECT name, n, yes, sealed, key FROM thing WHERE name IN (%s) ORDER BY name`, names, func(rows *sql.Rows) error {
			var it thing
			err := rows.Scan(&it.name, &it.n, &it.yes, &it.sealed, &it.key)
			found[it.name] = it
			return err
		})
	})
	return found
}

func TestSetWise(t *testing.T) {
	withThings(t, func(t *testing.T, db *store.DB) {
		// Twice the same, since SQLite keeps the statements of the first time.
		for round := range 3 {
			name := func(s string) string { return fmt.Sprintf(`%s "%d" ə\`, s, round) }
			write(t, db, func(ctx context.Context, tx *store.Tx) error {
				added, err := tx.Insert(ctx, "thing", thingColumns, [][]any{
					{name("a"), 1, true, []byte{0, 1}, nil},
					{name("b"), int64(2), false, []byte(nil), sql.NullString{String: name("key"), Valid: true}},
					{name("c"), 3, true, nil, sql.NullString{}},
				}, "")
				if err != nil || added != 3 {
					return fmt.Errorf("added %d, %w", added, err)
				}
				added, err = tx.Insert(ctx, "thing", thingColumns, [][]any{
					{name("d"), 4, true, nil, name("key")}, {name("e"), 5, true, nil, nil},
				}, "ON CONFLICT (key) DO NOTHING")
				if err != nil || added != 1 {
					return fmt.Errorf("added %d, want only the one whose key is free: %w", added, err)
				}
				cells := []store.Cell{{Name: "name", Type: "text"}, {Name: "n", Type: "bigint"}, {Name: "yes", Type: "boolean"}, {Name: "sealed", Type: "bytea"}}
				return tx.Update(ctx, "thing", cells, [][]any{
					{name("a"), 10, false, nil}, {name("b"), nil, nil, []byte("x")},
				})
			})
			got := find(t, db, name("a"), name("b"), name("c"), name("d"), name("e"), name("a"))
			if len(got) != 4 {
				t.Fatalf("found %v", got)
			}
			if a := got[name("a")]; a.n != 10 || a.yes || !bytes.Equal(a.sealed, []byte{0, 1}) || a.key.Valid {
				t.Errorf("a: %+v", a)
			}
			if b := got[name("b")]; b.n != 2 || b.yes || string(b.sealed) != "x" || b.key.String != name("key") {
				t.Errorf("b: %+v", b)
			}
			if c := got[name("c")]; c.n != 3 || !c.yes || c.sealed != nil || c.key.Valid {
				t.Errorf("c: %+v", c)
			}
		}
	})
}

func TestSetWiseOfMany(t *testing.T) {
	withThings(t, func(t *testing.T, db *store.DB) {
		const many = 9000
		rows, names, doubled := make([][]any, many), make([]string, many), make([][]any, many)
		for i := range rows {
			names[i] = fmt.Sprint("thing ", i)
			rows[i], doubled[i] = []any{names[i], i, true, nil, nil}, []any{names[i], 2 * i}
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			if added, err := tx.Insert(ctx, "thing", thingColumns, rows, ""); err != nil || added != many {
				return fmt.Errorf("added %d, %w", added, err)
			}
			return tx.Update(ctx, "thing", []store.Cell{{Name: "name", Type: "text"}, {Name: "n", Type: "bigint"}}, doubled)
		})
		got := find(t, db, names...)
		if len(got) != many || got["thing 8999"].n != 2*8999 {
			t.Errorf("found %d, the last %+v", len(got), got["thing 8999"])
		}
		if none := find(t, db); len(none) != 0 {
			t.Errorf("no keys found %d", len(none))
		}
	})
}

func TestSetWiseRefusal(t *testing.T) {
	withThings(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		row := [][]any{{"a", 1, true, nil, nil}}
		for range 2 {
			err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Insert(ctx, "thing", thingColumns, append(row, row...), "")
				return err
			})
			if !store.IsUnique(err) {
				t.Fatalf("the same row twice: %v", err)
			}
		}
		canceled, cancel := context.WithCancel(ctx)
		err := db.Write(canceled, func(ctx context.Context, tx *store.Tx) error {
			cancel()
			_, err := tx.Insert(ctx, "thing", thingColumns, row, "")
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("an ended context: %v", err)
		}
		if got := find(t, db, "a"); len(got) != 0 {
			t.Errorf("a refused transaction left %v", got)
		}
	})
}
