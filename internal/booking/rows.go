package booking

import (
	"database/sql"
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
	EntryID            string // of the waiting list, to which it is offered
}

const lotColumns = `id, slot_id, post_id, places, release_at, entry_id`

func scanLot(row scanner) (*lot, error) {
	var it lot
	var release int64
	err := row.Scan(&it.ID, &it.SlotID, &it.PostID, &it.Places, &release, &it.EntryID)
	it.ReleaseAt = store.Time(release)
	return &it, err
}

// orNull stores an empty text as NULL.
func orNull(text string) sql.NullString { return sql.NullString{String: text, Valid: text != ""} }
