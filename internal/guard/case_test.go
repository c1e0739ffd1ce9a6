package guard_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// row is a booking as the tables of room booking hold it.
type row struct {
	id, post, email, network, browser string
	state, channel                    string
	at                                time.Time
}

func (w *world) put(rows ...row) {
	w.t.Helper()
	ctx := context.Background()
	err := w.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO slot (id, post_id, group_id, rule_id, local_date, local_time, starts_at, ends_at,
			planned, places, taken, withheld, reserved, opens_at, ballot_id) VALUES ('slot', 'berlin', 'g', 'r', '2026-12-01', '09:00', $1, $1, 100, 100, 0, 0, 0, $2, '')
			ON CONFLICT DO NOTHING`, store.Millis(noon.Add(144*time.Hour)), store.Millis(noon)); err != nil {
			return err
		}
		for _, r := range rows {
			if r.state == "" {
				r.state = "booked"
			}
			if r.channel == "" {
				r.channel = "web"
			}
			if r.post == "" {
				r.post = "berlin"
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO booking (id, reference, state, slot_id, post_id, service_id, places, party, from_reserve, bound,
				email_key, network_key, browser_key, lang, zone, channel, created_at, expires_at, confirmed_at, ended_at, code_serial, code_tries, moves, move_by)
				VALUES ($1, $1, $2, 'slot', $3, 's', 1, 1, 0, $4, $5, $6, $7, 'az', '', $8, $9, 0, 0, 0, 0, 0, 0, 0)`,
				r.id, r.state, r.post, true, r.email, r.network, r.browser, r.channel, store.Millis(r.at)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestFindings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		var rows []row
		for i := range 8 { // a bot: one network, at the moment of the release
			rows = append(rows, row{id: fmt.Sprint("bot-", i), network: "n1", browser: fmt.Sprint("b", i), email: fmt.Sprint("e", i), at: noon.Add(time.Duration(i) * 200 * time.Millisecond)})
		}
		for i := range 8 { // the same network's bookings that no longer count
			rows = append(rows, row{id: fmt.Sprint("gone-", i), network: "n1", state: "cancelled", at: noon})
			rows = append(rows, row{id: fmt.Sprint("desk-", i), network: "n2", channel: "staff", at: noon})
		}
		for i := range 4 { // one browser, at two posts
			rows = append(rows, row{id: fmt.Sprint("fox-", i), network: fmt.Sprint("n3", i), browser: "fox", post: []string{"berlin", "paris"}[i%2], email: "one", at: noon.Add(time.Duration(i+1) * time.Hour)})
		}
		for i := range 3 { // one mailbox with tags
			id := fmt.Sprint("tag-", i)
			rows = append(rows, row{id: id, network: fmt.Sprint("n4", i), email: fmt.Sprint("t", i), at: noon.Add(time.Duration(i+1) * time.Hour)})
			w.NoteBooking(id, []string{"an.na+1@gmail.com", "anna@googlemail.com", "ANNA+x@gmail.com"}[i])
		}
		for i := range 5 { // one small domain, and disposable at that
			id := fmt.Sprint("trash-", i)
			rows = append(rows, row{id: id, network: fmt.Sprint("n5", i), email: fmt.Sprint("u", i), at: noon.Add(time.Duration(i+1) * time.Hour)})
			w.NoteBooking(id, fmt.Sprintf("%d@mailinator.com", i))
		}
		for i := range 9 { // ordinary people with large providers
			id := fmt.Sprint("plain-", i)
			rows = append(rows, row{id: id, network: fmt.Sprint("n6", i), email: fmt.Sprint("v", i), at: noon.Add(time.Hour)})
			w.NoteBooking(id, fmt.Sprintf("person%d@mail.ru", i))
		}
		w.put(rows...)
		if err := w.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		found, err := w.Findings(ctx, guard.Query{From: noon.Add(-time.Hour), To: noon.Add(24 * time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		got := map[guard.Pattern]guard.Finding{}
		for _, f := range found {
			if _, twice := got[f.Pattern]; twice {
				t.Errorf("pattern %s was found twice", f.Pattern)
			}
			if f.Score < 1 || f.Score > 100 {
				t.Errorf("score %d", f.Score)
			}
			got[f.Pattern] = f
		}
		for pattern, want := range map[guard.Pattern]struct {
			n    int
			post string
		}{
			guard.SameNetwork: {8, "berlin"}, guard.Burst: {8, "berlin"}, guard.SameBrowser: {4, ""}, guard.SameEmail: {4, ""},
			guard.MailVariants: {3, "berlin"}, guard.SameDomain: {5, "berlin"}, guard.DisposableMail: {5, "berlin"},
		} {
			if f := got[pattern]; len(f.Bookings) != want.n || f.Post != want.post {
				t.Errorf("%s: %d bookings at %q, want %d at %q", pattern, len(f.Bookings), f.Post, want.n, want.post)
			}
		}
		if found[0].Pattern != guard.Burst {
			t.Errorf("the most striking is %s", found[0].Pattern)
		}
		one := got[guard.SameNetwork]
		if one.Bookings[0] != "bot-0" || !one.First.Equal(noon) || !one.Last.Equal(noon.Add(1400*time.Millisecond)) || one.Explanation() != "guard.finding.network" {
			t.Errorf("%+v", one)
		}
		paris, err := w.Findings(ctx, guard.Query{Post: "paris", From: noon.Add(-time.Hour), To: noon.Add(24 * time.Hour)})
		if err != nil || len(paris) != 0 {
			t.Errorf("at Paris alone: %v, %v", paris, err)
		}
	})
}

// voider stands in for the appointment book.
type voider struct {
	db     *store.DB
	fail   map[string]error
	voided []string
	actors []string
}

func (v *voider) Void(ctx context.Context, actor, booking, reason string) error {
	if err := v.fail[booking]; err != nil {
		return err
	}
	v.actors = append(v.actors, actor+": "+reason)
	return v.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE booking SET state = 'voided' WHERE id = $1 AND state <> 'voided'`, booking)
		if err != nil {
			return err
		}
		if n, _ := done.RowsAffected(); n == 1 {
			v.voided = append(v.voided, booking)
		}
		return nil
	})
}

func newCases(w *world) (*guard.Cases, *voider) {
	v := &voider{db: w.db, fail: map[string]error{}}
	return guard.NewCases(w.db, audit.New(w.now), v, w.now), v
}

func (w *world) count(query string) int {
	w.t.Helper()
	var n int
	if err := w.db.Read().QueryRowContext(context.Background(), query).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestTwoOfficersVoid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		w.put(row{id: "a", at: noon}, row{id: "b", at: noon}, row{id: "c", at: noon}, row{id: "served", state: "served", at: noon}, row{id: "far", post: "paris", at: noon})
		cases, book := newCases(w)
		proposal := guard.Proposal{PostID: "berlin", Pattern: guard.SameNetwork, Bookings: []string{"b", "a", "b", "c"}, Reason: " Made by a program. "}
		it, err := cases.Propose(ctx, "officer-1", proposal)
		if err != nil || len(it.Bookings) != 3 || it.Reason != "Made by a program." || it.State != guard.Proposed {
			t.Fatalf("%+v, %v", it, err)
		}
		_, err = cases.Propose(ctx, "officer-2", guard.Proposal{PostID: "berlin", Bookings: []string{"c"}, Reason: "x"})
		wantKey(t, err, "guard.booking_in_case")
		wantKey(t, cases.Approve(ctx, "officer-1", it.ID, ""), "guard.second_officer")
		wantKey(t, cases.Reject(ctx, "officer-1", it.ID, "no"), "guard.second_officer")
		wantKey(t, cases.Approve(ctx, "officer-2", "no-such", ""), "guard.case_not_found")
		if len(book.voided) != 0 {
			t.Fatal("something was voided before two had agreed")
		}

		book.fail["b"] = errors.New("the power went")
		book.fail["c"] = fault.NewConflict("booking.already_served")
		if err := cases.Approve(ctx, "officer-2", it.ID, "Agreed."); err == nil {
			t.Fatal("a failure was not told")
		}
		wantKey(t, cases.Approve(ctx, "officer-3", it.ID, ""), "guard.case_decided")
		wantKey(t, cases.Reject(ctx, "officer-3", it.ID, "no"), "guard.case_decided")
		delete(book.fail, "b")
		cases, again := newCases(w) // another process takes over
		for range 2 {
			if err := cases.Tick(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(book.voided, []string{"a"}) || !slices.Equal(again.voided, []string{"b"}) || book.actors[0] != "staff:officer-2: Made by a program." {
			t.Errorf("voided %v, then %v, by %v", book.voided, again.voided, book.actors)
		}
		it, err = cases.Case(ctx, it.ID)
		if err != nil || it.State != guard.Approved || it.DoneAt.IsZero() || it.DecidedBy != "officer-2" {
			t.Fatalf("%+v, %v", it, err)
		}
		states := []string{it.Bookings[0].State, it.Bookings[1].State, it.Bookings[2].State + " " + it.Bookings[2].Refusal}
		if !slices.Equal(states, []string{guard.BookingVoided, guard.BookingVoided, guard.Refused + " booking.already_served"}) {
			t.Errorf("states %v", states)
		}
		for action, want := range map[string]int{"void.propose": 1, "void.approve": 1, "void.done": 2, "void.refuse": 1} {
			if n := w.count(`SELECT count(*) FROM audit_entry WHERE action = '` + action + `'`); n != want {
				t.Errorf("%d entries %s, want %d", n, action, want)
			}
		}
		if reason, err := cases.ReasonFor(ctx, "a"); err != nil || reason != "Made by a program." {
			t.Errorf("%q, %v", reason, err)
		}
		_, err = cases.ReasonFor(ctx, "c")
		wantKey(t, err, "guard.case_not_found")
	})
}

func TestARejectedCaseKeepsItsBookings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		w.put(row{id: "a", at: noon})
		cases, book := newCases(w)
		proposal := guard.Proposal{PostID: "berlin", Bookings: []string{"a"}, Reason: "Looks odd."}
		first, err := cases.Propose(ctx, "officer-1", proposal)
		if err != nil {
			t.Fatal(err)
		}
		wantKey(t, cases.Reject(ctx, "officer-2", first.ID, " "), "guard.reason_missing")
		if err := cases.Reject(ctx, "officer-2", first.ID, "A family."); err != nil {
			t.Fatal(err)
		}
		if err := cases.Tick(ctx); err != nil || len(book.voided) != 0 {
			t.Fatalf("voided %v, %v", book.voided, err)
		}
		if it, err := cases.Case(ctx, first.ID); err != nil || it.State != guard.Rejected || it.Bookings[0].State != guard.Kept {
			t.Errorf("%+v, %v", it, err)
		}
		second, err := cases.Propose(ctx, "officer-2", proposal)
		if err != nil {
			t.Fatalf("a booking whose case was rejected is not free for another: %v", err)
		}
		list, err := cases.List(ctx, guard.CaseFilter{PostID: "berlin", Limit: 1})
		if err != nil || len(list) != 1 || list[0].ID != second.ID {
			t.Fatalf("%+v, %v", list, err)
		}
		list, err = cases.List(ctx, guard.CaseFilter{Before: second.ID, State: guard.Rejected})
		if err != nil || len(list) != 1 || list[0].ID != first.ID {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestTheDatabaseItselfWantsTwoOfficers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		w.put(row{id: "a", at: noon})
		cases, _ := newCases(w)
		it, err := cases.Propose(ctx, "officer-1", guard.Proposal{PostID: "berlin", Bookings: []string{"a"}, Reason: "x"})
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{
			`UPDATE guard_case SET state = 'approved', decided_by = proposed_by WHERE id = $1`,
			`UPDATE guard_case SET state = 'approved' WHERE id = $1`,
		} {
			err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, statement, it.ID)
				return err
			})
			if err == nil {
				t.Errorf("the database let pass: %s", statement)
			}
		}
	})
}

func TestProposalsThatAreRefused(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, storetest.SQLite(t))
	w.put(row{id: "a", at: noon}, row{id: "served", state: "served", at: noon}, row{id: "far", post: "paris", at: noon})
	cases, _ := newCases(w)
	many := make([]string, guard.MaxCaseBookings+1)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for _, c := range []struct {
		key string
		p   guard.Proposal
	}{
		{"guard.reason_missing", guard.Proposal{PostID: "berlin", Bookings: []string{"a"}, Reason: " "}},
		{"guard.reason_long", guard.Proposal{PostID: "berlin", Bookings: []string{"a"}, Reason: string(make([]rune, guard.MaxReason)) + "xx"}},
		{"guard.bookings_missing", guard.Proposal{PostID: "berlin", Reason: "x"}},
		{"guard.bookings_many", guard.Proposal{PostID: "berlin", Reason: "x", Bookings: many}},
		{"guard.pattern_unknown", guard.Proposal{PostID: "berlin", Reason: "x", Bookings: []string{"a"}, Pattern: "odd"}},
		{"guard.bookings_not_active", guard.Proposal{PostID: "berlin", Reason: "x", Bookings: []string{"a", "served"}}},
		{"guard.bookings_not_active", guard.Proposal{PostID: "berlin", Reason: "x", Bookings: []string{"far"}}},
		{"guard.bookings_not_active", guard.Proposal{PostID: "berlin", Reason: "x", Bookings: []string{"none"}}},
	} {
		_, err := cases.Propose(ctx, "officer-1", c.p)
		wantKey(t, err, c.key)
	}
}
