package transparency

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery/chancery/internal/store"
)

// Checkpoint is what was signed of the log at a time.
type Checkpoint struct {
	Size int64
	Root tlog.Hash
	Note []byte // signed, as C2SP tlog-checkpoint has it
	At   time.Time
}

// keyContext is where the secret key is sealed.
const keyContext = "log_key:1"

// Publish signs what is in the log, when there is more than at the last
// checkpoint, and gives the newest. ErrRewritten when the tree does not hold the
// last one any more: then nothing is signed.
func (l *Log) Publish(ctx context.Context) (*Checkpoint, error) {
	// Most calls find nothing new and need no lock.
	if last, err := l.Checkpoint(ctx); err != nil || last != nil {
		have, err2 := size(ctx, l.db.Read(), "")
		if err = errors.Join(err, err2); err != nil || have == last.Size {
			return last, err
		}
	}
	var made *Checkpoint
	err := l.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		have, err := size(ctx, tx, tx.ForUpdate())
		if err != nil {
			return err
		}
		last, err := newest(ctx, tx)
		if err != nil {
			return err
		}
		if last != nil {
			if made = last; last.Size == have {
				return nil
			}
			held, err := rootOf(ctx, tx, last.Size)
			if err != nil {
				return err
			}
			if last.Size > have || held != last.Root {
				return fmt.Errorf("%w: at %d entries", ErrRewritten, last.Size)
			}
		}
		made, err = l.sign(ctx, tx, have)
		return err
	})
	return made, err
}

func (l *Log) sign(ctx context.Context, tx *store.Tx, have int64) (*Checkpoint, error) {
	key, verifier, err := l.key(ctx, tx)
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(key)
	if err != nil {
		return nil, fmt.Errorf("use the log's key: %w", err)
	}
	c := &Checkpoint{Size: have, At: l.now()}
	if c.Root, err = rootOf(ctx, tx, have); err != nil {
		return nil, err
	}
	origin, _, _ := strings.Cut(verifier, "+")
	if c.Note, err = note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", origin, have, c.Root)}, signer); err != nil {
		return nil, fmt.Errorf("sign a checkpoint: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO log_checkpoint (size, root, note, at) VALUES ($1, $2, $3, $4)`,
		c.Size, c.Root[:], string(c.Note), store.Millis(c.At)); err != nil {
		return nil, fmt.Errorf("keep a checkpoint: %w", err)
	}
	return c, nil
}

// key gives the log's key, made when there is none; the caller holds the head.
func (l *Log) key(ctx context.Context, tx *store.Tx) (secret, verifier string, err error) {
	var sealed []byte
	err = tx.QueryRowContext(ctx, `SELECT verifier, sealed FROM log_key WHERE id = 1`).Scan(&verifier, &sealed)
	if err == nil {
		open, err := l.ring.Unseal(sealed, keyContext)
		return string(open), verifier, err
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return "", "", fmt.Errorf("read the log's key: %w", err)
	}
	if secret, verifier, err = note.GenerateKey(rand.Reader, l.origin); err != nil {
		return "", "", fmt.Errorf("make the log's key: %w", err)
	}
	if sealed, err = l.ring.Seal([]byte(secret), keyContext); err != nil {
		return "", "", err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO log_key (id, verifier, sealed, created_at) VALUES (1, $1, $2, $3)`, verifier, sealed, store.Millis(l.now())); err != nil {
		return "", "", fmt.Errorf("keep the log's key: %w", err)
	}
	return secret, verifier, nil
}

// Checkpoint gives the newest checkpoint, nil when nothing was published yet.
func (l *Log) Checkpoint(ctx context.Context) (*Checkpoint, error) {
	return newest(ctx, l.db.Read())
}

// Verifier gives the public key of checkpoints in the form of C2SP signed-note;
// "" when nothing was published yet.
func (l *Log) Verifier(ctx context.Context) (verifier string, err error) {
	err = l.db.Read().QueryRowContext(ctx, `SELECT verifier FROM log_key WHERE id = 1`).Scan(&verifier)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read the log's key: %w", err)
	}
	return verifier, nil
}

func newest(ctx context.Context, from store.Querier) (*Checkpoint, error) {
	all, err := checkpoints(ctx, from, `ORDER BY size DESC LIMIT 1`)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

func checkpoints(ctx context.Context, from store.Querier, which string) ([]*Checkpoint, error) {
	var all []*Checkpoint
	err := store.Each(ctx, from, func(rows *sql.Rows) error {
		var c Checkpoint
		var root []byte
		var at int64
		if err := rows.Scan(&c.Size, &root, &c.Note, &at); err != nil {
			return err
		}
		if len(root) != tlog.HashSize {
			return ErrRewritten
		}
		c.Root, c.At = tlog.Hash(root), store.Time(at)
		all = append(all, &c)
		return nil
	}, `SELECT size, root, note, at FROM log_checkpoint `+which)
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", err)
	}
	return all, nil
}
