package plan

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
)

// Extend makes the slots of the days that have come within the horizon of each
// post that has a plan, and closes the days that its calendar closes. Days
// that were made before it leaves alone: what changed about them waits for
// somebody to look at the preview. It goes on after a post that fails, and is
// safe to run in several processes.
func (s *Service) Extend(ctx context.Context) error {
	all, err := s.posts.All(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, at := range all {
		if err := errors.Join(s.extend(ctx, at), s.shut(ctx, at)); err != nil {
			failed = append(failed, fmt.Errorf("extend the plan of %s: %w", at.ID, err))
		}
	}
	return errors.Join(failed...)
}

func (s *Service) extend(ctx context.Context, at post.Post) error {
	madeTo, err := s.madeTo(ctx, at.ID)
	if err != nil || madeTo == "" {
		return err
	}
	days := slices.DeleteFunc(daysFrom(s.now().In(at.Location()), at.HorizonDays+1), func(date string) bool { return date <= madeTo })
	if len(days) == 0 {
		return nil
	}
	p, err := s.prepare(ctx, at.ID, Calendars(), days)
	if err != nil {
		return err
	}
	r := p.replan()
	r.Actor, r.KeepPeople = audit.System, true
	r.Save = func(ctx context.Context, tx *store.Tx) error {
		return advance(ctx, tx, at.ID, p.base, p.base, days[len(days)-1])
	}
	if _, err = s.book.Replan(ctx, r); fault.KindOf(err) == fault.Conflict {
		return nil // the plan was saved in between, and made the slots itself
	}
	return err
}

// Shut takes the free places away on days that the post's calendar closes.
// People with appointments keep them until somebody looks at the preview.
func (s *Service) Shut(ctx context.Context, postID string) error {
	at, err := s.posts.Get(ctx, postID)
	if err != nil {
		return err
	}
	if err := s.shut(ctx, at); err != nil {
		return fmt.Errorf("close days at %s: %w", postID, err)
	}
	return nil
}

func (s *Service) shut(ctx context.Context, at post.Post) error {
	days := daysFrom(s.now().In(at.Location()), at.HorizonDays+1)
	closed, err := s.closed(ctx, at.ID, days[0], days[len(days)-1])
	if err != nil || len(closed) == 0 {
		return err
	}
	r := booking.Replan{PostID: at.ID, Days: slices.Sorted(maps.Keys(closed)), Actor: audit.System, KeepPeople: true}
	effect, err := s.book.Foresee(ctx, r)
	if err != nil || effect.Nothing() {
		return err
	}
	r.Trail = []audit.Entry{{Actor: audit.System, Action: "plan.shut", Object: "plan:" + at.ID, Post: at.ID, Detail: map[string]any{"slots": effect.Counts().SlotsRemoved}}}
	_, err = s.book.Replan(ctx, r)
	return err
}
