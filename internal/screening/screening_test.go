package screening_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// world is a service with a clock that tests move.
type world struct {
	*screening.Service
	t   *testing.T
	db  *store.DB
	now time.Time
}

func open(t *testing.T, db *store.DB) *world {
	t.Helper()
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, now: noon}
	clock := func() time.Time { return w.now }
	w.Service = screening.New(screening.Options{DB: db, Keys: keys, Audit: audit.New(clock), Rules: match.UsualRules(), Now: clock})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v %+v", err, fault.As(err))
	}
}

// refused checks the kind and the first path or key of a fault.
func (w *world) refused(err error, kind fault.Kind, what string) {
	w.t.Helper()
	f := fault.As(err)
	if f == nil || f.Kind != kind {
		w.t.Fatalf("%v, want %v", err, kind)
	}
	if got := fmt.Sprint(f.Key, f.Fields); !strings.Contains(got, what) {
		w.t.Errorf("%s, want %s", got, what)
	}
}

func sample(t testing.TB) []byte {
	t.Helper()
	file, err := os.ReadFile("lists/testdata/un_sample.xml")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func (w *world) imports(list screening.List, file string) *screening.Plan {
	w.t.Helper()
	plan, err := w.Import(context.Background(), "head", list, screening.Source{Name: "file", On: -1, Shrink: true}, strings.NewReader(file))
	w.must(err)
	return plan
}

func (w *world) found(at time.Time, name string) string {
	w.t.Helper()
	found, err := w.Search(context.Background(), "officer", match.Subject{Names: []string{name}}, at)
	w.must(err)
	got := ""
	for _, f := range found {
		got += fmt.Sprintf("%s %s v%d/%d ", f.List, f.Entry.ID, f.Version, f.Since)
	}
	return strings.TrimSpace(got)
}

// A list is imported whole or not at all, a preview changes nothing, and what
// was known at any time can be asked again.
func TestVersions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, w := context.Background(), open(t, db)
		file := string(sample(t))
		plan, err := w.Preview(ctx, screening.UN, strings.NewReader(file))
		w.must(err)
		if plan.Added != 4 || plan.Removed != 0 || plan.Shrinks {
			t.Fatalf("%+v", plan)
		}
		if v, err := w.Current(ctx, screening.UN); err != nil || v.Number != 0 {
			t.Fatalf("a preview made %+v %v", v, err)
		}
		w.imports(screening.UN, file)
		first := w.now
		if got := w.found(time.Time{}, "Пимен Примеров"); got != "un 9000002 v1/1" {
			t.Errorf("found %q", got)
		}
		// The same file again is no new version.
		if plan := w.imports(screening.UN, file); plan.Same != 4 {
			t.Errorf("%+v", plan)
		}
		w.now = noon.Add(24 * time.Hour)
		begin, end := strings.Index(file, "<INDIVIDUAL>\n      <DATAID>9000002"), strings.Index(file, "<INDIVIDUAL>\n      <DATAID>9000003")
		without := file[:begin] + strings.Replace(file[end:], "ÖRNƏKZADƏ", "BAŞQAZADƏ", 1)
		broken := strings.Replace(file, "9000003", "9000001", 1)
		_, err = w.Import(ctx, "head", screening.UN, screening.Source{Name: "x", On: -1}, strings.NewReader(broken))
		w.refused(err, fault.Invalid, "screening.error.file")
		_, err = w.Import(ctx, "head", screening.UN, screening.Source{Name: "x", On: -1}, strings.NewReader(without))
		w.refused(err, fault.Invalid, "shrink")
		_, err = w.Import(ctx, "head", screening.UN, screening.Source{Name: "x", On: 0, Shrink: true}, strings.NewReader(without))
		w.refused(err, fault.Conflict, "list_moved")
		if v, _ := w.Current(ctx, screening.UN); v.Number != 1 {
			t.Fatalf("a refused import made version %d", v.Number)
		}
		if plan := w.imports(screening.UN, without); plan.Changed != 1 || plan.Removed != 1 || plan.Same != 2 || plan.RemovedSome[0].ID != "9000002" {
			t.Errorf("%+v", plan)
		}
		for _, c := range []struct {
			at         time.Time
			name, want string
		}{
			{time.Time{}, "Pimen Primerov", ""}, {first, "Pimen Primerov", "un 9000002 v1/1"}, {first.Add(-time.Hour), "Pimen Primerov", ""},
			{time.Time{}, "Nümunə Başqazadə", "un 9000003 v2/2"}, {time.Time{}, "Nümunə Örnəkzadə", ""}, {first, "Nümunə Örnəkzadə", "un 9000003 v1/1"},
			{time.Time{}, "Zaftar Qorbulan al-Numunawi", "un 9000001 v2/1"},
		} {
			if got := w.found(c.at, c.name); got != c.want {
				t.Errorf("%s at %v: %q, want %q", c.name, c.at, got, c.want)
			}
		}
		versions, err := w.Versions(ctx, screening.UN, 0, 10)
		if err != nil || len(versions) != 2 || versions[0].Removed != 1 || versions[0].Changed != 1 || versions[0].Total != 3 || versions[1].Total != 4 {
			t.Errorf("%v %+v", err, versions)
		}
		gone, err := w.Removals(ctx, screening.UN, 0, 10)
		if err != nil || len(gone) != 1 || gone[0].Entry.ID != "9000002" || gone[0].Removal.Number != 2 {
			t.Errorf("%v %+v", err, gone)
		}
		if all, err := w.Browse(ctx, screening.UN, 1, "9000001", 2); err != nil || len(all) != 2 || all[0].Entry.ID != "9000002" {
			t.Errorf("%v %+v", err, all)
		}
		_, err = w.Preview(ctx, "other", strings.NewReader(""))
		w.refused(err, fault.NotFound, "no_list")
	})
}

// What is removed from the national list is a record with its reason, and a
// period ends by itself.
func TestNationalList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, w := context.Background(), open(t, db)
		entry := func(id, name string) match.Entry {
			return match.Entry{ID: id, Kind: match.Entity, Names: []match.Name{{Text: name, Quality: match.Primary}}, Reason: "Decision 7", From: "2026-01-01"}
		}
		for i, name := range []string{"Sample Courier", "Invented Herald", "Imaginary Times"} {
			e := entry(fmt.Sprint("M", i), name)
			if i == 2 {
				e.Until = "2026-11-25"
			}
			w.must(w.Add(ctx, "head", e))
		}
		w.refused(w.Add(ctx, "head", entry("M1", "Again")), fault.Conflict, "id_taken")
		bad := entry("", "…")
		bad.Reason, bad.From, bad.Until, bad.Kind = "", "x", "2025-01-01", "ship"
		err := w.Add(ctx, "head", bad)
		for _, path := range []string{"id", "names", "reason", "from", "kind"} {
			w.refused(err, fault.Invalid, path)
		}
		at := func(now time.Time, name string) int {
			w.now = now
			found, err := w.Search(ctx, "officer", match.Subject{Kind: match.Entity, Names: []string{name}}, time.Time{})
			w.must(err)
			return len(found)
		}
		if at(noon, "The Imaginary Times") != 1 || at(noon.Add(24*time.Hour), "The Imaginary Times") != 0 {
			t.Error("the period does not count")
		}
		w.refused(w.Remove(ctx, "head", []string{"M0", "M1"}, " "), fault.Invalid, "reason")
		w.refused(w.Remove(ctx, "head", []string{"M0", "nobody"}, "x"), fault.Invalid, "not_listed")
		w.refused(w.Remove(ctx, "head", nil, "x"), fault.Invalid, "none_chosen")
		w.must(w.Remove(ctx, "head", []string{"M0", "M1", "M0"}, "Agreed in the talks of November"))
		if at(w.now, "Sample Courier") != 0 {
			t.Error("what was removed is found")
		}
		gone, err := w.Removals(ctx, screening.National, 0, 10)
		if err != nil || len(gone) != 2 || gone[0].Removal.Reason != "Agreed in the talks of November" || gone[0].Removal.Actor != "staff:head" || gone[0].Entry.Reason != "Decision 7" {
			t.Errorf("%v %+v", err, gone)
		}
		// Put back, it is not among the removals, but the record stays.
		w.must(w.Add(ctx, "head", entry("M0", "Sample Courier")))
		if gone, _ := w.Removals(ctx, screening.National, 0, 10); len(gone) != 2 {
			t.Errorf("%d removals", len(gone))
		}
	})
}

func person(document string) match.Subject {
	b, _ := match.ParseBirth("1966-07-08")
	return match.Subject{Names: []string{"Zaftar Gorbulan Alnumunavi"}, Births: []match.Birth{b}, Nationalities: []string{"IRQ"}, Documents: []match.Document{{Number: document, Country: "IRQ"}}}
}

// Two officers, reasons, no way round; and what was cleared once is shown.
func TestAdjudication(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, w := context.Background(), open(t, db)
		w.imports(screening.UN, string(sample(t)))
		screen := func(ref, document string) *screening.Check {
			c, err := w.Screen(ctx, "system", screening.Request{Ref: ref, PostID: "london", Person: person(document)})
			w.must(err)
			return c
		}
		c := screen("application:1", "A1")
		if c.Hits != 1 || c.Versions[screening.UN] != 1 || c.Rules == "" {
			t.Fatalf("%+v", c)
		}
		screen("application:1", "A1") // again: no second hit
		hits, err := w.Hits(ctx, screening.Filter{PostIDs: []string{"paris", "london"}, State: screening.Open, Limit: 10})
		if err != nil || len(hits) != 1 || hits[0].Entry.ID != "9000001" || !hits[0].Strong {
			t.Fatalf("%v %+v", err, hits)
		}
		if other, err := w.Hits(ctx, screening.Filter{PostIDs: []string{"paris"}, Limit: 10}); err != nil || len(other) != 0 {
			t.Errorf("another post sees it: %v", err)
		}
		id := hits[0].ID
		w.refused(w.Confirm(ctx, "b", id, "x"), fault.Conflict, "moved_on")
		w.refused(w.Judge(ctx, "a", id, "maybe", "x"), fault.Invalid, "verdict")
		w.refused(w.Judge(ctx, "a", id, screening.Other, "  "), fault.Invalid, "reason")
		w.must(w.Judge(ctx, "a", id, screening.Same, "Same passport"))
		w.refused(w.Judge(ctx, "b", id, screening.Other, "x"), fault.Conflict, "moved_on")
		w.refused(w.Confirm(ctx, "a", id, "x"), fault.Forbidden, "second_officer")
		w.refused(w.Return(ctx, "a", id, "x"), fault.Forbidden, "second_officer")
		w.must(w.Return(ctx, "b", id, "Look at the photo"))
		w.must(w.Judge(ctx, "a", id, screening.Other, "Another photo"))
		if st, err := w.Standing(ctx, "application:1"); err != nil || st.Judged != 1 || st.Clear() {
			t.Errorf("%v %+v", err, st)
		}
		w.must(w.Confirm(ctx, "b", id, "Seen as well"))
		w.refused(w.Confirm(ctx, "c", id, "x"), fault.Conflict, "moved_on")
		h, err := w.Hit(ctx, id)
		w.must(err)
		said := ""
		for _, j := range h.Judgements {
			said += fmt.Sprintf("%d %s %s %s %s; ", j.Number, j.Step, j.Verdict, j.Actor, j.Reason)
		}
		if want := "1 judge same a Same passport; 2 return same b Look at the photo; 3 judge other a Another photo; 4 confirm other b Seen as well; "; said != want {
			t.Errorf("%s, want %s", said, want)
		}
		if st, err := w.Standing(ctx, "application:1"); err != nil || st.Cleared != 1 || !st.Clear() {
			t.Errorf("%v %+v", err, st)
		}

		// The same person with the same document: cleared, with who and when.
		screen("application:2", "A1")
		again, err := w.Hits(ctx, screening.Filter{Ref: "application:2", Limit: 10})
		w.must(err)
		if len(again) != 1 || again[0].State != screening.ClearedEarlier {
			t.Fatalf("%+v", again)
		}
		h, err = w.Hit(ctx, again[0].ID)
		w.must(err)
		if !h.SameGrounds || h.Earlier == nil || h.Earlier.JudgedBy != "a" || h.Earlier.ConfirmedBy != "b" || h.Earlier.ConfirmedAt.IsZero() {
			t.Errorf("%+v", h)
		}
		// With another document: shown, but to be judged.
		screen("application:3", "B2")
		again, _ = w.Hits(ctx, screening.Filter{Ref: "application:3", Limit: 10})
		if h, err = w.Hit(ctx, again[0].ID); err != nil || h.State != screening.Open || h.Earlier == nil || h.SameGrounds {
			t.Errorf("%v %+v", err, h)
		}
		// The entry changes: the grounds are others, and old checks are stale.
		w.imports(screening.UN, strings.Replace(string(sample(t)), "1966-07-08", "1966-07-09", 1))
		if st, _ := w.Standing(ctx, "application:2"); !st.Stale || st.Clear() {
			t.Errorf("%+v", st)
		}
		screen("application:2", "A1")
		if st, _ := w.Standing(ctx, "application:2"); st.Stale || st.Open != 1 || st.Cleared != 1 {
			t.Errorf("%+v", st)
		}
		// What was compared then is shown as it was, beside what it is now.
		if h, err = w.Hit(ctx, id); err != nil || h.Entry.Births[0].From != "1966-07-08" || h.Now == nil || h.Now.Births[0].From != "1966-07-09" || h.Check.Versions[screening.UN] != 1 {
			t.Errorf("%v %+v", err, h)
		}
		if st, err := w.Standing(ctx, "application:none"); err != nil || st.Checked || st.Clear() {
			t.Errorf("%v %+v", err, st)
		}
		report, err := audit.Verify(ctx, db.Read())
		if err != nil || report.Reason != "" {
			t.Errorf("the audit trail: %v %+v", err, report)
		}
	})
}

// Erasing a case takes away who was compared; that there was a hit, stays.
func TestForget(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, w := context.Background(), open(t, db)
		w.imports(screening.UN, string(sample(t)))
		_, err := w.Screen(ctx, "system", screening.Request{Ref: "application:1", PostID: "london", Person: person("A1")})
		w.must(err)
		hits, _ := w.Hits(ctx, screening.Filter{Limit: 1})
		w.must(w.Judge(ctx, "a", hits[0].ID, screening.Other, "secret"))
		w.must(db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return w.Forget(ctx, tx, "application:1") }))
		h, err := w.Hit(ctx, hits[0].ID)
		w.must(err)
		if len(h.Person.Names) != 0 || len(h.Score.Parts) != 0 || len(h.Check.Person.Names) != 0 || h.Judgements[0].Reason != "" || h.Points == 0 || h.Judgements[0].Actor != "a" {
			t.Errorf("%+v", h)
		}
	})
}

// Nothing that tells who is listed or compared stands in the database in clear.
func TestNothingInClear(t *testing.T) {
	ctx, db := context.Background(), storetest.SQLite(t)
	w := open(t, db)
	w.imports(screening.UN, string(sample(t)))
	w.imports(screening.Documents, "number,country,type,status,reported\nSMP000001,IRQ,passport,stolen,\n")
	_, err := w.Screen(ctx, "system", screening.Request{Ref: "application:1", PostID: "london", Person: person("SMP000001")})
	w.must(err)
	hits, _ := w.Hits(ctx, screening.Filter{Limit: 5})
	if len(hits) != 2 {
		t.Fatalf("%d hits", len(hits))
	}
	w.must(w.Judge(ctx, "a", hits[0].ID, screening.Other, "Zaftar is somebody else"))
	id, err := w.Keep(ctx, "head", screening.UN, "un.xml", sample(t))
	w.must(err)
	for _, table := range []string{"screening_entry", "screening_hit", "screening_check", "screening_judgement", "screening_upload", "screening_version", "audit_entry"} {
		rows, err := db.Read().QueryContext(ctx, `SELECT * FROM `+table)
		w.must(err)
		columns, _ := rows.Columns()
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			w.must(rows.Scan(values...))
			var all bytes.Buffer
			for _, v := range values {
				if b, ok := (*v.(*any)).([]byte); ok {
					all.Write(b)
				} else {
					fmt.Fprint(&all, *v.(*any))
				}
			}
			for _, secret := range []string{"ZAFTAR", "Zaftar", "SMP000001", "SMP 000 001", "1966"} {
				if bytes.Contains(all.Bytes(), []byte(secret)) {
					t.Errorf("%s has %s in clear", table, secret)
				}
			}
		}
		w.must(rows.Err())
		w.must(rows.Close())
	}
	// A kept file is its sender's only, and gone once it was taken over.
	_, err = w.Kept(ctx, "another", id)
	w.refused(err, fault.NotFound, "no_upload")
	if _, err := w.TakeOver(ctx, "head", id, 1, false); err != nil {
		t.Fatal(err)
	}
	_, err = w.Kept(ctx, "head", id)
	w.refused(err, fault.NotFound, "no_upload")
}
