package post

import (
	"context"
	"fmt"
	"strings"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

const (
	insertPost = `INSERT INTO post (id, type, name, city, country, address, latitude, longitude, zone, phone, email,
		opening, services, minimum_notice_minutes, horizon_days, active, version) VALUES `
	postColumns = 17
)

func postArgs(p Post) []any {
	return []any{
		p.ID, string(p.Type), encode(p.Name), encode(p.City), p.Country, encode(p.Address), p.Latitude, p.Longitude,
		p.Zone, p.Phone, p.Email, encode(p.Opening), encode(nonNil(p.Services)), p.MinimumNoticeMinutes, p.HorizonDays,
		p.Active, p.Version,
	}
}

// nonNil makes an absent list an empty one, so that the column holds [].
func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// Create adds a post; its version becomes 1. Faults: Invalid with fields;
// Conflict when the id is taken.
func (s *Service) Create(ctx context.Context, actor string, p Post) error {
	var bad fault.Fields
	s.check(p, "", &bad)
	if err := bad.Err(); err != nil {
		return err
	}
	p.Version = 1
	err := s.change(ctx, audit.Entry{Actor: actor, Action: "post.create", Object: "post:" + p.ID, Post: p.ID}, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, insertPost+store.Rows(1, postColumns), postArgs(p)...)
		return err
	})
	if store.IsUnique(err) {
		return fault.NewConflict("post.id_taken").Because(err)
	}
	return err
}

// Update saves a post over the version that p names. Faults: Invalid with
// fields; NotFound; Conflict when somebody else saved it in between.
func (s *Service) Update(ctx context.Context, actor string, p Post) error {
	before, err := s.Get(ctx, p.ID)
	if err != nil {
		return err
	}
	var bad fault.Fields
	s.check(p, "", &bad)
	if err := bad.Err(); err != nil {
		return err
	}
	entry := audit.Entry{
		Actor: actor, Action: "post.update", Object: "post:" + p.ID, Post: p.ID,
		Detail: map[string]any{"changed": changed(before, p)},
	}
	return s.change(ctx, entry, func(ctx context.Context, tx *store.Tx) error {
		args := postArgs(p)[:postColumns-1]
		result, err := tx.ExecContext(ctx, `UPDATE post SET type = $2, name = $3, city = $4, country = $5, address = $6,
			latitude = $7, longitude = $8, zone = $9, phone = $10, email = $11, opening = $12, services = $13,
			minimum_notice_minutes = $14, horizon_days = $15, active = $16, version = version + 1
			WHERE id = $1 AND version = $17`, append(args, p.Version)...)
		return wantOne(result, err, fault.NewConflict("post.changed"))
	})
}

// changed names the fields that an edit changed.
func changed(before, after Post) []string {
	names := []string{"id", "type", "name", "city", "country", "address", "latitude", "longitude", "zone", "phone", "email",
		"opening", "services", "minimum_notice_minutes", "horizon_days", "active"}
	old, now := postArgs(before), postArgs(after)
	found := []string{}
	for i, name := range names {
		if old[i] != now[i] {
			found = append(found, name)
		}
	}
	return found
}

// SaveCounter adds a counter, when c has no ID, or changes the one it names.
// Faults: Invalid with fields; NotFound for the post or counter; Conflict when
// the post has another counter of that label.
func (s *Service) SaveCounter(ctx context.Context, actor string, c Counter) (Counter, error) {
	p, err := s.Get(ctx, c.PostID)
	if err != nil {
		return Counter{}, err
	}
	c.Label = strings.TrimSpace(c.Label)
	var bad fault.Fields
	s.checkCounter(p, c, "", &bad)
	if err := bad.Err(); err != nil {
		return Counter{}, err
	}
	action := "post.counter-update"
	statement := `UPDATE counter SET label = $3, services = $4, active = $5 WHERE id = $1 AND post_id = $2`
	if c.ID == "" {
		c.ID = store.NewID()
		action = "post.counter-create"
		statement = `INSERT INTO counter (id, post_id, label, services, active) VALUES ($1, $2, $3, $4, $5)`
	}
	entry := audit.Entry{
		Actor: actor, Action: action, Object: "counter:" + c.ID, Post: c.PostID,
		Detail: map[string]any{"label": c.Label, "active": c.Active, "services": c.Services},
	}
	err = s.change(ctx, entry, func(ctx context.Context, tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, statement, c.ID, c.PostID, c.Label, encode(nonNil(c.Services)), c.Active)
		return wantOne(result, err, fault.NewNotFound("post.counter_not_found"))
	})
	if store.IsUnique(err) {
		return Counter{}, fault.NewConflict("post.label_taken").Because(err)
	}
	return c, err
}

// AddHoliday adds one day. Faults: Invalid with fields; NotFound for the post;
// Conflict when the day is a holiday already.
func (s *Service) AddHoliday(ctx context.Context, actor string, h Holiday) error {
	if _, err := s.Get(ctx, h.PostID); err != nil {
		return err
	}
	var bad fault.Fields
	checkHoliday(h, "", &bad)
	if err := bad.Err(); err != nil {
		return err
	}
	entry := audit.Entry{
		Actor: actor, Action: "post.holiday-add", Object: "post:" + h.PostID, Post: h.PostID,
		Detail: map[string]any{"date": h.Date, "name": h.Name.In("en")},
	}
	err := s.change(ctx, entry, func(ctx context.Context, tx *store.Tx) error {
		_, err := insertHolidays(ctx, tx, []Holiday{h}, "")
		return err
	})
	if store.IsUnique(err) {
		return fault.NewConflict("post.holiday_taken").Because(err)
	}
	return err
}

// RemoveHoliday makes a day a working day again; a NotFound fault when it was
// one.
func (s *Service) RemoveHoliday(ctx context.Context, actor, postID, date string) error {
	entry := audit.Entry{
		Actor: actor, Action: "post.holiday-remove", Object: "post:" + postID, Post: postID,
		Detail: map[string]any{"date": date},
	}
	return s.change(ctx, entry, func(ctx context.Context, tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM holiday WHERE post_id = $1 AND local_date = $2`, postID, date)
		return wantOne(result, err, fault.NewNotFound("post.holiday_not_found"))
	})
}

const (
	holidayColumns = 4
	rowsPerInsert  = 500
)

// insertHolidays writes the days in few statements and says how many were new.
// onConflict is "" to fail on a day that is there, or a clause.
func insertHolidays(ctx context.Context, tx *store.Tx, days []Holiday, onConflict string) (added int, err error) {
	for rest := days; len(rest) > 0; {
		n := min(len(rest), rowsPerInsert)
		args := make([]any, 0, n*holidayColumns)
		for _, h := range rest[:n] {
			args = append(args, h.PostID, h.Date, encode(h.Name), string(h.Source))
		}
		result, err := tx.ExecContext(ctx, `INSERT INTO holiday (post_id, local_date, name, source) VALUES `+
			store.Rows(n, holidayColumns)+onConflict, args...)
		if err != nil {
			return 0, fmt.Errorf("write holidays: %w", err)
		}
		rows, err := result.RowsAffected()
		if err != nil {
			return 0, fmt.Errorf("write holidays: %w", err)
		}
		added += int(rows)
		rest = rest[n:]
	}
	return added, nil
}

// change runs fn in one transaction with its audit entry as the last statement,
// and drops the snapshot.
func (s *Service) change(ctx context.Context, entry audit.Entry, fn func(context.Context, *store.Tx) error) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		return s.trail.Append(ctx, tx, entry)
	})
	s.Invalidate()
	if err == nil && s.onChange != nil && entry.Post != "" {
		s.onChange(ctx, entry.Post)
	}
	if err != nil && fault.As(err) == nil {
		return fmt.Errorf("%s %s: %w", entry.Action, entry.Object, err)
	}
	return err
}

// result is the part of sql.Result that wantOne needs.
type result interface{ RowsAffected() (int64, error) }

// wantOne gives none when a statement changed no row.
func wantOne(r result, err error, none *fault.Error) error {
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err == nil && n == 0 {
		return none
	}
	return err
}
