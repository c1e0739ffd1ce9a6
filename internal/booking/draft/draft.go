package draft

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
)

// KeepFor is how long a draft lives after its last change: long enough to
// choose another time after a missed hold, short enough for a shared computer.
const KeepFor = time.Hour

// Store keeps drafts. It is safe for concurrent use.
type Store struct {
	db   *store.DB
	ring *keyring.Ring
	now  func() time.Time
}

// New makes a store of drafts.
func New(db *store.DB, ring *keyring.Ring, now func() time.Time) *Store {
	return &Store{db: db, ring: ring, now: now}
}

// id hides which browser and form a draft belongs to.
func (s *Store) id(browser, form string) string { return s.ring.LookupKey("draft", browser, form) }

func sealContext(id string) string { return "booking_draft:" + id }

// Save keeps answers for a browser's form, in place of earlier ones. A browser
// without a key ("") has no drafts. Errors are internal.
func (s *Store) Save(ctx context.Context, browser, form string, answers any) error {
	if browser == "" {
		return nil
	}
	id := s.id(browser, form)
	text, err := json.Marshal(answers)
	if err != nil {
		return fmt.Errorf("save a draft: %w", err)
	}
	sealed, err := s.ring.Seal(text, sealContext(id))
	if err != nil {
		return fmt.Errorf("save a draft: %w", err)
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO booking_draft (id, sealed, saved_at) VALUES ($1, $2, $3)
			ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, saved_at = excluded.saved_at`, id, sealed, s.now().UnixMilli())
		if err != nil {
			return fmt.Errorf("save a draft: %w", err)
		}
		return nil
	})
}

// Load fills answers from the browser's draft of the form and says whether
// there was one that is not too old. Errors are internal.
func (s *Store) Load(ctx context.Context, browser, form string, answers any) (bool, error) {
	if browser == "" {
		return false, nil
	}
	id := s.id(browser, form)
	var sealed []byte
	err := s.db.Read().QueryRowContext(ctx, `SELECT sealed FROM booking_draft WHERE id = $1 AND saved_at > $2`,
		id, s.now().Add(-KeepFor).UnixMilli()).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("load a draft: %w", err)
	}
	text, err := s.ring.Unseal(sealed, sealContext(id))
	if err != nil {
		return false, fmt.Errorf("load a draft: %w", err)
	}
	if err := json.Unmarshal(text, answers); err != nil {
		return false, fmt.Errorf("load a draft: %w", err)
	}
	return true, nil
}

// Forget drops the browser's draft of the form. Errors are internal.
func (s *Store) Forget(ctx context.Context, browser, form string) error {
	if browser == "" {
		return nil
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM booking_draft WHERE id = $1`, s.id(browser, form)); err != nil {
			return fmt.Errorf("forget a draft: %w", err)
		}
		return nil
	})
}

// Sweep deletes the drafts that are too old. Errors are internal.
func (s *Store) Sweep(ctx context.Context) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM booking_draft WHERE saved_at <= $1`, s.now().Add(-KeepFor).UnixMilli()); err != nil {
			return fmt.Errorf("sweep drafts: %w", err)
		}
		return nil
	})
}
