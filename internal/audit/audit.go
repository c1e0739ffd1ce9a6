package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/store"
)

// The actors that are not persons of the staff.
const (
	System    = "system"
	Applicant = "applicant"
)

// Staff names a member of the staff as an actor.
func Staff(id string) string { return "staff:" + id }

// Entry is one thing that was done.
type Entry struct {
	// Actor is Staff(id), System or Applicant.
	Actor string
	// Action is "room.verb", such as "booking.void".
	Action string
	// Object is "kind:id", such as "booking:0197…".
	Object string
	// Post is the id of the post concerned, "" when none is.
	Post string
	// Detail says what changed; it must hold no personal data, since it is
	// kept for ever.
	Detail map[string]any
}

// Log writes the trail. It is safe for concurrent use.
type Log struct {
	now func() time.Time
}

// New gives a log that dates its entries with now.
func New(now func() time.Time) *Log { return &Log{now: now} }

var columns = []string{"seq", "at", "actor", "action", "object", "post_id", "detail", "prev_hash", "hash"}

// Append adds entries to the trail in tx, in the given order: they are there
// when tx commits, and only then. Transactions that append queue on one row
// from here to their commit, so make it the last statement of tx, and put all
// entries of a transaction into one call. Entries without actor, action or
// object, or whose detail does not marshal to JSON, are an internal error.
func (l *Log) Append(ctx context.Context, tx *store.Tx, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	records := make([]Record, len(entries))
	at := store.Millis(l.now())
	for i, e := range entries {
		detail, err := e.check()
		if err != nil {
			return err
		}
		records[i] = Record{at: at, Actor: e.Actor, Action: e.Action, Object: e.Object, Post: e.Post, Detail: detail}
	}
	seq, last, err := head(ctx, tx, tx.ForUpdate())
	if err != nil {
		return err
	}
	for i := range records {
		seq++
		records[i].Seq, records[i].prev = seq, last
		records[i].hash = records[i].digest()
		last = records[i].hash
	}
	if err := insert(ctx, tx, records); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1`, seq, last); err != nil {
		return fmt.Errorf("move the head of the audit trail: %w", err)
	}
	return nil
}

func (e Entry) check() (detail string, err error) {
	if e.Actor == "" || e.Action == "" || e.Object == "" {
		return "", fmt.Errorf("audit: an entry needs actor, action and object: %q, %q, %q", e.Actor, e.Action, e.Object)
	}
	for _, s := range []string{e.Actor, e.Action, e.Object, e.Post} {
		if !isText(s) {
			return "", errors.New("audit: an entry holds bytes that are not text")
		}
	}
	if len(e.Detail) == 0 {
		return "{}", nil
	}
	text, err := json.Marshal(e.Detail)
	if err != nil {
		return "", fmt.Errorf("audit: detail of %s: %w", e.Action, err)
	}
	return string(text), nil
}

// isText says whether both engines can store s.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// head reads where the chain ends. lock is a clause of the store's dialect, or
// "" to read only.
func head(ctx context.Context, q store.Querier, lock string) (seq int64, hash []byte, err error) {
	err = q.QueryRowContext(ctx, `SELECT seq, hash FROM audit_head WHERE id = 1`+lock).Scan(&seq, &hash)
	if err != nil {
		return 0, nil, fmt.Errorf("read the head of the audit trail: %w", err)
	}
	if seq == 0 {
		hash = make([]byte, hashSize)
	}
	return seq, hash, nil
}

func insert(ctx context.Context, tx *store.Tx, records []Record) error {
	rows := make([][]any, len(records))
	for i, r := range records {
		rows[i] = []any{r.Seq, r.at, r.Actor, r.Action, r.Object, r.Post, r.Detail, r.prev, r.hash}
	}
	if _, err := tx.Insert(ctx, "audit_entry", columns, rows, ""); err != nil {
		return fmt.Errorf("append to the audit trail: %w", err)
	}
	return nil
}
