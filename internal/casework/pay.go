package casework

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// Payment is one try to pay an application's fee at a provider.
type Payment struct {
	ID, ApplicationID, Reference string
	Minor                        int64
	Currency                     string
	// ReturnURL is where the provider sends the browser afterwards.
	ReturnURL string
}

// PaymentState says how a payment stands at its provider.
type PaymentState string

// The states of a payment.
const (
	PaymentBegun  PaymentState = "begun"
	PaymentPaid   PaymentState = "paid"
	PaymentFailed PaymentState = "failed"
)

// Provider takes payments from a distance.
type Provider interface {
	// Name is a slug that stands on receipts.
	Name() string
	// Begin announces the payment and says where to send the browser. Beginning
	// the same payment again gives the same ref.
	Begin(ctx context.Context, p Payment) (ref, redirect string, err error)
	// State asks how the payment stands; it is the only thing that is believed,
	// never what a browser brings back.
	State(ctx context.Context, ref string) (PaymentState, error)
}

// TakenBy are the ways to pay at the counter.
var TakenBy = []string{"cash", "card"}

// TakePayment records that the fee was paid at the counter, by one of TakenBy,
// and gives the receipt. Conflict when nothing is due.
func (s *Service) TakePayment(ctx context.Context, staffID, id, method string) (*Receipt, error) {
	if err := knownReason("method", method, TakenBy); err != nil {
		return nil, err
	}
	var r *Receipt
	_, err := s.change(ctx, id, audit.Staff(staffID), func(w *work) error {
		fee, err := w.feeDue()
		if err != nil {
			return err
		}
		r, err = w.pay(store.NewID(), method, fee.Minor, fee.Currency)
		return err
	})
	return r, err
}

// pay settles the fee and writes the receipt.
func (w *work) pay(payment, method string, minor int64, currency string) (*Receipt, error) {
	if err := w.exec("settle the fee", `UPDATE case_fee SET state = 'paid', settled_at = $1 WHERE application_id = $2`, store.Millis(w.now), w.ID); err != nil {
		return nil, err
	}
	return w.receipt(payment, method, minor, currency)
}

// BeginPayment starts to pay the fee at a provider and says where to send the
// browser. Not found when there is no such provider; conflict when nothing is
// due.
func (s *Service) BeginPayment(ctx context.Context, id, provider, returnURL string) (redirect string, err error) {
	p, ok := s.providers[provider]
	if !ok {
		return "", fault.NewNotFound("casework.no_provider")
	}
	pay := Payment{ID: store.NewID(), ApplicationID: id, ReturnURL: returnURL}
	if _, err := s.change(ctx, id, audit.Applicant, func(w *work) error {
		fee, err := w.feeDue()
		if err != nil {
			return err
		}
		pay.Reference, pay.Minor, pay.Currency = w.Reference, fee.Minor, fee.Currency
		return w.exec("begin a payment", `INSERT INTO case_payment (id, application_id, provider, provider_ref, state, minor, currency, begun_at, ended_at)
			VALUES ($1, $2, $3, '', 'begun', $4, $5, $6, 0)`, pay.ID, id, provider, fee.Minor, fee.Currency, store.Millis(w.now))
	}); err != nil {
		return "", err
	}
	ref, redirect, err := p.Begin(ctx, pay)
	if err != nil {
		return "", fmt.Errorf("begin a payment at %s: %w", provider, err)
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE case_payment SET provider_ref = $1 WHERE id = $2`, ref, pay.ID)
		return err
	})
	return redirect, err
}

// CheckPayments asks the providers about the application's payments that have
// begun, and settles the fee when one is paid. Money that comes after the fee
// was settled gets its receipt too, and an entry in the trail for the officers
// to pay it back.
func (s *Service) CheckPayments(ctx context.Context, id string) error {
	type begun struct{ id, provider, ref string }
	var all []begun
	if err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		var b begun
		err := rows.Scan(&b.id, &b.provider, &b.ref)
		all = append(all, b)
		return err
	}, `SELECT id, provider, provider_ref FROM case_payment WHERE application_id = $1 AND state = 'begun' AND provider_ref <> '' ORDER BY id`, id); err != nil {
		return fmt.Errorf("list payments: %w", err)
	}
	var failed []error
	for _, b := range all {
		p, ok := s.providers[b.provider]
		if !ok {
			continue
		}
		state, err := p.State(ctx, b.ref)
		if err == nil && state != PaymentBegun {
			err = s.endPayment(ctx, id, b.id, b.provider, state)
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

func (s *Service) endPayment(ctx context.Context, id, payment, provider string, state PaymentState) error {
	_, err := s.change(ctx, id, audit.System, func(w *work) error {
		var is PaymentState
		var minor int64
		var currency string
		if err := w.tx.QueryRowContext(ctx, `SELECT state, minor, currency FROM case_payment WHERE id = $1`, payment).Scan(&is, &minor, &currency); err != nil {
			return fmt.Errorf("read a payment: %w", err)
		}
		if is != PaymentBegun {
			return nil // another process was faster
		}
		if err := w.exec("end a payment", `UPDATE case_payment SET state = $1, ended_at = $2 WHERE id = $3`, string(state), store.Millis(w.now), payment); err != nil {
			return err
		}
		if state != PaymentPaid {
			return nil
		}
		fee, err := readFee(ctx, w.tx, id)
		if err != nil {
			return err
		}
		if fee.State == FeeDue {
			_, err = w.pay(payment, provider, minor, currency)
			return err
		}
		w.note("case.paid-twice", map[string]any{"payment": payment})
		_, err = w.receipt(payment, provider, minor, currency)
		return err
	})
	return err
}

// TestProvider pretends to take payments, for the demonstration and for tests:
// Settle says how each one ends. It forgets everything when the process ends.
type TestProvider struct {
	// Page is the address of the page at which the person pays; the payment's
	// id is put after it.
	Page string

	mu       sync.Mutex
	payments map[string]*testPayment
}

type testPayment struct {
	Payment
	state PaymentState
}

// Name implements Provider.
func (t *TestProvider) Name() string { return "test" }

// Begin implements Provider.
func (t *TestProvider) Begin(_ context.Context, p Payment) (ref, redirect string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.payments == nil {
		t.payments = map[string]*testPayment{}
	}
	if t.payments[p.ID] == nil {
		t.payments[p.ID] = &testPayment{p, PaymentBegun}
	}
	return p.ID, t.Page + p.ID, nil
}

// State implements Provider; what nobody remembers has failed.
func (t *TestProvider) State(_ context.Context, ref string) (PaymentState, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.payments[ref]; p != nil {
		return p.state, nil
	}
	return PaymentFailed, nil
}

// Find gives a payment and how it stands; not found when there is no such.
func (t *TestProvider) Find(ref string) (Payment, PaymentState, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.payments[ref]
	if p == nil {
		return Payment{}, "", fault.NewNotFound("casework.no_payment")
	}
	return p.Payment, p.state, nil
}

// Settle ends a payment and gives it; not found when there is no such.
func (t *TestProvider) Settle(ref string, paid bool) (Payment, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.payments[ref]
	if p == nil {
		return Payment{}, fault.NewNotFound("casework.no_payment")
	}
	p.state = PaymentFailed
	if paid {
		p.state = PaymentPaid
	}
	return p.Payment, nil
}

// ProviderNames lists how people can pay from a distance, sorted.
func (s *Service) ProviderNames() []string {
	var names []string
	for name := range s.providers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// paymentAge is how long a payment that began is asked about.
const paymentAge = 3 * 24 * time.Hour
