package act

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/travel/translit"
)

// Query chooses entries of a register.
type Query struct {
	Register Register
	// Posts are those whose entries the officer may see; AllPosts ignores it.
	Posts    []string
	AllPosts bool
	PostID   string // one post, "" for all of those
	Year     int    // 0 for all
	State    State  // "" for all
	Source   string // what it was made from, "" for all
	// Text is a label, a serial number, a document number, or words of a name in
	// any script.
	Text string
	// After is the Cursor of the last page, Limit how many to show, 50 when 0.
	After string
	Limit int
}

// List is a page of a register, the latest entry first.
type List struct {
	Acts []*Act
	// Cursor gives the next page, "" when this is the last.
	Cursor string
}

const perPage = 50

// List finds entries.
func (s *Service) List(ctx context.Context, q Query) (*List, error) {
	limit := q.Limit
	if limit <= 0 || limit > perPage {
		limit = perPage
	}
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	where := []string{"register = " + arg(string(q.Register))}
	if !q.AllPosts {
		if len(q.Posts) == 0 {
			return &List{}, nil
		}
		marks := make([]string, len(q.Posts))
		for i, p := range q.Posts {
			marks[i] = arg(p)
		}
		where = append(where, "post_id IN ("+strings.Join(marks, ", ")+")")
	}
	if q.PostID != "" {
		where = append(where, "post_id = "+arg(q.PostID))
	}
	if q.Year != 0 {
		where = append(where, "year = "+arg(q.Year))
	}
	if q.State != "" {
		where = append(where, "state = "+arg(string(q.State)))
	}
	if q.Source != "" {
		where = append(where, "source = "+arg(q.Source))
	}
	if q.After != "" {
		where = append(where, "id < "+arg(q.After))
	}
	if text := strings.TrimSpace(q.Text); text != "" {
		where = append(where, s.matching(text, arg))
	}
	l := &List{}
	err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		a, err := s.scan(rows)
		l.Acts = append(l.Acts, a)
		return err
	}, `SELECT `+columns+` FROM act WHERE `+strings.Join(where, " AND ")+` ORDER BY id DESC LIMIT `+strconv.Itoa(limit+1), args...)
	if err != nil {
		return nil, fmt.Errorf("list acts: %w", err)
	}
	if len(l.Acts) > limit {
		l.Acts = l.Acts[:limit]
		l.Cursor = l.Acts[limit-1].ID
	}
	return l, nil
}

// maxWords bounds the words of a name that is looked for.
const maxWords = 6

// matching is the condition for a text that somebody looks for.
func (s *Service) matching(text string, arg func(any) string) string {
	if post, year, number, ok := parseLabel(text); ok {
		return "post_id = " + arg(post) + " AND year = " + arg(year) + " AND number = " + arg(number)
	}
	if m := serialled.FindStringSubmatch(strings.ToUpper(text)); m != nil {
		n, _ := strconv.Atoi(m[1])
		return "serial = " + arg(n)
	}
	holding := func(keys ...key) string {
		marks := make([]string, len(keys))
		for i, k := range keys {
			marks[i] = arg(k.key)
		}
		return "id IN (SELECT act_id FROM act_key WHERE kind = " + arg(keys[0].kind) + " AND key IN (" + strings.Join(marks, ", ") + "))"
	}
	words := strings.Fields(strings.Map(func(r rune) rune {
		if r == '-' || r == ',' {
			return ' '
		}
		return r
	}, text))
	words = words[:min(len(words), maxWords)]
	var names []string
	for _, word := range words {
		var keys []key
		for _, variant := range translit.Variants(word, "") {
			if variant != "" {
				keys = append(keys, s.nameKey(variant))
			}
		}
		if len(keys) > 0 {
			names = append(names, holding(keys...))
		}
	}
	found := holding(s.documentKey(text))
	if len(names) > 0 {
		found += " OR (" + strings.Join(names, " AND ") + ")"
	}
	return "(" + found + ")"
}

// BySerial finds the act that a machine-readable zone names, not found when none
// has that number.
func (s *Service) BySerial(ctx context.Context, register Register, text string) (*Act, error) {
	m := serialled.FindStringSubmatch(strings.ToUpper(text))
	if m == nil {
		return nil, errNotFound()
	}
	n, _ := strconv.Atoi(m[1])
	return s.scan(s.db.Read().QueryRowContext(ctx, `SELECT `+columns+` FROM act WHERE register = $1 AND serial = $2`, string(register), n))
}

// BySource finds the latest act that was made from source.
func (s *Service) BySource(ctx context.Context, register Register, source string) (*Act, error) {
	return s.scan(s.db.Read().QueryRowContext(ctx, `SELECT `+columns+` FROM act WHERE register = $1 AND source = $2 ORDER BY id DESC LIMIT 1`, string(register), source))
}

// Years lists the years in which the register has entries, the latest first.
func (s *Service) Years(ctx context.Context, register Register) ([]int, error) {
	var all []int
	err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		var year int
		err := rows.Scan(&year)
		all = append(all, year)
		return err
	}, `SELECT DISTINCT year FROM act_count WHERE register = $1 AND year > 0`, string(register))
	if err != nil {
		return nil, fmt.Errorf("list years: %w", err)
	}
	slices.Sort(all)
	slices.Reverse(all)
	return all, nil
}
