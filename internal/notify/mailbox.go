package notify

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/store"
)

// Mailbox is the demonstration's Sender: mail goes into a table, sealed, and
// is read on a page instead of reaching anybody.
type Mailbox struct {
	db   *store.DB
	ring *keyring.Ring
	now  func() time.Time
}

// NewMailbox gives the mailbox in db.
func NewMailbox(db *store.DB, ring *keyring.Ring, now func() time.Time) *Mailbox {
	return &Mailbox{db: db, ring: ring, now: now}
}

// Received is a mail in the mailbox.
type Received struct {
	Mail
	At time.Time
}

// Open gives a session; it cannot fail.
func (b *Mailbox) Open(context.Context) (Session, error) { return mailboxSession{b}, nil }

type mailboxSession struct{ *Mailbox }

// Send keeps the mail; one that comes twice is kept once.
func (s mailboxSession) Send(ctx context.Context, m Mail) error {
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("keep a mail: %w", err)
	}
	sealed, err := s.ring.Seal(text, "demo_mail:"+m.ID)
	if err != nil {
		return fmt.Errorf("keep a mail: %w", err)
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO demo_mail (id, sent_at, sealed) VALUES ($1, $2, $3)
			ON CONFLICT (id) DO NOTHING`, m.ID, store.Millis(s.now()), sealed)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a mail: %w", err)
	}
	return nil
}

// Close has nothing to end.
func (mailboxSession) Close() error { return nil }

// List gives up to n mails, newest first, and the cursor of the next page,
// empty on the last. A cursor that cannot be read gives the first page.
func (b *Mailbox) List(ctx context.Context, cursor string, n int) (mails []Received, next string, err error) {
	before, id := int64(1)<<62, ""
	if at, rest, ok := strings.Cut(cursor, "."); ok {
		if millis, err := strconv.ParseInt(at, 10, 64); err == nil {
			before, id = millis, rest
		}
	}
	rows, err := b.db.Read().QueryContext(ctx, `SELECT id, sent_at, sealed FROM demo_mail
		WHERE sent_at < $1 OR (sent_at = $2 AND id < $3) ORDER BY sent_at DESC, id DESC LIMIT $4`, before, before, id, n+1)
	if err != nil {
		return nil, "", fmt.Errorf("list the mailbox: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		m, err := b.scan(rows)
		if err != nil {
			return nil, "", fmt.Errorf("list the mailbox: %w", err)
		}
		mails = append(mails, m)
	}
	if err := rows.Err(); err != nil {
		return nil, "", fmt.Errorf("list the mailbox: %w", err)
	}
	if len(mails) > n {
		mails = mails[:n]
		last := mails[n-1]
		next = strconv.FormatInt(store.Millis(last.At), 10) + "." + last.ID
	}
	return mails, next, nil
}

// Get gives one mail; a NotFound fault when there is none.
func (b *Mailbox) Get(ctx context.Context, id string) (Received, error) {
	m, err := b.scan(b.db.Read().QueryRowContext(ctx, `SELECT id, sent_at, sealed FROM demo_mail WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Received{}, fault.NewNotFound("notify.mailbox.none")
	}
	if err != nil {
		return Received{}, fmt.Errorf("read mail %s: %w", id, err)
	}
	return m, nil
}

func (b *Mailbox) scan(row interface{ Scan(...any) error }) (Received, error) {
	var m Received
	var id string
	var at int64
	var sealed []byte
	if err := row.Scan(&id, &at, &sealed); err != nil {
		return Received{}, err
	}
	text, err := b.ring.Unseal(sealed, "demo_mail:"+id)
	if err != nil {
		return Received{}, err
	}
	if err := json.Unmarshal(text, &m.Mail); err != nil {
		return Received{}, err
	}
	m.At = store.Time(at)
	return m, nil
}
