package booking

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
)

// Entry finds an entry of the waiting list by its id.
func (b *Book) Entry(ctx context.Context, id string) (*Entry, error) {
	return b.oneEntry(ctx, `SELECT `+entryColumns+` FROM waiting_entry WHERE id = $1`, id)
}

// ManagedEntry finds an entry for its holder, who has the link's token. A
// wrong token gives the same not-found fault as a wrong reference.
func (b *Book) ManagedEntry(ctx context.Context, reference, token string) (*Entry, error) {
	ref, ok := ParseReference(reference)
	if !ok {
		return nil, fault.NewNotFound("booking.reference_unreadable")
	}
	e, err := b.oneEntry(ctx, `SELECT `+entryColumns+` FROM waiting_entry WHERE reference = $1`, ref)
	if err != nil {
		return nil, err
	}
	if !keyring.Equal(token, b.EntryToken(e.ID)) {
		return nil, fault.NewNotFound("booking.entry_not_found")
	}
	return e, nil
}

// EntryToken is the unguessable part of an entry's link.
func (b *Book) EntryToken(id string) string { return b.ring.Token("waiting", id) }

// EntryDetails opens what an entry keeps sealed.
func (b *Book) EntryDetails(e *Entry) (Details, error) { return b.unsealFor("waiting", e.ID, e.Sealed) }

func (b *Book) oneEntry(ctx context.Context, query string, args ...any) (*Entry, error) {
	e, err := scanEntry(b.db.Read().QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NewNotFound("booking.entry_not_found")
	}
	if err != nil {
		return nil, fmt.Errorf("find an entry of the waiting list: %w", err)
	}
	return e, nil
}

// Prospect says to a waiting person why there has or has not been an offer.
type Prospect struct {
	// Key is booking.waiting.KEY: unproven, offered, accepted, left, lapsed,
	// free (places can be booked now), too_few (places are there or came back,
	// but not enough together), others_first (places came back and were
	// offered to people who joined earlier), passed (all that came back was
	// offered here and not taken), none (no place has come back).
	Key string
	// Ahead is how many joined earlier and wait for days in common.
	Ahead int
	// CameBack is how many places were offered to anybody since the entry
	// joined, for its days.
	CameBack int
}

// Prospect looks at the books as they are now.
func (b *Book) Prospect(ctx context.Context, e *Entry) (Prospect, error) {
	p := Prospect{Key: string(e.State)}
	if e.State != Waiting {
		return p, nil
	}
	var own, free, few int
	fits := `FROM slot s JOIN slot_group_service g ON g.group_id = s.group_id AND g.service_id = $1
		WHERE s.post_id = $2 AND s.local_date >= $3 AND s.local_date <= $4 AND s.starts_at > $5`
	now := store.Millis(b.tick())
	for _, q := range []struct {
		to    *int
		query string
		args  []any
	}{
		{&p.Ahead, `SELECT COUNT(*) FROM waiting_entry WHERE post_id = $1 AND service_id = $2 AND state = 'waiting'
			AND (joined_at < $3 OR joined_at = $4 AND id < $5) AND from_date <= $6 AND to_date >= $7`,
			[]any{e.PostID, e.ServiceID, store.Millis(e.JoinedAt), store.Millis(e.JoinedAt), e.ID, e.To, e.From}},
		{&p.CameBack, `SELECT COALESCE(SUM(o.places), 0) FROM waiting_offer o JOIN slot s ON s.id = o.slot_id
			JOIN slot_group_service g ON g.group_id = s.group_id AND g.service_id = $1
			WHERE s.post_id = $2 AND s.local_date >= $3 AND s.local_date <= $4 AND o.offered_at >= $5`,
			[]any{e.ServiceID, e.PostID, e.From, e.To, store.Millis(e.JoinedAt)}},
		{&own, `SELECT COUNT(*) FROM waiting_offer WHERE entry_id = $1`, []any{e.ID}},
		{&free, `SELECT COUNT(*) ` + fits + ` AND s.opens_at <= $6 AND s.ballot_id = '' AND s.planned > 0
			AND s.places - s.taken - s.withheld - s.reserved >= $7`, []any{e.ServiceID, e.PostID, e.From, e.To, now, now, e.Places}},
		{&few, `SELECT COUNT(*) ` + fits + ` AND s.opens_at <= $6 AND s.ballot_id = '' AND s.planned > 0
			AND s.places - s.taken - s.reserved > 0 AND s.places - s.taken - s.reserved < $7`,
			[]any{e.ServiceID, e.PostID, e.From, e.To, now, now, e.Places}},
	} {
		if err := b.db.Read().QueryRowContext(ctx, q.query, q.args...).Scan(q.to); err != nil {
			return p, fmt.Errorf("look at an entry's prospect: %w", err)
		}
	}
	switch {
	case free > 0:
		p.Key = "free"
	case own > 0:
		p.Key = "passed"
	case p.CameBack > 0 && p.Ahead > 0:
		p.Key = "others_first"
	case few > 0:
		p.Key = "too_few"
	case p.CameBack > 0:
		p.Key = "others_first"
	default:
		p.Key = "none"
	}
	return p, nil
}

const entryColumns = `id, reference, state, post_id, service_id, from_date, to_date, places, party, sealed, email_key, network_key, lang, zone,
	created_at, expires_at, joined_at, ended_at, code_serial, code_tries, missed, lot_id, offer_slot, offer_expires_at, booking_id, COALESCE(request_key, '')`

func scanEntry(row scanner) (*Entry, error) {
	var e Entry
	var created, expires, joined, ended, offer int64
	err := row.Scan(&e.ID, &e.Reference, &e.State, &e.PostID, &e.ServiceID, &e.From, &e.To, &e.Places, &e.Party, &e.Sealed, &e.EmailKey, &e.NetworkKey,
		&e.Lang, &e.Zone, &created, &expires, &joined, &ended, &e.CodeSerial, &e.CodeTries, &e.Missed, &e.lotID, &e.OfferSlot, &offer, &e.BookingID, &e.RequestKey)
	e.CreatedAt, e.ExpiresAt, e.JoinedAt, e.EndedAt, e.OfferExpiresAt = store.Time(created), store.Time(expires), store.Time(joined), store.Time(ended), store.Time(offer)
	return &e, err
}
