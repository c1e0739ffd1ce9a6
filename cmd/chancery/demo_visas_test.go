package main

import (
	"context"
	"strings"
	"testing"

	register "github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/screening"
)

// checkVisas looks at the demonstration's cases and lists: every officer who is
// shown them has something to do.
func checkVisas(t *testing.T, r *rooms) {
	t.Helper()
	ctx := context.Background()
	late, states := 0, map[casework.State]int{}
	for _, at := range visaPosts {
		list, err := r.applications.cases.Worklist(ctx, casework.Query{Posts: []string{at.id}, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		if len(list.Items) < 3 {
			t.Errorf("%s: only %d cases wait for the office", at.id, len(list.Items))
		}
		for _, item := range list.Items {
			states[item.State]++
			if item.Late {
				late++
			}
			if item.Name == "" || item.Nationality == "" || item.Fee.Basis == "" {
				t.Errorf("%s %s: %q of %q, fee %+v", at.id, item.Reference, item.Name, item.Nationality, item.Fee)
			}
		}
	}
	if late < 3 || states[casework.Submitted] == 0 || states[casework.Screened] == 0 || states[casework.Examined] == 0 || states[casework.Granted] == 0 {
		t.Errorf("%d are late; by state %v", late, states)
	}
	for _, state := range []screening.State{screening.Open, screening.Judged, screening.Settled} {
		if hits, err := r.screening.Hits(ctx, screening.Filter{State: state, Limit: 50}); err != nil || len(hits) == 0 {
			t.Errorf("%d hits are %s, %v", len(hits), state, err)
		}
	}
	gone, err := r.screening.Removals(ctx, screening.National, 0, 100)
	if err != nil || len(gone) != 58 || gone[0].Removal.Reason == "" {
		t.Errorf("%d entries are removed, %v", len(gone), err)
	}
	figures, err := r.applications.cases.Statistics(ctx, casework.Period{From: "2000-01", To: "2999-12"})
	if err != nil || len(figures) < 10 {
		t.Errorf("%d lines of statistics, %v", len(figures), err)
	}
	checkIssued(t, r, states[casework.Granted])
	var mail int
	if err := r.db.Read().QueryRowContext(ctx, `SELECT count(*) FROM outbox WHERE kind LIKE 'application%'`).Scan(&mail); err != nil || mail > 0 {
		t.Errorf("%d mails of the past month wait, %v", mail, err)
	}
}

// checkIssued looks at the demonstration's register: visas that stand, one of
// each other kind, and papers that can be read by whoever is shown them.
func checkIssued(t *testing.T, r *rooms, waiting int) {
	t.Helper()
	ctx := context.Background()
	list, err := r.registers.acts.List(ctx, register.Query{Register: register.Visas, AllPosts: true, Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	standing, states, layouts, collected := map[string]bool{}, map[register.State]int{}, map[string]int{}, 0
	for _, a := range list.Acts {
		if states[a.State]++; a.State == register.InForce {
			standing[a.PostID] = true
		}
		of, err := r.applications.cases.Application(ctx, strings.TrimPrefix(a.Source, register.CaseSource("")))
		if err != nil || of.State != casework.Issued && of.State != casework.Collected || a.State == register.InForce && of.IssuedAs == "" {
			t.Errorf("%s was made from %s, %+v, %v", a.Label(), a.Source, of, err)
			continue
		}
		if of.State == casework.Collected {
			collected++
		}
		papers, err := r.registers.ledger.OfAct(ctx, a.ID)
		if err != nil || len(papers) != 1 {
			t.Errorf("%s has %d papers, %v", a.Label(), len(papers), err)
			continue
		}
		layouts[papers[0].Layout]++
		if logged, err := r.registers.ledger.Logged(ctx, papers[0].ID); err != nil || logged.Index < 0 || (logged.Ended < 0) != (a.State == register.InForce) {
			t.Errorf("%s is %s, the log has it at %d and its end at %d, %v", a.Label(), a.State, logged.Index, logged.Ended, err)
		}
		if answer, err := r.registers.papers.Check(ctx, papers[0].Code); err != nil || answer.Good() != (a.State == register.InForce) {
			t.Errorf("%s is %s, its code says %+v, %v", a.Label(), a.State, answer, err)
		}
	}
	if waiting < 2 || len(standing) < 4 || states[register.Corrected] == 0 || states[register.Revoked] == 0 || collected == 0 || layouts[register.EVisa] == 0 || len(layouts) < 2 {
		t.Errorf("%d wait to be issued; in force at %v, %v, %d collected, as %v", waiting, standing, states, collected, layouts)
	}
}
