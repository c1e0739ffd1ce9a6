package caseweb_test

import (
	"encoding/csv"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/travel/mrz"
)

// attached hands in once more, with a picture and a page that is no picture.
func (r *rig) attached(a *casework.Application) string {
	r.t.Helper()
	_, err := r.cases.Ask(r.ctx, "cem", a.ID, "A photo?", []string{"papers"})
	r.must(err)
	photo, err := r.cases.Attach(r.ctx, a.ID, casework.File{Question: "photo", Name: "me \"x\".jpg", MediaType: "image/jpeg"}, []byte("picture"))
	r.must(err)
	scan, err := r.cases.Attach(r.ctx, a.ID, casework.File{Question: "scans", Name: "şəkil.pdf", MediaType: "application/pdf"}, []byte("%PDF"))
	r.must(err)
	odd, err := r.cases.Attach(r.ctx, a.ID, casework.File{Question: "scans", Name: "x.html", MediaType: "text/html"}, []byte("<script>"))
	r.must(err)
	_, content, err := r.cases.Content(r.ctx, a.ID)
	r.must(err)
	_, err = r.cases.Save(r.ctx, a.ID, "papers", content.Versions["papers"], form.Answers{"photo": photo.ID, "scans": []any{scan.ID, odd.ID}})
	r.must(err)
	_, err = r.cases.Answer(r.ctx, a.ID, "Here.")
	r.must(err)
	return photo.ID
}

func TestFilesAreShownWithoutTrust(t *testing.T) {
	r := open(t, storetest.SQLite(t), nil)
	a := r.submitted("berlin", answers("TUR", "U1", "tourism"))
	at := "/staff/cases/" + a.Reference
	photo := r.attached(a)
	page := r.get(at, 200)
	r.has(page, `src="`+at+"/files/"+photo+`"`, "şəkil.pdf", "is saved, not opened", "Portrait of")
	links := regexp.MustCompile(`/files/[0-9a-f-]{36}`).FindAllString(page, -1)
	slices.Sort(links)
	kinds := map[string]string{}
	for _, link := range slices.Compact(links) {
		h := r.do("GET", at+link, nil).Header()
		way, _, _ := strings.Cut(h.Get("Content-Disposition"), ";")
		kinds[h.Get("Content-Type")] = way
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || !strings.Contains(h.Get("Cache-Control"), "no-store") {
			t.Errorf("headers of %s: %v", link, h)
		}
	}
	for kind, way := range map[string]string{"image/jpeg": "inline", "application/pdf": "attachment", "application/octet-stream": "attachment"} {
		if kinds[kind] != way {
			t.Errorf("%s is %q, want %s", kind, kinds[kind], way)
		}
	}
	if len(kinds) != 3 {
		t.Errorf("types: %v", kinds)
	}
	r.get(at+"/files/nothing", 404)
	b := r.submitted("berlin", answers("TUR", "U2", "tourism"))
	r.get("/staff/cases/"+b.Reference+"/files/"+photo, 404) // of another case
}

func TestTheZoneIsComparedWithWhatWasTyped(t *testing.T) {
	r := open(t, storetest.SQLite(t), nil)
	lines, err := mrz.Compose(mrz.Fields{Format: mrz.TD3, Code: "P", Issuer: "TUR", Nationality: "TUR", Surname: "YILMAZ", GivenNames: "AYSE", Number: "U1234567",
		Birth: mrz.Date{Year: 1990, Month: 2, Day: 3}, Sex: "F", Expiry: mrz.Date{Year: 2030, Month: 1, Day: 1}})
	r.must(err)
	given := answers("TUR", "U1234567", "tourism")
	given["person"]["document"].(map[string]any)["mrz"] = []any{lines[0], lines[1]}
	r.has(r.get("/staff/cases/"+r.submitted("berlin", given).Reference, 200), lines[1], "YILMAZ AYSE", "Check digits are right", "Personal number: right")
}

func TestTheWorklistIsFilteredPagedAndFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := open(t, db, nil)
		var all []string
		for i := range 53 {
			nation := []string{"TUR", "KAZ", "NGA"}[i%3]
			a := r.submitted("berlin", answers(nation, fmt.Sprintf("N%d", i), "tourism"))
			all = append(all, a.Reference)
			if i%10 == 0 {
				_, err := r.cases.Assign(r.ctx, "ann", a.ID, "ann")
				r.must(err)
			}
		}
		elsewhere := r.submitted("doha", answers("TUR", "D1", "tourism"))
		references := regexp.MustCompile(`href="/staff/cases/([0-9A-Z]{4}-[0-9A-Z]{4})"`)
		found := func(page string) (seen []string) {
			for _, m := range references.FindAllStringSubmatch(page, -1) {
				seen = append(seen, m[1])
			}
			return seen
		}
		first := r.get("/staff/cases", 200)
		next := regexp.MustCompile(`href="(/staff/cases\?after=[^"]+)"`).FindStringSubmatch(first)
		if next == nil {
			t.Fatal("no second page")
		}
		both := append(found(first), found(r.get(next[1], 200))...)
		slices.Sort(both)
		slices.Sort(all)
		if !slices.Equal(both, all) {
			t.Errorf("two pages show %d cases, want %d", len(both), len(all))
		}
		for query, want := range map[string]int{"assignee=mine": 6, "assignee=-": 47, "assignee=ben": 0, "nationality=KAZ": 18, "state=asked": 0, "service=trial": 50, "service=x": 0, "state=nonsense": 50, "due=2026-11-26": 0, "due=2026-12-31&assignee=mine": 6} {
			if got := len(found(r.get("/staff/cases?"+query, 200))); got != want {
				t.Errorf("%s: %d cases, want %d", query, got, want)
			}
		}
		r.get("/staff/cases?due=soon", 422)
		r.get("/staff/cases?after=nowhere", 303)
		// Late from the tenth working day on.
		r.advance(17 * 24 * time.Hour)
		r.has(r.get("/staff/cases?due=2026-12-31", 200), "Late by", "cases on this page are late")

		// The reference as people write and scan it.
		one := all[0]
		for _, typed := range []string{one, strings.ToLower(one), strings.ReplaceAll(one, "-", ""), " " + one + " ", "https://mfa.example/applications/" + one, "https://mfa.example/applications/" + one + "/application.pdf?x=1"} {
			rec := r.do("GET", "/staff/cases?"+url.Values{"reference": {typed}}.Encode(), nil)
			if rec.Header().Get("Location") != "/staff/cases/"+one {
				t.Errorf("%q leads to %q (%d)", typed, rec.Header().Get("Location"), rec.Code)
			}
		}
		r.has(r.get("/staff/cases?reference=what", 422), "looks like K7QX-2M9D")

		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(r.get("/staff/cases/csv?nationality=TUR", 200), "\ufeff"))).ReadAll()
		r.must(err)
		if len(rows) != 1+18 || len(rows[0]) != 11 {
			t.Errorf("%d rows of %d columns", len(rows), len(rows[0]))
		}
		r.as("head", identity.Head, identity.AllPosts)
		r.has(r.get("/staff/cases?post=doha", 200), elsewhere.Reference)
		r.has(r.get("/staff/cases?post=doha", 200), "1</strong> To be done by us")
		r.has(r.get("/staff/cases", 200), "54</strong> To be done by us", "Embassy in Doha")
	})
}

func TestRelatedCasesOnlyWhereOneMayOpenThem(t *testing.T) {
	r := open(t, storetest.SQLite(t), nil)
	a := r.submitted("berlin", answers("TUR", "U1234567", "tourism"))
	b := r.submitted("berlin", answers("TUR", "U1234567", "work"))
	c := r.submitted("doha", answers("TUR", "U1234567", "work"))
	page := r.get("/staff/cases/"+a.Reference, 200)
	r.has(page, b.Reference, "same person")
	r.lacks(page, c.Reference)
	r.as("head", identity.Head, identity.AllPosts)
	r.has(r.get("/staff/cases/"+a.Reference, 200), b.Reference, c.Reference)
}

// Statistics equal what is counted by hand.
func TestFiguresEqualAHandCount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := open(t, db, nil)
		decide := func(nation, number, purpose string, days int, refuse bool) {
			t.Helper()
			a := r.examined("berlin", answers(nation, number, purpose))
			r.advance(time.Duration(days) * 24 * time.Hour)
			p := casework.Proposal{Outcome: casework.Grant}
			if refuse {
				p = casework.Proposal{Outcome: casework.Refuse, Reasons: []string{"means"}}
			}
			made, err := r.cases.Propose(r.ctx, "cem", a.ID, p)
			r.must(err)
			_, err = r.cases.Decide(r.ctx, "ben", a.ID, made.ID)
			r.must(err)
			r.millis.Store(nine.UnixMilli())
		}
		decide("TUR", "1", "tourism", 1, false) // Thursday: 1 working day
		decide("TUR", "2", "tourism", 2, false) // Friday: 2
		decide("TUR", "3", "work", 7, true)     // Wednesday after a weekend: 5
		decide("KAZ", "4", "tourism", 14, true) // 10
		r.submitted("berlin", answers("KAZ", "5", "tourism"))
		w := r.submitted("berlin", answers("KAZ", "6", "tourism"))
		_, err := r.cases.Withdraw(r.ctx, w.ID)
		r.must(err)
		r.submitted("doha", answers("TUR", "7", "work"))

		rows := func(query string) string {
			text := strings.TrimPrefix(r.get("/staff/cases/statistics/csv"+query, 200), "\ufeff")
			return strings.TrimSpace(strings.ReplaceAll(text, "\r", ""))
		}
		const head = "nationality,purpose,received,granted,refused,withdrawn,lapsed,undecided,median_working_days\n"
		berlin := head + "KAZ,tourism,3,0,1,1,0,1,10\nTUR,tourism,2,2,0,0,0,0,1\nTUR,work,1,0,1,0,0,0,5"
		if got := rows(""); got != berlin {
			t.Errorf("the officer of Berlin gets\n%s\nwant\n%s", got, berlin)
		}
		if got := rows("?from=2026-10&to=2026-10"); got != strings.TrimSpace(head) {
			t.Errorf("October has %s", got)
		}
		page := r.get("/staff/cases/statistics", 200)
		// In all: received 6, granted 2, refused 2, undecided 1; of 1, 2, 5 and 10 days the lower middle is 2.
		tiles := regexp.MustCompile(`ch-tile"><strong>([^<]*)</strong>`).FindAllStringSubmatch(page, -1)
		var got []string
		for _, m := range tiles {
			got = append(got, m[1])
		}
		if want := []string{"6", "2", "2", "2", "1"}; !slices.Equal(got, want) {
			t.Errorf("tiles %v, want %v", got, want)
		}
		r.as("olga", identity.Auditor, identity.AllPosts)
		if got := rows(""); !strings.HasSuffix(got, "TUR,work,2,0,1,0,0,1,5") {
			t.Errorf("the auditor of all posts gets\n%s", got)
		}
		if got := rows("?post=berlin"); got != berlin {
			t.Errorf("the auditor gets of Berlin\n%s", got)
		}
		r.get("/staff/cases/statistics?from=2026-13", 422)
		r.get("/staff/cases/statistics?from=2026-12&to=2026-11", 422)
		r.get("/staff/cases/statistics?from=1990-12&to=2026-11", 422)
	})
}
