package caseweb_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// From the worklist to the counter, by two officers, on both engines.
func TestFromTheWorklistToTheCounter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := open(t, db, nil)
		a := r.submitted("berlin", answers("TUR", "U1234567", "tourism"))
		at := "/staff/cases/" + a.Reference
		r.has(r.get("/staff/cases", 200), "Yılmaz", a.Reference, "In 10 working days", "20.00")
		r.has(r.get(at, 200), "Embassy in Berlin", "Tourism", "Record the search", "Take it", "U1234567", "3 February 1990")

		r.post(at+"/assign", 303, "assignee", "ann")
		r.post(at+"/note", 422, "text", " ")
		r.post(at+"/note", 303, "text", "Called <b>her</b>.")
		page := r.get(at, 200)
		r.has(page, "Officer ann", "Called <b>her</b>.")
		r.lacks(page, ">Take it<")
		if raw := r.do("GET", at, nil).Body.String(); strings.Contains(raw, "<b>her") {
			t.Error("a note is taken for markup")
		}

		// A question: the mail is shown in the person's language before it goes.
		r.post(at+"/ask", 422, "step", "preview", "text", "")
		r.post(at+"/ask", 422, "step", "preview", "text", "When?", "pages", "nowhere")
		shown := r.post(at+"/ask", 200, "step", "preview", "text", "When do you come?", "pages", "journey")
		r.has(shown, "ayse1@example.org", locale.For("az").T("casework.mail.application-asked.intro"), "When do you come?", "Səfər", "Send the question")
		r.state(a.ID, casework.Submitted)
		r.post(at+"/ask", 303, "step", "send", "text", "When do you come?", "pages", "journey")
		r.state(a.ID, casework.Asked)
		r.has(r.get(at, 200), "stands still until the answer", "When do you come?", "Not answered yet")

		r.advance(time.Hour)
		later := answers("TUR", "U1234567", "work")["journey"]
		_, content, err := r.cases.Content(r.ctx, a.ID)
		r.must(err)
		_, err = r.cases.Save(r.ctx, a.ID, "journey", content.Versions["journey"], later)
		r.must(err)
		_, err = r.cases.Answer(r.ctx, a.ID, "In March, to work.")
		r.must(err)
		r.has(r.get(at, 200), "In March, to work.", "1 answer differs")
		r.has(r.get(at+"/changes", 200), "Purpose", "Tourism", "Work")

		// No screener: officers search elsewhere and record it.
		r.post(at+"/screened", 422, "run", "")
		r.post(at+"/screened", 303, "run", "list of 25 November")
		r.state(a.ID, casework.Screened)
		r.post(at+"/examine", 422, "looked", "answers")
		r.state(a.ID, casework.Screened)
		r.post(at+"/examine", 303, "looked", "answers", "looked", "papers", "looked", "portrait")
		r.has(r.get(at, 200), "The fee is due", "Take or waive the fee")
		r.lacks(r.get(at, 200), "Propose to grant")
		r.post(at+"/fee", 422, "do", "take", "method", "shells")
		r.post(at+"/fee", 303, "do", "take", "method", "cash")
		r.has(r.get(at+"/receipts/BERLIN-2026-000001", 200), "BERLIN-2026-000001", "20.00", "In cash", "Officer ann", a.Reference, "Ministry")
		r.get(at+"/receipts/BERLIN-2026-000002", 404)

		// The terms begin as the person wished, and end with the document.
		r.has(r.get(at+"/propose-grant", 200), `value="2027-03-01"`, `value="2027-03-10"`, `value="10"`, `value="2" checked`)
		terms := []string{"entries", "2", "from", "2027-03-01", "until", "2027-03-10", "days", "10"}
		for i, bad := range map[int]string{1: "9", 3: "soon", 5: "2030-01-02", 7: "11"} {
			wrong := append([]string{}, terms...)
			wrong[i] = bad
			r.post(at+"/propose-grant", 422, wrong...)
		}
		r.state(a.ID, casework.Examined)
		r.post(at+"/propose-grant", 303, terms...)
		r.has(r.get(at, 200), "You proposed this decision; another officer must decide.", "Take my proposal back", "2027-03-10")
		r.lacks(r.get(at, 200), "Read the proposal and decide")

		r.as("ben", identity.Officer, "berlin")
		proposal := r.proposal(a.ID)
		r.has(r.get(at+"/decide", 200), "Two entries", "Officer ann", proposal)
		r.post(at+"/send-back", 422, "proposal", proposal, "note", "")
		r.post(at+"/send-back", 303, "proposal", proposal, "note", "One entry is enough.")
		r.state(a.ID, casework.Examined)
		r.has(r.get(at, 200), "One entry is enough.")
		r.as("ann", identity.Officer, "berlin")
		r.post(at+"/propose-grant", 303, "entries", "1", "from", "2027-03-01", "until", "2027-03-10", "days", "10")
		r.as("ben", identity.Officer, "berlin")
		r.post(at+"/decide", 422, "proposal", proposal) // the one that was sent back
		r.post(at+"/decide", 303, "proposal", r.proposal(a.ID))
		r.state(a.ID, casework.Granted)
		r.has(r.get(at, 200), "/staff/visas/new?case="+a.Reference)
		d, err := r.cases.Decision(r.ctx, a.ID)
		r.must(err)
		if d.Terms[casework.TermEntries] != "1" || d.Terms[casework.TermDays] != "10" {
			t.Errorf("the terms are %v", d.Terms)
		}

		_, err = r.cases.Issue(r.ctx, audit.Staff("ben"), a.ID, "visa:1")
		r.must(err)
		r.post(at+"/collect", 422)
		r.post(at+"/collect", 303, "same", "yes")
		r.state(a.ID, casework.Collected)
		r.has(r.get(at, 200), "Nothing is left to do")
		for _, gone := range []string{"examine", "ask", "propose-grant", "decide", "fee", "withdraw", "assign"} {
			r.get(at+"/"+gone, 303)
		}
	})
}

// proposal is the id of the one that waits.
func (r *rig) proposal(id string) string {
	r.t.Helper()
	a, err := r.cases.Application(r.ctx, id)
	r.must(err)
	return a.ProposalID
}

// examined brings a case to where a decision can be proposed.
func (r *rig) examined(at string, pages map[string]form.Answers) *casework.Application {
	r.t.Helper()
	a := r.submitted(at, pages)
	r.must(r.cases.Waive(r.ctx, "cem", a.ID, "official"))
	_, err := r.cases.Screen(r.ctx, audit.System, a.ID, "run")
	r.must(err)
	_, err = r.cases.Examine(r.ctx, "cem", a.ID)
	r.must(err)
	return a
}

func TestRefusalNeedsReasonsAndTellsThem(t *testing.T) {
	r := open(t, storetest.SQLite(t), nil)
	a := r.examined("berlin", answers("TUR", "U1", "tourism"))
	at := "/staff/cases/" + a.Reference
	r.post(at+"/propose-refusal", 422, "text", "because")
	r.post(at+"/propose-refusal", 422, "reasons", "another") // needs words
	kept := r.post(at+"/propose-refusal", 422, "reasons", "means", "reasons", "no such", "text", "kept as typed")
	r.has(kept, "kept as typed", `value="means" checked`)
	r.post(at+"/propose-refusal", 303, "reasons", "means", "text", "We asked twice.")
	r.as("ben", identity.Head, "berlin")
	r.has(r.get(at+"/decide", 200), locale.For("en").T("casework.reason.means"), "We asked twice.", "how to complain", "Refuse the application")
	r.post(at+"/decide", 303, "proposal", r.proposal(a.ID))
	r.state(a.ID, casework.Refused)
	r.has(r.get(at, 200), "Refused", "Officer ben")
}

func TestWithdrawalOnRequest(t *testing.T) {
	r := open(t, storetest.SQLite(t), nil)
	a := r.submitted("berlin", answers("TUR", "U1", "tourism"))
	at := "/staff/cases/" + a.Reference
	r.post(at+"/withdraw", 422, "text", "")
	r.post(at+"/withdraw", 303, "text", "In person, with her passport.")
	r.state(a.ID, casework.Withdrawn)
	r.has(r.get(at, 200), "In person, with her passport.", "Withdrawn")
	if r.count("case.withdraw", "staff:ann") != 1 {
		t.Error("the trail does not say who withdrew it")
	}
}

func TestStartingForSomebodyAtTheCounter(t *testing.T) {
	r := open(t, storetest.SQLite(t), nil)
	r.has(r.get("/staff/cases/new", 200), "Embassy in Berlin", "Trial visa")
	r.lacks(r.get("/staff/cases/new", 200), "Doha")
	r.post("/staff/cases/new", 422, "post", "doha", "service", "trial", "lang", "en")
	r.post("/staff/cases/new", 422, "post", "berlin", "service", "none", "lang", "en")
	r.post("/staff/cases/new", 422, "post", "berlin", "service", "trial", "lang", "en", "email", "no address")
	r.post("/staff/cases/new", 303, "post", "berlin", "service", "trial", "lang", "en")
	if len(r.door.admitted) != 1 {
		t.Fatalf("admitted: %v", r.door.admitted)
	}
	a, err := r.cases.ByReference(r.ctx, r.door.admitted[0])
	r.must(err)
	if a.Channel != casework.ByStaff || a.PostID != "berlin" {
		t.Errorf("started as %s at %s", a.Channel, a.PostID)
	}
	r.get("/staff/cases/"+a.Reference, 404) // a draft is nobody's case
}

func TestEveryPageInBothLanguages(t *testing.T) {
	r := open(t, storetest.SQLite(t), nil)
	a := r.examined("berlin", answers("TUR", "U1", "tourism"))
	b := r.submitted("berlin", answers("KAZ", "N2", "work"))
	at := "/staff/cases/" + a.Reference
	for _, r.lang = range locale.Languages {
		for _, path := range []string{"/staff/cases", "/staff/cases?state=all", "/staff/cases/new", "/staff/cases/statistics", at, at + "/changes", at + "/assign", at + "/note",
			at + "/ask", at + "/propose-grant", at + "/propose-refusal", at + "/withdraw", "/staff/cases/" + b.Reference + "/fee", "/staff/cases/" + b.Reference + "/screened"} {
			r.lacks(r.get(path, 200), "caseweb.", "casework.", "<no value>", "%!")
		}
	}
}
