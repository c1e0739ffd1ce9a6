package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// forgetTries is after how long without a try the count starts again.
const forgetTries = time.Hour

// limit bounds how often something may be tried: freely at first, then with a
// wait that doubles from two seconds up to longest. Nobody is locked out for
// ever.
type limit struct {
	key     string
	free    int64
	longest time.Duration
}

func (l limit) wait(tries int64) time.Duration {
	over := tries - l.free
	if over <= 0 {
		return 0
	}
	if over > 20 {
		return l.longest
	}
	return min(time.Second<<over, l.longest)
}

// passwordLimits: strict for one network that tries one account; mild for an
// account from everywhere, so that a stranger cannot keep its owner out by
// failing on purpose; and a bound for a network that tries many accounts.
func (s *Service) passwordLimits(account, network string) []limit {
	return []limit{
		{s.keys.LookupKey("throttle-password-from", account, network), 5, 15 * time.Minute},
		{s.keys.LookupKey("throttle-password", account), 20, time.Minute},
		{s.keys.LookupKey("throttle-network", network), 40, 15 * time.Minute},
	}
}

// codeLimits: whoever tries codes knows the password already, so the account
// itself is strict.
func (s *Service) codeLimits(account, network string) []limit {
	return []limit{
		{s.keys.LookupKey("throttle-code", account), 5, 15 * time.Minute},
		{s.keys.LookupKey("throttle-network", network), 40, 15 * time.Minute},
	}
}

// takeTry counts a try before it is made, so that many at once are counted
// too. It returns a Busy fault, and counts nothing, while one of the limits
// makes wait.
func (s *Service) takeTry(ctx context.Context, limits []limit) error {
	ordered := slices.Clone(limits)
	slices.SortFunc(ordered, func(a, b limit) int { return strings.Compare(a.key, b.key) })
	now := s.now()
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, l := range ordered {
			if err := takeOne(ctx, tx, l, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func takeOne(ctx context.Context, tx *store.Tx, l limit, now time.Time) error {
	var tries int64
	err := tx.QueryRowContext(ctx, `INSERT INTO staff_throttle (throttle_key, tries, wait_until, last_at) VALUES ($1, 1, 0, $2)
		ON CONFLICT (throttle_key) DO UPDATE SET last_at = excluded.last_at,
			tries = CASE WHEN staff_throttle.last_at <= $3 THEN 1 ELSE staff_throttle.tries + 1 END
		WHERE staff_throttle.wait_until <= excluded.last_at
		RETURNING tries`, l.key, store.Millis(now), store.Millis(now.Add(-forgetTries))).Scan(&tries)
	if errors.Is(err, sql.ErrNoRows) {
		var until int64
		if err := tx.QueryRowContext(ctx, `SELECT wait_until FROM staff_throttle WHERE throttle_key = $1`, l.key).Scan(&until); err != nil {
			return fmt.Errorf("read a throttle: %w", err)
		}
		wait := store.Time(until).Sub(now)
		return fault.NewBusy("identity.error.wait", wait).With("Count", int((wait+time.Second-1)/time.Second))
	}
	if err != nil {
		return fmt.Errorf("count a try: %w", err)
	}
	if wait := l.wait(tries); wait > 0 {
		_, err = exec(ctx, tx, "set a throttle", `UPDATE staff_throttle SET wait_until = $1 WHERE throttle_key = $2`,
			store.Millis(now.Add(wait)), l.key)
	}
	return err
}

// returnTry takes back a try that turned out to be right.
func returnTry(ctx context.Context, tx *store.Tx, limits []limit) error {
	for _, l := range limits {
		_, err := exec(ctx, tx, "return a try", `UPDATE staff_throttle SET wait_until = 0,
			tries = CASE WHEN tries > 0 THEN tries - 1 ELSE 0 END WHERE throttle_key = $1`, l.key)
		if err != nil {
			return err
		}
	}
	return nil
}

// forget clears the counts of an account after a whole sign-in. A network's
// count is only given its try back: one good account must not hide tries on
// many others.
func (s *Service) forget(ctx context.Context, tx *store.Tx, account, network string) error {
	for _, l := range []limit{s.passwordLimits(account, network)[0], s.passwordLimits(account, network)[1], s.codeLimits(account, network)[0]} {
		if _, err := exec(ctx, tx, "clear a throttle", `DELETE FROM staff_throttle WHERE throttle_key = $1`, l.key); err != nil {
			return err
		}
	}
	return returnTry(ctx, tx, s.codeLimits(account, network)[1:])
}
