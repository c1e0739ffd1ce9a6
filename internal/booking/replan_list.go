package booking

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// Moving is a booking whose slot the plan took away, and that slot.
type Moving struct {
	Booking
	Slot Slot
}

// MovingAfter is where a page of MustMove begins: after this one. The zero
// value is the beginning.
type MovingAfter struct {
	MoveBy time.Time
	ID     string
}

// MustMove lists who has been asked to choose another time at a post and has
// neither done so nor come yet, in the order of until when: those first who
// have let the time pass. At most limit.
func (b *Book) MustMove(ctx context.Context, postID string, after MovingAfter, limit int) ([]Moving, error) {
	since := int64(0)
	if !after.MoveBy.IsZero() {
		since = store.Millis(after.MoveBy)
	}
	var found []Moving
	var slots []string
	err := store.Each(ctx, b.db.Read(), func(rows *sql.Rows) error {
		k, err := scanBooking(rows)
		if err == nil {
			found = append(found, Moving{Booking: *k})
			slots = append(slots, k.SlotID)
		}
		return err
	}, `SELECT `+bookingColumns+` FROM booking b WHERE post_id = $1 AND move_by > 0 AND state = 'booked'
		AND (move_by > $2 OR move_by = $3 AND id > $4) AND EXISTS (SELECT 1 FROM slot s WHERE s.id = b.slot_id AND s.starts_at > $5)
		ORDER BY move_by, id LIMIT $6`, postID, since, since, after.ID, store.Millis(b.tick()), limit)
	if err != nil {
		return nil, fmt.Errorf("list who must move: %w", err)
	}
	for i := range found {
		s, err := b.Slot(ctx, slots[i])
		if err != nil {
			return nil, err
		}
		found[i].Slot = *s
	}
	return found, nil
}

// MustMoveCounts says for each post how many MustMove would list, and how many
// of them have let their time pass. Posts without any are left out.
func (b *Book) MustMoveCounts(ctx context.Context) (map[string]MovingCount, error) {
	counts := map[string]MovingCount{}
	now := store.Millis(b.tick())
	err := store.Each(ctx, b.db.Read(), func(rows *sql.Rows) error {
		var post string
		var c MovingCount
		err := rows.Scan(&post, &c.All, &c.Late)
		counts[post] = c
		return err
	}, `SELECT post_id, COUNT(*), SUM(CASE WHEN move_by <= $1 THEN 1 ELSE 0 END) FROM booking b WHERE move_by > 0 AND state = 'booked'
		AND EXISTS (SELECT 1 FROM slot s WHERE s.id = b.slot_id AND s.starts_at > $2) GROUP BY post_id`, now, now)
	if err != nil {
		return nil, fmt.Errorf("count who must move: %w", err)
	}
	return counts, nil
}

// MovingCount is a line of MustMoveCounts.
type MovingCount struct{ All, Late int }
