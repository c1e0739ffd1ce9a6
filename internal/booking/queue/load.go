package queue

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/store"
)

// PaperDay is a post's day as it was kept elsewhere, or what is left of one.
type PaperDay struct {
	PostID, Date string
	// Tickets are over and say when their people came, were called and left;
	// numbers are given by Load.
	Tickets []*Ticket
	// Absent are bookings whose people never came.
	Absent []string
}

// Load writes down days that were kept elsewhere, such as on paper while the
// power was out: all of them or, when one has a ticket that is not over, none.
// Numbers are given in the order of arrival, after those that the day has.
// Bookings of finished tickets become served, those of missed ones and absent
// ones no-shows, by the rules of the book. Such turns have no steps, so they
// cannot be undone.
func (s *Service) Load(ctx context.Context, actor string, days ...PaperDay) error {
	days = slices.Clone(days)
	// Days are locked in one order, so two loads do not wait for each other.
	slices.SortFunc(days, func(a, b PaperDay) int { return strings.Compare(a.PostID+" "+a.Date, b.PostID+" "+b.Date) })
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var trail []audit.Entry
		for _, paper := range days {
			d := &day{s: s, ctx: ctx, tx: tx, post: paper.PostID, date: paper.Date, actor: actor, now: s.now()}
			if err := d.load(paper); err != nil {
				return fmt.Errorf("load %s at %s: %w", paper.Date, paper.PostID, err)
			}
			trail = append(trail, d.trail...)
		}
		return s.trail.Append(ctx, tx, trail...)
	})
	if err == nil {
		for _, paper := range days {
			s.hub.tell(paper.PostID)
		}
	}
	return err
}

func (d *day) load(paper PaperDay) error {
	if err := d.lock(); err != nil {
		return err
	}
	tickets := slices.SortedStableFunc(slices.Values(paper.Tickets), func(a, b *Ticket) int { return a.ArrivedAt.Compare(b.ArrivedAt) })
	serial := map[string]int{}
	for _, series := range []string{walkInSeries, bookingSeries} {
		var last int
		if err := d.tx.QueryRowContext(d.ctx, `SELECT COALESCE(MAX(serial), 0) FROM queue_ticket WHERE post_id = $1 AND local_date = $2 AND series = $3`,
			d.post, d.date, series).Scan(&last); err != nil {
			return fmt.Errorf("number tickets: %w", err)
		}
		serial[series] = last
	}
	served, missed := []string(nil), slices.Clone(paper.Absent)
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
		t.ID, t.PostID, t.Date, t.Serial = store.NewID(), d.post, d.date, serial[t.Series]
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
	if _, err := d.tx.Insert(d.ctx, "queue_ticket", names, rows, ""); err != nil {
		return err
	}
	if _, err := d.s.book.MarkServed(d.ctx, d.tx, d.actor, served...); err != nil {
		return err
	}
	if _, err := d.s.book.MarkNoShow(d.ctx, d.tx, d.actor, true, missed...); err != nil {
		return err
	}
	if _, err := d.tx.ExecContext(d.ctx, `UPDATE queue_day SET version = $1 WHERE post_id = $2 AND local_date = $3`, d.version+1, d.post, d.date); err != nil {
		return fmt.Errorf("count the change: %w", err)
	}
	d.trail = append(d.trail, audit.Entry{Actor: d.actor, Action: "queue.load", Object: "queue:" + d.post + "/" + d.date, Post: d.post,
		Detail: map[string]any{"tickets": len(tickets)}})
	return nil
}
