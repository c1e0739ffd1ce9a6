package casework

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// Reasons are the grounds on which an application may be refused; ReasonKey
// gives the sentence that the person reads.
var Reasons = []string{"document", "purpose", "means", "return", "overstay", "insurance", "reliability", "entry-ban", "security", "health", "another"}

// ReasonKey is the translation key of one of Reasons.
func ReasonKey(reason string) string { return "casework.reason." + reason }

// AppealKey is the translation key of how a refusal can be contested.
const AppealKey = "casework.appeal"

// Proposal is what one officer proposes and another decides.
type Proposal struct {
	ID      string
	Outcome Outcome
	// Reasons are some of Reasons; a refusal has at least one.
	Reasons []string
	// Text is what the person reads beside the reasons; "another" needs it.
	Text string
	// Terms are those of what is to be issued, such as "entries" or "until".
	Terms      map[string]string
	ProposedBy string // staff id
	ProposedAt time.Time
	// State is ProposalOpen, ProposalDecided or ProposalSentBack.
	State   string
	EndedBy string // staff id
	EndedAt time.Time
	// EndedNote is why it was sent back, for officers.
	EndedNote string
}

// The states of a proposal.
const (
	ProposalOpen     = "open"
	ProposalDecided  = "decided"
	ProposalSentBack = "sent-back"
)

// sealedProposal is what is sealed in case_proposal.
type sealedProposal struct {
	Text  string            `json:"text"`
	Terms map[string]string `json:"terms"`
}

func (p *Proposal) check() error {
	var bad fault.Fields
	switch p.Outcome {
	case Grant:
		p.Reasons = nil
	case Refuse:
		p.Reasons = slices.Compact(slices.Sorted(slices.Values(p.Reasons)))
		if len(p.Reasons) == 0 {
			bad.Add("reasons", "casework.reason_missing")
		}
		for _, r := range p.Reasons {
			if err := knownReason("reasons", r, Reasons); err != nil {
				return err
			}
		}
	default:
		bad.Add("outcome", "casework.outcome_missing")
	}
	if p.Text != "" || slices.Contains(p.Reasons, "another") {
		text, err := readText("text", p.Text)
		if f := fault.As(err); f != nil {
			bad = append(bad, f.Fields...)
		}
		p.Text = text
	}
	return bad.Err()
}

// Propose proposes to grant or to refuse an examined case. Invalid when a
// refusal has no reason; conflict when the fee is still due.
func (s *Service) Propose(ctx context.Context, staffID, id string, p Proposal) (*Proposal, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	p.ID, p.ProposedBy, p.State = store.NewID(), staffID, ProposalOpen
	_, err := s.change(ctx, id, audit.Staff(staffID), func(w *work) error {
		fee, err := readFee(ctx, w.tx, w.ID)
		if err != nil {
			return err
		}
		if fee.State == FeeDue {
			return fault.NewConflict("casework.fee_due")
		}
		if err := w.step(StepPropose, map[string]any{"proposal": p.ID, "outcome": string(p.Outcome)}); err != nil {
			return err
		}
		w.ProposalID, p.ProposedAt = p.ID, w.now
		reasons, err := json.Marshal(p.Reasons)
		if err != nil {
			return fmt.Errorf("propose: %w", err)
		}
		sealed, err := w.key.sealJSON(sealedProposal{p.Text, p.Terms}, "case_proposal:"+p.ID)
		if err != nil {
			return err
		}
		return w.exec("propose", `INSERT INTO case_proposal (id, application_id, outcome, reasons, sealed, proposed_by, proposed_at, state, ended_by, ended_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', '', 0)`, p.ID, w.ID, string(p.Outcome), string(reasons), sealed, staffID, store.Millis(w.now))
	})
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// Decide makes the open proposal the decision. Where the service asks for four
// eyes, forbidden to whoever made the proposal, and to whoever gave the case to
// the one who made it. Conflict when proposalID is no longer the open one, so
// nobody decides what they have not read; and while a hit on a watch list is
// open, when the proposal is to grant or rests on such a list. The person is
// compared anew first, if a list has changed.
func (s *Service) Decide(ctx context.Context, staffID, id, proposalID string) (*Application, error) {
	return s.fresh(ctx, id, func() (*Application, error) { return s.decide(ctx, staffID, id, proposalID) })
}

func (s *Service) decide(ctx context.Context, staffID, id, proposalID string) (*Application, error) {
	return s.change(ctx, id, audit.Staff(staffID), func(w *work) error {
		p, err := w.openProposal(proposalID)
		if err != nil {
			return err
		}
		q, err := s.questionnaire(ctx, w.tx, w.Application)
		if err != nil {
			return err
		}
		if q.Definition().Case.FourEyes {
			if err := mayDecide(w.ctx, w.tx, w.ID, staffID, p); err != nil {
				return err
			}
		}
		if err := w.checkScreened(p); err != nil {
			return err
		}
		step := StepGrant
		if p.Outcome == Refuse {
			step = StepRefuse
		}
		if err := w.step(step, map[string]any{"proposal": p.ID, "proposed_by": p.ProposedBy, "reasons": p.Reasons}); err != nil {
			return err
		}
		if w.daysTaken, err = s.WorkingDays(ctx, w.PostID, w.dayOf(w.SubmittedAt), w.today); err != nil {
			return err
		}
		w.Outcome, w.DecidedAt, w.DueDate = p.Outcome, w.now, ""
		w.tell(notify.KindApplicationDecided, w.ID, nil)
		return w.endProposal(p, staffID, ProposalDecided, "")
	})
}

// dayOf is the local day at the post; on a fault of the calendar, today.
func (w *work) dayOf(t time.Time) string {
	day, err := w.s.calendar.Today(w.ctx, w.PostID, t)
	if err != nil {
		return w.today
	}
	return day
}

// SendBack returns the case to examination, with the reason for officers; the
// proposer may take back the own proposal so. Invalid without a reason; conflict
// when proposalID is no longer the open one.
func (s *Service) SendBack(ctx context.Context, staffID, id, proposalID, note string) (*Application, error) {
	note, err := readText("note", note)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, id, audit.Staff(staffID), func(w *work) error {
		p, err := w.openProposal(proposalID)
		if err != nil {
			return err
		}
		if err := w.step(StepSendBack, map[string]any{"proposal": p.ID}); err != nil {
			return err
		}
		w.ProposalID = ""
		return w.endProposal(p, staffID, ProposalSentBack, note)
	})
}

func (w *work) endProposal(p *Proposal, staffID, state, note string) error {
	var sealed []byte
	if note != "" {
		var err error
		if sealed, err = w.key.seal([]byte(note), "case_proposal:"+p.ID+"/note"); err != nil {
			return err
		}
	}
	return w.exec("end a proposal", `UPDATE case_proposal SET state = $1, ended_by = $2, ended_at = $3, ended_note = $4 WHERE id = $5`,
		state, staffID, store.Millis(w.now), sealed, p.ID)
}

// openProposal is the one to be decided; conflict when it is not the given one.
func (w *work) openProposal(id string) (*Proposal, error) {
	if w.State != Proposed || id != w.ProposalID {
		return nil, fault.NewConflict("casework.proposal_changed")
	}
	return w.proposal()
}

func (w *work) proposal() (*Proposal, error) {
	p, err := scanProposal(w.tx.QueryRowContext(w.ctx, `SELECT `+proposalColumns+` FROM case_proposal WHERE id = $1 AND application_id = $2`, w.ProposalID, w.ID), w.key)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NewConflict("casework.proposal_changed")
	}
	if err != nil {
		return nil, fmt.Errorf("read a proposal: %w", err)
	}
	return &p, nil
}

const proposalColumns = `id, outcome, reasons, sealed, proposed_by, proposed_at, state, ended_by, ended_at, ended_note`

func scanProposal(row scanner, key *caseKey) (Proposal, error) {
	var p Proposal
	var reasons string
	var sealed, note []byte
	var proposed, ended int64
	if err := row.Scan(&p.ID, &p.Outcome, &reasons, &sealed, &p.ProposedBy, &proposed, &p.State, &p.EndedBy, &ended, &note); err != nil {
		return p, err
	}
	p.ProposedAt, p.EndedAt = store.Time(proposed), store.Time(ended)
	if err := json.Unmarshal([]byte(reasons), &p.Reasons); err != nil {
		return p, err
	}
	var inside sealedProposal
	if err := key.openJSON(sealed, "case_proposal:"+p.ID, &inside); err != nil {
		return p, err
	}
	p.Text, p.Terms = inside.Text, inside.Terms
	if len(note) > 0 {
		plain, err := key.open(note, "case_proposal:"+p.ID+"/note")
		if err != nil {
			return p, err
		}
		p.EndedNote = string(plain)
	}
	return p, nil
}

// Proposals lists the proposals of the case, the oldest first.
func (s *Service) Proposals(ctx context.Context, id string) ([]Proposal, error) {
	a, err := s.Application(ctx, id)
	if err != nil {
		return nil, err
	}
	key, err := s.key(a)
	if err != nil {
		return nil, err
	}
	var all []Proposal
	err = store.Each(ctx, s.db.Read(), func(rows *sql.Rows) error {
		p, err := scanProposal(rows, key)
		all = append(all, p)
		return err
	}, `SELECT `+proposalColumns+` FROM case_proposal WHERE application_id = $1 ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("list proposals: %w", err)
	}
	return all, nil
}
