package guard

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

const caseColumns = `id, post_id, pattern, reason, note, state, proposed_by, proposed_at, coalesce(decided_by, ''), decided_at, decision, done_at`

func scanCase(row interface{ Scan(dest ...any) error }) (*Case, error) {
	var it Case
	var proposed, decided, done int64
	err := row.Scan(&it.ID, &it.PostID, &it.Pattern, &it.Reason, &it.Note, &it.State, &it.ProposedBy, &proposed, &it.DecidedBy, &decided, &it.Decision, &done)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NewNotFound("guard.case_not_found")
	}
	if err != nil {
		return nil, fmt.Errorf("read a case: %w", err)
	}
	it.ProposedAt, it.DecidedAt, it.DoneAt = store.Time(proposed), store.Time(decided), store.Time(done)
	return &it, nil
}

func caseByID(ctx context.Context, q store.Querier, id, lock string) (*Case, error) {
	return scanCase(q.QueryRowContext(ctx, `SELECT `+caseColumns+` FROM guard_case WHERE id = $1`+lock, id))
}

// Case finds a case with its bookings, or gives NotFound.
func (c *Cases) Case(ctx context.Context, id string) (*Case, error) {
	it, err := caseByID(ctx, c.db.Read(), id, "")
	if err != nil {
		return nil, err
	}
	rows, err := c.db.Read().QueryContext(ctx, `SELECT booking_id, state, refusal FROM guard_case_booking WHERE case_id = $1 ORDER BY booking_id`, id)
	if err != nil {
		return nil, fmt.Errorf("read the bookings of a case: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var b CaseBooking
		if err := rows.Scan(&b.ID, &b.State, &b.Refusal); err != nil {
			return nil, fmt.Errorf("read the bookings of a case: %w", err)
		}
		it.Bookings = append(it.Bookings, b)
	}
	return it, rows.Err()
}

// CaseFilter narrows Cases.List; the zero value lists the newest of all posts.
type CaseFilter struct {
	PostID string
	State  CaseState
	// Before is the id of the last case of the page before.
	Before string
	Limit  int // 50 when zero, and at most
}

// List gives cases without their bookings, newest first, paged by keyset.
func (c *Cases) List(ctx context.Context, f CaseFilter) ([]*Case, error) {
	if f.Limit <= 0 || f.Limit > 50 {
		f.Limit = 50
	}
	var where []string
	var args []any
	for _, condition := range []struct{ test, value string }{{"post_id = ", f.PostID}, {"state = ", string(f.State)}, {"id < ", f.Before}} {
		if condition.value != "" {
			args = append(args, condition.value)
			where = append(where, condition.test+"$"+strconv.Itoa(len(args)))
		}
	}
	clause := ""
	if len(where) > 0 {
		clause = ` WHERE ` + strings.Join(where, " AND ")
	}
	return c.list(ctx, clause+` ORDER BY id DESC LIMIT `+strconv.Itoa(f.Limit), args...)
}

func (c *Cases) list(ctx context.Context, clause string, args ...any) ([]*Case, error) {
	rows, err := c.db.Read().QueryContext(ctx, `SELECT `+caseColumns+` FROM guard_case`+clause, args...)
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	defer rows.Close()
	var all []*Case
	for rows.Next() {
		it, err := scanCase(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, it)
	}
	return all, rows.Err()
}

// ReasonFor gives the reason for which a booking was voided, as its holder was
// told; NotFound when it was not.
func (c *Cases) ReasonFor(ctx context.Context, bookingID string) (string, error) {
	var reason string
	err := c.db.Read().QueryRowContext(ctx, `SELECT c.reason FROM guard_case c JOIN guard_case_booking b ON b.case_id = c.id
		WHERE b.booking_id = $1 AND b.state = 'voided' ORDER BY c.id DESC LIMIT 1`, bookingID).Scan(&reason)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fault.NewNotFound("guard.case_not_found")
	}
	if err != nil {
		return "", fmt.Errorf("find why booking %s was voided: %w", bookingID, err)
	}
	return reason, nil
}
