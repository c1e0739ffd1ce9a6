package booking

import (
	"context"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// How long names, documents and addresses are kept once nobody needs them. What
// stays is a row without personal data, for the statistics.
const (
	KeepHolds    = 24 * time.Hour      // of holds that ran out, after their end
	KeepBookings = 90 * 24 * time.Hour // of all other bookings, after the appointment or their end
	KeepEntries  = 7 * 24 * time.Hour  // of the waiting list, after leaving it
)

// Forget erases the personal data whose time is over, and says of how many
// bookings and entries. What is erased cannot be read again by anybody.
func (b *Book) Forget(ctx context.Context) (int, error) {
	now := b.tick()
	before := func(d time.Duration) int64 { return store.Millis(now.Add(-d)) }
	forgotten := 0
	err := b.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		forgotten = 0
		for _, erase := range []struct {
			statement string
			args      []any
		}{
			{`UPDATE booking SET sealed = NULL, email_key = '', network_key = '', browser_key = '' WHERE sealed IS NOT NULL AND state = 'expired' AND ended_at < $1`,
				[]any{before(KeepHolds)}},
			{`UPDATE booking SET sealed = NULL, email_key = '', network_key = '', browser_key = '' WHERE sealed IS NOT NULL AND state NOT IN ('held', 'expired')
				AND ended_at < $1 AND slot_id IN (SELECT id FROM slot WHERE ends_at < $2)`, []any{before(KeepBookings), before(KeepBookings)}},
			{`UPDATE waiting_entry SET sealed = NULL, email_key = '', network_key = '' WHERE sealed IS NOT NULL AND state IN ('accepted', 'left', 'lapsed') AND ended_at < $1`,
				[]any{before(KeepEntries)}},
		} {
			done, err := tx.ExecContext(ctx, erase.statement, erase.args...)
			if err != nil {
				return fmt.Errorf("forget people: %w", err)
			}
			n, err := done.RowsAffected()
			if err != nil {
				return fmt.Errorf("forget people: %w", err)
			}
			forgotten += int(n)
		}
		return nil
	})
	return forgotten, err
}
