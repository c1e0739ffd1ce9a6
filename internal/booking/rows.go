package booking

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// scanner is a row of a result, *sql.Row or *sql.Rows.
type scanner interface{ Scan(...any) error }

const slotColumns = `id, post_id, group_id, rule_id, local_date, local_time, starts_at, ends_at,
	planned, places, taken, withheld, reserved, opens_at, ballot_id`

func scanSlot(row scanner) (*Slot, error) {
	var s Slot
	var start, end, opens int64
	err := row.Scan(&s.ID, &s.PostID, &s.GroupID, &s.RuleID, &s.Date, &s.Clock, &start, &end,
		&s.Planned, &s.Places, &s.Taken, &s.Withheld, &s.Reserved, &opens, &s.BallotID)
	s.Start, s.End, s.OpensAt = store.Time(start), store.Time(end), store.Time(opens)
	return &s, err
}

const bookingColumns = `id, reference, state, slot_id, post_id, service_id, places, party, from_reserve, bound, sealed,
	email_key, network_key, browser_key, lang, zone, channel, created_at, expires_at, confirmed_at, ended_at,
	code_serial, code_tries, moves, move_by, COALESCE(request_key, '')`

func scanBooking(row scanner) (*Booking, error) {
	var b Booking
	var created, expires, confirmed, ended, moveBy int64
	err := row.Scan(&b.ID, &b.Reference, &b.State, &b.SlotID, &b.PostID, &b.ServiceID, &b.Places, &b.Party, &b.FromReserve, &b.Bound, &b.Sealed,
		&b.EmailKey, &b.NetworkKey, &b.BrowserKey, &b.Lang, &b.Zone, &b.Channel, &created, &expires, &confirmed, &ended,
		&b.CodeSerial, &b.CodeTries, &b.Moves, &moveBy, &b.RequestKey)
	b.CreatedAt, b.ExpiresAt, b.ConfirmedAt = store.Time(created), store.Time(expires), store.Time(confirmed)
	b.EndedAt, b.MoveBy = store.Time(ended), store.Time(moveBy)
	return &b, err
}

// lot is a number of places that came back to a slot and wait.
type lot struct {
	ID, SlotID, PostID string
	Places             int
	ReleaseAt          time.Time
	EntryID            string // the waiting entry to which it is offered
	OfferExpires       time.Time
}

const lotColumns = `id, slot_id, post_id, places, release_at, entry_id, offer_expires_at`

func scanLot(row scanner) (*lot, error) {
	var it lot
	var release, expires int64
	err := row.Scan(&it.ID, &it.SlotID, &it.PostID, &it.Places, &release, &it.EntryID, &expires)
	it.ReleaseAt, it.OfferExpires = store.Time(release), store.Time(expires)
	return &it, err
}

const entryColumns = `id, state, post_id, service_id, places, party, from_date, to_date, sealed, person_keys, email_key, network_key,
	lang, created_at, proven_at, offers, code_serial, code_tries, booking_id, COALESCE(request_key, '')`

func scanEntry(row scanner) (*Entry, error) {
	var e Entry
	var created, proven int64
	var people string
	err := row.Scan(&e.ID, &e.State, &e.PostID, &e.ServiceID, &e.Places, &e.Party, &e.From, &e.To, &e.Sealed, &people, &e.EmailKey, &e.NetworkKey,
		&e.Lang, &created, &proven, &e.Offers, &e.CodeSerial, &e.CodeTries, &e.BookingID, &e.RequestKey)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(people), &e.People); err != nil {
		return nil, fmt.Errorf("waiting entry %s: %w", e.ID, err)
	}
	e.CreatedAt, e.ProvenAt = store.Time(created), store.Time(proven)
	return &e, nil
}

// orNull stores an empty text as NULL.
func orNull(text string) sql.NullString { return sql.NullString{String: text, Valid: text != ""} }
