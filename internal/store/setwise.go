package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Cell is a column of a set-wise statement with its type.
type Cell struct{ Name, Type string }

// chunks cuts n rows into runs whose lengths are powers of two, the longest
// first: a handful of distinct statements for the drivers' caches, whatever n
// is. limit bounds the parameters of one statement.
func chunks(n, columns int, do func(from, to int) error) error {
	const limit = 16384
	size := 1
	for size*2*columns <= limit && size < 1024 {
		size *= 2
	}
	for from := 0; from < n; from += size {
		for size > n-from {
			size /= 2
		}
		if err := do(from, from+size); err != nil {
			return err
		}
	}
	return nil
}

// Insert adds rows to table set-wise and says how many were added. suffix is
// empty or such as "ON CONFLICT DO NOTHING".
func (tx *Tx) Insert(ctx context.Context, table string, columns []string, rows [][]any, suffix string) (added int64, err error) {
	err = chunks(len(rows), len(columns), func(from, to int) error {
		args := make([]any, 0, (to-from)*len(columns))
		for _, row := range rows[from:to] {
			args = append(args, row...)
		}
		done, err := tx.ExecContext(ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES "+tx.rows(to-from, len(columns))+" "+suffix, args...)
		if err != nil {
			return fmt.Errorf("insert into %s: %w", table, err)
		}
		n, err := done.RowsAffected()
		added += n
		return err
	})
	return added, err
}

// Update writes rows set-wise. The first cell is the key by which a row is
// found, the others are set; a nil value leaves its column as it is.
func (tx *Tx) Update(ctx context.Context, table string, cells []Cell, rows [][]any) error {
	return chunks(len(rows), len(cells), func(from, to int) error {
		var sql strings.Builder
		sql.WriteString("UPDATE " + table + " SET ")
		for i, c := range cells[1:] {
			if i > 0 {
				sql.WriteString(", ")
			}
			fmt.Fprintf(&sql, "%s = COALESCE(v.column%d, %s.%s)", c.Name, i+2, table, c.Name)
		}
		// The first row's types hold for the whole list on PostgreSQL.
		sql.WriteString(" FROM (VALUES (")
		for i, c := range cells {
			if i > 0 {
				sql.WriteByte(',')
			}
			sql.WriteString(tx.typed(i+1, c.Type))
		}
		sql.WriteByte(')')
		for r := 1; r < to-from; r++ {
			sql.WriteString(",(" + tx.marks(r*len(cells)+1, len(cells)) + ")")
		}
		fmt.Fprintf(&sql, ") AS v WHERE %s.%s = v.column1", table, cells[0].Name)
		args := make([]any, 0, (to-from)*len(cells))
		for _, row := range rows[from:to] {
			args = append(args, row...)
		}
		if _, err := tx.ExecContext(ctx, sql.String(), args...); err != nil {
			return fmt.Errorf("update %s: %w", table, err)
		}
		return nil
	})
}

// Select runs a query over a set of keys, in runs that the drivers can cache.
// query holds one "%s" where the IN list of placeholders goes; scan reads one
// row.
func (tx *Tx) Select(ctx context.Context, query string, keys []string, scan func(*sql.Rows) error) error {
	const most = 1024
	for chunk := range slices.Chunk(keys, most) {
		// Repeating the last key makes the list's length a power of two.
		padded := 1
		for padded < len(chunk) {
			padded *= 2
		}
		args := make([]any, padded)
		for i := range args {
			args[i] = chunk[min(i, len(chunk)-1)]
		}
		if err := each(ctx, tx, fmt.Sprintf(query, tx.marks(1, padded)), args, scan); err != nil {
			return err
		}
	}
	return nil
}

func each(ctx context.Context, q Querier, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("scan: %w", err)
		}
	}
	return rows.Err()
}

// Each runs query on q and hands every row to scan.
func Each(ctx context.Context, q Querier, scan func(*sql.Rows) error, query string, args ...any) error {
	return each(ctx, q, query, args, scan)
}

// marks is Placeholders in the engine's quickest spelling. SQLite takes $1 for
// a name and searches the list of names for each, which makes a statement with
// n of them cost n²; a plain question mark has no name.
func (tx *Tx) marks(first, n int) string {
	if tx.engine == SQLite {
		return strings.TrimSuffix(strings.Repeat("?,", n), ",")
	}
	return Placeholders(first, n)
}

func (tx *Tx) rows(rows, columns int) string {
	if tx.engine == SQLite {
		return strings.TrimSuffix(strings.Repeat("("+tx.marks(1, columns)+"),", rows), ",")
	}
	return Rows(rows, columns)
}

// typed gives a placeholder a type where PostgreSQL cannot infer one, as in
// the VALUES list of a set-wise UPDATE. SQLite takes values as they come.
func (tx *Tx) typed(n int, sqlType string) string {
	if tx.engine == SQLite {
		return "?"
	}
	return "$" + strconv.Itoa(n) + "::" + sqlType
}
