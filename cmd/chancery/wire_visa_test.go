package main

import (
	"context"
	"strings"
	"testing"
	"time"

	register "github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// zoned is everyDay with a zone.
type zoned struct{ everyDay }

func (zoned) Zone() string { return "Asia/Baku" }

// Whoever gets another name in a visa than the one that was compared with the
// watch lists is compared again: when it is issued and when it is corrected.
func TestAChangedNameIsComparedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		k := openDesk(t, db)
		acts := register.New(register.Config{DB: db, Ring: k.ring, Trail: audit.New(k.now), Outbox: notify.NewOutbox(db, k.now), Cases: k.cases, Posts: zoned{},
			Documents: verify.New(db, k.ring, k.now), Lists: holders{k.lists, k.cases}, Now: k.now})
		k.restrict("N1", "Maria Puig Salazar", "1974-08-12")
		k.restrict("N2", "Rosalind Achterberg", "1974-08-12")
		checks := func() (n int) {
			t.Helper()
			k.must(db.Read().QueryRowContext(ctx, `SELECT count(*) FROM screening_check`).Scan(&n))
			return n
		}
		a := k.submit(anna())
		_, err := k.cases.Decide(ctx, "bob", a.ID, k.proposed(a, casework.Proposal{Outcome: casework.Grant}))
		k.must(err)
		c, err := k.cases.Case(ctx, a.ID)
		k.must(err)

		applied := register.FromCase(c, nil, "2026-11-25")
		applied.Until, applied.Days = "2027-10-31", 30
		issue := register.Issue{StaffID: "ann", ApplicationID: a.ID, PostID: "berlin", PostName: "Embassy", Visa: applied, Applied: applied, Layout: register.EVisa}
		before := checks()
		issue.Visa.GivenNames, issue.Visa.Surname, issue.Visa.GivenNamesLatin, issue.Visa.SurnameLatin = "Maria", "Puig Salazar", "MARIA", "PUIG SALAZAR"
		_, _, err = acts.Issue(ctx, issue)
		k.refused(err, "act.screening_open")
		if found, err := acts.List(ctx, register.Query{Register: register.Visas, AllPosts: true}); err != nil || len(found.Acts) != 0 || checks() != before+1 {
			t.Fatalf("%d visas, %d checks, %v", len(found.Acts), checks()-before, err)
		}
		hits, err := k.lists.Hits(ctx, screening.Filter{Ref: "application:" + a.ID, State: screening.Open, Limit: 9})
		if err != nil || len(hits) != 1 || hits[0].PostID != "berlin" {
			t.Fatalf("the officers of the post see %d hits, %v", len(hits), err)
		}
		k.settle(a, screening.Other)
		issue.Visa = applied // it was a slip; the name that was compared before is not compared again
		before = checks()
		visa, _, err := acts.Issue(ctx, issue)
		k.must(err)
		if checks() != before {
			t.Error("the name of the application is compared once more")
		}

		correct := func(change func(*register.Visa)) (*register.Act, error) {
			v := *visa.Visa
			change(&v)
			made, _, err := acts.Correct(ctx, register.Correction{StaffID: "bob", ActID: visa.ID, Ground: "misspelt", Authority: "Passport", Reason: "A slip.", Visa: v, PostName: "Embassy", Layout: register.EVisa})
			return made, err
		}
		remark := func(text string) func(*register.Visa) { return func(v *register.Visa) { v.Remarks = text } }
		visa, err = correct(remark("WITH ONE CHILD"))
		k.must(err)
		if checks() != before {
			t.Error("a remark is compared with the watch lists")
		}
		rename := func(v *register.Visa) {
			v.GivenNames, v.Surname, v.GivenNamesLatin, v.SurnameLatin = "Rosalind", "Achterberg", "ROSALIND", "ACHTERBERG"
		}
		_, err = correct(rename)
		k.refused(err, "act.screening_open")
		if still, err := acts.Act(ctx, visa.ID); err != nil || still.State != register.InForce {
			t.Fatalf("%+v, %v", still, err)
		}
		k.settle(a, screening.Other)
		visa, err = correct(rename)
		k.must(err)
		if visa.Visa.SurnameLatin != "ACHTERBERG" {
			t.Errorf("%+v", visa.Visa)
		}

		// With the application goes who could be asked about a hit.
		_, err = k.cases.Collect(ctx, "ann", a.ID)
		k.must(err)
		k.clock.Add((60 * 24 * time.Hour).Milliseconds())
		if n, err := k.cases.Tick(ctx); err != nil || n != 1 {
			t.Fatalf("%d erased, %v", n, err)
		}
		_, err = correct(func(v *register.Visa) { v.SurnameLatin = strings.ReplaceAll(v.SurnameLatin, "ACHT", "AXT") })
		k.refused(err, "act.case_gone")
		_, err = correct(remark("WITH TWO CHILDREN"))
		k.must(err)
	})
}
