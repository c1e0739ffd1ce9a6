package draw

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/store"
)

// Announcement is what an officer settles before a ballot.
type Announcement struct {
	// ID may be given, so that announcing again after a crash finds the same
	// ballot; empty makes one.
	ID                string
	PostID, ServiceID string
	Title             locale.Text
	OpensAt, ClosesAt time.Time
	DrawsAt           time.Time
	// RandomnessSource names a public source ("NIST randomness beacon, first
	// pulse after 12:00 UTC"), empty for none; RandomnessAt is when its value
	// comes forth, between ClosesAt and DrawsAt.
	RandomnessSource string
	RandomnessAt     time.Time
}

func (a *Announcement) check(now time.Time) error {
	var wrong fault.Fields
	for _, lang := range a.Title.Missing() {
		wrong.Add("title."+lang, "draw.title_missing")
	}
	for _, id := range []struct{ path, value string }{{"post", a.PostID}, {"service", a.ServiceID}} {
		if !namePattern.MatchString(id.value) {
			wrong.Add(id.path, "draw.name_unknown")
		}
	}
	if a.ID != "" && !namePattern.MatchString(a.ID) {
		wrong.Add("id", "draw.name_unknown")
	}
	if a.OpensAt.Before(now.Truncate(time.Second)) {
		wrong.Add("opens_at", "draw.opens_in_past")
	}
	if !a.ClosesAt.After(a.OpensAt) {
		wrong.Add("closes_at", "draw.closes_before_opening")
	}
	if a.DrawsAt.Before(a.ClosesAt) {
		wrong.Add("draws_at", "draw.draws_before_close")
	}
	if a.RandomnessSource != "" {
		random := Randomness{Source: a.RandomnessSource, When: stamp(a.RandomnessAt)}
		if random.check() != nil {
			wrong.Add("randomness_source", "draw.randomness_source")
		}
		if a.RandomnessAt.Before(a.ClosesAt) || a.RandomnessAt.After(a.DrawsAt) {
			wrong.Add("randomness_at", "draw.randomness_time")
		}
	}
	return wrong.Err()
}

// Announce makes the seed, publishes its commitment and sets the times; the
// slots are then given to the ballot by its id. actor is the staff account's
// id. Announcing an ID that is there gives the ballot as it stands. Invalid
// names the answers that cannot be accepted.
func (s *Service) Announce(ctx context.Context, actor string, a Announcement) (*Ballot, error) {
	if a.ID != "" {
		if known, err := s.Ballot(ctx, a.ID); fault.KindOf(err) != fault.NotFound {
			return known, err
		}
	} else {
		a.ID = store.NewID()
	}
	for _, at := range []*time.Time{&a.OpensAt, &a.ClosesAt, &a.DrawsAt, &a.RandomnessAt} {
		*at = at.UTC().Truncate(time.Second)
	}
	if err := a.check(s.now()); err != nil {
		return nil, err
	}
	seed := make([]byte, SeedSize)
	if _, err := io.ReadFull(s.random, seed); err != nil {
		return nil, fmt.Errorf("make a seed: %w", err)
	}
	sealed, err := s.ring.Seal(seed, object(a.ID))
	if err != nil {
		return nil, err
	}
	title, err := json.Marshal(a.Title)
	if err != nil {
		return nil, fmt.Errorf("announce a ballot: %w", err)
	}
	randomAt := int64(0)
	if a.RandomnessSource != "" {
		randomAt = store.Millis(a.RandomnessAt)
	}
	commitment := Commitment(seed)
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		made, err := tx.ExecContext(ctx, `INSERT INTO ballot (id, post_id, service_id, title, state, opens_at, closes_at, draws_at,
			seed_sealed, commitment, randomness_source, randomness_at, randomness_value, merkle_root,
			closed_at, revealed_at, settled_at, forgotten_at, created_at)
			VALUES ($1, $2, $3, $4, 'announced', $5, $6, $7, $8, $9, $10, $11, '', '', 0, 0, 0, 0, $12)
			ON CONFLICT (id) DO NOTHING`,
			a.ID, a.PostID, a.ServiceID, string(title), store.Millis(a.OpensAt), store.Millis(a.ClosesAt), store.Millis(a.DrawsAt),
			sealed, commitment, a.RandomnessSource, randomAt, store.Millis(s.now()))
		if err != nil {
			return fmt.Errorf("announce a ballot: %w", err)
		}
		if n, err := made.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.trail.Append(ctx, tx, audit.Entry{Actor: audit.Staff(actor), Action: "ballot.announce", Object: object(a.ID), Post: a.PostID,
			Detail: map[string]any{"commitment": commitment, "opens_at": stamp(a.OpensAt), "closes_at": stamp(a.ClosesAt), "randomness": a.RandomnessSource}})
	})
	if err != nil {
		return nil, err
	}
	return s.Ballot(ctx, a.ID)
}

// SetRandomness fills in the value that the announced public source has
// brought forth. It may be corrected until the draw is held; each time is in
// the audit trail. Conflict when the ballot names no source, when entries are
// still taken, when the source's moment has not come, or after the draw;
// Invalid when the value is in neither of the two spellings of
// Randomness.Value.
func (s *Service) SetRandomness(ctx context.Context, actor, ballotID, value string) error {
	if !validValue(value) {
		return fault.NewInvalid(fault.Field{Path: "value", Key: "draw.randomness_value"})
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		b, err := ballotByID(ctx, tx, ballotID, tx.ForUpdate())
		if err != nil {
			return err
		}
		now := s.now()
		switch {
		case b.Randomness == nil:
			return fault.NewConflict("draw.no_randomness")
		case b.State == Drawn:
			return fault.NewConflict("draw.already_drawn")
		case b.Stage(now) != Closed || stamp(now) < b.Randomness.When:
			return fault.NewConflict("draw.randomness_early")
		case b.Randomness.Value == value:
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE ballot SET randomness_value = $1 WHERE id = $2`, value, ballotID); err != nil {
			return fmt.Errorf("set the randomness of ballot %s: %w", ballotID, err)
		}
		return s.trail.Append(ctx, tx, audit.Entry{Actor: audit.Staff(actor), Action: "ballot.randomness", Object: object(ballotID), Post: b.PostID,
			Detail: map[string]any{"value": value, "source": b.Randomness.Source}})
	})
}
