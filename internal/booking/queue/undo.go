package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// Step is one thing that happened to a ticket.
type Step struct {
	TicketID, Number string
	Kind             string // check_in, walk_in, call, recall, serve, finish, no_show, gone_away, put_back, transfer, undo, close
	CounterID        string
	Actor            string
	At               time.Time
}

const undoStep = "undo"

// Undo takes back the last step of a ticket; one step, once. The first step,
// by which the ticket was given, is undone by withdrawing it. Conflict when
// the last step was an undoing or the closing of the day, and when the counter
// that had the ticket has somebody else by now.
func (s *Service) Undo(ctx context.Context, actor, postID, ticketID string) (*Ticket, error) {
	return s.undo(ctx, actor, postID, ticketID, func(kind string) bool { return kind != undoStep && kind != closeStep })
}

// Withdraw is Undo for the reception: it takes back that a ticket was given,
// and nothing that has happened at a counter.
func (s *Service) Withdraw(ctx context.Context, actor, postID, ticketID string) (*Ticket, error) {
	return s.undo(ctx, actor, postID, ticketID, func(kind string) bool { return kind == "check_in" || kind == "walk_in" })
}

func (s *Service) undo(ctx context.Context, actor, postID, ticketID string, may func(kind string) bool) (*Ticket, error) {
	return s.alter(ctx, actor, postID, ticketID, func(d *day, t *Ticket) error {
		var kind, snapshot string
		if err := d.tx.QueryRowContext(d.ctx, `SELECT kind, before FROM queue_step WHERE ticket_id = $1 ORDER BY version DESC LIMIT 1`, t.ID).Scan(&kind, &snapshot); err != nil {
			return fmt.Errorf("find the last step: %w", err)
		}
		if !may(kind) {
			return fault.NewConflict("queue.nothing_to_undo")
		}
		was := *t
		if snapshot == "" {
			t.State, t.FinishedAt = Withdrawn, d.now
			return d.step(undoStep, &was, t)
		}
		var old Ticket
		if err := json.Unmarshal([]byte(snapshot), &old); err != nil {
			return fmt.Errorf("read the ticket as it was: %w", err)
		}
		if old.State.AtCounter() && !(was.State.AtCounter() && was.CounterID == old.CounterID) {
			if err := d.free(old.CounterID); err != nil {
				return err
			}
		}
		*t = old
		return d.step(undoStep, &was, t)
	})
}

// LastStep gives the newest step at the post's day that actor made and that
// can still be undone: nothing has happened to its ticket since. nil when
// there is none.
func (s *Service) LastStep(ctx context.Context, postID, date, actor string) (*Step, error) {
	var found *Step
	err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		var step Step
		var at int64
		err := rows.Scan(&step.TicketID, &step.Number, &step.Kind, &step.CounterID, &at)
		step.At, step.Actor = store.Time(at), actor
		if step.Kind != undoStep {
			found = &step
		}
		return err
	}, `SELECT s.ticket_id, t.number, s.kind, s.counter_id, s.at FROM queue_step s JOIN queue_ticket t ON t.id = s.ticket_id
		WHERE s.post_id = $1 AND s.local_date = $2 AND s.actor = $3
		  AND s.version = (SELECT MAX(version) FROM queue_step WHERE post_id = $1 AND local_date = $2 AND actor = $3)
		  AND s.version = (SELECT MAX(version) FROM queue_step WHERE ticket_id = s.ticket_id)`, postID, date, actor)
	if err != nil {
		return nil, fmt.Errorf("find the last step: %w", err)
	}
	return found, nil
}
