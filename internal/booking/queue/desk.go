package queue

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// Desk is a counter with somebody behind it.
type Desk struct {
	CounterID, StaffID, StaffName string
	Since                         time.Time
}

// Sit puts a member of the staff at a counter of the post, and away from the
// one where they sat before. Whoever sat there before has gone. Conflict when
// the counter is closed.
func (s *Service) Sit(ctx context.Context, postID, counterID, staffID, staffName string) error {
	c, _, err := s.counter(ctx, postID, counterID)
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM queue_desk WHERE post_id = $1 AND (staff_id = $2 OR counter_id = $3)`, postID, staffID, c.ID); err != nil {
			return fmt.Errorf("leave a counter: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO queue_desk (counter_id, post_id, staff_id, staff_name, since) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (counter_id) DO UPDATE SET staff_id = excluded.staff_id, staff_name = excluded.staff_name, since = excluded.since`,
			c.ID, postID, staffID, staffName, store.Millis(s.now())); err != nil {
			return fmt.Errorf("sit down: %w", err)
		}
		return nil
	})
	if err == nil {
		s.hub.tell(postID)
	}
	return err
}

// Leave takes a member of the staff away from their counter at the post.
func (s *Service) Leave(ctx context.Context, postID, staffID string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM queue_desk WHERE post_id = $1 AND staff_id = $2`, postID, staffID)
		return err
	})
}

// Desks lists who sits where at the post, by counter id.
func (s *Service) Desks(ctx context.Context, postID string) (map[string]Desk, error) {
	desks := map[string]Desk{}
	err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		var d Desk
		var since int64
		err := rows.Scan(&d.CounterID, &d.StaffID, &d.StaffName, &since)
		d.Since = store.Time(since)
		desks[d.CounterID] = d
		return err
	}, `SELECT counter_id, staff_id, staff_name, since FROM queue_desk WHERE post_id = $1`, postID)
	if err != nil {
		return nil, fmt.Errorf("list desks: %w", err)
	}
	return desks, nil
}
