package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
)

// Engine names the database behind a DB.
type Engine string

// The two engines on which every test runs.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgresql"
)

// Querier is what a read needs; *sql.DB, *sql.Tx and *Tx have it.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// DB is an open database, with connections for reading and for writing; SQLite
// has one that writes.
type DB struct {
	engine     Engine
	read       *sql.DB
	write      *sql.DB
	statements statements
}

// Tx is a writing transaction.
type Tx struct {
	*sql.Tx
	engine     Engine
	statements *statements
	stmts      map[string]*sql.Stmt // this transaction's own handles
}

// Engine says which database the transaction runs on.
func (tx *Tx) Engine() Engine { return tx.engine }

// Open opens "sqlite:PATH" or a postgres:// URL and checks that it answers.
// It does not change the schema: see Migrate.
func Open(ctx context.Context, dsn string) (*DB, error) {
	switch {
	case strings.HasPrefix(dsn, "sqlite:"):
		return openSQLite(ctx, strings.TrimPrefix(dsn, "sqlite:"))
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		return openPostgreSQL(ctx, dsn)
	default:
		return nil, errors.New("the database must be given as sqlite:PATH or as a postgres:// URL")
	}
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	if path == "" {
		return nil, errors.New("sqlite: needs a path, such as sqlite:chancery.db")
	}
	pragmas := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(ON)", "temp_store(MEMORY)", "cache_size(-65536)",
		// 32 MiB before the log is copied back: pages that many commits change are copied once.
		"wal_autocheckpoint(8192)",
	}}
	name := (&url.URL{Scheme: "file", Opaque: escapePath(path), RawQuery: pragmas.Encode()}).String()

	write, err := sql.Open("sqlite", name+"&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close())
	}
	read, err := sql.Open("sqlite", name+"&_pragma=query_only(ON)")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close())
	}
	read.SetMaxOpenConns(2 * max(2, runtime.GOMAXPROCS(0)))
	read.SetMaxIdleConns(2 * max(2, runtime.GOMAXPROCS(0)))
	return &DB{engine: SQLite, read: read, write: write, statements: statements{kept: map[string]*sql.Stmt{}, wanted: map[string]bool{}}}, nil
}

// escapePath keeps a path with spaces or question marks whole inside a file: URI.
func escapePath(path string) string {
	return (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()
}

func openPostgreSQL(ctx context.Context, dsn string) (*DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the postgres:// URL cannot be read")
	}
	read := pool(config)
	// Writes find their rows by key, some hundreds at a time. A plan made while
	// a table was nearly empty would read all of it, and be kept when it has
	// grown: so always by the index.
	for name, value := range map[string]string{
		"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "random_page_cost": "1.1",
	} {
		config.RuntimeParams[name] = value
	}
	write := pool(config)
	db := &DB{engine: PostgreSQL, read: read, write: write}
	if err := errors.Join(read.PingContext(ctx), write.PingContext(ctx)); err != nil {
		return nil, errors.Join(fmt.Errorf("connect to PostgreSQL: %w", err), db.Close())
	}
	return db, nil
}

func pool(config *pgx.ConnConfig) *sql.DB {
	const most = 16
	p := stdlib.OpenDB(*config.Copy())
	p.SetMaxOpenConns(most)
	p.SetMaxIdleConns(most)
	p.SetConnMaxIdleTime(5 * time.Minute)
	return p
}

// Engine says which database this is.
func (db *DB) Engine() Engine { return db.engine }

// Close closes all connections.
func (db *DB) Close() error {
	return errors.Join(db.read.Close(), db.write.Close())
}

// Read gives what queries outside a transaction run on.
func (db *DB) Read() Querier { return db.read }

// writeAttempts bounds how often Write runs its function when PostgreSQL ends
// a transaction in favour of another one.
const writeAttempts = 5

// Write runs fn in one transaction and commits it; when it returns nil, the
// change is durable. PostgreSQL may end a transaction in favour of another
// (deadlock, serialization failure): fn is then run again, so it must not
// leave traces outside the transaction. A panic in fn rolls back.
func (db *DB) Write(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := db.writeOnce(ctx, fn)
		if err == nil || attempt == writeAttempts || !Retryable(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(attempt*attempt) * time.Millisecond):
		}
	}
}

func (db *DB) writeOnce(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	db.prepareWanted(ctx)
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it says ErrTxDone, before one fn's error is the news
	if err := fn(ctx, &Tx{Tx: tx, engine: db.engine, statements: &db.statements}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// PostgreSQL's names for what Retryable and IsUnique look for (appendix A of
// its manual), and SQLite's extended result codes.
const (
	pgSerializationFailure = "40001"
	pgDeadlockDetected     = "40P01"
	pgUniqueViolation      = "23505"
	sqliteUnique           = 2067
	sqlitePrimaryKey       = 1555
)

// Retryable says whether the same transaction may succeed when run again.
func Retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == pgSerializationFailure || pg.Code == pgDeadlockDetected)
}

// IsUnique says whether err is the refusal of a unique index.
func IsUnique(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == pgUniqueViolation
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && (lite.Code() == sqliteUnique || lite.Code() == sqlitePrimaryKey)
}
