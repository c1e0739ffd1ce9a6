package booking

import (
	"context"
	"testing"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestMailAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		if err := b.AddSlots(ctx, []Slot{slotAt(clock, "soon", 2, 5), slotAt(clock, "late", 20, 5)}); err != nil {
			t.Fatal(err)
		}
		for slot, who := range map[string]int{"soon": 1, "late": 2} {
			if _, err := b.BookNow(ctx, "staff:x", hold(slot, who)); err != nil {
				t.Fatal(err)
			}
		}
		gone, err := b.BookNow(ctx, "staff:x", hold("late", 3))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Cancel(ctx, audit.Applicant, gone.ID, ""); err != nil {
			t.Fatal(err)
		}
		again := func(address string, want int) {
			t.Helper()
			if n, err := b.MailAgain(ctx, address); err != nil || n != want {
				t.Errorf("%q: %d mails, %v; want %d", address, n, err, want)
			}
		}
		again("a@example.org", 2)
		again("stranger@example.org", 0)
		again("", 0)
		clock.advance(3 * 24 * 3600 * 1e9)
		again("a@example.org", 1)
	})
}
