package draw

import (
	"context"
	"errors"
	"fmt"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/store"
)

// Tick moves every ballot as far as the clock allows: opens, closes, draws,
// has winners booked that a crash left over, and erases old entrants' data.
// Call it every few seconds, from any number of processes. A ballot in trouble
// does not hold up the others; the errors come back joined.
func (s *Service) Tick(ctx context.Context) error {
	now := store.Millis(s.now())
	steps := []struct {
		due string
		do  func(ctx context.Context, id string) error
	}{
		{`state = 'announced' AND opens_at <= $1`, s.open},
		{`state IN ('announced', 'open') AND closes_at <= $1`, s.Close},
		{`state = 'closed' AND draws_at <= $1 AND (randomness_source = '' OR randomness_value <> '')`, s.Run},
		{`state = 'drawn' AND settled_at = 0 AND revealed_at <= $1`, s.settle},
		{`state = 'drawn' AND settled_at > 0 AND forgotten_at = 0 AND revealed_at <= $1 - ` + fmt.Sprint(KeepFor.Milliseconds()), s.forget},
	}
	var trouble []error
	for _, step := range steps {
		ids, err := s.due(ctx, step.due, now)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := step.do(ctx, id); err != nil {
				trouble = append(trouble, fmt.Errorf("ballot %s: %w", id, err))
			}
		}
	}
	return errors.Join(trouble...)
}

func (s *Service) due(ctx context.Context, condition string, now int64) ([]string, error) {
	rows, err := s.db.Read().QueryContext(ctx, `SELECT id FROM ballot WHERE `+condition+` ORDER BY id`, now)
	if err != nil {
		return nil, fmt.Errorf("look for ballots to move: %w", err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("look for ballots to move: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, wrap("look for ballots to move", rows.Err())
}

func (s *Service) open(ctx context.Context, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		b, err := ballotByID(ctx, tx, id, tx.ForUpdate())
		if err != nil || b.State != Announced {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE ballot SET state = 'open' WHERE id = $1`, id); err != nil {
			return fmt.Errorf("open ballot %s: %w", id, err)
		}
		return s.trail.Append(ctx, tx, audit.Entry{Actor: audit.System, Action: "ballot.open", Object: object(id), Post: b.PostID})
	})
}

// forget erases names, addresses and person keys of a settled ballot's
// entrants; the published file stays.
func (s *Service) forget(ctx context.Context, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, statement := range []string{
			`DELETE FROM ballot_person WHERE ballot_id = $1`,
			`UPDATE ballot_entry SET sealed = NULL, person_keys = '[]', email_key = '', network_key = '' WHERE ballot_id = $1`,
		} {
			if _, err := tx.ExecContext(ctx, statement, id); err != nil {
				return fmt.Errorf("forget the entrants of ballot %s: %w", id, err)
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE ballot SET forgotten_at = $1 WHERE id = $2`, store.Millis(s.now()), id)
		return wrap("forget the entrants of ballot "+id, err)
	})
}
