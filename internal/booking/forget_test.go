package booking

import (
	"context"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestPersonalDataIsForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		if err := b.AddSlots(ctx, []Slot{slotAt(clock, "soon", 2, 5), slotAt(clock, "late", 150, 5)}); err != nil {
			t.Fatal(err)
		}
		lapsed, err := b.Hold(ctx, hold("soon", 1))
		if err != nil {
			t.Fatal(err)
		}
		past, err := b.BookNow(ctx, "staff:x", hold("soon", 2))
		if err != nil {
			t.Fatal(err)
		}
		coming, err := b.BookNow(ctx, "staff:x", hold("late", 3))
		if err != nil {
			t.Fatal(err)
		}
		gone := waits(t, b, join(4))
		waiting := waits(t, b, join(5))
		clock.advance(time.Hour)
		if _, err := b.ExpireHolds(ctx, 10); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Leave(ctx, audit.Applicant, gone.ID); err != nil {
			t.Fatal(err)
		}
		known := func(want map[string]bool) {
			t.Helper()
			for id, still := range want {
				k, err := b.Booking(ctx, id)
				if err != nil {
					t.Fatal(err)
				}
				if d, err := b.Details(k); err != nil || (len(d.Applicants) > 0) != still || (k.EmailKey != "") != still {
					t.Errorf("booking %s: %d people, e-mail key %q, %v; kept should be %t", id, len(d.Applicants), k.EmailKey, err, still)
				}
			}
		}
		forget := func(after time.Duration, want int) {
			t.Helper()
			clock.advance(after)
			if n, err := b.Forget(ctx); err != nil || n != want {
				t.Fatalf("forgot %d, %v; want %d", n, err, want)
			}
		}
		forget(0, 0)
		forget(KeepHolds+time.Minute, 1)
		known(map[string]bool{lapsed.ID: false, past.ID: true, coming.ID: true})
		forget(KeepEntries, 1)
		forget(KeepBookings, 1)
		known(map[string]bool{past.ID: false, coming.ID: true})
		if e, err := b.Entry(ctx, waiting.ID); err != nil || len(e.Sealed) == 0 {
			t.Errorf("somebody who waits was forgotten: %v", err)
		}
		forget(0, 0)
	})
}
