package queue

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/store"
)

// Load writes down turns that were kept elsewhere, such as on paper while the
// power was out: each ticket is over and says when its people came, were
// called and left. Numbers are given in the order of arrival, after those that
// the day has. Bookings of finished tickets become served, those of missed
// ones no-shows, by the rules of the book, and so do absent ones, whose people
// never came. Such turns have no steps, so they cannot be undone.
//
// Errors are internal; one that is not over is refused with all the others.
func (s *Service) Load(ctx context.Context, actor, postID, date string, tickets []*Ticket, absent []string) error {
	slices.SortStableFunc(tickets, func(a, b *Ticket) int { return a.ArrivedAt.Compare(b.ArrivedAt) })
	return s.change(ctx, postID, date, actor, func(d *day) error {
		serial := map[string]int{}
		for _, series := range []string{walkInSeries, bookingSeries} {
			var last int
			if err := d.tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(serial), 0) FROM queue_ticket WHERE post_id = $1 AND local_date = $2 AND series = $3`,
				postID, date, series).Scan(&last); err != nil {
				return fmt.Errorf("number tickets: %w", err)
			}
			serial[series] = last
		}
		served, missed := []string(nil), slices.Clone(absent)
		rows := make([][]any, len(tickets))
		for i, t := range tickets {
			if t.State != Finished && t.State != Missed {
				return fmt.Errorf("a ticket that is %s cannot be loaded", t.State)
			}
			t.Series = bookingSeries
			if t.WalkIn() {
				t.Series = walkInSeries
			}
			serial[t.Series]++
			t.ID, t.PostID, t.Date, t.Serial = store.NewID(), postID, date, serial[t.Series]
			t.Number, t.TurnAt = fmt.Sprintf("%s%03d", t.Series, t.Serial), turn(t)
			rows[i] = t.values()
			switch {
			case t.WalkIn():
			case t.State == Missed:
				missed = append(missed, t.BookingID)
			default:
				served = append(served, t.BookingID)
			}
		}
		names := strings.Split(strings.Join(strings.Fields(columns), " "), ", ")
		if _, err := d.tx.Insert(ctx, "queue_ticket", names, rows, ""); err != nil {
			return err
		}
		if _, err := s.book.MarkServed(ctx, d.tx, actor, served...); err != nil {
			return err
		}
		if _, err := s.book.MarkNoShow(ctx, d.tx, actor, true, missed...); err != nil {
			return err
		}
		d.version++
		d.trail = append(d.trail, audit.Entry{Actor: actor, Action: "queue.load", Object: "queue:" + postID + "/" + date, Post: postID,
			Detail: map[string]any{"tickets": len(tickets)}})
		return nil
	})
}
