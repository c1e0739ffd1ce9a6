package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// claim is a message that this worker holds for the length of a lease. The
// attempt's number is its proof: after a lost lease the row has a higher one.
type claim struct {
	Message
	urgency  int
	attempts int
}

// outcome is what became of a claim.
type outcome uint8

const (
	sent outcome = iota
	failed
	gaveUp
	obsolete
	handedBack
)

type settlement struct {
	claim
	outcome outcome
	reason  string
	nextAt  time.Time
}

// claim takes up to n messages that are due, the urgent ones first, and those
// whose worker has not come back within its lease.
func (o *Outbox) claim(ctx context.Context, n int, lease time.Duration) ([]claim, error) {
	var claimed []claim
	err := o.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		claimed = nil
		now := o.now()
		rows, err := tx.QueryContext(ctx, `UPDATE outbox SET state = 'sending', attempts = attempts + 1, next_at = $1
			WHERE id IN (SELECT id FROM outbox WHERE state IN ('queued', 'sending') AND next_at <= $2
				ORDER BY urgency, next_at LIMIT $3`+tx.SkipLocked()+`)
			RETURNING id, kind, ref, lang, data, not_before, urgency, attempts`,
			store.Millis(now.Add(lease)), store.Millis(now), n)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c claim
			var data string
			var notBefore int64
			if err := rows.Scan(&c.ID, &c.Kind, &c.Ref, &c.Lang, &data, &notBefore, &c.urgency, &c.attempts); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(data), &c.Data); err != nil {
				return fmt.Errorf("message %s: %w", c.ID, err)
			}
			c.NotBefore = store.Time(notBefore)
			claimed = append(claimed, c)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("claim messages: %w", err)
	}
	slices.SortFunc(claimed, func(a, b claim) int {
		if a.urgency != b.urgency {
			return a.urgency - b.urgency
		}
		return strings.Compare(a.ID, b.ID)
	})
	return claimed, nil
}

// settle writes down what became of a batch. A row that was cancelled or
// claimed by another worker in the meantime is left alone.
func (o *Outbox) settle(ctx context.Context, batch []settlement) error {
	err := o.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		now := store.Millis(o.now())
		for _, s := range batch {
			query, args := s.statement(now)
			if _, err := tx.ExecContext(ctx, query, args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("settle %d messages: %w", len(batch), err)
	}
	return nil
}

func (s settlement) statement(now int64) (string, []any) {
	const mine = ` WHERE id = $1 AND attempts = $2 AND state = 'sending'`
	switch s.outcome {
	case sent:
		return `UPDATE outbox SET state = 'sent', last_error = '', sent_at = $3, next_at = $3` + mine,
			[]any{s.ID, s.attempts, now}
	case failed:
		return `UPDATE outbox SET state = 'queued', last_error = $3, next_at = $4` + mine,
			[]any{s.ID, s.attempts, s.reason, store.Millis(s.nextAt)}
	case gaveUp:
		return `UPDATE outbox SET state = 'dead', last_error = $3, next_at = $4` + mine,
			[]any{s.ID, s.attempts, s.reason, now}
	case obsolete:
		return `DELETE FROM outbox` + mine, []any{s.ID, s.attempts}
	default: // handed back: the try that did not take place does not count
		return `UPDATE outbox SET state = 'queued', attempts = attempts - 1, next_at = $3` + mine,
			[]any{s.ID, s.attempts, now}
	}
}

// forget deletes mail that was sent or given up longer than keep ago.
func (o *Outbox) forget(ctx context.Context, keep time.Duration) error {
	return o.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM outbox WHERE state IN ('sent', 'dead') AND next_at < $1`,
			store.Millis(o.now().Add(-keep)))
		return err
	})
}

// Mail servers like to repeat the recipient in their refusals; an address is
// personal data and must reach neither the log nor the outbox.
var anyAddress = regexp.MustCompile(`[^\s<>"']+@[^\s<>"']+`)

// plain writes an error without e-mail addresses and without length.
func plain(err error) string {
	text := strings.ToValidUTF8(anyAddress.ReplaceAllString(err.Error(), "(address)"), "")
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 500 {
		text = string(runes[:500])
	}
	return text
}
