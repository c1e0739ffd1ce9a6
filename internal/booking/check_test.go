package booking

import (
	"context"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestCheckBooks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		if err := b.AddSlots(ctx, []Slot{slotAt(clock, "s1", 2, 5), slotAt(clock, "s2", 3, 5)}); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, people := range [][]int{{1, 2}, {3}, {4}} {
			h, err := b.Hold(ctx, hold("s1", people...))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, h.ID)
		}
		if _, err := b.Confirm(ctx, ids[0], b.HoldCode(ids[0], 1)); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Cancel(ctx, audit.Applicant, ids[1], ""); err != nil {
			t.Fatal(err)
		}
		clock.advance(2 * time.Hour)
		if _, err := b.ExpireHolds(ctx, 10); err != nil {
			t.Fatal(err)
		}
		found, err := CheckBooks(ctx, db.Read())
		if err != nil || len(found) > 0 {
			t.Fatalf("honest books: %v, %v", found, err)
		}
		for _, c := range []struct{ rule, spoil, mend string }{
			{"taken", `UPDATE slot SET taken = taken + 1 WHERE id = 's1'`, `UPDATE slot SET taken = taken - 1 WHERE id = 's1'`},
			{"withheld", `UPDATE slot SET withheld = withheld - 1 WHERE id = 's1'`, `UPDATE slot SET withheld = withheld + 1 WHERE id = 's1'`},
			{"capacity", `UPDATE slot SET planned = 6 WHERE id = 's2'`, `UPDATE slot SET planned = 5 WHERE id = 's2'`},
			{"no slot", `UPDATE booking SET slot_id = 'nowhere' WHERE state = 'cancelled'`, `UPDATE booking SET slot_id = 's1' WHERE state = 'cancelled'`},
			{"stray claim", `INSERT INTO claim (person_key, service_id, holder_id) VALUES ('p:x', 'passport', 'nobody')`, `DELETE FROM claim WHERE person_key = 'p:x'`},
			{"missing claim", `UPDATE booking SET party = party + 1 WHERE state = 'booked'`, `UPDATE booking SET party = party - 1 WHERE state = 'booked'`},
		} {
			for _, step := range []struct {
				do   string
				want int
			}{{c.spoil, 1}, {c.mend, 0}} {
				err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.ExecContext(ctx, step.do)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				found, err := CheckBooks(ctx, db.Read())
				if err != nil || len(found) != step.want || step.want == 1 && (found[0].Rule != c.rule || found[0].Count != 1) {
					t.Errorf("%s: found %v, %v", step.do, found, err)
				}
			}
		}
	})
}
