package transparency

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
)

// ErrRewritten is that of a log whose rows are not those that were signed:
// somebody changed the database behind it.
var ErrRewritten = errors.New("transparency: the log is not the one that was signed")

// Entry is what the log keeps of one thing: a salted hash.
type Entry [sha256.Size]byte

// Hash makes the entry for what happened ("issued", "revoked") to the thing with
// this digest. The salt, of 16 random bytes at least, belongs to the thing and is
// found with it.
func Hash(happened string, salt, digest []byte) Entry {
	h := sha256.New()
	h.Write([]byte("chancery log entry v1\n"))
	// Each part with its length: no two ways of cutting look alike.
	for _, part := range [][]byte{[]byte(happened), salt, digest} {
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(part)))
		h.Write(length[:])
		h.Write(part)
	}
	return Entry(h.Sum(nil))
}

// Log is the log of one database. It is safe for concurrent use and for several
// processes on one database.
type Log struct {
	db     *store.DB
	ring   *keyring.Ring
	origin string
	now    func() time.Time
}

// New gives the log. origin names it in checkpoints when its key is made, and is
// not looked at afterwards: a name like "consulate.example.org/log", without
// white space and plus signs.
func New(db *store.DB, ring *keyring.Ring, origin string, now func() time.Time) *Log {
	return &Log{db: db, ring: ring, origin: origin, now: now}
}

// Append adds entries in tx, in the given order, and gives the index of the
// first; indices have no gaps, and none is given twice. Transactions that append
// queue on one row from here to their commit: make it late in tx.
func (l *Log) Append(ctx context.Context, tx *store.Tx, entries ...Entry) (first int64, err error) {
	first, err = size(ctx, tx, tx.ForUpdate())
	if err != nil || len(entries) == 0 {
		return first, err
	}
	rows := make([][]any, len(entries))
	for i, e := range entries {
		rows[i] = []any{first + int64(i), e[:]}
	}
	if _, err := tx.Insert(ctx, "log_entry", []string{"idx", "entry"}, rows, ""); err != nil {
		return 0, fmt.Errorf("append to the log: %w", err)
	}
	last := first + int64(len(entries))
	if err := grow(ctx, tx, first, last); err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE log_head SET size = $1 WHERE id = 1`, last); err != nil {
		return 0, fmt.Errorf("move the head of the log: %w", err)
	}
	return first, nil
}

// size reads how many entries there are; lock is a clause of the store's dialect.
func size(ctx context.Context, from store.Querier, lock string) (n int64, err error) {
	if err := from.QueryRowContext(ctx, `SELECT size FROM log_head WHERE id = 1`+lock).Scan(&n); err != nil {
		return 0, fmt.Errorf("read the head of the log: %w", err)
	}
	return n, nil
}

// grow keeps the hashes of the tiles that became full.
func grow(ctx context.Context, tx *store.Tx, before, after int64) error {
	for level := int64(1); ; level++ {
		before, after = before>>tileHeight, after>>tileHeight
		if after == 0 {
			return nil
		}
		var rows [][]any
		for n := before; n < after; n++ {
			below, err := hashes(ctx, tx, level-1, n<<tileHeight, tileWidth)
			if err != nil {
				return err
			}
			h := fold(below)
			rows = append(rows, []any{level, n, h[:]})
		}
		if len(rows) == 0 {
			return nil
		}
		if _, err := tx.Insert(ctx, "log_node", []string{"level", "n", "hash"}, rows, ""); err != nil {
			return fmt.Errorf("keep hashes of the log: %w", err)
		}
	}
}

// Find gives the index of an entry, the first when it is there more than once.
func (l *Log) Find(ctx context.Context, e Entry) (index int64, found bool, err error) {
	err = l.db.Read().QueryRowContext(ctx, `SELECT idx FROM log_entry WHERE entry = $1 ORDER BY idx LIMIT 1`, e[:]).Scan(&index)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("find an entry of the log: %w", err)
	}
	return index, true, nil
}
