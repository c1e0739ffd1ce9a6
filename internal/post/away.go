package post

import (
	"context"
	"database/sql"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// AddClosure closes a post for some days. It changes no slot by itself: whoever
// plans shows first who is booked on those days. Faults: Invalid with fields;
// NotFound for the post.
func (s *Service) AddClosure(ctx context.Context, actor string, c Closure) (Closure, error) {
	if _, err := s.Get(ctx, c.PostID); err != nil {
		return Closure{}, err
	}
	var bad fault.Fields
	from, okFrom := ParseDate(c.From)
	to, okTo := ParseDate(c.To)
	if !okFrom {
		bad.Add("from", "post.error.date")
	}
	if !okTo {
		bad.Add("to", "post.error.date")
	}
	if okFrom && okTo {
		switch {
		case to.Before(from):
			bad.Add("to", "post.error.ends_first")
		case to.Sub(from) >= maxClosure*24*time.Hour:
			bad.AddWith("to", "post.error.closure_long", fault.Args{"Max": maxClosure})
		}
	}
	checkText(c.Reason, "reason", maxText, &bad)
	if err := bad.Err(); err != nil {
		return Closure{}, err
	}
	c.ID = store.NewID()
	entry := audit.Entry{
		Actor: actor, Action: "post.closure-add", Object: "closure:" + c.ID, Post: c.PostID,
		Detail: map[string]any{"from": c.From, "to": c.To, "reason": c.Reason.In("en")},
	}
	err := s.change(ctx, entry, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO closure (id, post_id, from_date, to_date, reason) VALUES ($1, $2, $3, $4, $5)`,
			c.ID, c.PostID, c.From, c.To, encode(c.Reason))
		return err
	})
	return c, err
}

// RemoveClosure opens the post again; a NotFound fault when it has no such
// closure.
func (s *Service) RemoveClosure(ctx context.Context, actor, postID, id string) error {
	entry := audit.Entry{Actor: actor, Action: "post.closure-remove", Object: "closure:" + id, Post: postID}
	return s.change(ctx, entry, func(ctx context.Context, tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM closure WHERE id = $1 AND post_id = $2`, id, postID)
		return wantOne(result, err, fault.NewNotFound("post.closure_not_found"))
	})
}

// maxAbsences bounds what Absences gives at once.
const maxAbsences = 1000

// Absences lists those that touch the time from one instant to another, in
// order of their beginning.
func (s *Service) Absences(ctx context.Context, postID string, from, to time.Time) ([]Absence, error) {
	found, err := query(ctx, s.db.Read(), scanAbsence, `SELECT id, post_id, counter_id, starts_at, ends_at, note FROM absence
		WHERE post_id = $1 AND ends_at > $2 AND starts_at < $3 ORDER BY starts_at, id LIMIT $4`,
		postID, store.Millis(from), store.Millis(to), maxAbsences)
	if err != nil {
		return nil, fmt.Errorf("read absences at %s: %w", postID, err)
	}
	return found, nil
}

func scanAbsence(rows *sql.Rows) (Absence, error) {
	var a Absence
	var from, to int64
	err := rows.Scan(&a.ID, &a.PostID, &a.CounterID, &from, &to, &a.Note)
	a.From, a.To = store.Time(from), store.Time(to)
	return a, err
}

// AddAbsence notes that a counter is not staffed for a time. Faults: Invalid
// with fields; NotFound for the post or counter.
func (s *Service) AddAbsence(ctx context.Context, actor string, a Absence) (Absence, error) {
	if _, err := s.Counter(ctx, a.PostID, a.CounterID); err != nil {
		return Absence{}, err
	}
	var bad fault.Fields
	if a.From.IsZero() {
		bad.Add("from", "post.error.moment")
	}
	switch {
	case a.To.IsZero():
		bad.Add("to", "post.error.moment")
	case !a.To.After(a.From):
		bad.Add("to", "post.error.ends_first")
	case a.To.Sub(a.From) > maxClosure*24*time.Hour:
		bad.AddWith("to", "post.error.closure_long", fault.Args{"Max": maxClosure})
	}
	if utf8.RuneCountInString(a.Note) > maxText {
		bad.AddWith("note", "post.error.text_long", fault.Args{"Max": maxText})
	}
	if !utf8.ValidString(a.Note) {
		bad.Add("note", "post.error.text_bytes")
	}
	if err := bad.Err(); err != nil {
		return Absence{}, err
	}
	a.ID = store.NewID()
	// The note may name a person; the trail is kept for ever and does not.
	entry := audit.Entry{
		Actor: actor, Action: "post.absence-add", Object: "absence:" + a.ID, Post: a.PostID,
		Detail: map[string]any{"counter": a.CounterID, "from": a.From.UTC(), "to": a.To.UTC()},
	}
	err := s.change(ctx, entry, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO absence (id, post_id, counter_id, starts_at, ends_at, note) VALUES ($1, $2, $3, $4, $5, $6)`,
			a.ID, a.PostID, a.CounterID, store.Millis(a.From), store.Millis(a.To), a.Note)
		return err
	})
	return a, err
}

// RemoveAbsence forgets an absence; a NotFound fault when the post has no such.
func (s *Service) RemoveAbsence(ctx context.Context, actor, postID, id string) error {
	entry := audit.Entry{Actor: actor, Action: "post.absence-remove", Object: "absence:" + id, Post: postID}
	return s.change(ctx, entry, func(ctx context.Context, tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM absence WHERE id = $1 AND post_id = $2`, id, postID)
		return wantOne(result, err, fault.NewNotFound("post.absence_not_found"))
	})
}
