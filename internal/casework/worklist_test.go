package casework

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestWorklist(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		r.draft(good()) // no officer sees it
		var ids []string
		for range 5 {
			ids = append(ids, r.submitted().ID)
			r.clock.advance(24 * time.Hour)
		}
		_, err := r.Assign(ctx, "head", ids[2], "ann")
		r.must(err)
		_, err = r.Ask(ctx, "ann", ids[0], "Why?", nil)
		r.must(err)
		list := func(q Query) (found []string) {
			t.Helper()
			q.Limit = 2
			if q.Posts == nil {
				q.Posts = []string{"berlin", "doha"}
			}
			for {
				page, err := r.Worklist(ctx, q)
				r.must(err)
				for _, item := range page.Items {
					found = append(found, item.ID)
				}
				if q.After = page.Cursor; q.After == "" {
					return found
				}
			}
		}
		for name, c := range map[string]struct {
			q    Query
			want []string
		}{
			"what is to be done":           {Query{}, ids[1:]},
			"all states, the waiting last": {Query{States: States}, append(slices.Clone(ids[1:]), ids[0])},
			"mine":                         {Query{Assignee: "ann"}, ids[2:3]},
			"nobody's":                     {Query{Assignee: Nobody}, []string{ids[1], ids[3], ids[4]}},
			"another post":                 {Query{Posts: []string{"doha"}}, nil},
			"no post":                      {Query{Posts: []string{}}, nil},
			"everywhere":                   {Query{Posts: []string{}, AllPosts: true}, ids[1:]},
			"due early":                    {Query{DueBefore: "2026-12-15"}, ids[1:2]},
			"another nationality":          {Query{Nationality: "SRB"}, nil},
			"drafts":                       {Query{States: []State{Draft}}, nil},
		} {
			if got := list(c.q); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
		a, err := r.Application(ctx, ids[0])
		r.must(err)
		if got := list(Query{Reference: a.Reference}); !slices.Equal(got, ids[:1]) {
			t.Errorf("by reference: %v", got)
		}
		_, err = r.Worklist(ctx, Query{Reference: "?", AllPosts: true})
		r.refused(err, "casework.reference_malformed")
		_, err = r.Worklist(ctx, Query{After: "x", AllPosts: true})
		r.refused(err, "casework.cursor")

		r.clock.advance(15 * 24 * time.Hour)
		page, err := r.Worklist(ctx, Query{AllPosts: true, Limit: 1})
		r.must(err)
		if one := page.Items[0]; !one.Late || one.Age != 11 || one.Name != "Yılmaz, Ayşe" || one.Fee.State != FeeDue {
			t.Errorf("%+v: late %v, age %d", one, one.Late, one.Age)
		}
		if counts, err := r.Counts(ctx, "berlin"); err != nil || counts[Submitted] != 4 || counts[Asked] != 1 || len(counts) != 2 {
			t.Errorf("%v, %v", counts, err)
		}
	})
}

func TestRelatedCases(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		one := r.submitted()
		same := r.submitted() // the same person and mailbox
		begin := func(email, number string) *Application {
			t.Helper()
			a, err := r.Start(ctx, Beginning{ServiceID: "trial", PostID: "doha", Lang: "az", Channel: ByStaff, Staff: "ann", Email: email, Companion: one.ID})
			r.must(err)
			for page, answers := range answers("TUR", number) {
				_, err := r.Save(ctx, a.ID, page, 0, answers)
				r.must(err)
			}
			a, err = r.Submit(ctx, a.ID)
			r.must(err)
			return a
		}
		family := begin("", "U7654321")
		if n := r.count(`SELECT count(*) FROM audit_entry WHERE object = $1 AND actor = 'staff:ann' AND action IN ('case.start', 'case.submit')`, object(family.ID)); n != 2 {
			t.Errorf("%d entries of the officer who filled in, want 2", n)
		}
		got := func(id string) map[string][]string {
			t.Helper()
			all, err := r.Related(ctx, id)
			r.must(err)
			kinds := map[string][]string{}
			for _, one := range all {
				kinds[one.ID] = one.Kinds
			}
			return kinds
		}
		if k := got(one.ID); len(k) != 2 || !slices.Equal(k[family.ID], []string{"group"}) || !slices.Equal(k[same.ID], []string{"email", "person"}) {
			t.Errorf("of the first: %v", k)
		}
		if k := got(family.ID); len(k) != 1 || !slices.Equal(k[one.ID], []string{"group"}) {
			t.Errorf("of the family: %v", k)
		}
	})
}

func TestWorkingDays(t *testing.T) {
	r := open(t, storetest.SQLite(t))
	ctx := context.Background()
	for _, c := range []struct {
		post, from string
		n          int
		want       string
	}{
		{"berlin", "2026-11-27", 1, "2026-11-30"}, // Friday to Monday
		{"berlin", "2026-11-27", 2, "2026-12-03"}, // closed on 1 and 2 December
		{"berlin", "2026-12-24", 1, "2026-12-28"}, // a holiday, then the weekend
		{"doha", "2026-11-19", 1, "2026-11-22"},   // Thursday to Sunday
		{"berlin", "2026-11-27", 0, "2026-11-27"},
	} {
		got, err := r.WorkingDay(ctx, c.post, c.from, c.n)
		if err != nil || got != c.want {
			t.Errorf("%d working days after %s at %s: %s, %v; want %s", c.n, c.from, c.post, got, err, c.want)
		}
		if n, err := r.WorkingDays(ctx, c.post, c.from, got); err != nil || n != c.n {
			t.Errorf("from %s to %s at %s: %d, %v; want %d", c.from, got, c.post, n, err, c.n)
		}
	}
}
