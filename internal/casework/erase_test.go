package casework

import (
	"context"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// left counts rows of the application in all tables from which it is erased.
func (r *rig) left(id string) int {
	n := 0
	for _, table := range eraseFrom {
		n += r.count(`SELECT count(*) FROM `+table+` WHERE application_id = $1`, id)
	}
	return n
}

func TestErasingDestroysTheKeyAndLeavesACount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		a, p := r.proposed("ann", Proposal{Outcome: Refuse, Reasons: []string{"means"}})
		_, err := r.Note(ctx, "ann", a.ID, "A note.")
		r.must(err)
		r.refused(r.Erase(ctx, audit.System, a.ID), "casework.wrong_state")
		r.clock.advance(3 * 24 * time.Hour)
		_, err = r.Decide(ctx, "bob", a.ID, p.ID)
		r.must(err)
		r.refused(r.Erase(ctx, audit.Applicant, a.ID), "casework.not_editable")
		before, err := r.Statistics(ctx, Period{From: "2026-11", To: "2026-11"})
		r.must(err)

		r.clock.advance(729 * 24 * time.Hour) // a day short of 24 months
		if n, err := r.Tick(ctx); err != nil || n != 0 {
			t.Fatalf("erased %d before the time, %v", n, err)
		}
		r.clock.advance(3 * 24 * time.Hour)
		if n, err := r.Tick(ctx); err != nil || n != 1 {
			t.Fatalf("erased %d, %v", n, err)
		}
		gone, err := r.Application(ctx, a.ID)
		r.must(err)
		if gone.State != Erased || len(gone.dataKey) != 0 || gone.Reference == a.Reference || gone.Nationality != "" || gone.emailKey != "" || !gone.SubmittedAt.IsZero() {
			t.Fatalf("%+v", gone)
		}
		if n := r.left(a.ID); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		_, err = r.Case(ctx, a.ID)
		r.refused(err, "casework.not_found")
		_, _, err = r.Content(ctx, a.ID)
		r.refused(err, "casework.erased")
		if n := r.count(`SELECT count(*) FROM receipt WHERE application_id = $1`, a.ID); n != 1 {
			t.Error("the receipt is gone")
		}
		after, err := r.Statistics(ctx, Period{From: "2026-11", To: "2026-11"})
		r.must(err)
		if len(before) != 1 || len(after) != 1 || before[0].Refused != 1 || after[0].Refused != 1 || before[0].MedianDays != 2 || after[0].MedianDays != 2 || after[0].Nationality != "TUR" {
			t.Errorf("counted %+v before and %+v after", before, after)
		}
	})
}

func TestDraftsLiveThirtyDays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		left, used, deleted := r.draft(good()), r.draft(good()), r.draft(good())
		r.must(r.Erase(ctx, audit.Applicant, deleted.ID)) // by the person
		if n := r.left(deleted.ID); n != 0 {
			t.Errorf("%d rows of a deleted draft are left", n)
		}
		r.clock.advance(29 * 24 * time.Hour)
		_, err := r.Save(ctx, used.ID, "journey", 1, form.Answers{"purpose": "work"})
		r.must(err)
		r.clock.advance(2 * 24 * time.Hour)
		if n, err := r.Tick(ctx); err != nil || n != 1 {
			t.Fatalf("erased %d, %v", n, err)
		}
		if a, err := r.Application(ctx, left.ID); err != nil || a.State != Erased {
			t.Errorf("%+v, %v", a, err)
		}
		if _, c, err := r.Content(ctx, used.ID); err != nil || c.Answers["purpose"] != "work" {
			t.Errorf("a draft in use: %+v, %v", c, err)
		}
		if all, err := r.Statistics(ctx, Period{From: "2000-01", To: "2100-01"}); err != nil || len(all) != 0 {
			t.Errorf("drafts are counted as applications: %+v, %v", all, err)
		}
		if n := r.count(`SELECT SUM(count) FROM case_trace WHERE outcome = 'draft'`); n != 2 {
			t.Errorf("%d drafts left a trace, want 2", n)
		}
		if n := r.count(`SELECT count(*) FROM application_access`); n != 0 {
			t.Errorf("%d old ways in are left", n)
		}
	})
}

func TestAQuestionWithoutAnswerLapses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		a, withdrawn := r.submitted(), r.submitted()
		for _, one := range []*Application{a, withdrawn} {
			_, err := r.Ask(ctx, "ann", one.ID, "Why?", nil)
			r.must(err)
		}
		_, err := r.Withdraw(ctx, withdrawn.ID)
		r.must(err)
		r.clock.advance(15 * 24 * time.Hour)
		for range 2 {
			_, err := r.Tick(ctx)
			r.must(err)
		}
		if got, err := r.Application(ctx, a.ID); err != nil || got.State != Lapsed {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := r.Application(ctx, withdrawn.ID); err != nil || got.State != Withdrawn {
			t.Errorf("%+v, %v", got, err)
		}
		_, err = r.Answer(ctx, a.ID, "Late.")
		if fault.KindOf(err) != fault.Conflict {
			t.Error(err)
		}
	})
}
