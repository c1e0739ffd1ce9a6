package screening

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/store"
)

// State is where a hit stands.
type State string

// The states of a hit.
const (
	Open    State = "open"
	Judged  State = "judged"  // by one officer; waits for another
	Settled State = "settled" // confirmed by another
	// ClearedEarlier: two officers cleared the same pair on the same grounds.
	ClearedEarlier State = "cleared-earlier"
)

// States lists them in the order of pages.
var States = []State{Open, Judged, Settled, ClearedEarlier}

// Verdict says whether the person is who stands on the list.
type Verdict string

// The verdicts.
const (
	NoVerdict Verdict = ""
	Same      Verdict = "same"  // the person, or the document, that the list means
	Other     Verdict = "other" // somebody else
)

// Hit is an entry that came close, and what became of it.
type Hit struct {
	ID, CheckID, Ref, PostID string
	List                     List
	Since                    int // version from which on the entry stood as it was compared
	Points                   int
	Strong                   bool
	State                    State
	Verdict                  Verdict
	At                       time.Time
	JudgedBy, ConfirmedBy    string // staff accounts' ids
	JudgedAt, ConfirmedAt    time.Time
	// Score and Person are empty once the person was forgotten.
	Score  match.Score
	Person match.Subject
	// Entry is as it was compared.
	Entry match.Entry
	// The following are filled in by Hit only.

	// Now is the entry as it stands today, nil when it is on the list no more.
	Now *match.Entry
	// Check is the comparison that found it.
	Check *Check
	// Judgements are in the order in which they were said.
	Judgements []Judgement
	// Earlier is the newest settled hit of the same pair from before.
	Earlier *Hit
	// Same says that Earlier cleared it on the same grounds.
	SameGrounds bool

	entryKey, earlierID string
}

// Judgement is what an officer said about a hit.
type Judgement struct {
	Number  int
	Step    string // judge, confirm or return
	Verdict Verdict
	Actor   string // staff account's id
	At      time.Time
	Reason  string // "" once the person was forgotten
}

const (
	hitTable   = "screening_hit"
	hitColumns = `id, check_id, ref, post_id, list, entry_key, since, score, strong, state, verdict, earlier_id, made_at,
		coalesce(judged_by, ''), judged_at, coalesce(confirmed_by, ''), confirmed_at, sealed`
)

func (s *Service) scanHit(row interface{ Scan(...any) error }) (*Hit, error) {
	var h Hit
	var at, judged, confirmed int64
	var sealed []byte
	err := row.Scan(&h.ID, &h.CheckID, &h.Ref, &h.PostID, &h.List, &h.entryKey, &h.Since, &h.Points, &h.Strong, &h.State, &h.Verdict, &h.earlierID, &at,
		&h.JudgedBy, &judged, &h.ConfirmedBy, &confirmed, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NewNotFound("screening.error.no_hit")
	}
	if err != nil {
		return nil, fmt.Errorf("read a hit: %w", err)
	}
	h.At, h.JudgedAt, h.ConfirmedAt = store.Time(at), store.Time(judged), store.Time(confirmed)
	if len(sealed) == 0 {
		return &h, nil
	}
	var was shown
	if err := s.unseal(sealed, &was, hitTable, h.ID); err != nil {
		return nil, err
	}
	h.Score, h.Person = was.Score, was.Who
	return &h, nil
}

// Filter says which hits to list.
type Filter struct {
	PostIDs []string // nil for all
	Ref     string   // "" for all
	State   State    // "" for all
	After   string   // id of the last one seen
	Limit   int
}

// Hits lists hits, the oldest first.
func (s *Service) Hits(ctx context.Context, f Filter) ([]*Hit, error) {
	query, args := `SELECT `+hitColumns+` FROM screening_hit WHERE id > $1`, []any{f.After}
	if f.Ref != "" {
		args = append(args, f.Ref)
		query += fmt.Sprintf(` AND ref = $%d`, len(args))
	}
	if f.State != "" {
		args = append(args, string(f.State))
		query += fmt.Sprintf(` AND state = $%d`, len(args))
	}
	if f.PostIDs != nil {
		if len(f.PostIDs) == 0 {
			return nil, nil
		}
		query += ` AND post_id IN (` + store.Placeholders(len(args)+1, len(f.PostIDs)) + `)`
		for _, id := range f.PostIDs {
			args = append(args, id)
		}
	}
	args = append(args, f.Limit)
	query += fmt.Sprintf(` ORDER BY id LIMIT $%d`, len(args))
	var out []*Hit
	err := store.Each(ctx, s.DB.Read(), func(rows *sql.Rows) error {
		h, err := s.scanHit(rows)
		out = append(out, h)
		return err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list hits: %w", err)
	}
	for _, h := range out {
		if err := s.readEntry(ctx, h); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// readEntry reads the entry as it was compared.
func (s *Service) readEntry(ctx context.Context, h *Hit) error {
	var sealed []byte
	err := s.DB.Read().QueryRowContext(ctx, `SELECT sealed FROM screening_entry WHERE list = $1 AND entry_key = $2 AND since = $3`,
		string(h.List), h.entryKey, h.Since).Scan(&sealed)
	if err != nil {
		return fmt.Errorf("read the entry of a hit: %w", err)
	}
	return s.unseal(sealed, &h.Entry, entryTable, sealedAs(h.List, h.entryKey, h.Since))
}

// Hit gives one hit with all that is known about it; NotFound without it.
func (s *Service) Hit(ctx context.Context, id string) (*Hit, error) {
	h, err := s.hit(ctx, s.DB.Read(), id, "")
	if err != nil {
		return nil, err
	}
	if err := s.readEntry(ctx, h); err != nil {
		return nil, err
	}
	if h.Check, err = s.check(ctx, ` WHERE id = $1`, h.CheckID); err != nil {
		return nil, err
	}
	var since int
	var sealed []byte
	err = s.DB.Read().QueryRowContext(ctx, `SELECT since, sealed FROM screening_entry WHERE list = $1 AND entry_key = $2 AND until = 0`, string(h.List), h.entryKey).Scan(&since, &sealed)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return nil, fmt.Errorf("read the entry of a hit: %w", err)
	default:
		h.Now = &match.Entry{}
		if err := s.unseal(sealed, h.Now, entryTable, sealedAs(h.List, h.entryKey, since)); err != nil {
			return nil, err
		}
	}
	if h.Judgements, err = s.judgements(ctx, id); err != nil || h.earlierID == "" {
		return h, err
	}
	if h.Earlier, err = s.hit(ctx, s.DB.Read(), h.earlierID, ""); err != nil {
		return nil, err
	}
	if h.Earlier.Judgements, err = s.judgements(ctx, h.earlierID); err != nil {
		return nil, err
	}
	h.SameGrounds = h.State == ClearedEarlier
	return h, s.readEntry(ctx, h.Earlier)
}

func (s *Service) hit(ctx context.Context, q store.Querier, id, lock string) (*Hit, error) {
	return s.scanHit(q.QueryRowContext(ctx, `SELECT `+hitColumns+` FROM screening_hit WHERE id = $1`+lock, id))
}

func (s *Service) judgements(ctx context.Context, hit string) ([]Judgement, error) {
	var out []Judgement
	err := store.Each(ctx, s.DB.Read(), func(rows *sql.Rows) error {
		var j Judgement
		var id string
		var at int64
		var sealed []byte
		if err := rows.Scan(&id, &j.Number, &j.Step, &j.Verdict, &j.Actor, &at, &sealed); err != nil {
			return err
		}
		j.At = store.Time(at)
		if len(sealed) > 0 {
			if err := s.unseal(sealed, &j.Reason, "screening_judgement", id); err != nil {
				return err
			}
		}
		out = append(out, j)
		return nil
	}, `SELECT id, number, step, verdict, actor, said_at, sealed FROM screening_judgement WHERE hit_id = $1 ORDER BY number`, hit)
	if err != nil {
		return nil, fmt.Errorf("read what was said about a hit: %w", err)
	}
	return out, nil
}

// Judge says whether the person is who stands on the list, with a reason; it
// counts when another officer confirms it. actor is the staff account's id.
// Invalid without a verdict or a reason, Conflict when the hit is not open.
func (s *Service) Judge(ctx context.Context, actor, id string, verdict Verdict, reason string) error {
	if verdict != Same && verdict != Other {
		var wrong fault.Fields
		wrong.Add("verdict", "screening.error.verdict")
		checkText(&wrong, "reason", reason)
		return wrong.Err()
	}
	return s.say(ctx, actor, id, "judge", verdict, reason)
}

// Confirm settles a hit as the other officer judged it, with a reason. Forbidden
// for the officer who judged, Conflict when the hit is not judged, Invalid
// without a reason.
func (s *Service) Confirm(ctx context.Context, actor, id, reason string) error {
	return s.say(ctx, actor, id, "confirm", NoVerdict, reason)
}

// Return gives a hit back to be judged anew, with a reason; errors as of Confirm.
func (s *Service) Return(ctx context.Context, actor, id, reason string) error {
	return s.say(ctx, actor, id, "return", NoVerdict, reason)
}

func (s *Service) say(ctx context.Context, actor, id, step string, verdict Verdict, reason string) error {
	var wrong fault.Fields
	reason = checkText(&wrong, "reason", reason)
	if err := wrong.Err(); err != nil {
		return err
	}
	said := store.NewID()
	sealed, err := s.seal(reason, "screening_judgement", said)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		h, err := s.hit(ctx, tx, id, tx.ForUpdate())
		if err != nil {
			return err
		}
		now := store.Millis(s.Now())
		switch {
		case step == "judge" && h.State != Open, step != "judge" && h.State != Judged:
			return fault.NewConflict("screening.error.moved_on")
		case step != "judge" && h.JudgedBy == actor:
			return fault.NewForbidden("screening.error.second_officer")
		case step == "judge":
			_, err = tx.ExecContext(ctx, `UPDATE screening_hit SET state = 'judged', verdict = $1, judged_by = $2, judged_at = $3 WHERE id = $4`, string(verdict), actor, now, id)
		case step == "confirm":
			verdict = h.Verdict
			_, err = tx.ExecContext(ctx, `UPDATE screening_hit SET state = 'settled', confirmed_by = $1, confirmed_at = $2 WHERE id = $3`, actor, now, id)
		default:
			verdict = h.Verdict
			_, err = tx.ExecContext(ctx, `UPDATE screening_hit SET state = 'open', verdict = '', judged_by = NULL, judged_at = 0 WHERE id = $1`, id)
		}
		if err != nil {
			return fmt.Errorf("%s a hit: %w", step, err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO screening_judgement (id, hit_id, number, step, verdict, actor, said_at, sealed)
			SELECT $1, $2, count(*) + 1, $3, $4, $5, $6, $7 FROM screening_judgement WHERE hit_id = $8`, said, id, step, string(verdict), actor, now, sealed, id)
		if err != nil {
			return fmt.Errorf("write down what was said about a hit: %w", err)
		}
		if step == "confirm" && s.Settled != nil {
			if err := s.Settled(ctx, tx, h.Ref); err != nil {
				return err
			}
		}
		return s.Audit.Append(ctx, tx, audit.Entry{Actor: audit.Staff(actor), Action: "hit." + step, Object: "hit:" + id, Post: h.PostID,
			Detail: map[string]any{"verdict": string(verdict), "ref": h.Ref, "list": string(h.List), "points": h.Points, "judged_by": h.JudgedBy}})
	})
}
