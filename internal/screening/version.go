package screening

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// Version is one state of a list, and what made it.
type Version struct {
	List   List
	Number int // counted from 1; 0 is the list before it had any
	At     time.Time
	Actor  string // as in the audit trail: "staff:<id>"
	Change string // import, add or remove
	// Source is the name and date of an imported file; Reason why entries were
	// added or removed.
	Source, Reason          string
	Added, Changed, Removed int
	Total                   int // entries afterwards
}

const versionColumns = `list, number, made_at, actor, change, source, reason, added, changed, removed, total`

func scanVersion(row interface{ Scan(...any) error }) (Version, error) {
	var v Version
	var at int64
	err := row.Scan(&v.List, &v.Number, &at, &v.Actor, &v.Change, &v.Source, &v.Reason, &v.Added, &v.Changed, &v.Removed, &v.Total)
	v.At = store.Time(at)
	return v, err
}

// Current gives the newest version of a list, the zero Version (with List set)
// when it has none yet.
func (s *Service) Current(ctx context.Context, list List) (Version, error) {
	return current(ctx, s.DB.Read(), list, "")
}

func current(ctx context.Context, q store.Querier, list List, lock string) (Version, error) {
	v, err := scanVersion(q.QueryRowContext(ctx, `SELECT `+versionColumns+` FROM screening_version WHERE list = $1 ORDER BY number DESC LIMIT 1`+lock, string(list)))
	if errors.Is(err, sql.ErrNoRows) {
		return Version{List: list}, nil
	}
	if err != nil {
		return v, fmt.Errorf("look for the current version of a list: %w", err)
	}
	return v, nil
}

// At gives the version of a list that was current at an instant; the zero
// Version (with List set) before there was any.
func (s *Service) At(ctx context.Context, list List, at time.Time) (Version, error) {
	v, err := scanVersion(s.DB.Read().QueryRowContext(ctx, `SELECT `+versionColumns+` FROM screening_version WHERE list = $1 AND made_at <= $2
		ORDER BY number DESC LIMIT 1`, string(list), store.Millis(at)))
	if errors.Is(err, sql.ErrNoRows) {
		return Version{List: list}, nil
	}
	if err != nil {
		return v, fmt.Errorf("look for a past version of a list: %w", err)
	}
	return v, nil
}

// Version gives one version; NotFound without it.
func (s *Service) Version(ctx context.Context, list List, number int) (Version, error) {
	v, err := scanVersion(s.DB.Read().QueryRowContext(ctx, `SELECT `+versionColumns+` FROM screening_version WHERE list = $1 AND number = $2`, string(list), number))
	if errors.Is(err, sql.ErrNoRows) {
		return v, fault.NewNotFound("screening.error.no_version")
	}
	if err != nil {
		return v, fmt.Errorf("read a version of a list: %w", err)
	}
	return v, nil
}

// Versions lists the versions of a list with a number below before (0 for all),
// newest first, at most limit.
func (s *Service) Versions(ctx context.Context, list List, before, limit int) ([]Version, error) {
	if before <= 0 {
		before = 1 << 60
	}
	var out []Version
	err := store.Each(ctx, s.DB.Read(), func(rows *sql.Rows) error {
		v, err := scanVersion(rows)
		out = append(out, v)
		return err
	}, `SELECT `+versionColumns+` FROM screening_version WHERE list = $1 AND number < $2 ORDER BY number DESC LIMIT $3`, string(list), before, limit)
	if err != nil {
		return nil, fmt.Errorf("list the versions of a list: %w", err)
	}
	return out, nil
}

func (s *Service) writeVersion(ctx context.Context, tx *store.Tx, v Version) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO screening_version (`+versionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		string(v.List), v.Number, store.Millis(v.At), v.Actor, v.Change, v.Source, v.Reason, v.Added, v.Changed, v.Removed, v.Total)
	if store.IsUnique(err) {
		return fault.NewConflict("screening.error.list_moved")
	}
	if err != nil {
		return fmt.Errorf("write a version of a list: %w", err)
	}
	return nil
}
