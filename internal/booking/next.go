package booking

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// bookable is the condition of Slots without the post and the time: $1 now,
// $2 places, $3 service.
const bookable = ` opens_at <= $1 AND ballot_id = '' AND planned > 0
	AND places - taken - withheld - reserved >= $2
	AND group_id IN (SELECT group_id FROM slot_group_service WHERE service_id = $3) `

// Span is the time in which a post has places for a service, and how many
// slots they are in.
type Span struct {
	PostID      string
	First, Last time.Time // starts of slots
	Slots       int
}

// Span says between which starts the slots of a query lie, whatever its To is;
// ok is false when there are none.
func (b *Book) Span(ctx context.Context, q Query) (Span, bool, error) {
	post, err := b.post(q.PostID)
	if err != nil {
		return Span{}, false, err
	}
	now := b.tick()
	from := q.From
	if earliest := now.Add(post.Notice); from.Before(earliest) {
		from = earliest
	}
	var first, last sql.NullInt64
	found := Span{PostID: q.PostID}
	err = b.db.Read().QueryRowContext(ctx, `SELECT MIN(starts_at), MAX(starts_at), COUNT(*) FROM slot WHERE`+bookable+`AND post_id = $4 AND starts_at > $5`,
		now.UnixMilli(), max(1, q.Places), q.Service, q.PostID, from.UnixMilli()).Scan(&first, &last, &found.Slots)
	if err != nil {
		return Span{}, false, fmt.Errorf("find the first free slot: %w", err)
	}
	found.First, found.Last = store.Time(first.Int64), store.Time(last.Int64)
	return found, first.Valid, nil
}

// Spans lists the posts that have places for a service, in no order. Slots
// that begin within a post's notice may be counted, but are never First.
func (b *Book) Spans(ctx context.Context, service string, places int) ([]Span, error) {
	now := b.tick()
	var found []Span
	err := store.Each(ctx, b.db.Read(), func(rows *sql.Rows) error {
		var s Span
		var first, last int64
		err := rows.Scan(&s.PostID, &first, &last, &s.Slots)
		s.First, s.Last = store.Time(first), store.Time(last)
		found = append(found, s)
		return err
	}, `SELECT post_id, MIN(starts_at), MAX(starts_at), COUNT(*) FROM slot WHERE`+bookable+`AND starts_at > $1 GROUP BY post_id`,
		now.UnixMilli(), max(1, places), service)
	if err != nil {
		return nil, fmt.Errorf("list posts with places: %w", err)
	}
	exact := found[:0]
	for _, s := range found {
		if post, err := b.post(s.PostID); err != nil {
			continue // the post was taken away, its slots stay
		} else if !s.First.After(now.Add(post.Notice)) {
			var ok bool
			if s, ok, err = b.Span(ctx, Query{PostID: s.PostID, Service: service, Places: places}); err != nil {
				return nil, err
			} else if !ok {
				continue
			}
		}
		exact = append(exact, s)
	}
	return exact, nil
}

// Coming is what is known of places that cannot be booked yet.
type Coming struct {
	OpensAt time.Time // the next instant at which places open; zero when none is planned
	Ballots []BallotDays
}

// BallotDays are the days whose places a ballot gives out.
type BallotDays struct {
	BallotID    string
	First, Last string // local dates
}

// Coming says when places of a service at a post open next, and which ballots
// give out places still to come, by their days. A slot that would open after
// its start does not count: its places are still kept for a ballot.
func (b *Book) Coming(ctx context.Context, postID, service string) (Coming, error) {
	now := b.tick().UnixMilli()
	var c Coming
	err := store.Each(ctx, b.db.Read(), func(rows *sql.Rows) error {
		var d BallotDays
		var opens int64
		if err := rows.Scan(&d.BallotID, &opens, &d.First, &d.Last); err != nil {
			return err
		}
		if d.BallotID != "" {
			c.Ballots = append(c.Ballots, d)
		} else {
			c.OpensAt = store.Time(opens)
		}
		return nil
	}, `SELECT ballot_id, MIN(opens_at), MIN(local_date), MAX(local_date) FROM slot
		WHERE post_id = $1 AND starts_at > $2 AND planned > 0 AND (ballot_id <> '' OR opens_at > $2 AND opens_at < starts_at)
		AND group_id IN (SELECT group_id FROM slot_group_service WHERE service_id = $3) GROUP BY ballot_id ORDER BY 3, 1`, postID, now, service)
	if err != nil {
		return Coming{}, fmt.Errorf("find the next release: %w", err)
	}
	return c, nil
}

// ByRequest finds the booking that a request key has made. Not found when it
// has made none.
func (b *Book) ByRequest(ctx context.Context, key string) (*Booking, error) {
	return b.one(ctx, `SELECT `+bookingColumns+` FROM booking WHERE request_key = $1`, key)
}

// EntryByRequest is ByRequest for entries of the waiting list.
func (b *Book) EntryByRequest(ctx context.Context, key string) (*Entry, error) {
	return b.oneEntry(ctx, `SELECT `+entryColumns+` FROM waiting_entry WHERE request_key = $1`, key)
}

// HeldBy finds the live hold of a browser for a service whose people are not
// named yet. Not found when there is none.
func (b *Book) HeldBy(ctx context.Context, browserKey, service string) (*Booking, error) {
	if browserKey == "" {
		return nil, fault.NewNotFound("booking.not_found")
	}
	op := holdOp{HoldRequest: HoldRequest{Origin: Origin{BrowserKey: browserKey}}}
	return b.one(ctx, `SELECT `+bookingColumns+` FROM booking WHERE state = 'held' AND expires_at > $1
		AND id = (SELECT holder_id FROM claim WHERE person_key = $2 AND service_id = $3)`, b.tick().UnixMilli(), op.browserClaim(), service)
}
