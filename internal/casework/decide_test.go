package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestFourEyes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		a, p := r.proposed("ann", Proposal{Outcome: Refuse, Reasons: []string{"means", "document", "means"}, Text: "The account is empty."})
		if !slices.Equal(p.Reasons, []string{"document", "means"}) {
			t.Fatalf("reasons %v", p.Reasons)
		}
		_, err := r.Decide(ctx, "ann", a.ID, p.ID)
		r.refused(err, "casework.own_proposal")
		_, err = r.Assign(ctx, "ann", a.ID, "bob")
		r.refused(err, "casework.own_choice")
		_, err = r.Assign(ctx, "head", a.ID, "ann") // whoever gave the case to the proposer, even late, is out
		r.must(err)
		_, err = r.Decide(ctx, "head", a.ID, p.ID)
		r.refused(err, "casework.own_assignment")
		_, err = r.SendBack(ctx, "bob", a.ID, p.ID, " ")
		r.refused(err, "casework.text_missing")
		_, err = r.SendBack(ctx, "bob", a.ID, p.ID, "Look at the second page.")
		r.must(err)
		_, err = r.Decide(ctx, "bob", a.ID, p.ID)
		r.refused(err, "casework.proposal_changed")
		q, err := r.Propose(ctx, "bob", a.ID, Proposal{Outcome: Grant, Reasons: []string{"means"}})
		r.must(err)
		_, err = r.Decide(ctx, "eve", a.ID, p.ID) // a page that shows the old proposal
		r.refused(err, "casework.proposal_changed")
		_, err = r.Decide(ctx, "head", a.ID, q.ID) // gave the case to ann, not to bob
		r.must(err)
		c, err := r.Case(ctx, a.ID)
		r.must(err)
		if c.State != Granted || c.Outcome != Grant || c.DueDate != "" || len(c.Proposals) != 2 || c.Proposals[0].EndedNote != "Look at the second page." ||
			c.Proposals[0].State != ProposalSentBack || c.Proposals[1].State != ProposalDecided || c.Proposals[1].EndedBy != "head" || len(c.Proposals[1].Reasons) != 0 {
			t.Fatalf("%+v", c)
		}
		if n := r.count(`SELECT count(*) FROM audit_entry WHERE object = $1 AND actor = 'staff:head' AND action IN ('case.assign', 'case.grant')`, object(a.ID)); n != 2 {
			t.Errorf("%d entries of the head, want 2", n)
		}
	})
}

func TestOneOfficerWhereTheServiceSaysSo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := open(t, db)
		r.forms.change(strings.Replace(trial, "four_eyes: true, ", "", 1))
		a, p := r.proposed("ann", Proposal{Outcome: Refuse, Reasons: []string{"another"}, Text: "Because."})
		b, err := r.Decide(context.Background(), "ann", a.ID, p.ID)
		if err != nil || b.State != Refused || !b.EndedAt.Equal(nine) {
			t.Fatalf("%+v, %v", b, err)
		}
	})
}

func TestProposalsAreChecked(t *testing.T) {
	db := storetest.SQLite(t)
	r := open(t, db)
	a := r.submitted()
	for want, p := range map[string]Proposal{
		"casework.outcome_missing": {},
		"casework.reason_missing":  {Outcome: Refuse},
		"casework.text_missing":    {Outcome: Refuse, Reasons: []string{"another"}},
		"casework.text_long":       {Outcome: Grant, Text: strings.Repeat("x", maxText+1)},
	} {
		_, err := r.Propose(context.Background(), "ann", a.ID, p)
		r.refused(err, want)
	}
	_, err := r.Propose(context.Background(), "ann", a.ID, Proposal{Outcome: Refuse, Reasons: []string{"means", "nonsense"}})
	r.refused(err, "casework.reason_missing")
}

// officers act on one case in any order; whatever they do, the state moves only
// along the table, and nobody decides alone or for those whom they chose.
func TestAnyOrderKeepsTheRules(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		rapid.Check(t, func(t *rapid.T) {
			a, err := r.Start(ctx, Beginning{ServiceID: "trial", PostID: "berlin", Lang: "az", Channel: ByStaff, Staff: "ann"})
			if err != nil {
				t.Fatal(err)
			}
			for page, answers := range good() {
				if _, err := r.Save(ctx, a.ID, page, 0, answers); err != nil {
					t.Fatal(err)
				}
			}
			staff := rapid.SampledFrom([]string{"ann", "bob", "eve"})
			gave := map[[2]string]bool{} // by, to
			proposer, last := "", Draft
			for range rapid.IntRange(5, 40).Draw(t, "acts") {
				who := staff.Draw(t, "who")
				now, err := r.Application(ctx, a.ID)
				if err != nil {
					t.Fatal(err)
				}
				var step Step
				switch act := rapid.SampledFrom([]string{"submit", "screen", "screen", "examine", "examine", "pay", "propose", "propose", "decide", "decide",
					"send back", "assign", "assign", "ask", "answer", "withdraw", "issue", "collect", "erase"}).Draw(t, "act"); act {
				case "submit":
					step = StepSubmit
					_, err = r.Submit(ctx, a.ID)
				case "screen":
					step = StepScreen
					_, err = r.Screen(ctx, audit.System, a.ID, "run")
				case "examine":
					step = StepExamine
					_, err = r.Examine(ctx, who, a.ID)
				case "pay":
					_, err = r.TakePayment(ctx, who, a.ID, "cash")
				case "propose":
					step = StepPropose
					if _, err = r.Propose(ctx, who, a.ID, Proposal{Outcome: Grant}); err == nil {
						proposer = who
					}
				case "decide":
					step = StepGrant
					if _, err = r.Decide(ctx, who, a.ID, now.ProposalID); err == nil && (who == proposer || gave[[2]string{who, proposer}]) {
						t.Fatalf("%s decided what %s proposed, with %v given", who, proposer, gave)
					}
				case "send back":
					step = StepSendBack
					_, err = r.SendBack(ctx, who, a.ID, now.ProposalID, "no")
				case "assign":
					to := staff.Draw(t, "to")
					if _, err = r.Assign(ctx, who, a.ID, to); err == nil && now.Assignee != to {
						gave[[2]string{who, to}] = true
					}
				case "ask":
					step = StepAsk
					_, err = r.Ask(ctx, who, a.ID, "why?", nil)
				case "answer":
					step = StepAnswer
					_, err = r.Answer(ctx, a.ID, "because")
				case "withdraw":
					if rapid.IntRange(0, 9).Draw(t, "really") > 0 {
						continue
					}
					step = StepWithdraw
					_, err = r.Withdraw(ctx, a.ID)
				case "issue":
					step = StepIssue
					_, err = r.Issue(ctx, audit.System, a.ID, "visa:"+a.ID)
				case "collect":
					step = StepCollect
					_, err = r.Collect(ctx, who, a.ID)
				case "erase":
					if rapid.IntRange(0, 9).Draw(t, "really") > 0 {
						continue
					}
					step = StepErase
					err = r.Erase(ctx, audit.System, a.ID)
				}
				if kind := fault.KindOf(err); err != nil && kind == fault.Internal {
					t.Fatal(err)
				}
				is, readErr := r.Application(ctx, a.ID)
				if readErr != nil {
					t.Fatal(readErr)
				}
				if is.State != last && (err != nil || !step.May(last) || ways[step].to != is.State) {
					t.Fatalf("from %s to %s by %q (%v)", last, is.State, step, err)
				}
				last = is.State
			}
		})
	})
}

func TestStatesOfTheTableAreWhole(t *testing.T) {
	reached := map[State]bool{Draft: true}
	for step, w := range ways {
		if len(w.from) == 0 || !w.to.Known() {
			t.Errorf("%s leads from %v to %q", step, w.from, w.to)
		}
		reached[w.to] = true
		for _, from := range w.from {
			if from == Erased || from == w.to {
				t.Errorf("%s leads from %s to %s", step, from, w.to)
			}
		}
	}
	for _, s := range States {
		if !reached[s] {
			t.Errorf("no way leads to %s", s)
		}
		if s.Open() && s.Over() {
			t.Errorf("%s is open and over", s)
		}
	}
	if StepGrant.May(Examined) || StepIssue.May(Refused) || StepErase.May(Proposed) || Step("nonsense").May(Draft) {
		t.Error("the table allows what it must not")
	}
}

// Officers who act in the same moment never get past the rule.
func TestFourEyesHoldInARush(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		for range 6 {
			a, p := r.proposed("ann", Proposal{Outcome: Grant})
			var all sync.WaitGroup
			var mu sync.Mutex
			decided := []string{}
			for _, who := range []string{"ann", "bob", "eve", "head"} {
				all.Go(func() {
					_, _ = r.Assign(ctx, who, a.ID, "ann")
					if _, err := r.Decide(ctx, who, a.ID, p.ID); err == nil {
						mu.Lock()
						decided = append(decided, who)
						mu.Unlock()
					} else if fault.KindOf(err) == fault.Internal {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if len(decided) > 1 || slices.Contains(decided, "ann") {
				t.Fatalf("decided by %v", decided)
			}
			if n := r.count(`SELECT count(*) FROM application a JOIN case_proposal p ON p.id = a.proposal_id JOIN case_assignment g ON g.application_id = a.id
				WHERE a.id = $1 AND a.state = 'granted' AND g.by_id = p.ended_by AND g.staff_id = p.proposed_by AND g.at <= p.ended_at`, a.ID); n > 0 {
				t.Fatal("somebody decided for whom they had chosen")
			}
		}
	})
}

// What 500 people save at once is all there afterwards.
func TestARushOfSavesLosesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		const people = 500
		ids := make([]string, people)
		var all sync.WaitGroup
		for i := range people {
			all.Go(func() {
				a, err := r.Start(ctx, Beginning{ServiceID: "trial", PostID: "berlin", Lang: "en"})
				if err != nil {
					t.Error(err)
					return
				}
				ids[i] = a.ID
				for _, page := range []string{"person", "journey"} {
					if _, err := r.Save(ctx, a.ID, page, 0, form.Answers{"number": fmt.Sprint(i), "purpose": fmt.Sprint(i)}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		for i, id := range ids {
			_, c, err := r.Content(ctx, id)
			if err != nil || len(c.Versions) != 2 || c.Answers["number"] != fmt.Sprint(i) {
				t.Fatalf("person %d: %+v, %v", i, c, err)
			}
		}
	})
}
