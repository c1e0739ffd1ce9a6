package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
)

// Posts is what the queue asks about posts; *post.Service is one.
type Posts interface {
	All(ctx context.Context) ([]post.Post, error)
	Get(ctx context.Context, id string) (post.Post, error)
	Counters(ctx context.Context, postID string) ([]post.Counter, error)
	Counter(ctx context.Context, postID, id string) (post.Counter, error)
}

// Service is the waiting rooms of all posts. It is safe for concurrent use.
//
// Faults that any method may give: not found when the post, counter, ticket or
// booking does not exist at the post; conflict when somebody else was faster
// or the step is not possible from where the ticket stands. What each one adds
// is said at the method.
type Service struct {
	db    *store.DB
	book  *booking.Book
	posts Posts
	trail *audit.Log
	now   func() time.Time
	hub   *hub
}

// New gives the service.
func New(db *store.DB, book *booking.Book, posts Posts, trail *audit.Log, now func() time.Time) *Service {
	return &Service{db: db, book: book, posts: posts, trail: trail, now: now, hub: newHub()}
}

// Today gives the day that it is now at the post.
func (s *Service) Today(p post.Post) string {
	date, _ := post.Local(p.Location(), s.now())
	return date
}

// day is the unit of work: one post's day, locked until the transaction ends.
type day struct {
	s          *Service
	ctx        context.Context
	tx         *store.Tx
	post, date string
	actor      string
	now        time.Time
	version    int64
	trail      []audit.Entry
}

// change runs fn on the locked day and commits what it did: all of it, or
// nothing when it returns an error.
func (s *Service) change(ctx context.Context, postID, date, actor string, fn func(*day) error) error {
	changed := false
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		d := &day{s: s, ctx: ctx, tx: tx, post: postID, date: date, actor: actor, now: s.now()}
		if err := d.lock(); err != nil {
			return err
		}
		was := d.version
		if err := fn(d); err != nil {
			return err
		}
		changed = d.version != was
		if _, err := tx.ExecContext(ctx, `UPDATE queue_day SET version = $1 WHERE post_id = $2 AND local_date = $3`, d.version, postID, date); err != nil {
			return fmt.Errorf("count the change: %w", err)
		}
		return s.trail.Append(ctx, tx, d.trail...)
	})
	if err == nil && changed {
		s.hub.tell(postID)
	}
	return err
}

func (d *day) lock() error {
	if _, err := d.tx.ExecContext(d.ctx, `INSERT INTO queue_day (post_id, local_date, version, closed_at) VALUES ($1, $2, 0, 0)
		ON CONFLICT DO NOTHING`, d.post, d.date); err != nil {
		return fmt.Errorf("open the day: %w", err)
	}
	if err := d.tx.QueryRowContext(d.ctx, `SELECT version FROM queue_day WHERE post_id = $1 AND local_date = $2`+d.tx.ForUpdate(),
		d.post, d.date).Scan(&d.version); err != nil {
		return fmt.Errorf("lock the day: %w", err)
	}
	return nil
}

// tickets reads tickets of the day; where is more of the condition, with
// placeholders from $3.
func (d *day) tickets(where string, args ...any) ([]*Ticket, error) {
	return list(d.ctx, d.tx, `SELECT `+columns+` FROM queue_ticket WHERE post_id = $1 AND local_date = $2 `+where, append([]any{d.post, d.date}, args...)...)
}

func list(ctx context.Context, q store.Querier, query string, args ...any) ([]*Ticket, error) {
	var found []*Ticket
	err := store.Each(ctx, q, func(rows *sql.Rows) error {
		t, err := scan(rows)
		found = append(found, t)
		return err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list tickets: %w", err)
	}
	return found, nil
}

func (d *day) ticket(id string) (*Ticket, error) {
	found, err := d.tickets(`AND id = $3`, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fault.NewNotFound("queue.ticket_not_found")
	}
	return found[0], nil
}

// free refuses a counter that has somebody.
func (d *day) free(counterID string) error {
	var number string
	// Not only this day's: a counter holds one person whatever the date is.
	err := d.tx.QueryRowContext(d.ctx, `SELECT number FROM queue_ticket WHERE counter_id = $1 AND state IN ('called', 'serving')`, counterID).Scan(&number)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("look who is at the counter: %w", err)
	}
	return fault.NewConflict("queue.counter_busy").With("Number", number)
}

// step makes after out of before, with what that means for the booking, and
// keeps before. before is nil for a new ticket.
func (d *day) step(kind string, was, now *Ticket) error {
	if now.BookingID != "" {
		if err := d.follow(was, now); err != nil {
			return err
		}
	}
	snapshot := ""
	if was == nil {
		if err := d.insert(now); err != nil {
			return err
		}
	} else {
		if err := d.update(now); err != nil {
			return err
		}
		text, err := json.Marshal(was)
		if err != nil {
			return fmt.Errorf("keep the ticket as it was: %w", err)
		}
		snapshot = string(text)
	}
	d.version++
	if _, err := d.tx.ExecContext(d.ctx, `INSERT INTO queue_step (id, ticket_id, post_id, local_date, version, at, actor, kind, counter_id, before)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		store.NewID(), now.ID, d.post, d.date, d.version, store.Millis(d.now), d.actor, kind, now.CounterID, snapshot); err != nil {
		return fmt.Errorf("keep the step: %w", err)
	}
	detail := map[string]any{"number": now.Number, "state": string(now.State)}
	if now.CounterID != "" {
		detail["counter"] = now.CounterID
	}
	if now.Outcome != "" {
		detail["outcome"] = string(now.Outcome)
	}
	d.trail = append(d.trail, audit.Entry{Actor: d.actor, Action: "queue." + kind, Object: "ticket:" + now.ID, Post: d.post, Detail: detail})
	return nil
}

func (d *day) insert(t *Ticket) error {
	values := t.values()
	if _, err := d.tx.ExecContext(d.ctx, `INSERT INTO queue_ticket (`+columns+`) VALUES (`+store.Placeholders(1, len(values))+`)`, values...); err != nil {
		return fmt.Errorf("give a ticket: %w", err)
	}
	return nil
}

func (d *day) update(t *Ticket) error {
	if _, err := d.tx.ExecContext(d.ctx, `UPDATE queue_ticket SET service_id = $2, party = $3, state = $4, priority = $5, counter_id = $6, wanted_counter = $7,
		arrived_at = $8, turn_at = $9, rest_until = $10, called_at = $11, last_called_at = $12, calls = $13, served_at = $14, finished_at = $15, outcome = $16
		WHERE id = $1`,
		t.ID, t.ServiceID, t.Party, string(t.State), t.Priority, t.CounterID, t.WantedCounter,
		store.Millis(t.ArrivedAt), store.Millis(t.TurnAt), store.Millis(t.RestUntil), store.Millis(t.CalledAt), store.Millis(t.LastCalledAt), t.Calls,
		store.Millis(t.ServedAt), store.Millis(t.FinishedAt), string(t.Outcome)); err != nil {
		return fmt.Errorf("change a ticket: %w", err)
	}
	return nil
}

// follow brings the booking to the state that goes with the ticket's.
func (d *day) follow(was, now *Ticket) error {
	from, to := booking.Booked, now.State.booking()
	if was != nil {
		from = was.State.booking()
	}
	if from == to {
		return nil
	}
	book, id := d.s.book, now.BookingID
	var err error
	switch {
	case from == booking.NoShow && to == booking.CheckedIn:
		if _, err = book.UndoNoShow(d.ctx, d.tx, d.actor, id, booking.Booked, ""); err == nil {
			_, err = book.CheckIn(d.ctx, d.tx, d.actor, id)
		}
	case to == booking.NoShow:
		_, err = book.MarkNoShow(d.ctx, d.tx, d.actor, true, id)
	case from == booking.Booked && to == booking.CheckedIn:
		_, err = book.CheckIn(d.ctx, d.tx, d.actor, id)
	case from == booking.Served && to == booking.CheckedIn:
		_, err = book.UndoServe(d.ctx, d.tx, d.actor, id)
	case to == booking.Served:
		_, err = book.Serve(d.ctx, d.tx, d.actor, id)
	case to == booking.Booked:
		_, err = book.UndoCheckIn(d.ctx, d.tx, d.actor, id)
	default:
		err = fmt.Errorf("no way for a booking from %s to %s", from, to)
	}
	return err
}
