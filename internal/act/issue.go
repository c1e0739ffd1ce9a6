package act

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// The kinds of mail about acts; package act/letter writes them. Ref is the act.
const (
	KindIssued    = "visa-issued"
	KindCorrected = "visa-corrected"
	KindEnded     = "visa-ended"
)

// CorrectGrounds are those on which a visa may be corrected.
var CorrectGrounds = []string{"misspelt", "wrong-detail", "transliteration"}

// CaseSource is the Source of an act that was made from an application.
func CaseSource(applicationID string) string { return "application:" + applicationID }

// Issue is a visa to be entered.
type Issue struct {
	StaffID string
	// ApplicationID is the granted application.
	ApplicationID string
	PostID        string
	// PostName stands on the document.
	PostName string
	Visa     Visa
	// Applied is the visa as FromCase gives it. Where Visa names the holder
	// otherwise, it is compared with the watch lists first.
	Applied Visa
	Photo   []byte // JPEG or PNG; may be nil
	Layout  string // one of Layouts
}

// Issue enters a visa for a granted application, with its first document, and
// marks the application as issued, all in one transaction. Invalid when the visa
// is not right; conflict when the application is not granted or has its visa, or
// when a name that was put right comes close to an entry of a watch list.
func (s *Service) Issue(ctx context.Context, i Issue) (*Act, *verify.Document, error) {
	i.Visa = i.Visa.Normal()
	today, err := s.posts.Today(ctx, i.PostID, s.now())
	if err != nil {
		return nil, nil, err
	}
	if err := check(today, i.Visa, i.Layout); err != nil {
		return nil, nil, err
	}
	if err := s.compare(ctx, i.ApplicationID, i.PostID, i.Applied, i.Visa); err != nil {
		return nil, nil, err
	}
	a := &Act{Register: Visas, PostID: i.PostID, Source: CaseSource(i.ApplicationID), MadeBy: i.StaffID, Visa: &i.Visa}
	var paper *verify.Document
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.enter(ctx, tx, a, today, i.Visa, i.Photo); err != nil {
			return err
		}
		if err := s.keyed(ctx, tx, a.ID, s.keys(&i.Visa)); err != nil {
			return err
		}
		if err := s.event(ctx, tx, a.ID, EventIssued, audit.Staff(i.StaffID), said{}); err != nil {
			return err
		}
		var err error
		if paper, err = s.print(ctx, tx, a, i.Layout, i.PostName, i.StaffID); err != nil {
			return err
		}
		if err := s.out.Enqueue(ctx, tx, notify.Message{Kind: KindIssued, Ref: a.ID, Lang: i.Visa.Lang}); err != nil {
			return err
		}
		if err := s.cases.IssueIn(ctx, tx, audit.Staff(i.StaffID), i.ApplicationID, "visa:"+a.ID); err != nil {
			return err
		}
		return s.trail.Append(ctx, tx, entry(a, i.StaffID, "issue", map[string]any{"number": a.Label(), "document": paper.ID}))
	})
	if err != nil {
		return nil, nil, err
	}
	s.out.Wake()
	return a, paper, nil
}

func check(today string, v Visa, layout string) error {
	var bad fault.Fields
	if !slices.Contains(Layouts, layout) {
		bad.Add("layout", "act.layout_missing")
	}
	if f := fault.As(v.Check(today)); f != nil {
		bad = append(bad, f.Fields...)
	}
	return bad.Err()
}

// print enters a document of the act.
func (s *Service) print(ctx context.Context, tx *store.Tx, a *Act, layout, postName, staffID string) (*verify.Document, error) {
	return s.docs.EnterIn(ctx, tx, verify.Document{
		Kind: string(a.Register), Layout: layout, ActID: a.ID, ActLabel: a.Label(), Lang: a.Visa.Lang, Zone: s.posts.Zone(),
		ValidFrom: a.Visa.From, ValidUntil: a.Visa.Until, MadeBy: staffID, Shown: a.Shown(postName),
	})
}

// Print enters one more document of an act in force, each with a code of its
// own. With replace the earlier ones are worth nothing from now on: they were
// spoilt, lost or stolen.
func (s *Service) Print(ctx context.Context, staffID, actID, layout, postName string, replace bool, reason string) (*verify.Document, error) {
	var bad fault.Fields
	if !slices.Contains(Layouts, layout) {
		bad.Add("layout", "act.layout_missing")
	}
	reason = readText(&bad, "reason", reason, true)
	if err := bad.Err(); err != nil {
		return nil, err
	}
	var paper *verify.Document
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err := s.standing(ctx, tx, actID)
		if err != nil {
			return err
		}
		if replace {
			if err := s.docs.EndIn(ctx, tx, a.ID, verify.Superseded, ""); err != nil {
				return err
			}
		}
		if paper, err = s.print(ctx, tx, a, layout, postName, staffID); err != nil {
			return err
		}
		if err := s.event(ctx, tx, a.ID, EventPrinted, audit.Staff(staffID), said{Reason: reason}); err != nil {
			return err
		}
		return s.trail.Append(ctx, tx, entry(a, staffID, "print", map[string]any{"document": paper.ID, "layout": layout, "replace": replace}))
	})
	return paper, err
}

// Correction is what was wrong in a visa and how it should read.
type Correction struct {
	StaffID, ActID string
	Ground         string // one of CorrectGrounds
	// Authority is by which paper or rule; Reason is for officers.
	Authority, Reason string
	// Visa has the holder's particulars and remarks; what was decided (type,
	// entries, dates, days, nationality) is taken from the visa as it stands.
	Visa     Visa
	PostName string
	Layout   string
}

// Correct supersedes a visa in force by a new entry: names, sex, birth,
// document number and remarks can be put right so, without a new application.
// Invalid when nothing changes or something is wrong; conflict when the visa is
// not in force, a proposal to end it is open, or the holder as corrected comes
// close to an entry of a watch list, until two officers have settled that.
func (s *Service) Correct(ctx context.Context, c Correction) (*Act, *verify.Document, error) {
	var bad fault.Fields
	if !slices.Contains(CorrectGrounds, c.Ground) {
		bad.Add("ground", "act.ground_missing")
	}
	c.Authority = readText(&bad, "authority", c.Authority, true)
	c.Reason = readText(&bad, "reason", c.Reason, true)
	before, err := s.Act(ctx, c.ActID)
	if err != nil {
		return nil, nil, err
	}
	today, err := s.posts.Today(ctx, before.PostID, s.now())
	if err != nil {
		return nil, nil, err
	}
	v := before.Visa.With(c.Visa).Normal()
	if v == *before.Visa {
		bad.Add("surname_latin", "act.nothing_changed")
	}
	if f := fault.As(check(today, v, c.Layout)); f != nil {
		bad = append(bad, f.Fields...)
	}
	if err := bad.Err(); err != nil {
		return nil, nil, err
	}
	if before.State == InForce {
		if err := s.compare(ctx, strings.TrimPrefix(before.Source, CaseSource("")), before.PostID, *before.Visa, v); err != nil {
			return nil, nil, err
		}
	}
	photo, err := s.Photo(ctx, c.ActID)
	if err != nil {
		return nil, nil, err
	}
	words := said{Ground: c.Ground, Authority: c.Authority, Reason: c.Reason}
	a := &Act{Register: Visas, PostID: before.PostID, Source: before.Source, Supersedes: before.ID, MadeBy: c.StaffID, Visa: &v}
	var paper *verify.Document
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.supersede(ctx, tx, before, a, today, photo, words, c.StaffID); err != nil {
			return err
		}
		var err error
		if paper, err = s.print(ctx, tx, a, c.Layout, c.PostName, c.StaffID); err != nil {
			return err
		}
		if err := s.out.Enqueue(ctx, tx, notify.Message{Kind: KindCorrected, Ref: a.ID, Lang: v.Lang}); err != nil {
			return err
		}
		return s.trail.Append(ctx, tx, entry(before, c.StaffID, "correct", map[string]any{"by": object(a.ID), "number": a.Label(), "ground": c.Ground}))
	})
	if err != nil {
		return nil, nil, err
	}
	s.out.Wake()
	return a, paper, nil
}

// supersede puts a new act in the place of one that stands.
func (s *Service) supersede(ctx context.Context, tx *store.Tx, before, a *Act, today string, photo []byte, words said, staffID string) error {
	if _, err := s.standing(ctx, tx, before.ID); err != nil {
		return err
	}
	var open int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM act_proposal WHERE act_id = $1 AND state = 'open'`, before.ID).Scan(&open); err != nil {
		return fmt.Errorf("look for proposals: %w", err)
	}
	if open > 0 {
		return fault.NewConflict("act.proposal_open")
	}
	// The old entry ends first: one act of a source is in force at a time. Its
	// successor's id is known only after, so a placeholder stands in between.
	if _, err := tx.ExecContext(ctx, `UPDATE act SET state = 'corrected', ended_at = $1, superseded_by = $2 WHERE id = $3`, store.Millis(s.now()), before.ID, before.ID); err != nil {
		return fmt.Errorf("supersede act %s: %w", before.ID, err)
	}
	if err := s.enter(ctx, tx, a, today, a.Visa, photo); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE act SET superseded_by = $1 WHERE id = $2`, a.ID, before.ID); err != nil {
		return fmt.Errorf("supersede act %s: %w", before.ID, err)
	}
	actor := audit.Staff(staffID)
	return errors.Join(
		s.keyed(ctx, tx, a.ID, s.keys(a.Visa)),
		s.docs.EndIn(ctx, tx, before.ID, verify.Superseded, a.Label()),
		s.event(ctx, tx, before.ID, EventCorrected, actor, words),
		s.event(ctx, tx, a.ID, EventIssued, actor, words),
	)
}

// With gives the visa with the particulars of c that whoever issues or corrects
// it may put right, which are not part of the decision.
func (v Visa) With(c Visa) Visa {
	v.Surname, v.GivenNames, v.SurnameLatin, v.GivenNamesLatin = c.Surname, c.GivenNames, c.SurnameLatin, c.GivenNamesLatin
	v.Sex, v.Birth, v.DocumentNumber, v.Remarks = c.Sex, c.Birth, c.DocumentNumber, c.Remarks
	return v
}
