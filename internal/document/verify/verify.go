package verify

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/transparency"
)

// State says where a document stands.
type State string

// The states. Whether a document in force has expired is a matter of the day.
const (
	InForce    State = "in-force"
	Superseded State = "superseded"
	Annulled   State = "annulled"
	Revoked    State = "revoked"
)

// Line is one thing that a document shows.
type Line struct {
	// Label is the translation key of what it is. It is kept as long as the
	// document, so keys that were used once must keep their meaning.
	Label string `json:"label"`
	Value string `json:"value"`
	// Kind says how to write Value: "" as it stands, KindDate, KindCountry, or
	// KindWord when Value is a translation key.
	Kind string `json:"kind,omitempty"`
}

// The kinds of values that are not written as they stand.
const (
	KindDate    = "date"
	KindCountry = "country"
	KindWord    = "word"
)

// Document is what was issued.
type Document struct {
	ID, Code string
	// Kind is that of the act, such as "visa"; Layout is how it is printed.
	Kind, Layout string
	ActID        string
	ActLabel     string // the act's number as people read it
	Lang         string // of whom it is for
	State        State
	// ValidFrom and ValidUntil are days in Zone, "" without bound.
	ValidFrom, ValidUntil string
	Zone                  string // IANA
	// SupersededBy is the label of the act that took this one's place; "" when
	// another print of the same act did.
	SupersededBy string
	MadeBy       string // staff id
	IssuedAt     time.Time
	EndedAt      time.Time
	// HasFile says whether the file was made.
	HasFile bool
	Shown   []Line
}

// Ledger keeps documents. It is safe for concurrent use and for several
// processes on one database.
type Ledger struct {
	db   *store.DB
	ring *keyring.Ring
	now  func() time.Time
	log  Log // nil: nothing is logged

	mu     sync.Mutex
	counts map[counted]int64
}

// New gives the ledger.
func New(db *store.DB, ring *keyring.Ring, now func() time.Time) *Ledger {
	return &Ledger{db: db, ring: ring, now: now, counts: map[counted]int64{}}
}

func errNone() error { return fault.NewNotFound("act.no_document") }

func object(id string) string { return "document:" + id }

// EnterIn writes a document down in the transaction that makes its act, and
// gives it with id, code and state.
func (l *Ledger) EnterIn(ctx context.Context, tx *store.Tx, d Document) (*Document, error) {
	d.ID, d.Code, d.State, d.IssuedAt = store.NewID(), newCode(), InForce, store.Time(store.Millis(l.now()))
	shown, err := json.Marshal(d.Shown)
	if err != nil {
		return nil, fmt.Errorf("enter a document: %w", err)
	}
	sealed, err := l.ring.Seal(shown, object(d.ID))
	if err != nil {
		return nil, err
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails, see crypto/rand
	sum := digest(salt, shown)
	index, err := l.append(ctx, tx, transparency.Hash(Issued, salt, sum))
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO document (id, code, kind, layout, act_id, act_label, lang, state, zone, valid_from, valid_until, superseded_by,
			salt, digest, shown, file_key, made_by, issued_at, ended_at, log_index)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'in-force', $8, $9, $10, '', $11, $12, $13, '', $14, $15, 0, $16)`,
		d.ID, d.Code, d.Kind, d.Layout, d.ActID, d.ActLabel, d.Lang, d.Zone, d.ValidFrom, d.ValidUntil, salt, sum, sealed, d.MadeBy, store.Millis(d.IssuedAt), index); err != nil {
		return nil, fmt.Errorf("enter a document: %w", err)
	}
	return &d, nil
}

const columns = `id, code, kind, layout, act_id, act_label, lang, state, zone, valid_from, valid_until, superseded_by, salt, digest, shown, file_key, made_by, issued_at, ended_at`

type scanner interface{ Scan(dest ...any) error }

func (l *Ledger) scan(row scanner) (*Document, error) {
	var d Document
	var salt, sum, sealed []byte
	var fileKey string
	var issued, ended int64
	err := row.Scan(&d.ID, &d.Code, &d.Kind, &d.Layout, &d.ActID, &d.ActLabel, &d.Lang, &d.State, &d.Zone, &d.ValidFrom, &d.ValidUntil, &d.SupersededBy,
		&salt, &sum, &sealed, &fileKey, &d.MadeBy, &issued, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNone()
	}
	if err != nil {
		return nil, fmt.Errorf("read a document: %w", err)
	}
	shown, err := l.ring.Unseal(sealed, object(d.ID))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(digest(salt, shown), sum) {
		return nil, fmt.Errorf("document %s does not show what was issued", d.ID)
	}
	if err := json.Unmarshal(shown, &d.Shown); err != nil {
		return nil, fmt.Errorf("read document %s: %w", d.ID, err)
	}
	d.IssuedAt, d.EndedAt, d.HasFile = store.Time(issued), store.Time(ended), fileKey != ""
	return &d, nil
}

// Get finds a document by its id.
func (l *Ledger) Get(ctx context.Context, id string) (*Document, error) {
	return l.scan(l.db.Read().QueryRowContext(ctx, `SELECT `+columns+` FROM document WHERE id = $1`, id))
}

// OfAct lists the documents of an act, the latest first.
func (l *Ledger) OfAct(ctx context.Context, actID string) ([]*Document, error) {
	var all []*Document
	err := store.Each(ctx, l.db.Read(), func(rows *sql.Rows) error {
		d, err := l.scan(rows)
		all = append(all, d)
		return err
	}, `SELECT `+columns+` FROM document WHERE act_id = $1 ORDER BY id DESC`, actID)
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", err)
	}
	return all, nil
}

// File gives the document's file, nil when it was not made yet.
func (l *Ledger) File(ctx context.Context, id string) ([]byte, error) {
	var sealed []byte
	err := l.db.Read().QueryRowContext(ctx, `SELECT file FROM document WHERE id = $1`, id).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNone()
	}
	if err != nil || len(sealed) == 0 {
		return nil, err
	}
	return l.ring.Unseal(sealed, object(id)+"/file")
}

// KeepFile keeps the document's file and gives the one that is kept: when two
// make it at once, the first.
func (l *Ledger) KeepFile(ctx context.Context, id string, file []byte) ([]byte, error) {
	sealed, err := l.ring.Seal(file, object(id)+"/file")
	if err != nil {
		return nil, err
	}
	err = l.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE document SET file = $1, file_key = $2 WHERE id = $3 AND file_key = ''`, sealed, l.fileKey(file), id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("keep a document's file: %w", err)
	}
	return l.File(ctx, id)
}

func (l *Ledger) fileKey(file []byte) string {
	sum := sha256.Sum256(file)
	return l.ring.LookupKey("document-file", hex.EncodeToString(sum[:]))
}
