package lookback

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// Notice is how long before its start a cancellation leaves others a chance.
const Notice = 24 * time.Hour

// Query says which days of which posts. Days are local to each post and both
// included; without posts there is nothing.
type Query struct {
	Posts    []string
	From, To string // "2026-11-25"
	// Together counts days and services as one, which takes a fraction of the
	// time where posts are compared: only Total and ByPost then say something.
	Together bool
}

// apart is the expression of a column by which a report tells days, services
// or groups apart.
func (q Query) apart(column string) string {
	if q.Together {
		return "''"
	}
	return column
}

// Report is what was counted, in cells of post, day and service.
type Report struct {
	Query
	cells map[cell]*Tally
	uses  map[cell]*Use // service is a group of services that share places
}

type cell struct{ post, day, service string }

// Reader computes reports. It is safe for concurrent use.
type Reader struct{ db *store.DB }

// New gives a reader.
func New(db *store.DB) *Reader { return &Reader{db: db} }

// Report counts the days of a query. Errors are internal.
func (r *Reader) Report(ctx context.Context, q Query) (*Report, error) {
	report := &Report{Query: q, cells: map[cell]*Tally{}, uses: map[cell]*Use{}}
	if len(q.Posts) == 0 {
		return report, nil
	}
	for _, count := range []func(context.Context, *Report) error{r.countBookings, r.countVisits, r.countPlaces} {
		if err := count(ctx, report); err != nil {
			return nil, fmt.Errorf("look back: %w", err)
		}
	}
	return report, nil
}

// where is the condition on posts and days, and its arguments from $2 on; $1 is
// the caller's.
func (q Query) where(post, day string, first any) (string, []any) {
	args := []any{first, q.From, q.To}
	for _, id := range q.Posts {
		args = append(args, id)
	}
	return fmt.Sprintf(`%s >= $2 AND %s <= $3 AND %s IN (%s)`, day, day, post, store.Placeholders(4, len(q.Posts))), args
}

func (r *Report) at(c cell) *Tally {
	if r.cells[c] == nil {
		r.cells[c] = &Tally{Channels: map[string]int{}}
	}
	return r.cells[c]
}

func (r *Reader) countBookings(ctx context.Context, report *Report) error {
	where, args := report.where("s.post_id", "s.local_date", Notice.Milliseconds())
	return store.Each(ctx, r.db.Read(), func(rows *sql.Rows) error {
		var c cell
		var channel, state string
		var early, n, people int
		if err := rows.Scan(&c.post, &c.day, &c.service, &channel, &state, &early, &n, &people); err != nil {
			return err
		}
		t := report.at(c)
		t.Bookings += n
		t.People += people
		t.Channels[channel] += n
		switch {
		case state == "served" || state == "checked_in":
			t.Came += n
		case state == "no_show":
			t.Missed += n
		case state == "cancelled" && early == 1:
			t.Early += n
		case state == "cancelled":
			t.Late += n
		case state == "voided":
			t.Voided += n
		default:
			t.Unrecorded += n
		}
		return nil
	}, `SELECT s.post_id, `+report.apart("s.local_date")+`, `+report.apart("b.service_id")+`, b.channel, b.state,
			CASE WHEN b.state = 'cancelled' AND s.starts_at - b.ended_at >= $1 THEN 1 ELSE 0 END, COUNT(*), SUM(b.party)
		FROM slot s JOIN booking b ON b.slot_id = s.id
		WHERE b.confirmed_at > 0 AND `+where+` GROUP BY 1, 2, 3, 4, 5, 6`, args...)
}

func (r *Reader) countVisits(ctx context.Context, report *Report) error {
	where, args := report.where("post_id", "local_date", time.Minute.Milliseconds())
	return store.Each(ctx, r.db.Read(), func(rows *sql.Rows) error {
		var c cell
		var walkIn, wait, beyond, n int
		if err := rows.Scan(&c.post, &c.day, &c.service, &walkIn, &wait, &beyond, &n); err != nil {
			return err
		}
		t := report.at(c)
		t.Visits += n
		t.WalkIns += walkIn * n
		if wait < 0 {
			t.NotCalled += n
			return nil
		}
		t.Wait.put(wait, n)
		if beyond >= 0 {
			t.Beyond.put(beyond, n)
		}
		return nil
	}, `SELECT post_id, `+report.apart("local_date")+`, `+report.apart("service_id")+`, CASE WHEN appointment_at = 0 THEN 1 ELSE 0 END,
			CASE WHEN called_at = 0 THEN -1 WHEN called_at < arrived_at THEN 0 ELSE (called_at - arrived_at) / $1 END,
			CASE WHEN called_at = 0 OR appointment_at = 0 THEN -1
				WHEN called_at < arrived_at OR called_at < appointment_at THEN 0
				WHEN arrived_at > appointment_at THEN (called_at - arrived_at) / $1
				ELSE (called_at - appointment_at) / $1 END,
			COUNT(*)
		FROM queue_ticket WHERE state <> 'withdrawn' AND `+where+` GROUP BY 1, 2, 3, 4, 5, 6`, args...)
}

func (r *Reader) countPlaces(ctx context.Context, report *Report) error {
	where, args := report.where("post_id", "local_date", 0)
	return store.Each(ctx, r.db.Read(), func(rows *sql.Rows) error {
		var c cell
		var u Use
		if err := rows.Scan(&c.post, &c.day, &c.service, &u.Slots, &u.Planned, &u.Taken); err != nil {
			return err
		}
		report.uses[c] = &u
		return nil
	}, `SELECT post_id, `+report.apart("local_date")+`, `+report.apart("group_id")+`, COUNT(*), SUM(planned), SUM(taken)
		FROM slot WHERE (planned > 0 OR taken > $1) AND `+where+` GROUP BY 1, 2, 3`, args...)
}

// Line is one line of a table: a post, a day, a week's first day, a service or
// a group of services.
type Line struct {
	Key string
	// First and Last are the days that the line is about, for days and weeks.
	First, Last string
	Tally       Tally
	Use         Use
}

// fold adds up all cells by a key; cells with the key "" are left out.
func (r *Report) fold(key func(cell) string, use func(cell) string) map[string]*Line {
	lines := map[string]*Line{}
	at := func(k string) *Line {
		if lines[k] == nil {
			lines[k] = &Line{Key: k}
		}
		return lines[k]
	}
	for c, t := range r.cells {
		at(key(c)).Tally.add(t)
	}
	if use != nil {
		for c, u := range r.uses {
			at(use(c)).Use.add(*u)
		}
	}
	return lines
}

func sorted(lines map[string]*Line) []Line {
	var list []Line
	for _, k := range slices.Sorted(maps.Keys(lines)) {
		list = append(list, *lines[k])
	}
	return list
}

// Total adds up everything.
func (r *Report) Total() Line {
	whole := func(cell) string { return "" }
	if l := r.fold(whole, whole)[""]; l != nil {
		l.First, l.Last = r.From, r.To
		return *l
	}
	return Line{First: r.From, Last: r.To}
}

// ByDay gives a line for each day on which there was something, oldest first.
func (r *Report) ByDay() []Line {
	day := func(c cell) string { return c.day }
	list := sorted(r.fold(day, day))
	for i := range list {
		list[i].First, list[i].Last = list[i].Key, list[i].Key
	}
	return list
}

// ByWeek gives a line for each week from Monday to Sunday, oldest first. The
// first and the last week are cut where the query begins and ends.
func (r *Report) ByWeek() []Line {
	week := func(c cell) string { return Monday(c.day) }
	list := sorted(r.fold(week, week))
	for i := range list {
		list[i].First = max(list[i].Key, r.From)
		list[i].Last = min(AddDays(list[i].Key, 6), r.To)
	}
	return list
}

// ByService gives a line for each service with bookings or visits. Places are
// not split between services that share them: see ByGroup.
func (r *Report) ByService() []Line {
	return sorted(r.fold(func(c cell) string { return c.service }, nil))
}

// ByGroup gives the use of places for each group of services that share them.
func (r *Report) ByGroup() []Line {
	uses := &Report{Query: r.Query, uses: r.uses}
	group := func(c cell) string { return c.service }
	return sorted(uses.fold(group, group))
}

// ByPost gives a line for each post of the query, in its order.
func (r *Report) ByPost() []Line {
	post := func(c cell) string { return c.post }
	lines := r.fold(post, post)
	list := make([]Line, len(r.Posts))
	for i, id := range r.Posts {
		list[i] = Line{Key: id}
		if l := lines[id]; l != nil {
			list[i] = *l
		}
	}
	return list
}

// Monday gives the first day of a day's week; days that cannot be read come
// back as they are.
func Monday(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, -(int(t.Weekday())+6)%7).Format(time.DateOnly)
}

// AddDays counts days on a calendar.
func AddDays(day string, n int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, n).Format(time.DateOnly)
}
