package draw

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

const ballotColumns = `id, post_id, service_id, title, state, opens_at, closes_at, draws_at, seed_sealed, commitment,
	randomness_source, randomness_at, randomness_value, merkle_root, closed_at, revealed_at, settled_at, created_at`

type scanner interface{ Scan(dest ...any) error }

func scanBallot(row scanner) (*Ballot, error) {
	var b Ballot
	var title string
	var opens, closes, draws, randomAt, closed, revealed, settled, created int64
	var source, value string
	err := row.Scan(&b.ID, &b.PostID, &b.ServiceID, &title, &b.State, &opens, &closes, &draws, &b.seedSealed, &b.Commitment,
		&source, &randomAt, &value, &b.MerkleRoot, &closed, &revealed, &settled, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NewNotFound("draw.not_found")
	}
	if err != nil {
		return nil, fmt.Errorf("read a ballot: %w", err)
	}
	if err := json.Unmarshal([]byte(title), &b.Title); err != nil {
		return nil, fmt.Errorf("read the title of ballot %s: %w", b.ID, err)
	}
	b.OpensAt, b.ClosesAt, b.DrawsAt = store.Time(opens), store.Time(closes), store.Time(draws)
	b.ClosedAt, b.RevealedAt, b.SettledAt, b.CreatedAt = store.Time(closed), store.Time(revealed), store.Time(settled), store.Time(created)
	if source != "" {
		b.Randomness = &Randomness{Source: source, When: stamp(store.Time(randomAt)), Value: value}
	}
	return &b, nil
}

// stamp writes an instant as the published file does.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func ballotByID(ctx context.Context, q store.Querier, id, lock string) (*Ballot, error) {
	return scanBallot(q.QueryRowContext(ctx, `SELECT `+ballotColumns+` FROM ballot WHERE id = $1`+lock, id))
}

const ticketColumns = `id, ballot_id, number, state, places, wants, person_keys, sealed, email_key, network_key, lang, zone,
	created_at, proven_at, code_serial, code_tries, code_sent_at, slot_id, booking_id`

func scanTicket(row scanner) (*Ticket, error) {
	var t Ticket
	var wants, persons string
	var created, proven, sent int64
	err := row.Scan(&t.ID, &t.BallotID, &t.Number, &t.State, &t.Places, &wants, &persons, &t.sealed, &t.emailKey, &t.networkKey,
		&t.Lang, &t.Zone, &created, &proven, &t.codeSerial, &t.codeTries, &sent, &t.SlotID, &t.BookingID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NewNotFound("draw.entry_not_found")
	}
	if err != nil {
		return nil, fmt.Errorf("read a ballot entry: %w", err)
	}
	if err := errors.Join(json.Unmarshal([]byte(wants), &t.Wants), json.Unmarshal([]byte(persons), &t.personKeys)); err != nil {
		return nil, fmt.Errorf("read ballot entry %s: %w", t.ID, err)
	}
	t.CreatedAt, t.ProvenAt, t.codeSentAt = store.Time(created), store.Time(proven), store.Time(sent)
	return &t, nil
}

func ticketByID(ctx context.Context, q store.Querier, id, lock string) (*Ticket, error) {
	return scanTicket(q.QueryRowContext(ctx, `SELECT `+ticketColumns+` FROM ballot_entry WHERE id = $1`+lock, id))
}

// scanAll reads every row and closes them.
func scanAll[T any](rows *sql.Rows, err error, scan func(scanner) (*T, error)) ([]*T, error) {
	if err != nil {
		return nil, fmt.Errorf("read ballots: %w", err)
	}
	defer rows.Close()
	var all []*T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read ballots: %w", err)
	}
	return all, nil
}
