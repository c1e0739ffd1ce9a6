package draw

import (
	"context"
	"fmt"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// locked reads a ballot and one of its entries for a change. The ballot's row
// is locked first, as the closing does, so that an entry is either in the
// published root or refused.
func locked(ctx context.Context, tx *store.Tx, entryID string) (*Ballot, *Ticket, error) {
	t, err := ticketByID(ctx, tx, entryID, "")
	if err != nil {
		return nil, nil, err
	}
	b, err := ballotByID(ctx, tx, t.BallotID, tx.ForUpdate())
	if err != nil {
		return nil, nil, err
	}
	t, err = ticketByID(ctx, tx, entryID, tx.ForUpdate())
	return b, t, err
}

// Confirm proves the e-mail address of an entry, which then takes part.
// Confirming again changes nothing. Invalid for a wrong code, with how many
// tries are left; Conflict when the code is spent or too old (Resend makes a
// new one), when the ballot has closed, or when one of the people is in
// another confirmed entry.
func (s *Service) Confirm(ctx context.Context, entryID, code string) (*Ticket, error) {
	var refused error
	var confirmed *Ticket
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		refused = nil
		b, t, err := locked(ctx, tx, entryID)
		if err != nil {
			return err
		}
		confirmed = t
		if t.State == Entered {
			return nil
		}
		if err := b.refuseUnlessOpen(s); err != nil {
			return err
		}
		switch {
		case t.State != Unconfirmed:
			return fault.NewConflict("draw.withdrawn")
		case t.codeTries >= MaxTries:
			return fault.NewConflict("draw.code_spent")
		case s.now().After(t.codeSentAt.Add(CodeFor)):
			return fault.NewConflict("draw.code_expired")
		case !keyring.Equal(normalCode(code), s.Code(t)):
			// A wrong answer is counted, so it must not roll back.
			refused = fault.NewInvalid(fault.Field{Path: "code", Key: "draw.code_wrong", Args: fault.Args{"Count": MaxTries - t.codeTries - 1}})
			_, err := tx.ExecContext(ctx, `UPDATE ballot_entry SET code_tries = code_tries + 1 WHERE id = $1`, t.ID)
			return wrap("count a wrong code", err)
		}
		return s.enterPeople(ctx, tx, b, t)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return nil, err
	}
	return confirmed, nil
}

func (s *Service) enterPeople(ctx context.Context, tx *store.Tx, b *Ballot, t *Ticket) error {
	args := make([]any, 0, 3*len(t.personKeys))
	for _, key := range t.personKeys {
		args = append(args, b.ID, key, t.ID)
	}
	made, err := tx.ExecContext(ctx, `INSERT INTO ballot_person (ballot_id, person_key, entry_id) VALUES `+
		store.Rows(len(t.personKeys), 3)+` ON CONFLICT (ballot_id, person_key) DO NOTHING`, args...)
	if err != nil {
		return fmt.Errorf("bind people to a ballot entry: %w", err)
	}
	if n, err := made.RowsAffected(); err != nil {
		return err
	} else if int(n) != len(t.personKeys) {
		return fault.NewConflict("draw.person_entered")
	}
	t.State, t.ProvenAt = Entered, s.now().UTC()
	if _, err := tx.ExecContext(ctx, `UPDATE ballot_entry SET state = 'entered', proven_at = $1 WHERE id = $2`, store.Millis(t.ProvenAt), t.ID); err != nil {
		return fmt.Errorf("confirm a ballot entry: %w", err)
	}
	return s.outbox.Enqueue(ctx, tx, notify.Message{Kind: notify.KindBallotEntered, Ref: t.ID, Lang: t.Lang})
}

// Resend mails a new code for an unconfirmed entry; the old one no longer
// holds. Conflict when the ballot has closed, the entry needs no code, or
// MaxCodes were sent.
func (s *Service) Resend(ctx context.Context, entryID string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		b, t, err := locked(ctx, tx, entryID)
		if err != nil {
			return err
		}
		if err := b.refuseUnlessOpen(s); err != nil {
			return err
		}
		switch {
		case t.State != Unconfirmed:
			return fault.NewConflict("draw.no_code_needed")
		case t.codeSerial >= MaxCodes:
			return fault.NewConflict("draw.codes_spent")
		}
		_, err = tx.ExecContext(ctx, `UPDATE ballot_entry SET code_serial = code_serial + 1, code_tries = 0, code_sent_at = $1 WHERE id = $2`,
			store.Millis(s.now()), t.ID)
		if err != nil {
			return fmt.Errorf("make a new code: %w", err)
		}
		return s.outbox.Enqueue(ctx, tx, notify.Message{Kind: notify.KindBallotCode, Ref: t.ID, Lang: t.Lang})
	})
}

// Withdraw takes an entry out of the ballot while entries are taken; its
// people may then enter again. Withdrawing again changes nothing. Conflict
// once the ballot has closed: the published root counts the entry.
func (s *Service) Withdraw(ctx context.Context, entryID string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		b, t, err := locked(ctx, tx, entryID)
		if err != nil || t.State == Withdrawn {
			return err
		}
		if err := b.refuseUnlessOpen(s); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM ballot_person WHERE entry_id = $1`, t.ID); err != nil {
			return fmt.Errorf("withdraw a ballot entry: %w", err)
		}
		_, err = tx.ExecContext(ctx, `UPDATE ballot_entry SET state = 'withdrawn', sealed = NULL WHERE id = $1`, t.ID)
		return wrap("withdraw a ballot entry", err)
	})
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
