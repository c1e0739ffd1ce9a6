package draw

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// Close ends the taking of entries and publishes them with the Merkle root of
// their numbers, together with everything that the outcome depends on. Closing
// again changes nothing. Conflict before the ballot's closing time.
func (s *Service) Close(ctx context.Context, ballotID string) error {
	places, err := s.booker.BallotPlaces(ctx, ballotID)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		b, err := ballotByID(ctx, tx, ballotID, tx.ForUpdate())
		if err != nil || b.State == Closed || b.State == Drawn {
			return err
		}
		if b.Stage(s.now()) != Closed {
			return fault.NewConflict("draw.still_open")
		}
		b.State = Closed
		f := b.file(places)
		rows, err := tx.QueryContext(ctx, `SELECT `+ticketColumns+` FROM ballot_entry WHERE ballot_id = $1 AND state = 'entered' ORDER BY id`, b.ID)
		tickets, err := scanAll(rows, err, scanTicket)
		if err != nil {
			return err
		}
		numbers := make([]string, len(tickets))
		for i, t := range tickets {
			numbers[i] = t.Number
			f.Entries = append(f.Entries, Entry{ID: t.Number, Party: t.Places, Wants: t.Wants})
		}
		slices.SortFunc(f.Entries, func(a, b Entry) int { return cmp.Compare(a.ID, b.ID) })
		if f.MerkleRoot, err = Root(numbers); err != nil {
			return err
		}
		f.ClosingDigest = ClosingDigest(f)
		if err := s.publish(ctx, tx, f); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE ballot SET state = 'closed', merkle_root = $1, closed_at = $2 WHERE id = $3`,
			f.MerkleRoot, store.Millis(s.now()), b.ID); err != nil {
			return fmt.Errorf("close ballot %s: %w", b.ID, err)
		}
		// Whoever did not prove the address takes no part; nothing is kept of them.
		if _, err := tx.ExecContext(ctx, `UPDATE ballot_entry SET sealed = NULL WHERE ballot_id = $1 AND state = 'unconfirmed'`, b.ID); err != nil {
			return fmt.Errorf("forget unconfirmed entries: %w", err)
		}
		return s.trail.Append(ctx, tx, audit.Entry{Actor: audit.System, Action: "ballot.close", Object: object(b.ID), Post: b.PostID,
			Detail: map[string]any{"merkle_root": f.MerkleRoot, "closing_digest": f.ClosingDigest, "entries": len(numbers)}})
	})
}

// publish keeps the file as it goes out.
func (s *Service) publish(ctx context.Context, tx *store.Tx, f *File) error {
	body, err := f.Write()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO ballot_file (ballot_id, stage, body) VALUES ($1, $2, $3)`, f.ID, string(f.Stage), string(body))
	return wrap("publish the file of ballot "+f.ID, err)
}

// Run reveals the seed, draws, publishes order and outcome, and has the
// winners booked. Running again only goes on with winners who have no booking
// yet. Conflict when the ballot is not closed, before its time of drawing, and
// while the public randomness that it names is missing.
func (s *Service) Run(ctx context.Context, ballotID string) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		b, err := ballotByID(ctx, tx, ballotID, tx.ForUpdate())
		if err != nil || b.State == Drawn {
			return err
		}
		switch {
		case b.State != Closed:
			return fault.NewConflict("draw.still_open")
		case s.now().Before(b.DrawsAt):
			return fault.NewConflict("draw.too_early")
		case b.Randomness != nil && b.Randomness.Value == "":
			return fault.NewConflict("draw.randomness_missing")
		}
		f, err := s.reveal(ctx, tx, b)
		if err != nil {
			return err
		}
		return s.decide(ctx, tx, b, f)
	})
	if err != nil {
		return err
	}
	return s.settle(ctx, ballotID)
}

// reveal computes the draw from what was published at close.
func (s *Service) reveal(ctx context.Context, tx *store.Tx, b *Ballot) (*File, error) {
	f, err := storedFile(ctx, tx, b)
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, fmt.Errorf("ballot %s is closed, but nothing was published", b.ID)
	}
	seed, err := s.ring.Unseal(b.seedSealed, object(b.ID))
	if err != nil {
		return nil, err
	}
	numbers := make([]string, len(f.Entries))
	for i, e := range f.Entries {
		numbers[i] = e.ID
	}
	b.State, b.RevealedAt = Drawn, s.now().UTC().Truncate(time.Second)
	f.Stage, f.Seed, f.RevealedAt = Drawn, hex.EncodeToString(seed), stamp(b.RevealedAt)
	f.Order = Order(seed, f.randomness(), numbers)
	f.Outcome, f.Leftover = Allocate(f.Order, f.Entries, f.Places)
	// What anybody can check is checked here first.
	if _, err := Verify(f); err != nil {
		return nil, fmt.Errorf("ballot %s does not follow from what was published: %w", b.ID, err)
	}
	return f, nil
}

// numbersPerUpdate keeps an IN list far below the engines' limits.
const numbersPerUpdate = 1000

// decide writes the outcome down: states, slots, the published file, mail to
// those who got nothing.
func (s *Service) decide(ctx context.Context, tx *store.Tx, b *Ballot, f *File) error {
	won := map[string][]string{}
	for _, o := range f.Outcome {
		if o.Slot != nil {
			won[*o.Slot] = append(won[*o.Slot], o.Entry)
		}
	}
	for _, p := range f.Places {
		for numbers := range slices.Chunk(won[p.Slot], numbersPerUpdate) {
			args := []any{p.Slot, b.ID}
			for _, number := range numbers {
				args = append(args, number)
			}
			if _, err := tx.ExecContext(ctx, `UPDATE ballot_entry SET state = 'won', slot_id = $1 WHERE ballot_id = $2 AND state = 'entered' AND number IN (`+
				store.Placeholders(3, len(numbers))+`)`, args...); err != nil {
				return fmt.Errorf("note the winners of ballot %s: %w", b.ID, err)
			}
		}
	}
	rows, err := tx.QueryContext(ctx, `UPDATE ballot_entry SET state = 'lost' WHERE ballot_id = $1 AND state = 'entered' RETURNING `+ticketColumns, b.ID)
	losers, err := scanAll(rows, err, scanTicket)
	if err != nil {
		return err
	}
	if err := s.publish(ctx, tx, f); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE ballot SET state = 'drawn', revealed_at = $1 WHERE id = $2`, store.Millis(b.RevealedAt), b.ID); err != nil {
		return fmt.Errorf("reveal the seed of ballot %s: %w", b.ID, err)
	}
	if err := s.outbox.Enqueue(ctx, tx, letters(notify.KindBallotLost, losers)...); err != nil {
		return err
	}
	return s.trail.Append(ctx, tx, audit.Entry{Actor: audit.System, Action: "ballot.draw", Object: object(b.ID), Post: b.PostID,
		Detail: map[string]any{"entries": len(f.Entries), "without_place": len(losers), "seed": f.Seed}})
}

func letters(kind string, tickets []*Ticket) []notify.Message {
	messages := make([]notify.Message, len(tickets))
	for i, t := range tickets {
		messages[i] = notify.Message{Kind: kind, Ref: t.ID, Lang: t.Lang}
	}
	return messages
}

// winsPerCall bounds how many winners are booked between two durable steps.
const winsPerCall = 200

// settle has the winners booked, some at a time. A crash between booking and
// noting it repeats the call, which the Booker answers with the same bookings.
func (s *Service) settle(ctx context.Context, ballotID string) error {
	b, err := s.Ballot(ctx, ballotID)
	if err != nil || !b.SettledAt.IsZero() {
		return err
	}
	for {
		rows, err := s.db.Read().QueryContext(ctx, `SELECT `+ticketColumns+` FROM ballot_entry
			WHERE ballot_id = $1 AND state = 'won' AND booking_id = '' ORDER BY id LIMIT $2`, b.ID, winsPerCall)
		tickets, err := scanAll(rows, err, scanTicket)
		if err != nil {
			return err
		}
		if len(tickets) == 0 {
			return s.settled(ctx, b)
		}
		wins := make([]Win, len(tickets))
		for i, t := range tickets {
			details, err := s.Details(t)
			if err != nil {
				return err
			}
			wins[i] = Win{EntryID: t.ID, BallotID: b.ID, Number: t.Number, PostID: b.PostID, ServiceID: b.ServiceID, SlotID: t.SlotID,
				Places: t.Places, PersonKeys: t.personKeys, Details: details, EmailKey: t.emailKey, NetworkKey: t.networkKey, Lang: t.Lang, Zone: t.Zone}
		}
		booked, err := s.booker.BookWinners(ctx, wins)
		if err != nil {
			return fmt.Errorf("book the winners of ballot %s: %w", b.ID, err)
		}
		if err := s.noteBooked(ctx, b, tickets, booked); err != nil {
			return err
		}
	}
}

func (s *Service) noteBooked(ctx context.Context, b *Ballot, tickets []*Ticket, booked []Booked) error {
	answers := map[string]Booked{}
	for _, answer := range booked {
		answers[answer.EntryID] = answer
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var lapsed []*Ticket
		var trail []audit.Entry
		for _, t := range tickets {
			answer := answers[t.ID]
			state := Won
			switch {
			case answer.Refused != nil:
				state = Lapsed
				lapsed = append(lapsed, t)
				trail = append(trail, audit.Entry{Actor: audit.System, Action: "ballot.lapse", Object: "ballot_entry:" + t.ID, Post: b.PostID,
					Detail: map[string]any{"number": t.Number, "slot": t.SlotID, "reason": refusal(answer.Refused)}})
			case answer.BookingID == "":
				return errors.New("the book left a winner without an answer")
			}
			if _, err := tx.ExecContext(ctx, `UPDATE ballot_entry SET state = $1, booking_id = $2 WHERE id = $3 AND state = 'won'`,
				string(state), answer.BookingID, t.ID); err != nil {
				return fmt.Errorf("note the bookings of ballot %s: %w", b.ID, err)
			}
		}
		messages := letters(notify.KindBallotLost, lapsed)
		for i := range messages {
			messages[i].Data = map[string]string{"lapsed": "true"}
		}
		if err := s.outbox.Enqueue(ctx, tx, messages...); err != nil {
			return err
		}
		return s.trail.Append(ctx, tx, trail...)
	})
}

// refusal names why a win lapsed without carrying anything personal.
func refusal(err error) string {
	if f := fault.As(err); f != nil {
		return f.Key
	}
	return fault.KindOf(err).String()
}

func (s *Service) settled(ctx context.Context, b *Ballot) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE ballot SET settled_at = $1 WHERE id = $2 AND settled_at = 0`, store.Millis(s.now()), b.ID)
		if err != nil {
			return fmt.Errorf("settle ballot %s: %w", b.ID, err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.trail.Append(ctx, tx, audit.Entry{Actor: audit.System, Action: "ballot.settle", Object: object(b.ID), Post: b.PostID})
	})
}
