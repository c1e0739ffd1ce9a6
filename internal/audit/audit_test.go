package audit_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

var start = time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC)

func appendTo(t *testing.T, db *store.DB, log *audit.Log, entries ...audit.Entry) {
	t.Helper()
	err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		return log.Append(ctx, tx, entries...)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func entry(n int) audit.Entry {
	return audit.Entry{
		Actor: audit.Staff(fmt.Sprint(n % 2)), Action: []string{"booking.void", "booking.move", "plan.edit"}[n%3],
		Object: fmt.Sprintf("booking:%d", n), Post: []string{"post-a", "post-b", ""}[n%3],
		Detail: map[string]any{"n": n, "why": "ə < \x00 & \u2028"},
	}
}

func entries(from, n int) []audit.Entry {
	var list []audit.Entry
	for i := range n {
		list = append(list, entry(from+i))
	}
	return list
}

func verify(t *testing.T, db *store.DB) audit.Report {
	t.Helper()
	report, err := audit.Verify(context.Background(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestAnEmptyTrailIsWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if r := verify(t, db); !r.Whole() || r.Entries != 0 {
			t.Fatalf("got %+v", r)
		}
	})
}

func TestAppendAndVerify(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := audit.New(func() time.Time { return start })
		appendTo(t, db, log)
		appendTo(t, db, log, entries(0, 1)...)
		// More than one page of Verify and more than one INSERT of Append.
		appendTo(t, db, log, entries(1, 2500)...)
		r := verify(t, db)
		if !r.Whole() || r.Entries != 2501 || len(r.Hash) != 64 {
			t.Fatalf("got %+v", r)
		}
	})
}

// The hashes of two entries, worked out by a program in Python from the
// description in chain.go: the bytes must never change.
func TestTheChainIsWhatItsDescriptionSays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := audit.New(func() time.Time { return start })
		appendTo(t, db, log,
			audit.Entry{Actor: "staff:1", Action: "booking.void", Object: "booking:2", Post: "london", Detail: map[string]any{"why": "ə"}},
			audit.Entry{Actor: audit.System, Action: "draw.run", Object: "draw:3"})
		page, err := audit.List(context.Background(), db.Read(), audit.Filter{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range page.Records {
			got = append(got, r.Hash())
		}
		want := []string{
			"ead13055841f0a10fc45637712d7eb303160591e06ddca43c23fe5a9bf0f659a",
			"b9b16cca6edcfd69d3e0f2dee55bd85cb020482841898ebba79016afd8722b78",
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %q", got)
		}
		if at := page.Records[0].At(); !at.Equal(start) {
			t.Errorf("dated %v", at)
		}
	})
}

func TestARolledBackTransactionLeavesNoEntry(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := audit.New(func() time.Time { return start })
		err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			if err := log.Append(ctx, tx, entries(0, 3)...); err != nil {
				t.Error(err)
			}
			return context.Canceled
		})
		if err == nil {
			t.Fatal("the transaction went through")
		}
		if r := verify(t, db); !r.Whole() || r.Entries != 0 {
			t.Fatalf("got %+v", r)
		}
	})
}

func TestUnusableEntriesAreRefused(t *testing.T) {
	db := storetest.SQLite(t)
	log := audit.New(func() time.Time { return start })
	for name, e := range map[string]audit.Entry{
		"no actor":    {Action: "a.b", Object: "c:d"},
		"no action":   {Actor: "system", Object: "c:d"},
		"no object":   {Actor: "system", Action: "a.b"},
		"zero byte":   {Actor: "system", Action: "a.b", Object: "c:\x00"},
		"not UTF-8":   {Actor: "system", Action: "a.b", Object: "c:\xff"},
		"not as JSON": {Actor: "system", Action: "a.b", Object: "c:d", Detail: map[string]any{"f": func() {}}},
	} {
		err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			return log.Append(ctx, tx, entry(1), e)
		})
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if r := verify(t, db); r.Entries != 0 {
		t.Errorf("%d entries stayed", r.Entries)
	}
}

func TestConcurrentAppendsMakeOneChain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := audit.New(func() time.Time { return start })
		const writers, each = 8, 10
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
						return log.Append(ctx, tx, entry(w*each+i), entry(w))
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		// A reader that verifies meanwhile never sees a broken chain.
		for range 10 {
			if r := verify(t, db); !r.Whole() {
				t.Errorf("while appending: %+v", r)
			}
		}
		wg.Wait()
		if r := verify(t, db); !r.Whole() || r.Entries != 2*writers*each {
			t.Fatalf("got %+v", r)
		}
	})
}

// tampered gives a trail of ten entries on which statements were run by
// somebody with full rights on the database.
func tampered(t *testing.T, db *store.DB, statements ...string) audit.Report {
	t.Helper()
	log := audit.New(func() time.Time { return start })
	appendTo(t, db, log, entries(0, 10)...)
	err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		for _, s := range statements {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return verify(t, db)
}

func TestTamperingIsFound(t *testing.T) {
	swap := []string{
		`UPDATE audit_entry SET seq = 99 WHERE seq = 4`,
		`UPDATE audit_entry SET seq = 4 WHERE seq = 5`,
		`UPDATE audit_entry SET seq = 5 WHERE seq = 99`,
	}
	cases := []struct {
		name       string
		statements []string
		at         int64
		reason     audit.Reason
	}{
		{"actor edited", []string{`UPDATE audit_entry SET actor = 'staff:7' WHERE seq = 4`}, 4, audit.Altered},
		{"time edited", []string{`UPDATE audit_entry SET at = at + 1 WHERE seq = 1`}, 1, audit.Altered},
		{"post edited", []string{`UPDATE audit_entry SET post_id = 'x' WHERE seq = 10`}, 10, audit.Altered},
		{"text moved between columns", []string{`UPDATE audit_entry SET actor = actor || action, action = '' WHERE seq = 3`}, 3, audit.Altered},
		{"detail edited", []string{`UPDATE audit_entry SET detail = '{}' WHERE seq = 2`}, 2, audit.Altered},
		{"link edited", []string{`UPDATE audit_entry SET prev_hash = hash WHERE seq = 6`}, 6, audit.Altered},
		{"first removed", []string{`DELETE FROM audit_entry WHERE seq = 1`}, 1, audit.Missing},
		{"one removed", []string{`DELETE FROM audit_entry WHERE seq = 4`}, 4, audit.Missing},
		{"last removed", []string{`DELETE FROM audit_entry WHERE seq = 10`}, 10, audit.Missing},
		{"all removed", []string{`DELETE FROM audit_entry`}, 1, audit.Missing},
		{"two exchanged", swap, 4, audit.Altered},
		{"one removed and the rest moved up", []string{
			`DELETE FROM audit_entry WHERE seq = 4`, `UPDATE audit_entry SET seq = seq + 100 WHERE seq > 4`,
			`UPDATE audit_entry SET seq = seq - 101 WHERE seq > 100`, `UPDATE audit_head SET seq = 9`}, 4, audit.Altered},
		{"end cut off, head kept back", []string{`DELETE FROM audit_entry WHERE seq > 8`, `UPDATE audit_head SET seq = 8`}, 8, audit.Head},
		{"head edited", []string{`UPDATE audit_head SET hash = '12345678901234567890123456789012'`}, 10, audit.Head},
		{"entry put behind the end", []string{`INSERT INTO audit_entry SELECT 11, at, actor, action, object, post_id, detail, hash, hash FROM audit_entry WHERE seq = 10`}, 11, audit.Beyond},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				r := tampered(t, db, c.statements...)
				if r.Whole() || r.BrokenAt != c.at || r.Reason != c.reason {
					t.Fatalf("got %+v, want %s at %d", r, c.reason, c.at)
				}
			})
		})
	}
}

// An entry whose own hash is right but which follows another one.
func TestAnEntryOfAnotherChainIsUnlinked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		first := func() time.Time { return start }
		later := func() time.Time { return start.Add(time.Hour) }
		appendTo(t, db, audit.New(first), entries(0, 3)...)
		exec := func(statement string) {
			err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		// Rewrite the second entry honestly, and keep the third of before.
		exec(`CREATE TABLE kept AS SELECT * FROM audit_entry WHERE seq = 3`)
		exec(`DELETE FROM audit_entry WHERE seq > 1`)
		exec(`UPDATE audit_head SET seq = 1, hash = (SELECT hash FROM audit_entry WHERE seq = 1)`)
		appendTo(t, db, audit.New(later), entries(1, 1)...)
		exec(`INSERT INTO audit_entry SELECT * FROM kept`)
		exec(`UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM kept)`)
		if r := verify(t, db); r.BrokenAt != 3 || r.Reason != audit.Unlinked || r.Entries != 2 {
			t.Fatalf("got %+v", r)
		}
	})
}

func TestProtectRefusesChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		log := audit.New(func() time.Time { return start })
		for range 2 {
			if err := audit.Protect(ctx, db); err != nil {
				t.Fatal(err)
			}
		}
		appendTo(t, db, log, entries(0, 3)...)
		statements := []string{
			`UPDATE audit_entry SET actor = 'staff:7'`, `DELETE FROM audit_entry WHERE seq = 2`, `DELETE FROM audit_head`,
		}
		if db.Engine() == store.PostgreSQL {
			statements = append(statements, `TRUNCATE audit_entry`, `TRUNCATE audit_head`)
		}
		for _, s := range statements {
			err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, s)
				return err
			})
			if err == nil {
				t.Errorf("%s went through", s)
			}
		}
		appendTo(t, db, log, entries(3, 3)...)
		if r := verify(t, db); !r.Whole() || r.Entries != 6 {
			t.Fatalf("got %+v", r)
		}
	})
}

func TestList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		at := start
		log := audit.New(func() time.Time { return at })
		for i := range 12 {
			appendTo(t, db, log, entry(i))
			at = at.Add(time.Minute)
		}
		minute := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
		cases := []struct {
			name   string
			filter audit.Filter
			want   []int64
		}{
			{"all", audit.Filter{}, []int64{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
			{"post", audit.Filter{Post: "post-b"}, []int64{11, 8, 5, 2}},
			{"actor", audit.Filter{Actor: "staff:1", From: minute(6)}, []int64{12, 10, 8}},
			{"action prefix", audit.Filter{Action: "booking.", To: minute(4)}, []int64{4, 2, 1}},
			{"action in another case", audit.Filter{Action: "Booking."}, nil},
			{"action with a wildcard", audit.Filter{Action: "booking%"}, nil},
			{"whole action", audit.Filter{Action: "plan.edit"}, []int64{12, 9, 6, 3}},
			{"object", audit.Filter{Object: "booking:4"}, []int64{5}},
			{"from and to", audit.Filter{From: minute(3), To: minute(5)}, []int64{5, 4}},
			{"within two posts", audit.Filter{Within: []string{"post-a", "post-b"}, From: minute(6)}, []int64{11, 10, 8, 7}},
			{"within no post", audit.Filter{Within: []string{}}, nil},
			{"post outside of the reader's", audit.Filter{Post: "post-a", Within: []string{"post-b"}}, nil},
			{"not text", audit.Filter{Actor: "\x00", Object: "\xff"}, nil},
			{"not SQL", audit.Filter{Object: "' OR 1=1 --"}, nil},
		}
		for _, c := range cases {
			for _, limit := range []int{1, 3, 100} {
				var got []int64
				f := c.filter
				for {
					page, err := audit.List(context.Background(), db.Read(), f, limit)
					if err != nil {
						t.Fatal(err)
					}
					if len(page.Records) > limit {
						t.Fatalf("%s: %d records on a page of %d", c.name, len(page.Records), limit)
					}
					for _, r := range page.Records {
						got = append(got, r.Seq)
					}
					if f.Cursor = page.Next; f.Cursor == 0 {
						break
					}
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("%s by %d: got %v, want %v", c.name, limit, got, c.want)
				}
			}
		}
	})
}
