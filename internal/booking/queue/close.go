package queue

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
)

const (
	// CloseAfter is how long after midnight at the post a day is closed: what
	// the desk notes late still counts.
	CloseAfter = 2 * time.Hour
	// closeWithin is how far back a day may lie: after a longer stop nobody is
	// blamed for what was not written down.
	closeWithin = 40 * 24 * time.Hour

	closeStep  = "close"
	closeBatch = 200
)

// CloseDay ends the days of all posts that are over, and says how many
// bookings became no-shows. Whoever still waits has left without being served,
// whoever is at a counter was served; who was expected and did not come is a
// no-show. A day without a single ticket is held against nobody: then the desk
// did not work with the queue, or could not. It may run at any time and any
// number of times.
func (s *Service) CloseDay(ctx context.Context) (missed int, err error) {
	posts, err := s.posts.All(ctx)
	if err != nil {
		return 0, err
	}
	for _, p := range posts {
		n, err := s.closePost(ctx, p)
		missed += n
		if err != nil {
			return missed, fmt.Errorf("close the day at %s: %w", p.ID, err)
		}
	}
	return missed, nil
}

func (s *Service) closePost(ctx context.Context, p post.Post) (int, error) {
	today, _ := post.Local(p.Location(), s.now().Add(-CloseAfter))
	open, err := s.dates(ctx, `SELECT DISTINCT local_date FROM queue_ticket
		WHERE post_id = $1 AND local_date < $2 AND state IN ('waiting', 'called', 'serving')`, p.ID, today)
	if err != nil {
		return 0, err
	}
	for _, date := range open {
		if err := s.closeTickets(ctx, p.ID, date); err != nil {
			return 0, err
		}
	}
	return s.closeBookings(ctx, p, today)
}

func (s *Service) dates(ctx context.Context, query string, args ...any) ([]string, error) {
	var dates []string
	err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		var date string
		err := rows.Scan(&date)
		dates = append(dates, date)
		return err
	}, query, args...)
	return dates, err
}

// closeTickets ends what is left open of a day.
func (s *Service) closeTickets(ctx context.Context, postID, date string) error {
	return s.change(ctx, postID, date, audit.System, func(d *day) error {
		open, err := d.tickets(`AND state IN ('waiting', 'called', 'serving') ORDER BY id`)
		if err != nil {
			return err
		}
		for _, t := range open {
			was := *t
			t.State, t.FinishedAt, t.Outcome = Finished, d.now, Left
			if was.State == Serving {
				t.Outcome = Done
			}
			if err := d.step(closeStep, &was, t); err != nil {
				return err
			}
		}
		_, err = d.tx.ExecContext(d.ctx, `UPDATE queue_day SET closed_at = $1 WHERE post_id = $2 AND local_date = $3`, store.Millis(d.now), postID, date)
		return err
	})
}

// closeBookings marks who was expected before today and did not come.
func (s *Service) closeBookings(ctx context.Context, p post.Post, today string) (missed int, err error) {
	byDate := map[string][]string{}
	err = store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		var id, date string
		err := rows.Scan(&id, &date)
		byDate[date] = append(byDate[date], id)
		return err
	}, `SELECT b.id, s.local_date FROM slot s JOIN booking b ON b.slot_id = s.id
		WHERE s.post_id = $1 AND s.starts_at > $2 AND s.starts_at < $3 AND s.local_date < $4 AND b.state = 'booked' ORDER BY b.id`,
		p.ID, store.Millis(s.now().Add(-closeWithin)), store.Millis(s.now()), today)
	if err != nil {
		return 0, fmt.Errorf("list who did not come: %w", err)
	}
	for date, ids := range byDate {
		var tickets int
		if err := s.db.Read().QueryRowContext(ctx, `SELECT count(*) FROM queue_ticket WHERE post_id = $1 AND local_date = $2`, p.ID, date).Scan(&tickets); err != nil {
			return missed, fmt.Errorf("look whether the queue was in use: %w", err)
		}
		for batch := range slices.Chunk(ids, closeBatch) {
			ended := 0
			err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
				ended, err = s.book.MarkNoShow(ctx, tx, audit.System, tickets > 0, batch...)
				return err
			})
			if err != nil {
				return missed, err
			}
			missed += ended
		}
	}
	return missed, nil
}

// Came takes a no-show back that was found to be wrong after the fact, with
// the pause that it may have brought; reason goes to the trail. The people
// count as served. Conflict unless the booking is a no-show.
func (s *Service) Came(ctx context.Context, actor, bookingID, reason string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := s.book.UndoNoShow(ctx, tx, actor, bookingID, booking.Served, reason)
		return err
	})
}
