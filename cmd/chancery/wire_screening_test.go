package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestAClearCaseIsScreenedByItself(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		k := openDesk(t, db)
		k.restrict("N1", "Boris Nobody", "1950")
		a := k.submit(anna())
		st := k.standing(a)
		if a.State != casework.Screened || !st.Settled() || st.CheckID == "" {
			t.Fatalf("%s, %+v", a.State, st)
		}
		if again, err := k.cases.Submit(context.Background(), a.ID); err != nil || again.State != casework.Screened || again.Submission != 1 {
			t.Fatalf("submitted twice: %+v, %v", again, err)
		}
		check, err := k.lists.CheckOf(context.Background(), "application:"+a.ID)
		k.must(err)
		if check.ID != st.CheckID || !slices.Contains(check.Person.Names, "Anna Eriksson") || check.Person.Documents[0].Number != "L8988901" {
			t.Errorf("%+v", check)
		}
	})
}

func TestAHitWaitsForTwoOfficers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		k := openDesk(t, db)
		k.restrict("N1", "Anna Ericsson", "1974-08-12")
		a := k.submit(anna())
		if st := k.standing(a); a.State != casework.Submitted || st.Open != 1 || st.Settled() {
			t.Fatalf("%s, %+v", a.State, st)
		}
		_, err := k.cases.Screen(ctx, audit.Staff("ann"), a.ID, "by hand")
		k.refused(err, "casework.screening_open")
		if _, err := k.cases.Tick(ctx); err != nil || k.state(a) != casework.Submitted {
			t.Fatalf("time alone: %s, %v", k.state(a), err)
		}
		hits, err := k.lists.Hits(ctx, screening.Filter{Ref: "application:" + a.ID, Limit: 9})
		k.must(err)
		k.must(k.lists.Judge(ctx, "ann", hits[0].ID, screening.Other, "Another face."))
		if st := k.standing(a); k.state(a) != casework.Submitted || st.Judged != 1 {
			t.Fatalf("one officer is enough: %+v", st)
		}
		k.must(k.lists.Confirm(ctx, "bob", hits[0].ID, "Another face indeed."))
		if st := k.standing(a); k.state(a) != casework.Screened || st.Cleared != 1 || !st.Settled() {
			t.Fatalf("%s, %+v", k.state(a), st)
		}
		if trail, err := audit.Verify(ctx, db.Read()); err != nil || !trail.Whole() {
			t.Errorf("%+v, %v", trail, err)
		}
	})
}

// A list gets a new version between examination and decision.
func TestAListChangesBeforeTheDecision(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		k := openDesk(t, db)
		a, b := k.submit(anna()), k.submit(anna())
		first := k.standing(a).CheckID
		grant := k.proposed(a, casework.Proposal{Outcome: casework.Grant})
		refuse := k.proposed(b, casework.Proposal{Outcome: casework.Refuse, Reasons: []string{"means"}})
		k.restrict("N1", "Eriksson, Anna", "1974-08-12")
		if st := k.standing(a); !st.Stale || st.Settled() {
			t.Fatalf("%+v", st)
		}
		_, err := k.cases.Decide(ctx, "bob", a.ID, grant)
		k.refused(err, "casework.screening_open")
		st := k.standing(a)
		if st.Stale || st.Open != 1 || st.CheckID == first || k.state(a) != casework.Proposed {
			t.Fatalf("%s, %+v", k.state(a), st)
		}
		// A refusal for want of means does not rest on a list, and is not held up.
		if c, err := k.cases.Decide(ctx, "bob", b.ID, refuse); err != nil || c.State != casework.Refused {
			t.Fatalf("%+v, %v", c, err)
		}
		k.settle(a, screening.Other)
		c, err := k.cases.Decide(ctx, "bob", a.ID, grant)
		if err != nil || c.State != casework.Granted {
			t.Fatalf("%+v, %v", c, err)
		}
	})
}

// Somebody who stands on a list is refused by officers, not by a score.
func TestNobodyIsRefusedByAScoreAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		k := openDesk(t, db)
		a := k.submit(anna())
		ban := k.proposed(a, casework.Proposal{Outcome: casework.Refuse, Reasons: []string{"entry-ban"}})
		k.restrict("N1", "Anna Eriksson", "1974-08-12")
		_, err := k.cases.Decide(ctx, "bob", a.ID, ban)
		k.refused(err, "casework.screening_open")
		k.settle(a, screening.Same)
		if st := k.standing(a); st.Same != 1 {
			t.Fatalf("%+v", st)
		}
		c, err := k.cases.Decide(ctx, "bob", a.ID, ban)
		if err != nil || c.State != casework.Refused {
			t.Fatalf("%+v, %v", c, err)
		}
	})
}

// Lists that change while cases wait: those who wait are compared again, and an
// entry that was taken off holds nobody up.
func TestThoseWhoWaitAreComparedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		k := openDesk(t, db)
		k.restrict("N1", "Anna Eriksson", "1974-08-12")
		a := k.submit(anna())
		maria := anna()
		maria["name"] = map[string]any{"surname": "Lindqvist", "given_names": "Maria"}
		maria["document"].(map[string]any)["number"] = "L777"
		b := k.submit(maria)
		if a.State != casework.Submitted || b.State != casework.Screened {
			t.Fatal(a.State, b.State)
		}
		k.later()
		k.must(k.lists.Remove(ctx, "ann", []string{"N1"}, "It is over."))
		k.restrict("N2", "Maria Lindqvist", "1974-08-12")
		_, err := k.cases.Tick(ctx)
		k.must(err)
		if k.state(a) != casework.Screened {
			t.Errorf("the removed entry holds the case up: %+v", k.standing(a))
		}
		if st := k.standing(b); k.state(b) != casework.Screened || st.Open != 1 || st.Stale {
			t.Errorf("%s, %+v", k.state(b), st)
		}
	})
}

func TestWhatIsComparedOfAPerson(t *testing.T) {
	db := storetest.SQLite(t)
	k := openDesk(t, db)
	k.restrict("N1", "Anna Maria Karlsson", "1974")
	who := anna()
	who["name"] = map[string]any{"surname": "Эрикссон", "given_names": "Анна Мария", "surname_latin": "ERIKSSON", "given_names_latin": "ANNA MARIA"}
	who["former_names"], who["other_nationality"] = "Karlsson; Anna von Berg", "FIN"
	a := k.submit(who)
	if a.State != casework.Submitted {
		t.Error("the surname of birth was not compared")
	}
	check, err := k.lists.CheckOf(context.Background(), "application:"+a.ID)
	k.must(err)
	want := []string{"Анна Мария Эрикссон", "ANNA MARIA ERIKSSON", "ANNA MARIA Karlsson", "Anna von Berg"}
	if !slices.Equal(check.Person.Names, want) || !slices.Equal(check.Person.Nationalities, []string{"SWE", "FIN"}) || len(check.Person.Births) != 1 {
		t.Errorf("%+v", check.Person)
	}
	// A document that was reported as lost.
	k.later()
	_, err = k.lists.Import(context.Background(), "ann", screening.Documents, screening.Source{Name: "lost.csv", On: -1},
		strings.NewReader("number,country,type,status,reported\nL777001,SWE,passport,lost,2026-10-01\n"))
	k.must(err)
	lost := maps.Clone(anna())
	lost["document"] = map[string]any{"kind": "national", "number": "L777001", "issuer": "SWE", "nationality": "SWE", "expires": "2030-01-01"}
	b := k.submit(lost)
	if st := k.standing(b); st.Open != 1 {
		t.Errorf("%+v", st)
	}
}

// With the case, what was compared of the person goes too.
func TestErasureForgetsTheScreening(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		k := openDesk(t, db)
		k.restrict("N1", "Anna Eriksson", "1974-08-12")
		a := k.submit(anna())
		_, err := k.cases.Withdraw(ctx, a.ID)
		k.must(err)
		hits, err := k.lists.Hits(ctx, screening.Filter{Ref: "application:" + a.ID, Limit: 9})
		k.must(err)
		k.clock.Add((60 * 24 * time.Hour).Milliseconds())
		if n, err := k.cases.Tick(ctx); err != nil || n != 1 {
			t.Fatalf("%d erased, %v", n, err)
		}
		hit, err := k.lists.Hit(ctx, hits[0].ID)
		k.must(err)
		if len(hit.Person.Names)+len(hit.Check.Person.Names) != 0 {
			t.Errorf("still known: %+v", hit.Person)
		}
		// A hit of a case that is gone can be settled all the same.
		k.must(k.lists.Judge(ctx, "ann", hit.ID, screening.Other, "Too late."))
		k.must(k.lists.Confirm(ctx, "bob", hit.ID, "Yes."))
		var left int
		k.must(db.Read().QueryRowContext(ctx, `SELECT count(*) FROM case_screening`).Scan(&left))
		if left != 0 {
			t.Errorf("%d rows are left", left)
		}
	})
}

// While people hand in, lists change: whoever is granted was compared with the
// lists of that moment.
func TestListsChangeWhileCasesAreDecided(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		k := openDesk(t, db)
		done := make(chan error, 1)
		go func() {
			var err error
			for i := 0; i < 12 && err == nil; i++ {
				err = k.lists.Add(ctx, "ann", match.Entry{ID: fmt.Sprint("N", i), Kind: match.Individual, Names: []match.Name{{Text: fmt.Sprintf("Nobody Number%d", i)}}, Reason: "A trial."})
			}
			done <- err
		}()
		granted := 0
		for range 6 {
			a := k.submit(anna())
			if k.state(a) == casework.Submitted { // a list changed in the same moment
				_, err := k.cases.Compare(ctx, a.ID)
				k.must(err)
			}
			if k.state(a) != casework.Screened {
				continue
			}
			p := k.proposed(a, casework.Proposal{Outcome: casework.Grant})
			if _, err := k.cases.Decide(ctx, "bob", a.ID, p); err == nil {
				granted++
			} else {
				k.refused(err, "casework.screening_stale")
			}
		}
		k.must(<-done)
		if granted == 0 {
			t.Error("nobody was granted")
		}
	})
}
