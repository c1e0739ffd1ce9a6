package guard

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// Evidence is what an officer sees of one booking: when it was made and for
// what, and nothing about the people behind it.
type Evidence struct {
	ID, Reference, PostID, ServiceID string
	State, Channel                   string // as the booking has them
	Party                            int
	Made                             time.Time // to the millisecond
	Start                            time.Time // of the slot
	// OpenCase is the id of the undecided case that the booking stands in.
	OpenCase string
}

// Evidence describes the bookings, oldest first. Unknown ids are left out.
// Errors are internal.
func (c *Cases) Evidence(ctx context.Context, ids []string) ([]Evidence, error) {
	var all []Evidence
	for chunk := range slices.Chunk(ids, 500) {
		args := make([]any, len(chunk))
		for i, id := range chunk {
			args[i] = id
		}
		rows, err := c.db.Read().QueryContext(ctx, `SELECT b.id, b.reference, b.post_id, b.service_id, b.state, b.channel, b.party, b.created_at, s.starts_at, COALESCE(g.case_id, '')
			FROM booking b JOIN slot s ON s.id = b.slot_id LEFT JOIN guard_case_booking g ON g.pending_id = b.id
			WHERE b.id IN (`+store.Placeholders(1, len(chunk))+`)`, args...)
		if err != nil {
			return nil, fmt.Errorf("describe bookings: %w", err)
		}
		for rows.Next() {
			var e Evidence
			var made, start int64
			if err := rows.Scan(&e.ID, &e.Reference, &e.PostID, &e.ServiceID, &e.State, &e.Channel, &e.Party, &made, &start, &e.OpenCase); err != nil {
				rows.Close()
				return nil, fmt.Errorf("describe bookings: %w", err)
			}
			e.Made, e.Start = store.Time(made), store.Time(start)
			all = append(all, e)
		}
		err = rows.Err()
		rows.Close()
		if err != nil {
			return nil, fmt.Errorf("describe bookings: %w", err)
		}
	}
	slices.SortFunc(all, func(a, b Evidence) int {
		if d := a.Made.Compare(b.Made); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all, nil
}
