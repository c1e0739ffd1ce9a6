package booking

import (
	"context"
	"testing"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestServedIsNotedAfterwards(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		if err := b.AddSlots(ctx, []Slot{slotAt(clock, "s1", 1, 4), slotAt(clock, "s2", 9, 4)}); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for n := range 3 {
			k, err := b.BookNow(ctx, audit.System, hold("s1", n))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, k.ID)
		}
		if _, err := b.Cancel(ctx, audit.Applicant, ids[2], ""); err != nil {
			t.Fatal(err)
		}
		serve := func() (n int) {
			t.Helper()
			if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
				n, err = b.MarkServed(ctx, tx, audit.System, append(ids, "nobody")...)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := serve(); n != 2 {
			t.Errorf("%d served, want 2: one had cancelled, one is unknown", n)
		}
		if n := serve(); n != 0 {
			t.Errorf("%d served again", n)
		}
		for i, want := range []State{Served, Served, Cancelled} {
			if k, err := b.Booking(ctx, ids[i]); err != nil || k.State != want || k.EndedAt.IsZero() {
				t.Errorf("booking %d: %+v, %v", i, k, err)
			}
		}
		balance(t, db)
		if _, err := b.BookNow(ctx, audit.System, hold("s2", 0)); err != nil {
			t.Errorf("who was served may book again: %v", err)
		}
	})
}
