package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// statements keeps SQLite's set-wise and Kept statements prepared from one transaction
// to the next. There are as many as the code has such statements.
type statements struct {
	mu     sync.Mutex
	kept   map[string]*sql.Stmt
	wanted map[string]bool // seen in a transaction, to be prepared after it
}

// prepared gives the statement for this transaction. The first time it is
// prepared within it, since the only writing connection is taken; prepareWanted
// makes it last.
func (tx *Tx) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt := tx.stmts[query]; stmt != nil {
		return stmt, nil
	}
	tx.statements.mu.Lock()
	kept := tx.statements.kept[query]
	if kept == nil {
		tx.statements.wanted[query] = true
	}
	tx.statements.mu.Unlock()
	var stmt *sql.Stmt
	if kept != nil {
		stmt = tx.StmtContext(ctx, kept)
	} else {
		var err error
		if stmt, err = tx.PrepareContext(ctx, query); err != nil {
			return nil, fmt.Errorf("prepare: %w", err)
		}
	}
	if tx.stmts == nil {
		tx.stmts = map[string]*sql.Stmt{}
	}
	tx.stmts[query] = stmt
	return stmt, nil
}

// prepareWanted runs between transactions. What cannot be prepared now is
// wanted again by the next one that uses it. The lock is not kept while it
// waits for the connection: whoever has that may be asking for a statement.
func (db *DB) prepareWanted(ctx context.Context) {
	s := &db.statements
	s.mu.Lock()
	wanted := slices.Collect(maps.Keys(s.wanted))
	clear(s.wanted)
	s.mu.Unlock()
	for _, query := range wanted {
		stmt, err := db.write.PrepareContext(ctx, query)
		if err != nil {
			continue
		}
		s.mu.Lock()
		if s.kept[query] == nil {
			s.kept[query] = stmt
		} else {
			_ = stmt.Close()
		}
		s.mu.Unlock()
	}
}

// Kept runs statements that SQLite keeps prepared from one transaction to the
// next, which halves the time of a short one; PostgreSQL's connections do so by
// themselves. It is for statements that run often and of which there are few: no
// lists of varying length.
func (tx *Tx) Kept() Querier {
	if tx.engine != SQLite {
		return tx
	}
	return kept{tx}
}

type kept struct{ tx *Tx }

func (k kept) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := k.tx.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (k kept) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	stmt, err := k.tx.prepared(ctx, query)
	if err != nil {
		return k.tx.QueryRowContext(ctx, query, args...) // gives the same error
	}
	return stmt.QueryRowContext(ctx, args...)
}

func (k kept) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := k.tx.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}
