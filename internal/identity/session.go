package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

// Method says how a person signed in.
type Method string

// The ways to sign in.
const (
	ByPassword Method = "password"
	ByPasskey  Method = "passkey"
	ByOIDC     Method = "oidc"
	ByEnrolled Method = "enrolment"
)

// Session is one browser in which a person is signed in.
type Session struct {
	// ID names the session on pages; it opens nothing.
	ID        string
	Method    Method
	CreatedAt time.Time
	SeenAt    time.Time
}

// Fresh says that the sign-in is recent enough to add a means of signing in.
func (x Session) Fresh(now time.Time) bool { return now.Sub(x.CreatedAt) < FreshLimit }

// SignedIn is the result of a sign-in: the token for the cookie, which is
// stored nowhere else, and the person.
type SignedIn struct {
	Token string
	Staff *Staff
}

var errNoSession = fault.NewNotFound("identity.error.no_session")

// seenEvery keeps requests from writing all the time; the idle limit is exact
// to this much.
const seenEvery = time.Minute

// open starts a session with a new token and ends the one that the browser
// had, so that a token planted before the sign-in is worth nothing.
func (s *Service) open(ctx context.Context, tx *store.Tx, account *Staff, method Method, previous string) (string, []audit.Entry, error) {
	if previous != "" {
		if _, err := exec(ctx, tx, "end a session", `DELETE FROM staff_session WHERE token_hash = $1`, tokenHash(previous)); err != nil {
			return "", nil, err
		}
	}
	token, now := newToken(), store.Millis(s.now())
	_, err := exec(ctx, tx, "open a session", `INSERT INTO staff_session (token_hash, id, staff_id, method, created_at, seen_at)
		VALUES ($1, $2, $3, $4, $5, $5)`, tokenHash(token), store.NewID(), account.ID, string(method), now)
	if err != nil {
		return "", nil, err
	}
	return token, []audit.Entry{{Actor: account.Actor(), Action: "session.open", Object: account.object(),
		Detail: map[string]any{"method": string(method)}}}, nil
}

// Authenticate finds who holds a session token, with their grants as they are
// now, and counts as use of the session. It returns Unauthenticated when the
// session is unknown or has ended, or when the account is disabled.
func (s *Service) Authenticate(ctx context.Context, token string) (*Staff, Session, error) {
	account, x, err := s.Recognise(ctx, token)
	if now := s.now(); err == nil && now.Sub(x.SeenAt) >= seenEvery {
		err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := exec(ctx, tx, "keep a session", `UPDATE staff_session SET seen_at = $1 WHERE token_hash = $2`, store.Millis(now), tokenHash(token))
			return err
		})
	}
	if err != nil {
		return nil, Session{}, err
	}
	return account, x, nil
}

// Recognise is Authenticate for what a page asks for by itself: it does not
// keep a session alive at which nobody sits any more.
func (s *Service) Recognise(ctx context.Context, token string) (*Staff, Session, error) {
	if token == "" {
		return nil, Session{}, errSignIn
	}
	now, hash := s.now(), tokenHash(token)
	var x Session
	var staffID string
	var created, seen int64
	err := s.db.Read().QueryRowContext(ctx, `SELECT id, staff_id, method, created_at, seen_at FROM staff_session
		WHERE token_hash = $1 AND created_at > $2 AND seen_at > $3`,
		hash, store.Millis(now.Add(-AbsoluteLimit)), store.Millis(now.Add(-IdleLimit))).
		Scan(&x.ID, &staffID, &x.Method, &created, &seen)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, Session{}, errSignIn
	}
	if err != nil {
		return nil, Session{}, fmt.Errorf("read a session: %w", err)
	}
	x.CreatedAt, x.SeenAt = store.Time(created), store.Time(seen)
	account, err := load(ctx, s.db.Read(), `id = $1`, staffID)
	if err != nil {
		return nil, Session{}, err
	}
	if account == nil || account.Disabled {
		return nil, Session{}, errSignIn
	}
	return account, x, nil
}

// SignOut ends the session of a token; an unknown token is no error.
func (s *Service) SignOut(ctx context.Context, token string) error {
	return s.write(ctx, func(ctx context.Context, tx *store.Tx) ([]audit.Entry, error) {
		var staffID string
		err := tx.QueryRowContext(ctx, `DELETE FROM staff_session WHERE token_hash = $1 RETURNING staff_id`, tokenHash(token)).Scan(&staffID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("end a session: %w", err)
		}
		person := &Staff{ID: staffID}
		return []audit.Entry{{Actor: person.Actor(), Action: "session.close", Object: person.object()}}, nil
	})
}

// SignOutEverywhere ends all sessions of the person.
func (s *Service) SignOutEverywhere(ctx context.Context, person *Staff) error {
	return s.write(ctx, func(ctx context.Context, tx *store.Tx) ([]audit.Entry, error) {
		n, err := exec(ctx, tx, "end sessions", `DELETE FROM staff_session WHERE staff_id = $1`, person.ID)
		if err != nil {
			return nil, err
		}
		return []audit.Entry{{Actor: person.Actor(), Action: "session.close-all", Object: person.object(),
			Detail: map[string]any{"sessions": n}}}, nil
	})
}

// EndSession ends one of the person's own sessions, named by its ID; NotFound
// when the person has no such session.
func (s *Service) EndSession(ctx context.Context, person *Staff, id string) error {
	if !isText(id) {
		return errNoSession
	}
	return s.write(ctx, func(ctx context.Context, tx *store.Tx) ([]audit.Entry, error) {
		n, err := exec(ctx, tx, "end a session", `DELETE FROM staff_session WHERE id = $1 AND staff_id = $2`, id, person.ID)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, errNoSession
		}
		return []audit.Entry{{Actor: person.Actor(), Action: "session.close", Object: person.object()}}, nil
	})
}

// Sessions lists where the person is signed in, the newest first.
func (s *Service) Sessions(ctx context.Context, person *Staff) ([]Session, error) {
	now := s.now()
	rows, err := s.db.Read().QueryContext(ctx, `SELECT id, method, created_at, seen_at FROM staff_session
		WHERE staff_id = $1 AND created_at > $2 AND seen_at > $3 ORDER BY created_at DESC, id DESC LIMIT 50`,
		person.ID, store.Millis(now.Add(-AbsoluteLimit)), store.Millis(now.Add(-IdleLimit)))
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	defer rows.Close()
	var list []Session
	for rows.Next() {
		var x Session
		var created, seen int64
		if err := rows.Scan(&x.ID, &x.Method, &created, &seen); err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		x.CreatedAt, x.SeenAt = store.Time(created), store.Time(seen)
		list = append(list, x)
	}
	return list, rows.Err()
}
