package guard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// CaseState says where a case stands.
type CaseState string

// The states of a case.
const (
	Proposed CaseState = "proposed"
	Approved CaseState = "approved"
	Rejected CaseState = "rejected"
)

// The states of a booking within a case.
const (
	Pending       = "pending" // nothing has happened to it yet
	BookingVoided = "voided"
	Kept          = "kept"    // the case was rejected
	Refused       = "refused" // the book would not void it any more; Refusal says why
)

// Case is the proposal of one officer to void bookings, and what another one
// decided.
type Case struct {
	ID, PostID string
	// Pattern is the one that led to the case, "" for none.
	Pattern Pattern
	// Reason is told to the applicants; Note is for the officers.
	Reason, Note string
	State        CaseState
	ProposedBy   string // staff account id
	ProposedAt   time.Time
	DecidedBy    string
	DecidedAt    time.Time
	Decision     string // what the second officer wrote
	// DoneAt is when nothing was left to do.
	DoneAt   time.Time
	Bookings []CaseBooking // filled in by Case only
}

// CaseBooking is one booking of a case.
type CaseBooking struct {
	ID, State string
	// Refusal is a translation key, when State is Refused.
	Refusal string
}

// Proposal is what the first officer writes.
type Proposal struct {
	PostID       string
	Pattern      Pattern
	Bookings     []string
	Reason, Note string
}

// Limits of a case.
const (
	MaxCaseBookings = 500
	MaxReason       = 1000 // characters
)

// Voider takes a booking away from its holder, tells the holder the reason,
// gives the places back and notes it in the audit trail. A booking that is
// voided already is no error and is not told again, so that a crash may repeat
// the call; a fault means that this booking can no longer be voided, any other
// error that it is to be tried again.
type Voider interface {
	Void(ctx context.Context, actor, bookingID, reason string) error
}

// VoiderFunc makes a Voider of a function.
type VoiderFunc func(ctx context.Context, actor, bookingID, reason string) error

// Void calls the function.
func (f VoiderFunc) Void(ctx context.Context, actor, bookingID, reason string) error {
	return f(ctx, actor, bookingID, reason)
}

// Trail is the audit log as this room uses it.
type Trail interface {
	Append(ctx context.Context, tx *store.Tx, entries ...audit.Entry) error
}

// Cases is how two officers void bookings. It is safe for concurrent use and
// for several processes.
type Cases struct {
	db     *store.DB
	trail  Trail
	voider Voider
	now    func() time.Time
}

// NewCases gives the service.
func NewCases(db *store.DB, trail Trail, voider Voider, now func() time.Time) *Cases {
	return &Cases{db: db, trail: trail, voider: voider, now: now}
}

func checkText(wrong *fault.Fields, path, text string, needed bool) string {
	text = strings.TrimSpace(text)
	switch {
	case needed && text == "":
		wrong.Add(path, "guard.reason_missing")
	case utf8.RuneCountInString(text) > MaxReason:
		wrong.AddWith(path, "guard.reason_long", fault.Args{"Max": MaxReason})
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		wrong.Add(path, "guard.reason_missing")
	}
	return text
}

// Propose opens a case; actor is the staff account's id. Invalid without a
// reason or with bookings that are not active ones of the post, Conflict when
// one of them is in another open case.
func (c *Cases) Propose(ctx context.Context, actor string, p Proposal) (*Case, error) {
	var wrong fault.Fields
	p.Reason = checkText(&wrong, "reason", p.Reason, true)
	p.Note = checkText(&wrong, "note", p.Note, false)
	if p.Pattern != "" && !slices.Contains(Patterns, p.Pattern) {
		wrong.Add("pattern", "guard.pattern_unknown")
	}
	bookings := slices.Compact(slices.Sorted(slices.Values(p.Bookings)))
	if len(bookings) == 0 {
		wrong.Add("bookings", "guard.bookings_missing")
	}
	if len(bookings) > MaxCaseBookings {
		wrong.AddWith("bookings", "guard.bookings_many", fault.Args{"Max": MaxCaseBookings})
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	id := store.NewID()
	err := c.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := checkBookings(ctx, tx, p.PostID, bookings); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO guard_case (id, post_id, pattern, reason, note, state, proposed_by, proposed_at, decided_at, decision, done_at)
			VALUES ($1, $2, $3, $4, $5, 'proposed', $6, $7, 0, '', 0)`, id, p.PostID, string(p.Pattern), p.Reason, p.Note, actor, store.Millis(c.now()))
		if err != nil {
			return fmt.Errorf("propose to void bookings: %w", err)
		}
		rows := make([][]any, len(bookings))
		for i, b := range bookings {
			rows[i] = []any{id, b, Pending, "", b}
		}
		added, err := tx.Insert(ctx, "guard_case_booking", []string{"case_id", "booking_id", "state", "refusal", "pending_id"}, rows, "ON CONFLICT (pending_id) DO NOTHING")
		if err != nil {
			return err
		}
		if int(added) != len(rows) {
			return fault.NewConflict("guard.booking_in_case")
		}
		return c.trail.Append(ctx, tx, audit.Entry{Actor: audit.Staff(actor), Action: "void.propose", Object: "void_case:" + id, Post: p.PostID,
			Detail: map[string]any{"bookings": bookings, "pattern": string(p.Pattern)}})
	})
	if err != nil {
		return nil, err
	}
	return c.Case(ctx, id)
}

func checkBookings(ctx context.Context, tx *store.Tx, post string, bookings []string) error {
	args := []any{post}
	for _, b := range bookings {
		args = append(args, b)
	}
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM booking WHERE post_id = $1 AND state IN ('held', 'booked') AND id IN (`+
		store.Placeholders(2, len(bookings))+`)`, args...).Scan(&n)
	if err != nil {
		return fmt.Errorf("look for the bookings to void: %w", err)
	}
	if n != len(bookings) {
		return fault.NewInvalid(fault.Field{Path: "bookings", Key: "guard.bookings_not_active"})
	}
	return nil
}

// Approve has the bookings of a case voided and their holders told. Forbidden
// for the officer who proposed, Conflict when the case is decided, NotFound
// without such a case. What a crash leaves undone, Tick does.
func (c *Cases) Approve(ctx context.Context, actor, caseID, decision string) error {
	if err := c.decide(ctx, actor, caseID, decision, Approved); err != nil {
		return err
	}
	return c.carryOut(ctx, caseID)
}

// Reject keeps the bookings of a case; Errors as with Approve, and Invalid
// without a decision that says why.
func (c *Cases) Reject(ctx context.Context, actor, caseID, decision string) error {
	return c.decide(ctx, actor, caseID, decision, Rejected)
}

func (c *Cases) decide(ctx context.Context, actor, caseID, decision string, state CaseState) error {
	var wrong fault.Fields
	decision = checkText(&wrong, "decision", decision, state == Rejected)
	if err := wrong.Err(); err != nil {
		return err
	}
	return c.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		it, err := caseByID(ctx, tx, caseID, tx.ForUpdate())
		switch {
		case err != nil:
			return err
		case it.ProposedBy == actor:
			return fault.NewForbidden("guard.second_officer")
		case it.State != Proposed:
			return fault.NewConflict("guard.case_decided")
		}
		now, done := store.Millis(c.now()), int64(0)
		if state == Rejected {
			done = now
			if _, err := tx.ExecContext(ctx, `UPDATE guard_case_booking SET state = 'kept', pending_id = NULL WHERE case_id = $1`, caseID); err != nil {
				return fmt.Errorf("reject a case: %w", err)
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE guard_case SET state = $1, decided_by = $2, decided_at = $3, decision = $4, done_at = $5 WHERE id = $6`,
			string(state), actor, now, decision, done, caseID)
		if err != nil {
			return fmt.Errorf("decide a case: %w", err)
		}
		action := map[CaseState]string{Approved: "void.approve", Rejected: "void.reject"}[state]
		return c.trail.Append(ctx, tx, audit.Entry{Actor: audit.Staff(actor), Action: action, Object: "void_case:" + caseID, Post: it.PostID,
			Detail: map[string]any{"proposed_by": it.ProposedBy}})
	})
}

// carryOut voids what is still pending in an approved case.
func (c *Cases) carryOut(ctx context.Context, caseID string) error {
	it, err := c.Case(ctx, caseID)
	if err != nil || it.State != Approved || !it.DoneAt.IsZero() {
		return err
	}
	var trouble []error
	for _, b := range it.Bookings {
		if b.State != Pending {
			continue
		}
		err := c.voider.Void(ctx, audit.Staff(it.DecidedBy), b.ID, it.Reason)
		if err != nil && fault.As(err) == nil {
			trouble = append(trouble, fmt.Errorf("void booking %s: %w", b.ID, err))
			continue
		}
		if err := c.note(ctx, it, b.ID, fault.As(err)); err != nil {
			trouble = append(trouble, err)
		}
	}
	if len(trouble) > 0 {
		return errors.Join(trouble...)
	}
	return c.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE guard_case SET done_at = $1 WHERE id = $2 AND done_at = 0`, store.Millis(c.now()), caseID)
		return err
	})
}

// note writes down what became of one booking.
func (c *Cases) note(ctx context.Context, it *Case, booking string, refused *fault.Error) error {
	return c.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		state, refusal, action := BookingVoided, "", "void.done"
		if refused != nil {
			state, refusal, action = Refused, refused.Key, "void.refuse"
		}
		done, err := tx.ExecContext(ctx, `UPDATE guard_case_booking SET state = $1, refusal = $2, pending_id = NULL
			WHERE case_id = $3 AND booking_id = $4 AND state = 'pending'`, state, refusal, it.ID, booking)
		if err != nil {
			return fmt.Errorf("note what became of booking %s: %w", booking, err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err // another process was faster
		}
		return c.trail.Append(ctx, tx, audit.Entry{Actor: audit.Staff(it.DecidedBy), Action: action, Object: "booking:" + booking, Post: it.PostID,
			Detail: map[string]any{"case": it.ID, "proposed_by": it.ProposedBy, "refusal": refusal}})
	})
}

// Tick goes on with approved cases that a crash or a fault left undone. Call
// it now and then; errors come back joined.
func (c *Cases) Tick(ctx context.Context) error {
	undone, err := c.list(ctx, ` WHERE state = 'approved' AND done_at = 0 ORDER BY id LIMIT 50`)
	if err != nil {
		return err
	}
	var trouble []error
	for _, it := range undone {
		trouble = append(trouble, c.carryOut(ctx, it.ID))
	}
	return errors.Join(trouble...)
}
