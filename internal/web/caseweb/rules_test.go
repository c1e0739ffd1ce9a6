package caseweb_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// deeds are all that can be posted about a case.
var deeds = []string{"assign", "note", "ask", "compare", "screened", "examine", "propose-grant", "propose-refusal", "decide", "send-back", "fee", "collect", "withdraw"}

func TestCasesOfOtherPostsAreNotThere(t *testing.T) {
	r := open(t, storetest.SQLite(t), nil)
	a := r.submitted("berlin", answers("TUR", "U1234567", "tourism"))
	at := "/staff/cases/" + a.Reference
	file := r.attached(a)
	knock := func(wantCase, wantList int) {
		t.Helper()
		for _, page := range []string{"", "/changes", "/files/" + file, "/receipts/BERLIN-2026-000001", "/assign", "/note", "/ask", "/decide", "/fee"} {
			r.get(at+page, wantCase)
		}
		for _, d := range deeds {
			r.post(at+"/"+d, wantCase, "text", "x", "assignee", "paul", "looked", "answers", "do", "waive", "reason", "official")
		}
		r.get("/staff/cases", wantList)
		r.get("/staff/cases/csv", wantList)
	}
	r.as("paul", identity.Officer, "doha")
	knock(404, 200)
	r.lacks(r.get("/staff/cases?state=all", 200), a.Reference, "Yılmaz")
	r.lacks(r.get("/staff/cases/csv?state=all", 200), a.Reference)
	r.has(r.get("/staff/cases?reference="+a.Reference, 422), "no case with this reference at your posts")
	r.get("/staff/cases?post=berlin", 404)
	r.get("/staff/cases/csv?post=berlin", 404)
	r.get("/staff/cases/statistics?post=berlin", 404)
	r.as("rita", identity.Receptionist, "berlin")
	knock(403, 403)
	r.as("adam", identity.Administrator, identity.AllPosts)
	knock(403, 403)
	r.as("olga", identity.Auditor, identity.AllPosts)
	knock(403, 403)
	r.get("/staff/cases/statistics?post=berlin", 200)
	r.get("/staff/cases/statistics/csv", 200)
	r.state(a.ID, casework.Answered)
	if n := r.count("case.open", "staff:paul") + r.count("case.open", "staff:rita"); n != 0 {
		t.Errorf("%d openings by people who saw nothing", n)
	}
}

// The buttons are not there; whoever sends the form by hand gets no further.
func TestFourEyesAreNotPassedByHand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := open(t, db, nil)
		a := r.examined("berlin", answers("TUR", "U1234567", "tourism"))
		at := "/staff/cases/" + a.Reference
		terms := []string{"entries", "2", "from", "2027-03-01", "until", "2027-03-10", "days", "10"}
		r.as("cem", identity.Head, "berlin") // gives the case to ann, who proposes
		r.post(at+"/assign", 303, "assignee", "ann")
		r.as("ann", identity.Officer, "berlin")
		r.post(at+"/propose-grant", 303, terms...)
		proposal := r.proposal(a.ID)
		r.has(r.post(at+"/decide", 422, "proposal", proposal), "You proposed this decision")
		r.has(r.post(at+"/assign", 422, "assignee", "ben"), "cannot choose who decides")
		r.as("cem", identity.Head, "berlin")
		r.has(r.get(at, 200), "You gave this case to the officer")
		r.lacks(r.get(at, 200), "Read the proposal and decide")
		r.get(at+"/decide", 303)
		r.has(r.post(at+"/decide", 422, "proposal", proposal), "You gave this case to the officer")
		r.state(a.ID, casework.Proposed)
		r.as("ben", identity.Officer, "berlin")
		r.post(at+"/decide", 422) // which proposal?
		r.post(at+"/decide", 303, "proposal", proposal)
		r.state(a.ID, casework.Granted)
	})
}

// Somebody else was faster: what happened is shown, what was typed is kept, and
// nothing is done over it.
func TestConflictShowsWhatHappenedAndKeepsWhatWasTyped(t *testing.T) {
	r := open(t, storetest.SQLite(t), nil)
	a := r.examined("berlin", answers("TUR", "U1234567", "tourism"))
	at := "/staff/cases/" + a.Reference
	c, err := r.cases.Case(r.ctx, a.ID)
	r.must(err)
	seen := string(rune('0' + len(c.History)))
	r.has(r.get(at+"/propose-refusal", 200), `name="seen" value="`+seen+`"`)
	// Meanwhile ben asks and the person answers, and the case is examined anew.
	_, err = r.cases.Ask(r.ctx, "ben", a.ID, "How long?", nil)
	r.must(err)
	r.advance(time.Hour)
	_, err = r.cases.Answer(r.ctx, a.ID, "Ten days.")
	r.must(err)
	_, err = r.cases.Screen(r.ctx, audit.System, a.ID, "run 2")
	r.must(err)
	_, err = r.cases.Examine(r.ctx, "ben", a.ID)
	r.must(err)
	text := r.post(at+"/propose-refusal", 422, "seen", seen, "reasons", "purpose", "text", "Not said how long.")
	r.has(text, "Somebody else worked on this case", "What happened since", "The person answered", "Officer ben", "Not said how long.", `value="purpose" checked`)
	r.state(a.ID, casework.Examined)
	// The page has seen it now; the same form goes through.
	again := text[strings.Index(text, `name="seen" value="`)+len(`name="seen" value="`):]
	again = again[:strings.Index(again, `"`)]
	r.post(at+"/propose-refusal", 303, "seen", again, "reasons", "purpose", "text", "Not said how long.")

	// Two officers decide at once: the second reads what became of it.
	proposal := r.proposal(a.ID)
	r.as("ben", identity.Officer, "berlin")
	r.post(at+"/send-back", 303, "proposal", proposal, "note", "Read the answer.")
	r.as("cem", identity.Head, "berlin")
	r.has(r.post(at+"/decide", 422, "proposal", proposal, "seen", again), "The proposal was sent back")
	r.state(a.ID, casework.Examined)
	// A note is kept all the same: it depends on nothing.
	r.post(at+"/note", 303, "seen", "1", "text", "Seen.")
}

func TestOpeningACaseLeavesATraceOnceADay(t *testing.T) {
	r := open(t, storetest.SQLite(t), nil)
	a := r.submitted("berlin", answers("TUR", "U1", "tourism"))
	at := "/staff/cases/" + a.Reference
	file := r.attached(a)
	for range 3 {
		r.get(at, 200)
		r.get(at+"/files/"+file, 200)
	}
	if n := r.count("case.open", "staff:ann"); n != 1 {
		t.Errorf("%d lines, want 1", n)
	}
	r.as("ben", identity.Officer, "berlin")
	r.get(at+"/files/"+file, 200) // the file alone is reading, too
	r.advance(24 * time.Hour)
	r.get(at, 200)
	if n := r.count("case.open", "staff:ben"); n != 2 {
		t.Errorf("%d lines, want 2", n)
	}
	r.get("/staff/cases/csv", 200)
	if n := r.count("case.export", "staff:ben"); n != 1 {
		t.Errorf("%d exports noted, want 1", n)
	}
}

// screener says how the comparison stands.
type screener struct{ st casework.Screening }

func (s *screener) Screen(context.Context, string, string, casework.Identity) (casework.Compared, error) {
	return casework.Compared{CheckID: "check-1", Lists: "un:1"}, nil
}

func (s *screener) Lists(context.Context, store.Querier) (string, error) { return "un:1", nil }

func (s *screener) Standing(context.Context, store.Querier, string) (casework.Screening, error) {
	return s.st, nil
}

func (s *screener) Forget(context.Context, *store.Tx, string) error { return nil }

func TestScreeningIsSaidPlainly(t *testing.T) {
	s := &screener{casework.Screening{Open: 1}}
	r := open(t, storetest.SQLite(t), s)
	a := r.submitted("berlin", answers("TUR", "U1", "tourism"))
	at := "/staff/cases/" + a.Reference
	r.hits.found = []*screening.Hit{{ID: "hit-1", PostID: "berlin", List: screening.UN, State: screening.Open, Points: 81}}
	page := r.get(at, 200)
	r.has(page, "Hits to adjudicate", "/staff/screening/berlin/hits/hit-1", "81 points", "One officer judges each hit")
	r.lacks(page, "Accept as complete")
	r.post(at+"/examine", 422, "looked", "answers", "looked", "papers", "looked", "portrait")
	r.post(at+"/screened", 422, "run", "by hand") // what was compared is not recorded by hand
	r.state(a.ID, casework.Submitted)
	s.st = casework.Screening{Cleared: 1}
	r.post(at+"/compare", 303)
	r.state(a.ID, casework.Screened)
	r.has(r.get(at, 200), "Clear", "Accept as complete")
	s.st = casework.Screening{Same: 1}
	r.has(r.get(at, 200), "The person stands on a list")
}
