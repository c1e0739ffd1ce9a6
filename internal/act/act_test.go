package act_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// cases stands for casework: each application can be issued once, and those whose
// id starts with "no" are not granted.
type cases struct {
	mu     sync.Mutex
	issued map[string]string
}

func (c *cases) IssueIn(_ context.Context, _ *store.Tx, _, id, issued string) error {
	if strings.HasPrefix(id, "no") {
		return fault.NewConflict("casework.wrong_state")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.issued[id] = issued
	return nil
}

type posts struct{}

func (posts) Today(_ context.Context, _ string, t time.Time) (string, error) {
	return t.Format(time.DateOnly), nil
}
func (posts) Zone() string { return "Asia/Baku" }

type rig struct {
	*act.Service
	t      *testing.T
	db     *store.DB
	ledger *verify.Ledger
	cases  *cases
	millis atomic.Int64
}

func (r *rig) now() time.Time { return time.UnixMilli(r.millis.Load()).UTC() }

func open(t *testing.T, db *store.DB) *rig {
	t.Helper()
	ring, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, db: db, cases: &cases{issued: map[string]string{}}}
	r.millis.Store(noon.UnixMilli())
	r.ledger = verify.New(db, ring, r.now)
	r.Service = act.New(act.Config{DB: db, Ring: ring, Trail: audit.New(r.now), Outbox: notify.NewOutbox(db, r.now), Cases: r.cases, Posts: posts{}, Documents: r.ledger, Now: r.now})
	return r
}

func visa() act.Visa {
	return act.Visa{Type: "ordinary", Entries: 1, From: "2026-12-01", Until: "2027-02-28", Days: 30, Surname: "Yılmaz", GivenNames: "Ayşe", SurnameLatin: "YILMAZ", GivenNamesLatin: "AYSE",
		DocumentNumber: "u 1234567", Nationality: "TUR", Sex: "F", Birth: "1990-02-03", DocumentExpires: "2030-01-01", Lang: "en"}
}

func (r *rig) issue(application, post string, v act.Visa) (*act.Act, *verify.Document, error) {
	return r.Issue(context.Background(), act.Issue{StaffID: "ann", ApplicationID: application, PostID: post, PostName: "Embassy", Visa: v, Layout: act.EVisa, Photo: []byte("portrait")})
}

func (r *rig) issued(application string) (*act.Act, *verify.Document) {
	r.t.Helper()
	a, d, err := r.issue(application, "berlin", visa())
	if err != nil {
		r.t.Fatal(err)
	}
	return a, d
}

func (r *rig) refused(err error, key string) {
	r.t.Helper()
	f := fault.As(err)
	if f == nil || f.Key != key && !slices.ContainsFunc(f.Fields, func(one fault.Field) bool { return one.Key == key }) {
		r.t.Fatalf("got %v, want a refusal with %s", err, key)
	}
}

func (r *rig) outcome(code string, want verify.Outcome) *verify.Result {
	r.t.Helper()
	res, err := r.ledger.Check(context.Background(), code)
	if err != nil || res.Outcome != want {
		r.t.Fatalf("the check gives %+v, %v; want %s", res, err, want)
	}
	return res
}

// Numbers have no gaps: neither after refusals nor in a crowd.
func TestNumbersHaveNoGaps(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := open(t, db)
		const crowd, each = 8, 6
		var wait sync.WaitGroup
		for who := range crowd {
			wait.Go(func() {
				for n := range each {
					post := []string{"berlin", "doha"}[n%2]
					application := fmt.Sprintf("a%d-%d", who, n)
					if n%3 == 0 {
						if _, _, err := r.issue("no"+application, post, visa()); fault.KindOf(err) != fault.Conflict {
							t.Errorf("an application that is not granted: %v", err)
						}
					}
					if _, _, err := r.issue(application, post, visa()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		r.millis.Store(time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC).UnixMilli())
		next := r.must(r.issue("next-year", "berlin", visa()))
		if next.Number != 1 || next.Year != 2027 || next.Serial != crowd*each+1 || next.Label() != "V-BERLIN-2027-000001" {
			t.Errorf("the first of a year is %s, serial %d", next.Label(), next.Serial)
		}
		numbers := map[string][]int{}
		if err := store.Each(context.Background(), db.Read(), func(rows *sql.Rows) error {
			var post string
			var number, serial int
			err := rows.Scan(&post, &number, &serial)
			numbers[post], numbers["*"] = append(numbers[post], number), append(numbers["*"], serial)
			return err
		}, `SELECT post_id, number, serial FROM act WHERE year = 2026`); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]int{"berlin": crowd * each / 2, "doha": crowd * each / 2, "*": crowd * each} {
			got := slices.Sorted(slices.Values(numbers[name]))
			if len(got) != want || got[0] != 1 || got[len(got)-1] != want || len(slices.Compact(got)) != want {
				t.Errorf("%s: %v", name, got)
			}
		}
		if len(r.cases.issued) != crowd*each+1 {
			t.Errorf("%d applications are issued", len(r.cases.issued))
		}
		if _, _, err := r.issue("next-year", "berlin", visa()); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a second visa for one application: %v", err)
		}
	})
}

func (r *rig) must(a *act.Act, _ *verify.Document, err error) *act.Act {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

func TestAVisaIsFoundAndKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r, ctx := open(t, db), context.Background()
		a, d := r.issued("one")
		other := visa()
		other.Surname, other.SurnameLatin, other.DocumentNumber = "Ваганов", "", "C7"
		b := r.must(r.issue("two", "doha", other))
		if got, err := r.Photo(ctx, a.ID); err != nil || string(got) != "portrait" {
			t.Errorf("the photo is %q, %v", got, err)
		}
		if again, err := r.Act(ctx, a.ID); err != nil || *again.Visa != *a.Visa || again.Visa.DocumentNumber != "U1234567" {
			t.Errorf("%+v, %v", again, err)
		}
		if r.cases.issued["one"] != "visa:"+a.ID {
			t.Errorf("the case holds %q", r.cases.issued["one"])
		}
		for text, want := range map[string]string{
			a.Label(): a.ID, strings.ToLower(b.Label()): b.ID, a.SerialText(): a.ID, "U-1234567": a.ID, "yilmaz": a.ID, "Ayşe Yılmaz": a.ID,
			"yılmaz, ayşe": a.ID, "Vaganov": b.ID, "ваганов": b.ID, "c7": b.ID,
		} {
			l, err := r.List(ctx, act.Query{Register: act.Visas, AllPosts: true, Text: text})
			if err != nil || len(l.Acts) != 1 || l.Acts[0].ID != want {
				t.Errorf("%q finds %d entries, %v", text, len(l.Acts), err)
			}
		}
		for _, q := range []act.Query{{Text: "nobody"}, {Text: "Yilmaz Vaganov"}, {PostID: "doha", Text: "yilmaz"}, {Year: 2025}, {State: act.Revoked}, {Text: "V-NOWHERE-2026-1"}, {Text: "%' OR 1=1 --"}} {
			q.Register, q.AllPosts = act.Visas, true
			if l, err := r.List(ctx, q); err != nil || len(l.Acts) != 0 {
				t.Errorf("%+v finds %d, %v", q, len(l.Acts), err)
			}
		}
		if l, err := r.List(ctx, act.Query{Register: act.Visas, Posts: []string{"doha"}}); err != nil || len(l.Acts) != 1 {
			t.Errorf("an officer of one post sees %d, %v", len(l.Acts), err)
		}
		page, err := r.List(ctx, act.Query{Register: act.Visas, AllPosts: true, Limit: 1})
		if err != nil || len(page.Acts) != 1 || page.Acts[0].ID != b.ID || page.Cursor == "" {
			t.Fatalf("%+v, %v", page, err)
		}
		if page, err = r.List(ctx, act.Query{Register: act.Visas, AllPosts: true, Limit: 1, After: page.Cursor}); err != nil || len(page.Acts) != 1 || page.Acts[0].ID != a.ID || page.Cursor != "" {
			t.Errorf("%+v, %v", page, err)
		}
		// Nothing that names the person stands in the tables as it is.
		for _, column := range []string{"sealed", "photo"} {
			var raw []byte
			if err := db.Read().QueryRowContext(ctx, `SELECT `+column+` FROM act WHERE id = $1`, a.ID).Scan(&raw); err != nil || strings.Contains(string(raw), "YILMAZ") || strings.Contains(string(raw), "portrait") {
				t.Errorf("%s lies open: %v", column, err)
			}
		}
		r.outcome(d.Code, verify.NotYet)
		r.millis.Store(time.Date(2026, 11, 30, 20, 30, 0, 0, time.UTC).UnixMilli()) // the first of December in Baku
		r.outcome(d.Code, verify.Genuine)
		r.millis.Store(time.Date(2027, 2, 28, 20, 30, 0, 0, time.UTC).UnixMilli())
		r.outcome(d.Code, verify.Expired)
	})
}

func TestFourEyesEndAVisa(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, kind := range act.Ends {
			r, ctx := open(t, db), context.Background()
			a, d := r.issued("end-" + string(kind))
			proposal := act.Proposal{Kind: kind, Ground: act.Grounds[kind][0], Authority: "Article 7", Reason: "Because."}
			for _, bad := range []act.Proposal{{}, {Kind: kind, Ground: "misspelt", Authority: "x", Reason: "y"}, {Kind: kind, Ground: proposal.Ground, Reason: "y"}, {Kind: kind, Ground: proposal.Ground, Authority: "x"}} {
				if _, err := r.Propose(ctx, "ann", a.ID, bad); fault.KindOf(err) != fault.Invalid {
					t.Errorf("%+v: %v", bad, err)
				}
			}
			p, err := r.Propose(ctx, "ann", a.ID, proposal)
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Propose(ctx, "ben", a.ID, proposal)
			r.refused(err, "act.proposal_open")
			_, err = r.Carry(ctx, "ann", p.ID, "")
			r.refused(err, "act.own_proposal")
			// Nor by hand in the database.
			if _, err := db.Read().ExecContext(ctx, `UPDATE act_proposal SET state = 'carried', decided_by = proposed_by, decided_at = 1 WHERE id = $1`, p.ID); err == nil {
				t.Error("the database lets one officer do both")
			}
			_, _, err = r.Correct(ctx, correction(a, "AYSHE"))
			r.refused(err, "act.proposal_open")
			if err := r.Reject(ctx, "ann", p.ID, "I was wrong."); err != nil {
				t.Fatal(err)
			}
			_, err = r.Carry(ctx, "ben", p.ID, "")
			r.refused(err, "act.proposal_closed")
			if p, err = r.Propose(ctx, "ann", a.ID, proposal); err != nil {
				t.Fatal(err)
			}
			r.outcome(d.Code, verify.NotYet)
			var done atomic.Int64
			var wait sync.WaitGroup
			for _, who := range []string{"ben", "cid", "dan"} {
				wait.Go(func() {
					if _, err := r.Carry(ctx, who, p.ID, "So it is."); err == nil {
						done.Add(1)
					} else if fault.KindOf(err) != fault.Conflict {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			if done.Load() != 1 {
				t.Errorf("%d officers ended it", done.Load())
			}
			want, state := verify.WasRevoked, act.Revoked
			if kind == act.Annul {
				want, state = verify.WasAnnulled, act.Annulled
			}
			if res := r.outcome(d.Code, want); !res.Since.Equal(r.now()) || res.Document == nil {
				t.Errorf("%+v", res)
			}
			if again, err := r.Act(ctx, a.ID); err != nil || again.State != state || *again.Visa != *a.Visa {
				t.Errorf("%+v, %v", again, err)
			}
			_, _, err = r.Correct(ctx, correction(a, "AYSHE"))
			r.refused(err, "act.ended")
			_, err = r.Print(ctx, "ann", a.ID, act.EVisa, "Embassy", false, "Again.")
			r.refused(err, "act.ended")
			kinds(t, r, a.ID, act.EventIssued, act.EventProposed, act.EventRejected, act.EventProposed, map[act.End]string{act.Annul: act.EventAnnulled, act.Revoke: act.EventRevoked}[kind])
		}
	})
}

func kinds(t *testing.T, r *rig, id string, want ...string) {
	t.Helper()
	events, err := r.History(context.Background(), id)
	var got []string
	for _, e := range events {
		got = append(got, e.Kind)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("the history is %v, want %v: %v", got, want, err)
	}
}

func correction(a *act.Act, given string) act.Correction {
	v := *a.Visa
	v.GivenNamesLatin, v.Until, v.Entries = given, "2036-01-01", 0
	return act.Correction{StaffID: "ben", ActID: a.ID, Ground: "misspelt", Authority: "Passport seen", Reason: "A letter was missing.", Visa: v, PostName: "Embassy", Layout: act.EVisa}
}

func TestACorrectionSupersedes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r, ctx := open(t, db), context.Background()
		a, d := r.issued("misspelt")
		r.millis.Store(noon.Add(24 * time.Hour).UnixMilli())
		same := correction(a, a.Visa.GivenNamesLatin)
		_, _, err := r.Correct(ctx, same)
		r.refused(err, "act.nothing_changed")
		_, _, err = r.Correct(ctx, correction(a, "1"))
		r.refused(err, "act.visa.latin")
		b, e, err := r.Correct(ctx, correction(a, "AYSHE"))
		if err != nil {
			t.Fatal(err)
		}
		if b.Number != a.Number+1 || b.Supersedes != a.ID || b.Source != a.Source || b.Visa.GivenNamesLatin != "AYSHE" || b.Visa.Until != a.Visa.Until || b.Visa.Entries != a.Visa.Entries {
			t.Errorf("%+v %+v", b, b.Visa)
		}
		again, err := r.Act(ctx, a.ID)
		if err != nil || again.State != act.Corrected || again.SupersededBy != b.ID || *again.Visa != *a.Visa {
			t.Errorf("%+v, %v", again, err)
		}
		if res := r.outcome(d.Code, verify.WasSuperseded); res.Document.SupersededBy != b.Label() {
			t.Errorf("%+v", res.Document)
		}
		r.outcome(e.Code, verify.NotYet)
		if latest, err := r.BySource(ctx, act.Visas, act.CaseSource("misspelt")); err != nil || latest.ID != b.ID {
			t.Errorf("%+v, %v", latest, err)
		}
		if got, err := r.Photo(ctx, b.ID); err != nil || string(got) != "portrait" {
			t.Errorf("%q, %v", got, err)
		}
		kinds(t, r, a.ID, act.EventIssued, act.EventCorrected)
		_, _, err = r.Correct(ctx, correction(a, "AYSHA"))
		r.refused(err, "act.ended")
		var copies int
		if err := db.Read().QueryRowContext(ctx, `SELECT COUNT(*) FROM act`).Scan(&copies); err != nil || copies != 2 {
			t.Errorf("%d entries, %v", copies, err)
		}
	})
}

func TestPrintingAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r, ctx := open(t, db), context.Background()
		a, first := r.issued("again")
		second, err := r.Print(ctx, "ben", a.ID, act.StickerB, "Embassy", false, "For the passport.")
		if err != nil || second.Code == first.Code {
			t.Fatal(second, err)
		}
		r.outcome(first.Code, verify.NotYet)
		third, err := r.Print(ctx, "ben", a.ID, act.StickerB, "Embassy", true, "Spoilt.")
		if err != nil {
			t.Fatal(err)
		}
		r.outcome(first.Code, verify.WasSuperseded)
		r.outcome(second.Code, verify.WasSuperseded)
		r.outcome(third.Code, verify.NotYet)
		_, err = r.Print(ctx, "ben", a.ID, "poster", "Embassy", true, "")
		r.refused(err, "act.layout_missing")
		_, err = r.Print(ctx, "ben", store.NewID(), act.EVisa, "Embassy", true, "x")
		r.refused(err, "act.not_found")
	})
}
