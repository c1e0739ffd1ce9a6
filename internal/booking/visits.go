package booking

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// Visit is a booking with its time.
type Visit struct {
	*Booking
	Start time.Time
}

const visitColumns = bookingColumns + `, (SELECT starts_at FROM slot WHERE slot.id = booking.slot_id)`

// startColumn reads the column that visitColumns adds.
type startColumn struct {
	scanner
	start int64
}

func (c *startColumn) Scan(into ...any) error { return c.scanner.Scan(append(into, &c.start)...) }

func (b *Book) visits(ctx context.Context, query string, args ...any) ([]Visit, error) {
	var found []Visit
	err := store.Each(ctx, b.db.Read(), func(rows *sql.Rows) error {
		row := &startColumn{scanner: rows}
		k, err := scanBooking(row)
		found = append(found, Visit{k, store.Time(row.start)})
		return err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list bookings: %w", err)
	}
	slices.SortFunc(found, func(x, y Visit) int {
		if c := x.Start.Compare(y.Start); c != 0 {
			return c
		}
		return strings.Compare(x.ID, y.ID)
	})
	return found, nil
}

// Expected lists the bookings of a post that begin in a span of time, to not
// included, whether the people have come or not; without what was cancelled.
func (b *Book) Expected(ctx context.Context, postID string, from, to time.Time) ([]Visit, error) {
	return b.visits(ctx, `SELECT `+visitColumns+` FROM booking
		WHERE slot_id IN (SELECT id FROM slot WHERE post_id = $1 AND starts_at >= $2 AND starts_at < $3)
		  AND state IN ('booked', 'checked_in', 'served', 'no_show')`, postID, store.Millis(from), store.Millis(to))
}

// mostOfOne bounds the list of one person's bookings.
const mostOfOne = 50

// OfEmail lists the latest bookings made with an e-mail address at a post, for
// staff; holds are left out.
func (b *Book) OfEmail(ctx context.Context, postID, address string) ([]Visit, error) {
	return b.visits(ctx, `SELECT `+visitColumns+` FROM booking
		WHERE email_key = $1 AND post_id = $2 AND state NOT IN ('held', 'expired') ORDER BY created_at DESC LIMIT $3`, b.EmailKey(address), postID, mostOfOne)
}

// ForStaff is the number of places that the desk can give away: the free ones
// and the staff's reserve, or the reserve alone where the others are a ballot's.
func (s *Slot) ForStaff() int {
	if s.BallotID != "" || s.OpensAt.Equal(Unreleased) {
		return s.Reserved
	}
	return s.Free() + s.Reserved
}

// StaffSlots lists what the desk can give away: as Slots, but with the staff's
// reserve, before the public release, and up to the last moment.
func (b *Book) StaffSlots(ctx context.Context, q Query) ([]Slot, error) {
	var found []Slot
	err := store.Each(ctx, b.db.Read(), func(rows *sql.Rows) error {
		s, err := scanSlot(rows)
		if err == nil {
			found = append(found, *s)
		}
		return err
	}, `SELECT `+slotColumns+` FROM slot
		WHERE post_id = $1 AND starts_at > $2 AND starts_at >= $3 AND starts_at < $4 AND planned > 0
		  AND CASE WHEN ballot_id <> '' OR opens_at = $5 THEN reserved ELSE places - taken - withheld END >= $6
		  AND group_id IN (SELECT group_id FROM slot_group_service WHERE service_id = $7)
		ORDER BY starts_at, id LIMIT $8`,
		q.PostID, store.Millis(b.tick()), store.Millis(q.From), store.Millis(q.To), store.Millis(Unreleased), max(1, q.Places), q.Service, maxSlots)
	if err != nil {
		return nil, fmt.Errorf("list slots for the desk: %w", err)
	}
	return found, nil
}
