package casework

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/store"
)

// The states of a fee.
const (
	FeeDue    = "due"
	FeePaid   = "paid"
	FeeWaived = "waived"
)

// Fee is what the application costs. Before the submission it is all zero.
type Fee struct {
	Price
	State     string
	SettledAt time.Time
}

// Waivers are the grounds on which an officer may waive a fee.
var Waivers = []string{"humanitarian", "official", "reciprocity", "mistake"}

// WaiverKey is the translation key of one of Waivers.
func WaiverKey(reason string) string { return "casework.waiver." + reason }

// settleFee works out what is due. What was paid or waived by an officer stays.
func (w *work) settleFee(rules form.Case, who Subject) error {
	was, err := readFee(w.ctx, w.tx, w.ID)
	if err != nil {
		return err
	}
	if was.State == FeePaid || strings.HasPrefix(was.Basis, "waived:") {
		return nil
	}
	price := w.s.tariffs.Price(w.ServiceID, rules, who, w.today)
	state, settled := FeeDue, int64(0)
	if price.Minor == 0 {
		state, settled = FeeWaived, store.Millis(w.now)
	}
	return w.exec("settle the fee", `INSERT INTO case_fee (application_id, minor, currency, basis, state, settled_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (application_id) DO UPDATE SET minor = excluded.minor, currency = excluded.currency, basis = excluded.basis,
		state = excluded.state, settled_at = excluded.settled_at`, w.ID, price.Minor, price.Currency, price.Basis, state, settled)
}

// Quote says what the application would cost if it was submitted with the
// answers of now.
func (s *Service) Quote(ctx context.Context, id string) (Price, error) {
	a, c, err := s.Content(ctx, id)
	if err != nil {
		return Price{}, err
	}
	q, err := s.questionnaire(ctx, s.db.Read(), a)
	if err != nil {
		return Price{}, err
	}
	today, err := s.calendar.Today(ctx, a.PostID, s.now())
	if err != nil {
		return Price{}, err
	}
	return s.tariffs.Price(a.ServiceID, q.Definition().Case, subject(q.Definition(), c.Answers), today), nil
}

// Fee reads what the application costs.
func (s *Service) Fee(ctx context.Context, id string) (Fee, error) {
	return readFee(ctx, s.db.Read(), id)
}

func readFee(ctx context.Context, q store.Querier, id string) (Fee, error) {
	var f Fee
	var settled int64
	err := q.QueryRowContext(ctx, `SELECT minor, currency, basis, state, settled_at FROM case_fee WHERE application_id = $1`, id).
		Scan(&f.Minor, &f.Currency, &f.Basis, &f.State, &settled)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return f, fmt.Errorf("read a fee: %w", err)
	}
	f.SettledAt = store.Time(settled)
	return f, nil
}

// Waive lets the person off a fee that is due, for one of Waivers.
func (s *Service) Waive(ctx context.Context, staffID, id, reason string) error {
	if err := knownReason("reason", reason, Waivers); err != nil {
		return err
	}
	_, err := s.change(ctx, id, audit.Staff(staffID), func(w *work) error {
		fee, err := w.feeDue()
		if err != nil {
			return err
		}
		w.note("case.waive", map[string]any{"reason": reason, "minor": fee.Minor, "currency": fee.Currency})
		return w.exec("waive the fee", `UPDATE case_fee SET state = 'waived', basis = $1, settled_at = $2 WHERE application_id = $3`,
			"waived:"+reason, store.Millis(w.now), w.ID)
	})
	return err
}

// feeDue is the fee, when it can be paid or waived now; conflict when not.
func (w *work) feeDue() (Fee, error) {
	fee, err := readFee(w.ctx, w.tx, w.ID)
	if err != nil {
		return fee, err
	}
	if fee.State != FeeDue {
		return fee, fault.NewConflict("casework.nothing_due")
	}
	if !w.State.Open() {
		return fee, fault.NewConflict("casework.wrong_state").With("State", string(w.State))
	}
	return fee, nil
}

// Receipt says that money was taken; it never changes.
type Receipt struct {
	PostID        string
	Year          int
	Number        int // from 1, without gaps within post and year
	ApplicationID string
	Method        string // "cash", "card", or the provider's name
	Minor         int64
	Currency      string
	By            string // as the audit trail names them
	At            time.Time
}

// Label is the number as it stands on paper: "BERLIN-2026-000123".
func (r Receipt) Label() string {
	return fmt.Sprintf("%s-%d-%06d", strings.ToUpper(r.PostID), r.Year, r.Number)
}

// receipt writes the next receipt of the post and year of today.
func (w *work) receipt(payment, method string, minor int64, currency string) (*Receipt, error) {
	r := &Receipt{PostID: w.PostID, ApplicationID: w.ID, Method: method, Minor: minor, Currency: currency, By: w.actor, At: w.now}
	if _, err := fmt.Sscanf(w.today, "%d-", &r.Year); err != nil {
		return nil, fmt.Errorf("the year of %s: %w", w.today, err)
	}
	if err := w.tx.QueryRowContext(w.ctx, `INSERT INTO receipt_year (post_id, year, last) VALUES ($1, $2, 1)
		ON CONFLICT (post_id, year) DO UPDATE SET last = receipt_year.last + 1 RETURNING last`, r.PostID, r.Year).Scan(&r.Number); err != nil {
		return nil, fmt.Errorf("number a receipt: %w", err)
	}
	w.note("case.receipt", map[string]any{"receipt": r.Label(), "method": method, "minor": minor, "currency": currency})
	if err := w.event("paid"); err != nil {
		return nil, err
	}
	return r, w.exec("write a receipt", `INSERT INTO receipt (post_id, year, number, application_id, payment_id, method, minor, currency, by_actor, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, r.PostID, r.Year, r.Number, w.ID, payment, method, minor, currency, r.By, store.Millis(r.At))
}

// Receipts lists those of one application, the oldest first.
func (s *Service) Receipts(ctx context.Context, id string) ([]Receipt, error) {
	var all []Receipt
	err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		var r Receipt
		var at int64
		err := rows.Scan(&r.PostID, &r.Year, &r.Number, &r.ApplicationID, &r.Method, &r.Minor, &r.Currency, &r.By, &at)
		r.At = store.Time(at)
		all = append(all, r)
		return err
	}, `SELECT post_id, year, number, application_id, method, minor, currency, by_actor, at FROM receipt WHERE application_id = $1 ORDER BY at, number`, id)
	if err != nil {
		return nil, fmt.Errorf("list receipts: %w", err)
	}
	return all, nil
}
