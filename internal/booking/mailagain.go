package booking

import (
	"context"
	"fmt"

	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// maxMailAgain bounds the mails that one request sends.
const maxMailAgain = 10

// MailAgain mails the confirmations of the coming bookings of an e-mail address
// again, to that address, and says how many. Who asks need not know more than
// the address, and must not learn from the answer whether there are any.
func (b *Book) MailAgain(ctx context.Context, email string) (int, error) {
	sent := 0
	err := b.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT b.id, b.lang FROM booking b JOIN slot s ON s.id = b.slot_id
			WHERE b.email_key = $1 AND b.state = 'booked' AND s.starts_at > $2 ORDER BY s.starts_at, b.id LIMIT $3`,
			b.EmailKey(email), store.Millis(b.tick()), maxMailAgain)
		if err != nil {
			return fmt.Errorf("find the bookings of an address: %w", err)
		}
		defer rows.Close()
		var mails []notify.Message
		for rows.Next() {
			m := notify.Message{Kind: notify.KindConfirmed}
			if err := rows.Scan(&m.Ref, &m.Lang); err != nil {
				return fmt.Errorf("find the bookings of an address: %w", err)
			}
			mails = append(mails, m)
		}
		if err := rows.Err(); err != nil || email == "" {
			return err
		}
		rows.Close()
		sent = len(mails)
		return b.outbox.Enqueue(ctx, tx, mails...)
	})
	if err == nil {
		b.outbox.Wake()
	}
	return sent, err
}
