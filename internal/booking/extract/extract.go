package extract

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
)

// Query says which bookings to write out, by the local day of their slot.
type Query struct {
	Post     string // "" for all
	From, To string // local days "2026-11-25", both included; "" for no bound
	// Names adds the names of the people; By is who asked, for the trail.
	Names bool
	By    string
}

// Booking is one booking as it is written out. Instants are RFC 3339 with the
// post's offset; those that did not happen are empty.
type Booking struct {
	Reference   string `json:"reference"`
	State       string `json:"state"`
	Post        string `json:"post"`
	Service     string `json:"service"`
	Date        string `json:"date"` // on the post's calendar
	Time        string `json:"time"` // on the post's clock
	Start       string `json:"start"`
	End         string `json:"end"`
	TimeZone    string `json:"time_zone"`
	People      int    `json:"people"`
	Places      int    `json:"places"`
	Channel     string `json:"channel"`
	Language    string `json:"language"`
	CreatedAt   string `json:"created_at"`
	ConfirmedAt string `json:"confirmed_at,omitempty"`
	EndedAt     string `json:"ended_at,omitempty"`
	// Names are there only when they were asked for, and not yet erased.
	Names []string `json:"names,omitempty"`

	id         string
	start, end time.Time
	changed    time.Time
}

// Posts finds posts; *post.Service is one.
type Posts interface {
	Get(ctx context.Context, id string) (post.Post, error)
}

// Opener opens what a booking keeps sealed; *booking.Book is one.
type Opener interface {
	Details(k *booking.Booking) (booking.Details, error)
}

// Extractor writes bookings out.
type Extractor struct {
	DB    *store.DB
	Posts Posts
	Book  Opener
	Trail *audit.Log
}

// Write writes the bookings of q to w in a format of Formats, by start and id,
// and says how many there were. NotFound when the post does not exist.
func (x *Extractor) Write(ctx context.Context, w io.Writer, format string, q Query) (int, error) {
	begin, ok := formats[format]
	if !ok {
		return 0, fmt.Errorf("the format %q is not one of %s", format, strings.Join(Formats, ", "))
	}
	if q.Post != "" {
		if _, err := x.Posts.Get(ctx, q.Post); err != nil {
			return 0, err
		}
	}
	if q.Names {
		if err := x.note(ctx, format, q); err != nil {
			return 0, err
		}
	}
	out, err := begin(w, q.Names)
	if err != nil {
		return 0, err
	}
	n, zones := 0, map[string]*time.Location{}
	query, args := q.sql()
	err = store.Each(ctx, x.DB.Read(), func(rows *sql.Rows) error {
		b, err := x.read(ctx, rows, zones, q.Names)
		if err != nil {
			return err
		}
		n++
		return out.put(b)
	}, query, args...)
	if err != nil {
		return n, fmt.Errorf("write bookings out: %w", err)
	}
	return n, out.end()
}

func (q Query) sql() (string, []any) {
	var where []string
	var args []any
	for _, c := range []struct{ test, value string }{{"b.post_id = ", q.Post}, {"s.local_date >= ", q.From}, {"s.local_date <= ", q.To}} {
		if c.value != "" {
			args = append(args, c.value)
			where = append(where, c.test+"$"+strconv.Itoa(len(args)))
		}
	}
	text := `SELECT b.id, b.reference, b.state, b.post_id, b.service_id, b.places, b.party, b.channel, b.lang, b.created_at, b.confirmed_at, b.ended_at,
		b.sealed, s.local_date, s.local_time, s.starts_at, s.ends_at FROM booking b JOIN slot s ON s.id = b.slot_id`
	if len(where) > 0 {
		text += ` WHERE ` + strings.Join(where, " AND ")
	}
	return text + ` ORDER BY s.starts_at, b.id`, args
}

func (x *Extractor) read(ctx context.Context, rows *sql.Rows, zones map[string]*time.Location, names bool) (*Booking, error) {
	var b Booking
	var sealed []byte
	var created, confirmed, ended, start, end int64
	if err := rows.Scan(&b.id, &b.Reference, &b.State, &b.Post, &b.Service, &b.Places, &b.People, &b.Channel, &b.Language, &created, &confirmed, &ended,
		&sealed, &b.Date, &b.Time, &start, &end); err != nil {
		return nil, err
	}
	zone, ok := zones[b.Post]
	if !ok {
		p, err := x.Posts.Get(ctx, b.Post)
		if err != nil {
			return nil, err
		}
		zone = p.Location()
		zones[b.Post] = zone
	}
	stamp := func(millis int64) string {
		if millis == 0 {
			return ""
		}
		return store.Time(millis).In(zone).Format(time.RFC3339)
	}
	b.TimeZone, b.Start, b.End = zone.String(), stamp(start), stamp(end)
	b.CreatedAt, b.ConfirmedAt, b.EndedAt = stamp(created), stamp(confirmed), stamp(ended)
	b.start, b.end, b.changed = store.Time(start), store.Time(end), store.Time(max(created, confirmed, ended))
	if names {
		details, err := x.Book.Details(&booking.Booking{ID: b.id, Sealed: sealed})
		if err != nil {
			return nil, fmt.Errorf("open booking %s: %w", b.Reference, err)
		}
		for _, a := range details.Applicants {
			b.Names = append(b.Names, a.FullName())
		}
	}
	return &b, nil
}

// note puts into the trail that names are about to be written out.
func (x *Extractor) note(ctx context.Context, format string, q Query) error {
	return x.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return x.Trail.Append(ctx, tx, audit.Entry{Actor: audit.System, Action: "booking.export_names", Object: "export:bookings", Post: q.Post,
			Detail: map[string]any{"format": format, "from": q.From, "to": q.To, "by": q.By}})
	})
}
