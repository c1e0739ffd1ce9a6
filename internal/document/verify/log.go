package verify

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/transparency"
)

// Log is the public log; *transparency.Log is.
type Log interface {
	Append(ctx context.Context, tx *store.Tx, entries ...transparency.Entry) (first int64, err error)
}

// Issued is what the log says when a document was issued. What it says later is
// the document's State.
const Issued = "issued"

// unlogged is the index of what is not in the log.
const unlogged = -1

// LogTo has everything from now on written to the log, too, in the transaction
// in which it happens. It gives the ledger.
func (l *Ledger) LogTo(log Log) *Ledger {
	l.log = log
	return l
}

// append writes entries to the log, when there is one.
func (l *Ledger) append(ctx context.Context, tx *store.Tx, entries ...transparency.Entry) (first int64, err error) {
	if l.log == nil {
		return unlogged, nil
	}
	return l.log.Append(ctx, tx, entries...)
}

// Logged lets who holds a document find it in the log without asking us: the
// entries are transparency.Hash of "issued", "superseded", "annulled" or
// "revoked" with Salt and the SHA-256 of Salt and Statement.
type Logged struct {
	Salt []byte
	// Statement is what the document shows, as JSON.
	Statement []byte
	// Index is that of "issued", and Ended that of how it ended; -1 when they are
	// not in the log.
	Index, Ended int64
}

// Entry makes the log's entry for what happened to the document.
func (l Logged) Entry(happened string) transparency.Entry {
	return transparency.Hash(happened, l.Salt, digest(l.Salt, l.Statement))
}

// Logged gives what leads to the document in the log. Not found.
func (l *Ledger) Logged(ctx context.Context, id string) (Logged, error) {
	d, err := l.Get(ctx, id)
	if err != nil {
		return Logged{}, err
	}
	var found Logged
	if err := l.db.Read().QueryRowContext(ctx, `SELECT salt, log_index, log_ended FROM document WHERE id = $1`, id).Scan(&found.Salt, &found.Index, &found.Ended); err != nil {
		return Logged{}, fmt.Errorf("read where document %s is logged: %w", id, err)
	}
	if found.Statement, err = json.Marshal(d.Shown); err != nil {
		return Logged{}, fmt.Errorf("write what document %s shows: %w", id, err)
	}
	return found, nil
}

// digest is what stands in the log: it says nothing without the salt.
func digest(salt, shown []byte) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(shown)
	return h.Sum(nil)
}

// EndIn ends all documents of the act that are in force: they are superseded by
// the act labelled successor ("" for another print), annulled or revoked.
func (l *Ledger) EndIn(ctx context.Context, tx *store.Tx, actID string, state State, successor string) error {
	var ids []string
	var entries []transparency.Entry
	err := store.Each(ctx, tx, func(rows *sql.Rows) error {
		var id string
		var salt, sum []byte
		err := rows.Scan(&id, &salt, &sum)
		ids, entries = append(ids, id), append(entries, transparency.Hash(string(state), salt, sum))
		return err
	}, `UPDATE document SET state = $1, superseded_by = $2, ended_at = $3 WHERE act_id = $4 AND state = 'in-force' RETURNING id, salt, digest`,
		string(state), successor, store.Millis(l.now()), actID)
	if err != nil {
		return fmt.Errorf("end the documents of %s: %w", actID, err)
	}
	if len(ids) == 0 {
		return nil
	}
	first, err := l.append(ctx, tx, entries...)
	if err != nil || first == unlogged {
		return err
	}
	for i, id := range ids {
		if _, err := tx.ExecContext(ctx, `UPDATE document SET log_ended = $1 WHERE id = $2`, first+int64(i), id); err != nil {
			return fmt.Errorf("end the documents of %s: %w", actID, err)
		}
	}
	return nil
}
