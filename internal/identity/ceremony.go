package identity

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/chancery/chancery/internal/store"
)

// A ceremony is what must be kept, on this side, between two requests of one
// sign-in or registration; the browser holds an unguessable name for it.
const (
	ceremonyCode     = "code"
	ceremonyPasskey  = "passkey-sign-in"
	ceremonyRegister = "passkey-register"
	ceremonyEnrol    = "passkey-enrol"
	ceremonyOIDC     = "oidc"
)

func ceremonyContext(hash string) string { return "staff_ceremony:" + hash }

// begin keeps value for CeremonyLife and gives its token.
func (s *Service) begin(ctx context.Context, tx *store.Tx, kind string, value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("keep a %s: %w", kind, err)
	}
	token := newToken()
	hash := tokenHash(token)
	sealed, err := s.keys.Seal(text, ceremonyContext(hash))
	if err != nil {
		return "", fmt.Errorf("keep a %s: %w", kind, err)
	}
	_, err = exec(ctx, tx, "keep a "+kind, `INSERT INTO staff_ceremony (token_hash, kind, sealed, expires_at) VALUES ($1, $2, $3, $4)`,
		hash, kind, sealed, store.Millis(s.now().Add(CeremonyLife)))
	return token, err
}

// peek reads a ceremony without ending it. It returns errStartAgain when there
// is none of this kind, or when it has run out.
func (s *Service) peek(ctx context.Context, q store.Querier, kind, token string, value any) error {
	row := q.QueryRowContext(ctx, `SELECT sealed FROM staff_ceremony WHERE token_hash = $1 AND kind = $2 AND expires_at > $3`,
		tokenHash(token), kind, store.Millis(s.now()))
	return s.openCeremony(row, kind, token, value)
}

// end reads a ceremony and ends it: of two requests with the same token, one
// gets errStartAgain.
func (s *Service) end(ctx context.Context, tx *store.Tx, kind, token string, value any) error {
	row := tx.QueryRowContext(ctx, `DELETE FROM staff_ceremony WHERE token_hash = $1 AND kind = $2 AND expires_at > $3 RETURNING sealed`,
		tokenHash(token), kind, store.Millis(s.now()))
	return s.openCeremony(row, kind, token, value)
}

func (s *Service) openCeremony(row *sql.Row, kind, token string, value any) error {
	var sealed []byte
	err := row.Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return errStartAgain
	}
	if err != nil {
		return fmt.Errorf("read a %s: %w", kind, err)
	}
	text, err := s.keys.Unseal(sealed, ceremonyContext(tokenHash(token)))
	if err != nil {
		return fmt.Errorf("read a %s: %w", kind, err)
	}
	if err := json.Unmarshal(text, value); err != nil {
		return fmt.Errorf("read a %s: %w", kind, err)
	}
	return nil
}
