package lookback

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
)

// Lead is how far away the next free place for one person was, at a post for
// a service.
type Lead struct {
	Post, Service string
	Day           string // local day of the look
	Next          string // local day of the next free place, "" for none
	Days          int    // from Day to Next, -1 for none
	Free          int    // free places in all bookable slots
	LookedAt      time.Time
}

// None says that nothing was free.
func (l Lead) None() bool { return l.Next == "" }

// Leads looks at free places, now and once a day.
type Leads struct {
	db       *store.DB
	posts    Posts
	services Services
	now      func() time.Time
}

// Posts lists the posts; *post.Service is one.
type Posts interface {
	All(ctx context.Context) ([]post.Post, error)
}

// Services tells how many places a person needs; *catalogue.Catalogue is one.
type Services interface {
	Service(id string) (catalogue.Service, error)
}

// NewLeads gives the service.
func NewLeads(db *store.DB, posts Posts, services Services, now func() time.Time) *Leads {
	return &Leads{db: db, posts: posts, services: services, now: now}
}

// Now looks at a post: one line for each service that it offers, in its order.
// A place is free when the public could take it this moment.
func (l *Leads) Now(ctx context.Context, p post.Post) ([]Lead, error) {
	now := l.now()
	today := now.In(p.Location()).Format(time.DateOnly)
	needs := map[int][]string{}
	for _, id := range p.Services {
		if s, err := l.services.Service(id); err == nil {
			needs[s.PlacesPerApplicant] = append(needs[s.PlacesPerApplicant], id)
		}
	}
	found := map[string]Lead{}
	for places, services := range needs {
		err := store.Each(ctx, l.db.Read(), func(rows *sql.Rows) error {
			var one Lead
			if err := rows.Scan(&one.Service, &one.Next, &one.Free); err != nil {
				return err
			}
			if slices.Contains(services, one.Service) {
				found[one.Service] = one
			}
			return nil
		}, `SELECT g.service_id, MIN(s.local_date), SUM(s.places - s.taken - s.withheld - s.reserved)
			FROM slot s JOIN slot_group_service g ON g.group_id = s.group_id
			WHERE s.post_id = $1 AND s.starts_at > $2 AND s.opens_at <= $3 AND s.ballot_id = '' AND s.planned > 0
			  AND s.places - s.taken - s.withheld - s.reserved >= $4 GROUP BY g.service_id`,
			p.ID, store.Millis(now.Add(time.Duration(p.MinimumNoticeMinutes)*time.Minute)), store.Millis(now), places)
		if err != nil {
			return nil, fmt.Errorf("look for the next free places of %s: %w", p.ID, err)
		}
	}
	leads := make([]Lead, len(p.Services))
	for i, id := range p.Services {
		one := found[id]
		one.Post, one.Service, one.Day, one.LookedAt, one.Days = p.ID, id, today, now, -1
		if one.Next != "" {
			one.Days = daysBetween(today, one.Next)
		}
		leads[i] = one
	}
	return leads, nil
}

func daysBetween(from, to string) int {
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	if err1 != nil || err2 != nil {
		return -1
	}
	return int(b.Sub(a) / (24 * time.Hour))
}

// lookFrom is the hour on a post's clock from which its day is looked at.
const lookFrom = 9

// Look writes down the day's look for every active post whose clock has struck
// nine and that has none yet, and says for how many. Looking twice changes
// nothing, whoever is first.
func (l *Leads) Look(ctx context.Context) (int, error) {
	posts, err := l.posts.All(ctx)
	if err != nil {
		return 0, err
	}
	looked := 0
	var found []Lead
	for _, p := range posts {
		local := l.now().In(p.Location())
		if !p.Active || local.Hour() < lookFrom {
			continue
		}
		var there int
		err := l.db.Read().QueryRowContext(ctx, `SELECT COUNT(*) FROM lookback_lead WHERE post_id = $1 AND local_date = $2`, p.ID, local.Format(time.DateOnly)).Scan(&there)
		if err != nil {
			return 0, fmt.Errorf("look for today's look at %s: %w", p.ID, err)
		}
		if there > 0 || len(p.Services) == 0 {
			continue
		}
		leads, err := l.Now(ctx, p)
		if err != nil {
			return 0, err
		}
		found = append(found, leads...)
		looked++
	}
	if looked == 0 {
		return 0, nil
	}
	return looked, l.keep(ctx, found)
}

func (l *Leads) keep(ctx context.Context, leads []Lead) error {
	rows := make([][]any, len(leads))
	for i, one := range leads {
		rows[i] = []any{one.Post, one.Service, one.Day, one.Next, one.Days, one.Free, store.Millis(one.LookedAt)}
	}
	return l.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Insert(ctx, "lookback_lead", []string{"post_id", "service_id", "local_date", "next_date", "days", "free", "looked_at"}, rows, "ON CONFLICT DO NOTHING")
		return err
	})
}

// History gives the daily looks of a query, by post, day and service.
func (l *Leads) History(ctx context.Context, q Query) ([]Lead, error) {
	if len(q.Posts) == 0 {
		return nil, nil
	}
	where, args := q.where("post_id", "local_date", 0)
	var all []Lead
	err := store.Each(ctx, l.db.Read(), func(rows *sql.Rows) error {
		var one Lead
		var at int64
		if err := rows.Scan(&one.Post, &one.Service, &one.Day, &one.Next, &one.Days, &one.Free, &at); err != nil {
			return err
		}
		one.LookedAt = store.Time(at)
		all = append(all, one)
		return nil
	}, `SELECT post_id, service_id, local_date, next_date, days, free, looked_at FROM lookback_lead WHERE looked_at > $1 AND `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read daily looks: %w", err)
	}
	slices.SortFunc(all, func(a, b Lead) int {
		return strings.Compare(a.Post+"\x00"+a.Day+"\x00"+a.Service, b.Post+"\x00"+b.Day+"\x00"+b.Service)
	})
	return all, nil
}
