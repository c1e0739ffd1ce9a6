package draw

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// Application asks for an entry in a ballot.
type Application struct {
	BallotID string
	// Places is how many places the people of the entry need together.
	Places     int
	PersonKeys []string
	// Details are names and e-mail address as the Booker will want them back;
	// they are sealed here.
	Details              []byte
	EmailKey, NetworkKey string
	Lang, Zone           string
	// Wants are slots, local dates or Any, most wanted first.
	Wants []string
	// RequestKey makes a repeated request find the first one's entry; empty
	// for none.
	RequestKey string
}

// numberTries bounds how often a number that another entry has is drawn anew.
const numberTries = 20

// Enter notes an entry and mails a one-time code; it takes part once Confirm
// has seen the code. NotFound without such a ballot, Conflict when entries are
// not taken now or when one of the people has a confirmed entry already,
// Invalid for wishes that no slot of the ballot can grant.
func (s *Service) Enter(ctx context.Context, a Application) (*Ticket, error) {
	if a.RequestKey != "" {
		if t, err := s.byRequest(ctx, a.RequestKey); fault.KindOf(err) != fault.NotFound {
			return t, err
		}
	}
	b, err := s.Ballot(ctx, a.BallotID)
	if err != nil {
		return nil, err
	}
	if err := b.refuseUnlessOpen(s); err != nil {
		return nil, err
	}
	places, err := s.booker.BallotPlaces(ctx, b.ID)
	if err != nil {
		return nil, err
	}
	if a.Wants, err = checkWants(a.Wants, a.Places, places); err != nil {
		return nil, err
	}
	if len(a.PersonKeys) == 0 || slices.Contains(a.PersonKeys, "") {
		return nil, errors.New("enter a ballot: people without keys")
	}
	id := store.NewID()
	sealed, err := s.ring.Seal(a.Details, entryContext(id))
	if err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.refuseTwice(ctx, tx, b.ID, a.PersonKeys); err != nil {
			return err
		}
		if err := s.insertEntry(ctx, tx, id, a, sealed); err != nil {
			return err
		}
		return s.outbox.Enqueue(ctx, tx, notify.Message{Kind: notify.KindBallotCode, Ref: id, Lang: a.Lang})
	})
	if store.IsUnique(err) && a.RequestKey != "" {
		return s.byRequest(ctx, a.RequestKey) // the same request, sent twice at once
	}
	if err != nil {
		return nil, err
	}
	return ticketByID(ctx, s.db.Read(), id, "")
}

func entryContext(id string) string { return "ballot_entry:" + id }

func (b *Ballot) refuseUnlessOpen(s *Service) error {
	switch b.Stage(s.now()) {
	case Announced:
		return fault.NewConflict("draw.not_open_yet").With("OpensAt", stamp(b.OpensAt))
	case Open:
		return nil
	default:
		return fault.NewConflict("draw.closed")
	}
}

// checkWants keeps the wishes that are there once, and refuses those that
// none of the ballot's slots can grant to so many people.
func checkWants(wants []string, party int, places []Place) ([]string, error) {
	var wrong fault.Fields
	var kept []string
	if len(wants) == 0 {
		wrong.Add("wants", "draw.wants_missing")
	}
	if len(wants) > MaxWants {
		wrong.AddWith("wants", "draw.wants_many", fault.Args{"Max": MaxWants})
		return nil, wrong.Err()
	}
	if party < 1 || party > MaxParty {
		wrong.AddWith("places", "draw.party_size", fault.Args{"Max": MaxParty})
	}
	for i, want := range wants {
		granted := slices.ContainsFunc(places, func(p Place) bool {
			return p.Places >= party && (want == Any || want == p.Slot || want == p.Date())
		})
		if !granted {
			wrong.Add("wants["+strconv.Itoa(i)+"]", "draw.want_unknown")
		} else if !slices.Contains(kept, want) {
			kept = append(kept, want)
		}
	}
	return kept, wrong.Err()
}

func (s *Service) refuseTwice(ctx context.Context, q store.Querier, ballotID string, persons []string) error {
	args := []any{ballotID}
	for _, key := range persons {
		args = append(args, key)
	}
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM ballot_person WHERE ballot_id = $1 AND person_key IN (`+
		store.Placeholders(2, len(persons))+`)`, args...).Scan(&n)
	if err != nil {
		return fmt.Errorf("look for entries of the same people: %w", err)
	}
	if n > 0 {
		return fault.NewConflict("draw.person_entered")
	}
	return nil
}

func (s *Service) insertEntry(ctx context.Context, tx *store.Tx, id string, a Application, sealed []byte) error {
	wants, err := json.Marshal(a.Wants)
	if err != nil {
		return fmt.Errorf("enter a ballot: %w", err)
	}
	persons, err := json.Marshal(slices.Compact(slices.Sorted(slices.Values(a.PersonKeys))))
	if err != nil {
		return fmt.Errorf("enter a ballot: %w", err)
	}
	var request any
	if a.RequestKey != "" {
		request = a.RequestKey
	}
	now := store.Millis(s.now())
	for range numberTries {
		number, err := newNumber(s.random)
		if err != nil {
			return err
		}
		made, err := tx.ExecContext(ctx, `INSERT INTO ballot_entry (id, ballot_id, number, state, places, wants, person_keys, sealed,
			email_key, network_key, lang, zone, created_at, proven_at, code_serial, code_tries, code_sent_at, slot_id, booking_id, request_key)
			VALUES ($1, $2, $3, 'unconfirmed', $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 1, 0, $12, '', '', $13)
			ON CONFLICT (ballot_id, number) DO NOTHING`,
			id, a.BallotID, number, a.Places, string(wants), string(persons), sealed,
			a.EmailKey, a.NetworkKey, a.Lang, a.Zone, now, request)
		if err != nil {
			return fmt.Errorf("enter a ballot: %w", err)
		}
		if n, err := made.RowsAffected(); err != nil || n == 1 {
			return err
		}
	}
	return errors.New("enter a ballot: no free entry number found")
}

// Code is the one-time code of an unconfirmed entry, for the mail of notify.KindBallotCode.
func (s *Service) Code(t *Ticket) string {
	return s.ring.Code("ballot-entry", t.ID, strconv.Itoa(t.codeSerial))
}

// CodeExpires is until when the code holds: CodeFor after it was sent.
func (s *Service) CodeExpires(t *Ticket) time.Time { return t.codeSentAt.Add(CodeFor) }

// Token belongs to an entry's private link, see Ticket.
func (s *Service) Token(entryID string) string { return s.ring.Token("ballot-entry", entryID) }

// Details opens what was given to Enter; NotFound once it has been erased.
func (s *Service) Details(t *Ticket) ([]byte, error) {
	if len(t.sealed) == 0 {
		return nil, fault.NewNotFound("draw.entry_forgotten")
	}
	return s.ring.Unseal(t.sealed, entryContext(t.ID))
}

// normalCode takes what people type for a code: spaces and dashes do not count.
func normalCode(typed string) string {
	return strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(strings.TrimSpace(typed))
}
