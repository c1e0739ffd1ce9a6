package casework

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/store"
)

// Period chooses what is counted.
type Period struct {
	// Posts limits to some posts, nil for all; ServiceID to one, "" for all.
	Posts     []string
	ServiceID string
	// From and To are local months of submission, YYYY-MM, both included.
	From, To string
}

// Figures count the applications of one nationality and purpose that were
// handed in.
type Figures struct {
	Nationality, Purpose string
	Received, Granted, Refused,
	Withdrawn, Lapsed, Undecided int
	// MedianDays are working days of the post from submission to decision, -1
	// when nothing was decided.
	MedianDays int

	days map[int]int // how many took how long
}

// Statistics counts applications by nationality and purpose, erased ones
// included, sorted by both. It reads no personal data.
func (s *Service) Statistics(ctx context.Context, p Period) ([]Figures, error) {
	where, args := "month >= $1 AND month <= $2", []any{p.From, p.To}
	if p.Posts != nil {
		if len(p.Posts) == 0 {
			return nil, nil
		}
		where += " AND post_id IN (" + store.Placeholders(len(args)+1, len(p.Posts)) + ")"
		args = append(args, anys(p.Posts)...)
	}
	if p.ServiceID != "" {
		args = append(args, p.ServiceID)
		where += fmt.Sprintf(" AND service_id = $%d", len(args))
	}
	all := map[[2]string]*Figures{}
	for _, query := range []string{
		`SELECT nationality, purpose, CASE outcome WHEN '' THEN state ELSE outcome END, days_taken, count(*) FROM application
			WHERE ` + where + ` AND submission > 0 AND state <> 'erased' GROUP BY nationality, purpose, CASE outcome WHEN '' THEN state ELSE outcome END, days_taken`,
		`SELECT nationality, purpose, outcome, days, SUM(count) FROM case_trace WHERE ` + where + ` AND outcome <> 'draft' GROUP BY nationality, purpose, outcome, days`,
	} {
		if err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
			var key [2]string
			var outcome string
			var days, n int
			if err := rows.Scan(&key[0], &key[1], &outcome, &days, &n); err != nil {
				return err
			}
			f := all[key]
			if f == nil {
				f = &Figures{Nationality: key[0], Purpose: key[1], days: map[int]int{}}
				all[key] = f
			}
			f.add(outcome, days, n)
			return nil
		}, query, args...); err != nil {
			return nil, fmt.Errorf("count applications: %w", err)
		}
	}
	var figures []Figures
	for _, f := range all {
		f.MedianDays = median(f.days)
		figures = append(figures, *f)
	}
	slices.SortFunc(figures, func(a, b Figures) int {
		return cmp.Or(strings.Compare(a.Nationality, b.Nationality), strings.Compare(a.Purpose, b.Purpose))
	})
	return figures, nil
}

func (f *Figures) add(outcome string, days, n int) {
	f.Received += n
	switch State(outcome) {
	case Granted:
		f.Granted += n
	case Refused:
		f.Refused += n
	case Withdrawn:
		f.Withdrawn += n
	case Lapsed:
		f.Lapsed += n
	default:
		f.Undecided += n
	}
	if days >= 0 {
		f.days[days] += n
	}
}

// median gives the value in the middle (the lower of two), -1 of none.
func median(counts map[int]int) int {
	total := 0
	var values []int
	for value, n := range counts {
		total += n
		values = append(values, value)
	}
	slices.Sort(values)
	seen := 0
	for _, value := range values {
		if seen += counts[value]; 2*seen >= total {
			return value
		}
	}
	return -1
}
