package booking

import (
	"context"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// Everybody is reminded once, seven days and one day before the slot that they
// have then, also of what came due while no program ran.
func TestReminders(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		if err := b.AddSlots(ctx, []Slot{slotAt(clock, "near", 3, 9), slotAt(clock, "far", 10, 9), slotAt(clock, "later", 20, 9)}); err != nil {
			t.Fatal(err)
		}
		booked := func(slot string, n int) string {
			t.Helper()
			h, err := b.Hold(ctx, hold(slot, n))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Confirm(ctx, h.ID, b.HoldCode(h.ID, h.CodeSerial)); err != nil {
				t.Fatal(err)
			}
			return h.ID
		}
		reminded := func(when string, week, day int) {
			t.Helper()
			for range 2 { // asking again sends nothing again
				clock.advance(time.Minute)
				if _, err := b.Remind(ctx); err != nil {
					t.Fatal(err)
				}
			}
			if w, d := letters(t, db, notify.KindReminderWeek), letters(t, db, notify.KindReminderDay); w != week || d != day {
				t.Fatalf("%s: %d weekly and %d daily reminders, not %d and %d", when, w, d, week, day)
			}
		}
		reminded("before anything", 0, 0)
		booked("near", 1)
		stays := booked("far", 2)
		moves := booked("far", 3)
		gone := booked("far", 4)
		if _, err := b.Hold(ctx, hold("far", 5)); err != nil { // never confirmed
			t.Fatal(err)
		}
		reminded("at once", 0, 0)
		if _, err := b.Move(ctx, audit.Applicant, moves, Choice{SlotID: "later"}, false); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Cancel(ctx, audit.Applicant, gone, ""); err != nil {
			t.Fatal(err)
		}
		clock.advance(2 * 24 * time.Hour)
		reminded("a day before the near one", 0, 1)
		clock.advance(24 * time.Hour)
		reminded("a week before the far one", 1, 1)
		booked("far", 6) // knows it
		clock.advance(6 * 24 * time.Hour)
		reminded("a day before the far one", 1, 3)
		clock.advance(8 * 24 * time.Hour) // nothing ran all that time
		reminded("after a long silence", 2, 3)
		if n := mailed(t, db, notify.KindReminderDay, stays); n != 1 {
			t.Errorf("%d reminders a day before for one booking", n)
		}
	})
}
