package post

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/store"
)

// snapshot is everything about posts that is kept in memory.
type snapshot struct {
	at       time.Time
	posts    []Post
	index    map[string]int
	words    [][]string // folded, by post
	counters map[string][]Counter
	holidays map[string][]Holiday
	closures map[string][]Closure
}

func readSnapshot(ctx context.Context, q store.Querier) (*snapshot, error) {
	snap := &snapshot{
		index:    map[string]int{},
		counters: map[string][]Counter{},
		holidays: map[string][]Holiday{},
		closures: map[string][]Closure{},
	}
	posts, err := query(ctx, q, scanPost, `SELECT id, type, name, city, country, address, latitude, longitude, zone, phone, email,
		opening, services, minimum_notice_minutes, horizon_days, active, version FROM post`)
	if err != nil {
		return nil, fmt.Errorf("read posts: %w", err)
	}
	slices.SortFunc(posts, func(a, b Post) int {
		if home := (a.Type == ReceptionCentre); home != (b.Type == ReceptionCentre) {
			if home {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(a.City.In("en"), b.City.In("en")), strings.Compare(a.ID, b.ID))
	})
	snap.posts = posts
	for i, p := range posts {
		snap.index[p.ID] = i
		snap.words = append(snap.words, wordsOf(p))
	}

	counters, err := query(ctx, q, scanCounter, `SELECT id, post_id, label, services, active FROM counter`)
	if err != nil {
		return nil, fmt.Errorf("read counters: %w", err)
	}
	slices.SortFunc(counters, func(a, b Counter) int {
		// By length first, so that 10 comes after 9.
		return cmp.Or(cmp.Compare(len(a.Label), len(b.Label)), strings.Compare(a.Label, b.Label))
	})
	for _, c := range counters {
		snap.counters[c.PostID] = append(snap.counters[c.PostID], c)
	}

	holidays, err := query(ctx, q, scanHoliday, `SELECT post_id, local_date, name, source FROM holiday ORDER BY local_date`)
	if err != nil {
		return nil, fmt.Errorf("read holidays: %w", err)
	}
	for _, h := range holidays {
		snap.holidays[h.PostID] = append(snap.holidays[h.PostID], h)
	}

	closures, err := query(ctx, q, scanClosure, `SELECT id, post_id, from_date, to_date, reason FROM closure ORDER BY from_date, id`)
	if err != nil {
		return nil, fmt.Errorf("read closures: %w", err)
	}
	for _, c := range closures {
		snap.closures[c.PostID] = append(snap.closures[c.PostID], c)
	}
	return snap, nil
}

// query reads all rows by scan.
func query[T any](ctx context.Context, q store.Querier, scan func(*sql.Rows) (T, error), text string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, rows.Err()
}

func scanPost(rows *sql.Rows) (Post, error) {
	var p Post
	err := rows.Scan(&p.ID, &p.Type, column(&p.Name), column(&p.City), &p.Country, column(&p.Address),
		&p.Latitude, &p.Longitude, &p.Zone, &p.Phone, &p.Email, column(&p.Opening), column(&p.Services),
		&p.MinimumNoticeMinutes, &p.HorizonDays, &p.Active, &p.Version)
	return p, err
}

func scanCounter(rows *sql.Rows) (Counter, error) {
	var c Counter
	err := rows.Scan(&c.ID, &c.PostID, &c.Label, column(&c.Services), &c.Active)
	return c, err
}

func scanHoliday(rows *sql.Rows) (Holiday, error) {
	var h Holiday
	err := rows.Scan(&h.PostID, &h.Date, column(&h.Name), &h.Source)
	return h, err
}

func scanClosure(rows *sql.Rows) (Closure, error) {
	var c Closure
	err := rows.Scan(&c.ID, &c.PostID, &c.From, &c.To, column(&c.Reason))
	return c, err
}

// jsonColumn reads a TEXT column that holds JSON.
type jsonColumn struct{ into any }

func column(into any) *jsonColumn { return &jsonColumn{into} }

// Scan implements sql.Scanner.
func (c *jsonColumn) Scan(value any) error {
	switch v := value.(type) {
	case string:
		return json.Unmarshal([]byte(v), c.into)
	case []byte:
		return json.Unmarshal(v, c.into)
	default:
		return fmt.Errorf("a JSON column holds a %T", value)
	}
}

// encode writes what jsonColumn reads. Only texts and lists of strings are
// given to it, which always encode.
func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// wordsOf gives the folded words by which a post is found, city first.
func wordsOf(p Post) []string {
	var texts []string
	for _, t := range p.City {
		texts = append(texts, t)
	}
	texts = append(texts, country.Words(p.Country)...)
	for _, t := range p.Name {
		texts = append(texts, t)
	}
	var folded []string
	for _, t := range texts {
		folded = append(folded, strings.Join(split(t), " "))
	}
	return folded
}
