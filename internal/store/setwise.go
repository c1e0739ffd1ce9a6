package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Set-wise statements are the quickest way of each engine. PostgreSQL takes
// one array for each column: one statement, planned for a handful of
// parameters whatever the number of rows. SQLite is in this process, where a
// call costs little and reading a long statement costs much: it takes one
// prepared statement, once for each row, and lists of keys as JSON.

// Cell is a column of a set-wise statement with its type: text, bigint,
// boolean or bytea.
type Cell struct{ Name, Type string }

// mostRows bounds one PostgreSQL statement; longer lists are cut.
const mostRows = 4096

// Insert adds rows to table set-wise and says how many were added. suffix is
// empty or such as "ON CONFLICT DO NOTHING".
func (tx *Tx) Insert(ctx context.Context, table string, columns []string, rows [][]any, suffix string) (added int64, err error) {
	into := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") "
	if tx.engine == SQLite {
		added, err = tx.eachRow(ctx, into+"VALUES ("+marks(len(columns))+") "+suffix, rows)
	} else {
		added, err = tx.insertArrays(ctx, into, len(columns), rows, suffix)
	}
	if err != nil {
		return added, fmt.Errorf("insert into %s: %w", table, err)
	}
	return added, nil
}

func (tx *Tx) insertArrays(ctx context.Context, into string, columns int, rows [][]any, suffix string) (added int64, err error) {
	for chunk := range slices.Chunk(rows, mostRows) {
		var args []any
		var types, names []string
		values := make([]string, columns)
		for i := range columns {
			sqlType := typeOf(chunk, i)
			if sqlType == "" {
				values[i] = "NULL" // of whatever type the column has
				continue
			}
			list, err := array(chunk, i, sqlType)
			if err != nil {
				return added, err
			}
			values[i] = "c" + strconv.Itoa(i)
			args, types, names = append(args, list), append(types, sqlType), append(names, values[i])
		}
		done, err := tx.ExecContext(ctx, into+"SELECT "+strings.Join(values, ", ")+
			" FROM unnest("+arrayMarks(types)+") AS v("+strings.Join(names, ", ")+") "+suffix, args...)
		if err != nil {
			return added, err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return added, err
		}
		added += n
	}
	return added, nil
}

// Update writes rows set-wise. The first cell is the key by which a row is
// found, the others are set; a nil value leaves its column as it is.
func (tx *Tx) Update(ctx context.Context, table string, cells []Cell, rows [][]any) error {
	write := tx.updateArrays
	if tx.engine == SQLite {
		write = tx.updateEach
	}
	if err := write(ctx, table, cells, rows); err != nil {
		return fmt.Errorf("update %s: %w", table, err)
	}
	return nil
}

func (tx *Tx) updateEach(ctx context.Context, table string, cells []Cell, rows [][]any) error {
	sets := make([]string, len(cells)-1)
	for i, c := range cells[1:] {
		sets[i] = c.Name + " = COALESCE(?, " + c.Name + ")"
	}
	ordered := make([][]any, len(rows)) // the key comes last here
	for i, row := range rows {
		ordered[i] = append(slices.Clone(row[1:]), row[0])
	}
	_, err := tx.eachRow(ctx, "UPDATE "+table+" SET "+strings.Join(sets, ", ")+" WHERE "+cells[0].Name+" = ?", ordered)
	return err
}

func (tx *Tx) updateArrays(ctx context.Context, table string, cells []Cell, rows [][]any) error {
	names, types, sets := make([]string, len(cells)), make([]string, len(cells)), make([]string, len(cells))
	for i, c := range cells {
		names[i], types[i] = c.Name, c.Type
		sets[i] = fmt.Sprintf("%s = COALESCE(v.%s, %s.%s)", c.Name, c.Name, table, c.Name)
	}
	query := "UPDATE " + table + " SET " + strings.Join(sets[1:], ", ") +
		" FROM unnest(" + arrayMarks(types) + ") AS v(" + strings.Join(names, ", ") + ") WHERE " + table + "." + names[0] + " = v." + names[0]
	for chunk := range slices.Chunk(rows, mostRows) {
		args := make([]any, len(cells))
		for i := range cells {
			var err error
			if args[i], err = array(chunk, i, types[i]); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// Select runs a query over a set of keys. query holds "IN (%s)" once, where
// the keys go, and no other parameter; scan reads one row.
func (tx *Tx) Select(ctx context.Context, query string, keys []string, scan func(*sql.Rows) error) error {
	if len(keys) == 0 {
		return nil
	}
	if tx.engine == PostgreSQL {
		return each(ctx, tx, strings.Replace(query, "IN (%s)", "= ANY ($1::text[])", 1), []any{keys}, scan)
	}
	list, err := json.Marshal(keys)
	if err != nil {
		return fmt.Errorf("select: %w", err)
	}
	stmt, err := tx.prepared(ctx, strings.Replace(query, "IN (%s)", "IN (SELECT value FROM json_each(?))", 1))
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, string(list))
	return scanAll(rows, err, scan)
}

func each(ctx context.Context, q Querier, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	return scanAll(rows, err, scan)
}

func scanAll(rows *sql.Rows, err error, scan func(*sql.Rows) error) error {
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

// eachRow runs one prepared statement of SQLite for each row.
func (tx *Tx) eachRow(ctx context.Context, query string, rows [][]any) (affected int64, err error) {
	if len(rows) == 0 {
		return 0, nil
	}
	stmt, err := tx.prepared(ctx, query)
	if err != nil {
		return 0, err
	}
	// The driver watches a context that can end with a goroutine for each
	// call: too much for one row. The list is short, and ends by itself.
	patient := context.WithoutCancel(ctx)
	for _, row := range rows {
		done, err := stmt.ExecContext(patient, row...)
		if err != nil {
			return affected, err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return affected, err
		}
		affected += n
	}
	return affected, ctx.Err()
}

// marks is n plain question marks. SQLite takes $1 for a name and searches the
// list of names for each, so that a statement with n of them costs n².
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

func arrayMarks(types []string) string {
	marks := make([]string, len(types))
	for i, t := range types {
		marks[i] = "$" + strconv.Itoa(i+1) + "::" + t + "[]"
	}
	return strings.Join(marks, ", ")
}
