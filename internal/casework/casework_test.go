package casework

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestFromTheFirstPageToTheVisa(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		a := r.submitted()
		if a.State != Submitted || a.Nationality != "TUR" || a.Purpose != "tourism" || a.DueDate != "2026-12-11" || a.Submission != 1 {
			t.Fatalf("submitted: %+v", a)
		}
		again, err := r.Submit(ctx, a.ID)
		if err != nil || again.Submission != 1 {
			t.Fatalf("a second click: %+v, %v", again, err)
		}
		_, err = r.Screen(ctx, audit.System, a.ID, "run-1")
		r.must(err)
		r.clock.advance(24 * time.Hour)
		asked, err := r.Ask(ctx, "ann", a.ID, " Which hotel? ", []string{"journey"})
		r.must(err)
		_, err = r.Save(ctx, a.ID, "person", 1, form.Answers{"nationality": "SRB"})
		r.refused(err, "casework.not_editable")
		r.clock.advance(5 * 24 * time.Hour)
		at, token, err := r.Follow(ctx, asked.ID, r.LinkToken(asked.ID))
		r.must(err)
		if open, err := r.Open(ctx, token); err != nil || open.ID != a.ID || at.ID != a.ID {
			t.Fatalf("the link opens %v, %v", open, err)
		}
		_, _, err = r.Follow(ctx, asked.ID, "x")
		r.refused(err, "casework.not_found")
		f, err := r.Attach(ctx, a.ID, File{Question: "scans", Name: "hotel.pdf", MediaType: "application/pdf"}, []byte("a hotel"))
		r.must(err)
		_, err = r.Save(ctx, a.ID, "journey", 1, form.Answers{"purpose": "work"})
		r.must(err)
		_, err = r.Answer(ctx, a.ID, "See the file.")
		if fault.KindOf(err) != fault.Invalid {
			t.Fatalf("an answer that opens a page without answers: %v", err)
		}
		_, err = r.Save(ctx, a.ID, "employer_page", 0, form.Answers{"employer": "Me"})
		r.must(err)
		answered, err := r.Answer(ctx, a.ID, "See the file.")
		r.must(err)
		// Nine working days were left; the closure ends on 2 December.
		if answered.State != Answered || answered.Submission != 2 || answered.Purpose != "work" || answered.DueDate != "2026-12-15" {
			t.Fatalf("answered: %+v", answered)
		}
		_, err = r.Screen(ctx, audit.System, a.ID, "run-2")
		r.must(err)
		_, err = r.Examine(ctx, "ann", a.ID)
		r.must(err)
		_, err = r.Propose(ctx, "ann", a.ID, Proposal{Outcome: Grant})
		r.refused(err, "casework.fee_due")
		receipt, err := r.TakePayment(ctx, "cashier", a.ID, "card")
		if err != nil || receipt.Label() != "BERLIN-2026-000001" || receipt.Minor != 2000 {
			t.Fatalf("%+v, %v", receipt, err)
		}
		p, err := r.Propose(ctx, "ann", a.ID, Proposal{Outcome: Grant, Terms: map[string]string{"entries": "1"}})
		r.must(err)
		_, err = r.Decide(ctx, "ann", a.ID, p.ID)
		r.refused(err, "casework.own_proposal")
		_, err = r.Decide(ctx, "bob", a.ID, p.ID)
		r.must(err)
		_, err = r.Issue(ctx, audit.System, a.ID, "visa:1")
		r.must(err)
		_, err = r.Issue(ctx, audit.System, a.ID, "visa:1")
		r.must(err)
		_, err = r.Collect(ctx, "cashier", a.ID)
		r.must(err)

		c, err := r.Case(ctx, a.ID)
		r.must(err)
		if c.Name != "Yılmaz, Ayşe" || c.Email != "ayse@example.org" || c.State != Collected || c.Outcome != Grant || c.Answers["employer"] != "Me" ||
			c.Questions[0].Text != "Which hotel?" || c.Questions[0].Answer != "See the file." || c.Questions[0].Files[0].ID != f.ID || c.Fee.State != FeePaid {
			t.Fatalf("the case: %+v", c)
		}
		if d, err := r.Decision(ctx, a.ID); err != nil || d.Outcome != Grant || d.Terms["entries"] != "1" {
			t.Fatalf("the decision: %+v, %v", d, err)
		}
		if old, err := r.Handed(ctx, c.Application, 1); err != nil || old["purpose"] != "tourism" {
			t.Fatalf("what was handed in first: %v, %v", old, err)
		}
		var kinds []string
		for _, e := range c.History {
			kinds = append(kinds, e.Kind)
		}
		if got := strings.Join(kinds, " "); got != "start submit screen ask answer screen examine paid propose grant issue collect" {
			t.Errorf("history: %s", got)
		}
		if n := r.count(`SELECT count(*) FROM audit_entry WHERE object = $1 AND actor LIKE 'staff:%'`, object(a.ID)); n != 6 {
			t.Errorf("%d entries by staff in the trail, want 6: ask, examine, receipt, propose, grant, collect", n)
		}
		if n := r.count(`SELECT count(*) FROM outbox WHERE ref = $1`, a.ID); n != 4 {
			t.Errorf("%d mails, want 4: code, submitted, asked, decided", n)
		}
	})
}

func TestTwoTabsLoseNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		a := r.draft(nil)
		for page, answers := range good() {
			if v, err := r.Save(ctx, a.ID, page, 0, answers); err != nil || v != 1 {
				t.Fatalf("%s: version %d, %v", page, v, err)
			}
		}
		// The same again is no change, whatever the version; anything else on an
		// old version is refused, and what was there stays.
		if v, err := r.Save(ctx, a.ID, "journey", 0, good()["journey"]); err != nil || v != 1 {
			t.Fatalf("again: version %d, %v", v, err)
		}
		_, err := r.Save(ctx, a.ID, "journey", 0, form.Answers{"purpose": "work"})
		r.refused(err, "casework.page_changed")
		if v, err := r.Save(ctx, a.ID, "journey", 1, form.Answers{"purpose": "work"}); err != nil || v != 2 {
			t.Fatalf("on the right version: %d, %v", v, err)
		}
		_, err = r.Save(ctx, a.ID, "nowhere", 0, form.Answers{})
		r.refused(err, "casework.no_page")
		_, err = r.Save(ctx, a.ID, "person", 1, form.Answers{"number": strings.Repeat("x", maxPage)})
		r.refused(err, "casework.page_long")
		d, err := r.Questionnaire(ctx, a)
		r.must(err)
		_, c, err := r.Content(ctx, a.ID)
		if err != nil || c.Answers["purpose"] != "work" || subject(d, c.Answers).DocumentNumber != "U1234567" || c.Versions["journey"] != 2 || c.Versions["person"] != 1 {
			t.Fatalf("%+v, %v", c, err)
		}
	})
}

func TestOnlyTheTakenPathIsHandedIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		pages := good()
		pages["employer_page"] = form.Answers{"employer": "A secret"}
		a := r.draft(pages)
		named, err := r.Attach(ctx, a.ID, File{Question: "scans", Name: "../ev\"il\n.pdf", MediaType: "application/pdf"}, []byte("named"))
		r.must(err)
		_, err = r.Attach(ctx, a.ID, File{Question: "scans", Name: "b.pdf", MediaType: "application/pdf"}, []byte("not named"))
		r.must(err)
		_, err = r.Save(ctx, a.ID, "papers", 1, form.Answers{"scans": []any{named.ID, "no-such-file"}})
		r.must(err)
		_, err = r.Submit(ctx, a.ID)
		r.refused(err, "casework.file_gone")
		_, err = r.Save(ctx, a.ID, "papers", 2, form.Answers{"scans": []any{named.ID}})
		r.must(err)
		_, err = r.Submit(ctx, a.ID)
		r.must(err)
		c, err := r.Case(ctx, a.ID)
		r.must(err)
		if _, there := c.Answers["employer"]; there {
			t.Error("an answer outside of the path was handed in")
		}
		if n := r.count(`SELECT count(*) FROM application_page WHERE application_id = $1 AND page = 'employer_page'`, a.ID); n != 0 {
			t.Error("an answer outside of the path was kept")
		}
		if len(c.Files) != 1 || c.Files[0].Name != ".._ev_il_.pdf" {
			t.Errorf("files %+v", c.Files)
		}
		_, content, err := r.File(ctx, a.ID, named.ID)
		if err != nil || string(content) != "named" {
			t.Errorf("%q, %v", content, err)
		}
		_, _, err = r.File(ctx, r.draft(nil).ID, named.ID)
		r.refused(err, "casework.no_file")
		r.refused(r.Detach(ctx, a.ID, named.ID), "casework.not_editable")
	})
}

func TestTheVersionInUseStays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		a := r.draft(good())
		r.forms.change(strings.Replace(trial, "id: employer_page", "id: boss_page", 1))
		r.versions.Clear() // as in a new process
		d, err := r.Questionnaire(ctx, a)
		r.must(err)
		if _, ok := d.Page("employer_page"); !ok {
			t.Error("the questionnaire changed under a person")
		}
		if b := r.draft(nil); b.Version == a.Version {
			t.Error("a new application has the old version")
		}
		_, err = r.Submit(ctx, a.ID)
		r.must(err)
	})
}

func TestFieldsAreSealed(t *testing.T) {
	db := storetest.SQLite(t)
	ctx := context.Background()
	r := open(t, db)
	a := r.submitted()
	_, err := r.Note(ctx, "ann", a.ID, "Ayşe seems honest")
	r.must(err)
	_, err = r.Ask(ctx, "ann", a.ID, "Ayşe, why?", nil)
	r.must(err)
	for _, column := range []string{"application.contact", "application.summary", "application_page.sealed", "application_submission.sealed", "case_note.sealed", "case_question.sealed"} {
		table, name, _ := strings.Cut(column, ".")
		var raw []byte
		r.must(db.Read().QueryRowContext(ctx, `SELECT `+name+` FROM `+table+` WHERE `+name+` IS NOT NULL LIMIT 1`).Scan(&raw))
		if len(raw) == 0 || bytes.Contains(raw, []byte("Ay")) && bytes.Contains(raw, []byte("şe")) || bytes.Contains(raw, []byte("example")) {
			t.Errorf("%s is not sealed: %q", column, raw)
		}
	}
}
