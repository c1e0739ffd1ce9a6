package act

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// End is a way in which an act ends.
type End string

// The ways to end an act. An annulled act should never have been made, a revoked
// one was right when it was made.
const (
	Annul  End = "annul"
	Revoke End = "revoke"
)

// Ends lists both.
var Ends = []End{Annul, Revoke}

// Grounds are those on which an act may end; the holder is told.
var Grounds = map[End][]string{
	Annul:  {"false-statement", "conditions-not-met", "office-mistake", "another"},
	Revoke: {"conditions-changed", "security", "on-request", "document-lost", "another"},
}

// GroundKey is the translation key of one of Grounds or CorrectGrounds.
func GroundKey(ground string) string { return "act.ground." + ground }

// The states of a proposal.
const (
	ProposalOpen     = "open"
	ProposalCarried  = "carried"
	ProposalRejected = "rejected"
)

// MaxText bounds what officers write, in characters.
const MaxText = 2000

// Proposal is what one officer proposes to end an act, and what another decided.
type Proposal struct {
	ID, ActID string
	Kind      End
	Ground    string // one of Grounds[Kind]
	// Authority is on whose order or by which rule; Reason is for officers.
	Authority, Reason string
	ProposedBy        string // staff id
	ProposedAt        time.Time
	State             string
	DecidedBy         string // staff id
	DecidedAt         time.Time
	Note              string // of who decided
}

// readText takes what an officer wrote; needed texts must not be empty.
func readText(bad *fault.Fields, path, text string, needed bool) string {
	text = strings.TrimSpace(text)
	switch {
	case needed && text == "":
		bad.Add(path, "act.text_missing")
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0) || utf8.RuneCountInString(text) > MaxText:
		bad.AddWith(path, "act.text_long", fault.Args{"Max": MaxText})
	}
	return text
}

// Propose proposes to end an act in force. Invalid without ground, authority or
// reason; conflict when a proposal is open.
func (s *Service) Propose(ctx context.Context, staffID, actID string, p Proposal) (*Proposal, error) {
	var bad fault.Fields
	if !slices.Contains(Ends, p.Kind) {
		bad.Add("kind", "act.kind_missing")
	} else if !slices.Contains(Grounds[p.Kind], p.Ground) {
		bad.Add("ground", "act.ground_missing")
	}
	p.Authority = readText(&bad, "authority", p.Authority, true)
	p.Reason = readText(&bad, "reason", p.Reason, true)
	if err := bad.Err(); err != nil {
		return nil, err
	}
	p.ID, p.ActID, p.ProposedBy, p.State = store.NewID(), actID, staffID, ProposalOpen
	words := said{Ground: p.Ground, Authority: p.Authority, Reason: p.Reason}
	text, err := json.Marshal(words)
	if err != nil {
		return nil, fmt.Errorf("propose: %w", err)
	}
	sealed, err := s.ring.Seal(text, "act_proposal:"+p.ID)
	if err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err := s.standing(ctx, tx, actID)
		if err != nil {
			return err
		}
		p.ProposedAt = s.now()
		_, err = tx.ExecContext(ctx, `INSERT INTO act_proposal (id, act_id, kind, ground, sealed, proposed_by, proposed_at, state, decided_by, decided_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', '', 0)`, p.ID, actID, string(p.Kind), p.Ground, sealed, staffID, store.Millis(p.ProposedAt))
		if store.IsUnique(err) {
			return fault.NewConflict("act.proposal_open")
		}
		if err != nil {
			return fmt.Errorf("propose to end an act: %w", err)
		}
		if err := s.event(ctx, tx, actID, EventProposed, audit.Staff(staffID), words); err != nil {
			return err
		}
		return s.trail.Append(ctx, tx, entry(a, staffID, "propose-"+string(p.Kind), map[string]any{"proposal": p.ID, "ground": p.Ground}))
	})
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// entry is what the audit trail keeps of a change.
func entry(a *Act, staffID, verb string, detail map[string]any) audit.Entry {
	return audit.Entry{Actor: audit.Staff(staffID), Action: string(a.Register) + "." + verb, Object: object(a.ID), Post: a.PostID, Detail: detail}
}

// ends says what carrying a proposal makes of the act and of its documents.
var ends = map[End]struct {
	state State
	docs  verify.State
	event string
}{
	Annul:  {Annulled, verify.Annulled, EventAnnulled},
	Revoke: {Revoked, verify.Revoked, EventRevoked},
}

// Carry ends the act as another officer proposed, and tells the holder. Forbidden
// to whoever proposed; conflict when the proposal is no longer open.
func (s *Service) Carry(ctx context.Context, staffID, proposalID, note string) (*Act, error) {
	var ended *Act
	err := s.decide(ctx, staffID, proposalID, note, false, func(ctx context.Context, tx *store.Tx, a *Act, p *Proposal, note string) error {
		if p.ProposedBy == staffID {
			return fault.NewForbidden("act.own_proposal")
		}
		to := ends[p.Kind]
		if _, err := tx.ExecContext(ctx, `UPDATE act SET state = $1, ended_at = $2 WHERE id = $3`, string(to.state), store.Millis(s.now()), a.ID); err != nil {
			return fmt.Errorf("end act %s: %w", a.ID, err)
		}
		if err := s.docs.EndIn(ctx, tx, a.ID, to.docs, ""); err != nil {
			return err
		}
		if err := s.event(ctx, tx, a.ID, to.event, audit.Staff(staffID), said{Ground: p.Ground, Authority: p.Authority, Reason: note}); err != nil {
			return err
		}
		if err := s.out.Enqueue(ctx, tx, notify.Message{Kind: KindEnded, Ref: a.ID, Lang: a.Visa.Lang}); err != nil {
			return err
		}
		a.State, a.EndedAt, ended = to.state, s.now(), a
		return s.close(ctx, tx, p, ProposalCarried, staffID, note, a, string(p.Kind))
	})
	if err == nil {
		s.out.Wake()
	}
	return ended, err
}

// Reject closes the proposal without effect, with the reason; the proposer may
// take back the own one so. Invalid without a reason.
func (s *Service) Reject(ctx context.Context, staffID, proposalID, note string) error {
	return s.decide(ctx, staffID, proposalID, note, true, func(ctx context.Context, tx *store.Tx, a *Act, p *Proposal, note string) error {
		if err := s.event(ctx, tx, a.ID, EventRejected, audit.Staff(staffID), said{Reason: note}); err != nil {
			return err
		}
		return s.close(ctx, tx, p, ProposalRejected, staffID, note, a, "reject")
	})
}

// decide locks act and proposal, in this order, and hands them on with the
// note, tidied up.
func (s *Service) decide(ctx context.Context, staffID, proposalID, note string, needed bool, do func(ctx context.Context, tx *store.Tx, a *Act, p *Proposal, note string) error) error {
	var bad fault.Fields
	note = readText(&bad, "note", note, needed)
	if err := bad.Err(); err != nil {
		return err
	}
	of, err := s.proposal(ctx, s.db.Read(), proposalID)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err := s.byID(ctx, tx, of.ActID, tx.ForUpdate())
		if err != nil {
			return err
		}
		p, err := s.proposal(ctx, tx, proposalID)
		if err != nil {
			return err
		}
		if p.State != ProposalOpen || a.State != InForce {
			return fault.NewConflict("act.proposal_closed")
		}
		return do(ctx, tx, a, p, note)
	})
}

func (s *Service) close(ctx context.Context, tx *store.Tx, p *Proposal, state, staffID, note string, a *Act, verb string) error {
	var sealed []byte
	if note != "" {
		var err error
		if sealed, err = s.ring.Seal([]byte(note), "act_proposal:"+p.ID+"/note"); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE act_proposal SET state = $1, decided_by = $2, decided_at = $3, note = $4 WHERE id = $5 AND state = 'open'`,
		state, staffID, store.Millis(s.now()), sealed, p.ID); err != nil {
		return fmt.Errorf("close a proposal: %w", err)
	}
	return s.trail.Append(ctx, tx, entry(a, staffID, verb, map[string]any{"proposal": p.ID, "ground": p.Ground}))
}

const proposalColumns = `id, act_id, kind, ground, sealed, proposed_by, proposed_at, state, decided_by, decided_at, note`

func (s *Service) proposal(ctx context.Context, q store.Querier, id string) (*Proposal, error) {
	return s.scanProposal(q.QueryRowContext(ctx, `SELECT `+proposalColumns+` FROM act_proposal WHERE id = $1`, id))
}

func (s *Service) scanProposal(row scanner) (*Proposal, error) {
	var p Proposal
	var sealed, note []byte
	var proposed, decided int64
	err := row.Scan(&p.ID, &p.ActID, &p.Kind, &p.Ground, &sealed, &p.ProposedBy, &proposed, &p.State, &p.DecidedBy, &decided, &note)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NewNotFound("act.no_proposal")
	}
	if err != nil {
		return nil, fmt.Errorf("read a proposal: %w", err)
	}
	text, err := s.ring.Unseal(sealed, "act_proposal:"+p.ID)
	if err != nil {
		return nil, err
	}
	var words said
	if err := json.Unmarshal(text, &words); err != nil {
		return nil, fmt.Errorf("read a proposal: %w", err)
	}
	p.Authority, p.Reason = words.Authority, words.Reason
	p.ProposedAt, p.DecidedAt = store.Time(proposed), store.Time(decided)
	if len(note) > 0 {
		text, err := s.ring.Unseal(note, "act_proposal:"+p.ID+"/note")
		if err != nil {
			return nil, err
		}
		p.Note = string(text)
	}
	return &p, nil
}

// Proposals lists those about the act, the oldest first.
func (s *Service) Proposals(ctx context.Context, actID string) ([]*Proposal, error) {
	var all []*Proposal
	err := store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		p, err := s.scanProposal(rows)
		all = append(all, p)
		return err
	}, `SELECT `+proposalColumns+` FROM act_proposal WHERE act_id = $1 ORDER BY id`, actID)
	if err != nil {
		return nil, fmt.Errorf("list proposals: %w", err)
	}
	return all, nil
}
