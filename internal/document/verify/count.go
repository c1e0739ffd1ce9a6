package verify

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/store"
)

// counted is a document on a day.
type counted struct{ document, day string }

// count notes a check in memory: a check must not cost a transaction.
func (l *Ledger) count(document string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[counted{document, l.now().UTC().Format(time.DateOnly)}]++
}

// Flush writes down what was counted.
func (l *Ledger) Flush(ctx context.Context) error {
	l.mu.Lock()
	counts := l.counts
	l.counts = map[counted]int64{}
	l.mu.Unlock()
	if len(counts) == 0 {
		return nil
	}
	// In one order, so that two processes do not wait for each other.
	all := slices.SortedFunc(maps.Keys(counts), func(a, b counted) int { return strings.Compare(a.document+a.day, b.document+b.day) })
	err := l.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, c := range all {
			if _, err := tx.ExecContext(ctx, `INSERT INTO document_check (document_id, day, count) VALUES ($1, $2, $3)
				ON CONFLICT (document_id, day) DO UPDATE SET count = document_check.count + excluded.count`, c.document, c.day, counts[c]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		l.mu.Lock()
		for c, n := range counts {
			l.counts[c] += n
		}
		l.mu.Unlock()
		return fmt.Errorf("write down checks: %w", err)
	}
	return nil
}

// Keep flushes every few seconds, and once more when ctx ends.
func (l *Ledger) Keep(ctx context.Context) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for done := false; !done; {
		select {
		case <-ctx.Done():
			done = true
		case <-tick.C:
		}
		if err := l.Flush(context.WithoutCancel(ctx)); err != nil {
			slog.Error("count checks of documents", "error", err)
		}
	}
}

// Checks says how often each of the documents was checked, by id.
func (l *Ledger) Checks(ctx context.Context, actID string) (map[string]int, error) {
	found := map[string]int{}
	rows, err := l.db.Read().QueryContext(ctx, `SELECT c.document_id, CAST(SUM(c.count) AS BIGINT) FROM document_check c JOIN document d ON d.id = c.document_id
		WHERE d.act_id = $1 GROUP BY c.document_id`, actID)
	if err != nil {
		return nil, fmt.Errorf("count checks: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, fmt.Errorf("count checks: %w", err)
		}
		found[id] = n
	}
	return found, rows.Err()
}
