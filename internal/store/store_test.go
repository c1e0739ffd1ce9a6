package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestWriteIsAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		stop := errors.New("stop")
		put := func(name string, after error) error {
			return db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2)`, name, "v"); err != nil {
					return err
				}
				return after
			})
		}
		if err := put("kept", nil); err != nil {
			t.Fatal(err)
		}
		if err := put("dropped", stop); !errors.Is(err, stop) {
			t.Fatalf("got %v, want the function's own error", err)
		}
		if err := put("kept", nil); !store.IsUnique(err) {
			t.Fatalf("a second row under the same key: got %v, want a unique violation", err)
		}
		var n int
		if err := db.Read().QueryRowContext(ctx, `SELECT count(*) FROM setting`).Scan(&n); err != nil || n != 1 {
			t.Fatalf("%d settings, %v; want 1", n, err)
		}
	})
}

func TestReadsCannotWriteOnSQLite(t *testing.T) {
	db := storetest.SQLite(t)
	if _, err := db.Read().ExecContext(context.Background(), `DELETE FROM setting`); err == nil {
		t.Fatal("the reading connections let a write through")
	}
}

func TestOpenRefusesWhatItCannotRead(t *testing.T) {
	for _, dsn := range []string{"", "sqlite:", "mysql://x", "postgres://127.0.0.1:1/none?connect_timeout=1"} {
		if db, err := store.Open(context.Background(), dsn); err == nil {
			db.Close()
			t.Errorf("%q opened", dsn)
		}
	}
}
