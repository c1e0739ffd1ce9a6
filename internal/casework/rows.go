package casework

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
)

const columns = `id, reference, service_id, post_id, version, lang, channel, state, data_key, contact, summary,
	email_key, email_proven_at, group_id, nationality, purpose, assignee, submission, proposal_id, outcome, interview, issued_as,
	due_date, days_left, created_at, saved_at, submitted_at, asked_at, decided_at, ended_at,
	erase_at, month, days_taken, code_serial, code_tries, code_sent_at, codes_since, codes_count`

type scanner interface{ Scan(dest ...any) error }

func scan(row scanner) (*Application, error) {
	var a Application
	var proven, created, saved, submitted, asked, decided, ended, erase, codeSent, codesSince int64
	err := row.Scan(&a.ID, &a.Reference, &a.ServiceID, &a.PostID, &a.Version, &a.Lang, &a.Channel, &a.State, &a.dataKey, &a.contact, &a.summary,
		&a.emailKey, &proven, &a.GroupID, &a.Nationality, &a.Purpose, &a.Assignee, &a.Submission, &a.ProposalID, &a.Outcome, &a.Interview, &a.IssuedAs,
		&a.DueDate, &a.daysLeft, &created, &saved, &submitted, &asked, &decided, &ended,
		&erase, &a.month, &a.daysTaken, &a.codeSerial, &a.codeTries, &codeSent, &codesSince, &a.codesCount)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read an application: %w", err)
	}
	a.EmailProvenAt, a.CreatedAt, a.SavedAt, a.SubmittedAt = store.Time(proven), store.Time(created), store.Time(saved), store.Time(submitted)
	a.AskedAt, a.DecidedAt, a.EndedAt = store.Time(asked), store.Time(decided), store.Time(ended)
	a.eraseAt, a.codeSentAt, a.codesSince = store.Time(erase), store.Time(codeSent), store.Time(codesSince)
	return &a, nil
}

func errNotFound() error { return fault.NewNotFound("casework.not_found") }

func (a *Application) values() []any {
	return []any{a.ID, a.Reference, a.ServiceID, a.PostID, a.Version, a.Lang, string(a.Channel), string(a.State), a.dataKey, a.contact, a.summary,
		a.emailKey, store.Millis(a.EmailProvenAt), a.GroupID, a.Nationality, a.Purpose, a.Assignee, a.Submission, a.ProposalID, string(a.Outcome), a.Interview, a.IssuedAs,
		a.DueDate, a.daysLeft, store.Millis(a.CreatedAt), store.Millis(a.SavedAt), store.Millis(a.SubmittedAt), store.Millis(a.AskedAt), store.Millis(a.DecidedAt), store.Millis(a.EndedAt),
		store.Millis(a.eraseAt), a.month, a.daysTaken, a.codeSerial, a.codeTries, store.Millis(a.codeSentAt), store.Millis(a.codesSince), a.codesCount}
}

func insertApplication(ctx context.Context, tx *store.Tx, a *Application) error {
	values := a.values()
	if _, err := tx.ExecContext(ctx, `INSERT INTO application (`+columns+`) VALUES (`+store.Placeholders(1, len(values))+`)`, values...); err != nil {
		return fmt.Errorf("start an application: %w", err)
	}
	return nil
}

// updateApplication writes what may change.
func updateApplication(ctx context.Context, tx *store.Tx, a *Application) error {
	if _, err := tx.ExecContext(ctx, `UPDATE application SET reference = $1, state = $2, data_key = $3, contact = $4, summary = $5,
		email_key = $6, email_proven_at = $7, group_id = $8, nationality = $9, purpose = $10, assignee = $11, submission = $12, proposal_id = $13,
		outcome = $14, interview = $15, issued_as = $16, due_date = $17, days_left = $18, saved_at = $19, submitted_at = $20, asked_at = $21,
		decided_at = $22, ended_at = $23, code_serial = $24, code_tries = $25, code_sent_at = $26, codes_since = $27, codes_count = $28,
		created_at = $29, erase_at = $30, month = $31, days_taken = $32 WHERE id = $33`,
		a.Reference, string(a.State), a.dataKey, a.contact, a.summary,
		a.emailKey, store.Millis(a.EmailProvenAt), a.GroupID, a.Nationality, a.Purpose, a.Assignee, a.Submission, a.ProposalID,
		string(a.Outcome), a.Interview, a.IssuedAs, a.DueDate, a.daysLeft, store.Millis(a.SavedAt), store.Millis(a.SubmittedAt), store.Millis(a.AskedAt),
		store.Millis(a.DecidedAt), store.Millis(a.EndedAt), a.codeSerial, a.codeTries, store.Millis(a.codeSentAt), store.Millis(a.codesSince), a.codesCount,
		store.Millis(a.CreatedAt), store.Millis(a.eraseAt), a.month, a.daysTaken, a.ID); err != nil {
		return fmt.Errorf("change application %s: %w", a.ID, err)
	}
	return nil
}

// touchApplication writes when it was changed last, and when it is to be erased.
func touchApplication(ctx context.Context, tx *store.Tx, a *Application) error {
	if _, err := tx.Kept().ExecContext(ctx, `UPDATE application SET saved_at = $1, erase_at = $2 WHERE id = $3`,
		store.Millis(a.SavedAt), store.Millis(a.eraseAt), a.ID); err != nil {
		return fmt.Errorf("change application %s: %w", a.ID, err)
	}
	return nil
}

func byID(ctx context.Context, q store.Querier, id, lock string) (*Application, error) {
	return scan(q.QueryRowContext(ctx, `SELECT `+columns+` FROM application WHERE id = $1`+lock, id))
}

// Application finds one by its id.
func (s *Service) Application(ctx context.Context, id string) (*Application, error) {
	return byID(ctx, s.db.Read(), id, "")
}

// ByReference finds one by the reference as people write it.
func (s *Service) ByReference(ctx context.Context, text string) (*Application, error) {
	reference, ok := ParseReference(text)
	if !ok {
		return nil, errNotFound()
	}
	return scan(s.db.Read().QueryRowContext(ctx, `SELECT `+columns+` FROM application WHERE reference = $1`, reference))
}

// qualified are the columns of table a.
var qualified = "a." + strings.Join(strings.Split(strings.Join(strings.Fields(columns), " "), ", "), ", a.")
