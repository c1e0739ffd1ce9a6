package crash

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/test/installation"
)

const (
	service = "permit"
	// applicants is how many fill in and are decided about at the same time.
	applicants = 16
	permit     = `
title: {en: Permit, az: İcazə}
about: {en: For a trial., az: Sınaq üçün.}
case: {four_eyes: true, decide_days: 10, answer_days: 14, keep_months: 1, fee_minor: 0, fee_currency: USD}
pages:
  - id: person
    title: {en: You, az: Siz}
    questions:
      - {id: name, type: name, label: {en: Name, az: Ad}}
      - {id: birth, type: date, range: past, label: {en: Born, az: Doğulub}}
  - id: story
    title: {en: Story, az: Hekayə}
    questions:
      - {id: story, type: text, label: {en: Story, az: Hekayə}}
  - id: last
    title: {en: Sign, az: İmza}
    questions:
      - {id: agreed, type: declaration, label: {en: True, az: Doğrudur}}
`
)

// told is what one applicant and the officers of the case were told.
type told struct {
	n                int
	reference, token string
	pages            map[string]int64 // versions
	story            string
	proven           bool
	state            casework.State
	// next is what was asked for last and not answered: a page, a state, or "".
	next string
}

// states are those of a case here, in their order, with the events that lead to
// each.
var (
	states = []casework.State{casework.Draft, casework.Submitted, casework.Screened, casework.Examined, casework.Proposed, casework.Granted}
	events = []string{"start", "submit", "screen", "examine", "propose", "grant"}
)

// TestPowerCutOfCases fills in, hands in and decides from many sides, kills the
// server with SIGKILL in the middle, starts it again and looks for everything
// that had been answered, and for anything half done.
func TestPowerCutOfCases(t *testing.T) {
	installation.Each(t, nil, func(t *testing.T, in *installation.Installation) {
		in.Declare(t, service, permit)
		in.Start(t)
		officers := in.Officers(t, "ann", "ben")
		var next atomic.Int64
		for cut := range powerCuts {
			if cut > 0 {
				in.Start(t)
			}
			all := applyUntilKilled(t, in, officers, &next)
			in.Check(t)
			in.WithDatabase(t, func(db *store.DB) { verifyCases(t, in, db, all) })
			reached := map[casework.State]int{}
			for _, c := range all {
				reached[c.state]++
			}
			t.Logf("power cut %d: %d cases, %v", cut+1, len(all), reached)
			in.Start(t)
			finish(t, in, officers, all)
			in.Stop(t)
			in.Check(t)
			in.WithDatabase(t, func(db *store.DB) { verifyCases(t, in, db, all) })
		}
	})
}

func applyUntilKilled(t *testing.T, in *installation.Installation, officers []*installation.Officer, next *atomic.Int64) []*told {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var mu sync.Mutex
	var all []*told
	var answered atomic.Int64
	enough := make(chan struct{})
	goal := least + rand.Int64N(400)
	count := func() {
		if answered.Add(1) == goal {
			close(enough)
		}
	}
	var work sync.WaitGroup
	in.WithDatabase(t, func(db *store.DB) {
		for range applicants {
			work.Go(func() {
				for ctx.Err() == nil {
					c := &told{n: int(next.Add(1)), pages: map[string]int64{}}
					mu.Lock()
					all = append(all, c)
					mu.Unlock()
					if err := c.live(ctx, in, db, officers, count); err != nil {
						select {
						case <-enough:
						default:
							t.Errorf("before the power cut: %v", err)
							cancel()
						}
						return
					}
				}
			})
		}
		select {
		case <-enough:
		case <-ctx.Done():
			t.Errorf("only %d answers", answered.Load())
		}
		in.Kill()
		work.Wait()
	})
	return slices.DeleteFunc(all, func(c *told) bool { return c.reference == "" })
}

// live goes on with the case from where it stands until it is decided; count is
// called after each answer.
func (c *told) live(ctx context.Context, in *installation.Installation, db *store.DB, officers []*installation.Officer, count func()) error {
	a := in.Applicant(c.n)
	own := func(next, method, path string, body, into any) error {
		c.next = next
		err := a.Own(ctx, c.token, method, path, body, into)
		if err == nil {
			c.next = ""
			count()
		}
		return err
	}
	var opened struct{ Token, Reference string }
	if c.reference == "" {
		if err := own("", http.MethodPost, "", map[string]string{"service": service, "post": installation.Post, "language": "en", "email": fmt.Sprintf("applicant%d@example.org", c.n)}, &opened); err != nil {
			return err
		}
		c.reference, c.token, c.state = opened.Reference, opened.Token, casework.Draft
	}
	at := "/" + c.reference
	if c.state == casework.Draft {
		if err := c.fill(own, at); err != nil {
			return err
		}
		if err := c.prove(ctx, in, db, own, at); err != nil {
			return err
		}
		if err := own("submitted screened", http.MethodPost, at+"/submit", struct{}{}, nil); err != nil {
			return err
		}
		c.state = casework.Submitted
	}
	return c.decide(ctx, db, officers, count)
}

// fill saves the pages, the story several times.
func (c *told) fill(own func(next, method, path string, body, into any) error, at string) error {
	save := func(page string, answers map[string]any) error {
		var saved struct{ Version int64 }
		err := own("page "+page, http.MethodPut, at+"/pages/"+page, map[string]any{"version": c.pages[page], "answers": answers}, &saved)
		if err == nil {
			c.pages[page] = saved.Version
		}
		return err
	}
	if c.pages["person"] == 0 {
		if err := save("person", map[string]any{"name": map[string]any{"surname": "Specimen", "given_names": "Aysel"}, "birth": "1990-04-17"}); err != nil {
			return err
		}
	}
	for c.pages["story"] < 4 {
		story := storyOf(c.n, c.pages["story"]+1)
		if err := save("story", map[string]any{"story": story}); err != nil {
			return err
		}
		c.story = story
	}
	if c.pages["last"] == 0 {
		return save("last", map[string]any{"agreed": true})
	}
	return nil
}

func storyOf(n int, version int64) string { return fmt.Sprintf("Chapter %d of %d", version, n) }

// prove asks for a code and sends it; the code is what the mail says.
func (c *told) prove(ctx context.Context, in *installation.Installation, db *store.DB, own func(next, method, path string, body, into any) error, at string) error {
	if c.proven {
		return nil
	}
	if err := own("", http.MethodPost, at+"/code", struct{}{}, nil); err != nil {
		return err
	}
	var id, serial string
	if err := db.Read().QueryRowContext(ctx, `SELECT id, CAST(code_serial AS TEXT) FROM application WHERE reference = $1`, c.reference).Scan(&id, &serial); err != nil {
		return err
	}
	var opened struct{ Token string }
	err := own("", http.MethodPost, at+"/confirm", map[string]string{"code": in.Keys.Code("casework-code", id, serial)}, &opened)
	if err == nil {
		c.token, c.proven = opened.Token, true
	}
	return err
}

// decide does the officers' part: the first examines and proposes, the second
// decides. What the program does by itself is waited for.
func (c *told) decide(ctx context.Context, db *store.DB, officers []*installation.Officer, count func()) error {
	at := "/staff/cases/" + c.reference
	for _, step := range []struct {
		from, to casework.State
		officer  int
		path     string
		form     url.Values
	}{
		{casework.Screened, casework.Examined, 0, "/examine", url.Values{"looked": {"answers", "papers", "portrait"}}},
		{casework.Examined, casework.Proposed, 0, "/propose-grant", url.Values{}},
		{casework.Proposed, casework.Granted, 1, "/decide", url.Values{}},
	} {
		for c.state != step.from {
			if err := db.Read().QueryRowContext(ctx, `SELECT state FROM application WHERE reference = $1`, c.reference).Scan(&c.state); err != nil {
				return err
			}
			if slices.Index(states, c.state) >= slices.Index(states, step.from) {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s is still %s: %w", c.reference, c.state, ctx.Err())
			case <-time.After(5 * time.Millisecond):
			}
		}
		if c.state != step.from {
			continue
		}
		if step.path == "/decide" {
			var proposal string
			if err := db.Read().QueryRowContext(ctx, `SELECT proposal_id FROM application WHERE reference = $1`, c.reference).Scan(&proposal); err != nil {
				return err
			}
			step.form.Set("proposal", proposal)
		}
		c.next = string(step.to)
		if err := officers[step.officer].Post(ctx, c.n, at+step.path, step.form); err != nil {
			return err
		}
		c.state, c.next = step.to, ""
		count()
	}
	return nil
}

// finish goes on, on the new server, with all that the old one left.
func finish(t *testing.T, in *installation.Installation, officers []*installation.Officer, all []*told) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	in.WithDatabase(t, func(db *store.DB) {
		for _, c := range all {
			if err := c.live(ctx, in, db, officers, func() {}); err != nil {
				t.Errorf("case %s does not go on: %v", c.reference, err)
			}
		}
	})
}

// verifyCases compares what people were told with what the database holds, and
// looks whether every step was taken as a whole.
func verifyCases(t *testing.T, in *installation.Installation, db *store.DB, all []*told) {
	t.Helper()
	ctx := context.Background()
	set, err := form.Load(fstest.MapFS{"questionnaires/" + service + ".yaml": {Data: []byte(permit)}})
	if err != nil {
		t.Fatal(err)
	}
	cases := casework.New(casework.Config{DB: db, Ring: in.Keys, Trail: audit.New(time.Now), Outbox: notify.NewOutbox(db, time.Now), Forms: casework.Forms{Set: set}, Now: time.Now})
	for _, c := range all {
		a, content, err := func() (*casework.Application, *casework.Content, error) {
			a, err := cases.ByReference(ctx, c.reference)
			if err != nil {
				return nil, nil, err
			}
			return cases.Content(ctx, a.ID)
		}()
		if err != nil {
			t.Errorf("applicant %d was told of the application %s, which is lost: %v", c.n, c.reference, err)
			continue
		}
		if a.State != c.state && !strings.Contains(c.next, string(a.State)) && !(c.state == casework.Submitted && a.State == casework.Screened) {
			t.Errorf("%s is %s; was told %s, asked for %q", c.reference, a.State, c.state, c.next)
		}
		if c.proven && a.EmailProvenAt.IsZero() {
			t.Errorf("%s: the address is not proven any more", c.reference)
		}
		c.state = a.State
		c.verifyPages(t, content)
		c.verifyWhole(t, db, cases, a, content)
	}
}

// verifyPages looks for the pages as they were acknowledged, or as they were
// asked for last.
func (c *told) verifyPages(t *testing.T, content *casework.Content) {
	t.Helper()
	for _, page := range []string{"person", "story", "last"} {
		version := content.Versions[page]
		if version != c.pages[page] && !(c.next == "page "+page && version == c.pages[page]+1) {
			t.Errorf("%s: page %s has version %d; was told %d", c.reference, page, version, c.pages[page])
		}
		c.pages[page] = version
	}
	if version := c.pages["story"]; version > 0 {
		if c.story = storyOf(c.n, version); content.Answers["story"] != c.story {
			t.Errorf("%s: version %d of the story is %q", c.reference, version, content.Answers["story"])
		}
	}
	c.next = ""
}

// verifyWhole looks whether all that belongs to the state is there, once, and
// nothing that belongs to a later one.
func (c *told) verifyWhole(t *testing.T, db *store.DB, cases *casework.Service, a *casework.Application, content *casework.Content) {
	t.Helper()
	ctx := context.Background()
	steps := slices.Index(states, a.State)
	list := func(query string, args ...any) string {
		t.Helper()
		var found []string
		if err := store.Each(ctx, db.Read(), func(rows *sql.Rows) error {
			var one string
			err := rows.Scan(&one)
			found = append(found, one)
			return err
		}, query, args...); err != nil {
			t.Fatal(err)
		}
		return strings.Join(found, " ")
	}
	same := func(what, got string, want ...string) {
		t.Helper()
		if got != strings.Join(want, " ") {
			t.Errorf("%s is %s: %s are %q, want %q", c.reference, a.State, what, got, want)
		}
	}
	same("the events", list(`SELECT kind FROM application_event WHERE application_id = $1 ORDER BY id`, a.ID), events[:steps+1]...)
	var trail []string
	for _, step := range events[1 : steps+1] {
		trail = append(trail, "case."+step)
	}
	same("the entries of the trail", list(`SELECT action FROM audit_entry WHERE object = $1 AND action NOT IN ('case.open', 'screening.check') ORDER BY seq`, "application:"+a.ID), trail...)
	once := func(from int) []string {
		if steps >= from {
			return []string{"1"}
		}
		return []string{"0"}
	}
	const submitted, proposed, decided = 1, 4, 5
	same("the fees", list(`SELECT CAST(count(*) AS TEXT) FROM case_fee WHERE application_id = $1`, a.ID), once(submitted)...)
	same("the receipts by mail", list(`SELECT CAST(count(*) AS TEXT) FROM outbox WHERE ref = $1 AND kind = $2`, a.ID, notify.KindApplicationSubmitted), once(submitted)...)
	same("the submissions", list(`SELECT CAST(count(*) AS TEXT) FROM application_submission WHERE application_id = $1`, a.ID), once(submitted)...)
	same("the proposals", list(`SELECT CAST(count(*) AS TEXT) FROM case_proposal WHERE application_id = $1`, a.ID), once(proposed)...)
	same("the decided proposals", list(`SELECT CAST(count(*) AS TEXT) FROM case_proposal WHERE application_id = $1 AND state = 'decided' AND ended_by <> proposed_by`, a.ID), once(decided)...)
	same("the decisions by mail", list(`SELECT CAST(count(*) AS TEXT) FROM outbox WHERE ref = $1 AND kind = $2`, a.ID, notify.KindApplicationDecided), once(decided)...)
	if steps < submitted {
		return
	}
	handed, err := cases.Handed(ctx, a, 1)
	if err != nil || handed["story"] != content.Answers["story"] {
		t.Errorf("%s: handed in was %v, %v", c.reference, handed, err)
	}
	if _, err := cases.Decision(ctx, a.ID); (err == nil) != (steps == decided) {
		t.Errorf("%s is %s, and its decision gives %v", c.reference, a.State, err)
	}
}
