package booking

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// reminders are sent so long before the appointment.
var reminders = []struct {
	kind   string
	before time.Duration
}{{notify.KindReminderWeek, 7 * 24 * time.Hour}, {notify.KindReminderDay, 24 * time.Hour}}

// fresh is how long after the confirmation nobody needs to be reminded.
const fresh = time.Hour

// Remind leaves a mail for every booked person whose slot has come within seven
// days, or within one, since the last call, and says how many. Nothing is
// missed while no program runs; a booking made later than that gets none.
// It looks once a minute, however often it is called. Errors are internal.
func (b *Book) Remind(ctx context.Context) (int, error) {
	total := 0
	for _, r := range reminders {
		n, err := b.remind(ctx, r.kind, r.before)
		if err != nil {
			return total, fmt.Errorf("remind: %w", err)
		}
		total += n
	}
	if total > 0 {
		b.outbox.Wake()
	}
	return total, nil
}

func (b *Book) remind(ctx context.Context, kind string, before time.Duration) (int, error) {
	now := b.tick()
	var last int64
	err := b.db.Read().QueryRowContext(ctx, `SELECT reached FROM reminder_mark WHERE kind = $1`, kind).Scan(&last)
	if err == nil && 0 <= store.Millis(now)-last && store.Millis(now)-last < time.Minute.Milliseconds() {
		return 0, nil
	} else if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	var mails []notify.Message
	err = b.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		mails = nil // of an attempt that has to be repeated
		if _, err := tx.ExecContext(ctx, `INSERT INTO reminder_mark (kind, reached) VALUES ($1, $2) ON CONFLICT DO NOTHING`, kind, store.Millis(now)); err != nil {
			return err
		}
		var mark int64
		if err := tx.QueryRowContext(ctx, `SELECT reached FROM reminder_mark WHERE kind = $1`+tx.ForUpdate(), kind).Scan(&mark); err != nil {
			return err
		}
		// A clock that was set back must not keep later bookings from theirs.
		reached := min(mark, store.Millis(now))
		if err := store.Each(ctx, tx, func(rows *sql.Rows) error {
			var id, lang, slot string
			if err := rows.Scan(&id, &lang, &slot); err != nil {
				return err
			}
			mails = append(mails, notify.Message{Kind: kind, Ref: id, Lang: lang, Data: map[string]string{"slot": slot}})
			return nil
		}, `SELECT b.id, b.lang, s.id FROM slot s JOIN booking b ON b.slot_id = s.id
			WHERE s.starts_at > $1 AND s.starts_at <= $2 AND b.state = 'booked' AND b.email_key <> '' AND b.confirmed_at <= $3
			ORDER BY s.starts_at, b.id`,
			reached+before.Milliseconds(), store.Millis(now.Add(before)), store.Millis(now.Add(-fresh))); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE reminder_mark SET reached = $1 WHERE kind = $2`, store.Millis(now), kind); err != nil {
			return err
		}
		return b.outbox.Enqueue(ctx, tx, mails...)
	})
	return len(mails), err
}
