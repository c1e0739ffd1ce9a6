package post

import (
	"context"
	"fmt"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// Load adds many posts with their counters and holidays in one transaction: all
// or nothing. Counters without an ID get one. Faults: Invalid with fields such
// as "posts[3].zone"; Conflict when an id is taken.
func (s *Service) Load(ctx context.Context, actor string, setups []Setup) error {
	var bad fault.Fields
	for i, setup := range setups {
		prefix := fmt.Sprintf("posts[%d].", i)
		s.check(setup.Post, prefix, &bad)
		for j, c := range setup.Counters {
			s.checkCounter(setup.Post, c, fmt.Sprintf("%scounters[%d].", prefix, j), &bad)
		}
		for j, h := range setup.Holidays {
			checkHoliday(h, fmt.Sprintf("%sholidays[%d].", prefix, j), &bad)
		}
	}
	if err := bad.Err(); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		entries := make([]audit.Entry, len(setups))
		for i, setup := range setups {
			if err := insertSetup(ctx, tx, setup); err != nil {
				return err
			}
			entries[i] = audit.Entry{
				Actor: actor, Action: "post.create", Object: "post:" + setup.Post.ID, Post: setup.Post.ID,
				Detail: map[string]any{"counters": len(setup.Counters), "holidays": len(setup.Holidays)},
			}
		}
		return s.trail.Append(ctx, tx, entries...)
	})
	s.Invalidate()
	if store.IsUnique(err) {
		return fault.NewConflict("post.id_taken").Because(err)
	}
	if err != nil {
		return fmt.Errorf("load posts: %w", err)
	}
	return nil
}

func insertSetup(ctx context.Context, tx *store.Tx, setup Setup) error {
	p := setup.Post
	p.Version = 1
	if _, err := tx.ExecContext(ctx, insertPost+store.Rows(1, postColumns), postArgs(p)...); err != nil {
		return fmt.Errorf("post %s: %w", p.ID, err)
	}
	if len(setup.Counters) > 0 {
		const counterColumns = 5
		args := make([]any, 0, len(setup.Counters)*counterColumns)
		for _, c := range setup.Counters {
			if c.ID == "" {
				c.ID = store.NewID()
			}
			args = append(args, c.ID, p.ID, c.Label, encode(nonNil(c.Services)), c.Active)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO counter (id, post_id, label, services, active) VALUES `+
			store.Rows(len(setup.Counters), counterColumns), args...); err != nil {
			return fmt.Errorf("counters of %s: %w", p.ID, err)
		}
	}
	days := make([]Holiday, len(setup.Holidays))
	for i, h := range setup.Holidays {
		h.PostID = p.ID
		days[i] = h
	}
	if _, err := insertHolidays(ctx, tx, days, " ON CONFLICT DO NOTHING"); err != nil {
		return fmt.Errorf("holidays of %s: %w", p.ID, err)
	}
	return nil
}
