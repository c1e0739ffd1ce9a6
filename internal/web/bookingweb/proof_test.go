package bookingweb_test

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/store/storetest"
)

const form = "application/x-www-form-urlencoded"

// press is the button of a time, without cookies.
func (p *portal) press(t *testing.T, slot string, more url.Values, change ...asking) answer {
	t.Helper()
	v := url.Values{"slot": {slot}, "post": {"london"}, "service": {"passport-renewal"}, "party": {"1"}}
	for name, values := range more {
		v[name] = values
	}
	return p.ask(t, "POST", "/appointments/holds", form, []byte(v.Encode()), change...)
}

func holds(a answer) bool {
	return a.status == 303 && strings.HasPrefix(a.header.Get("Location"), "/appointments/holds/")
}

func TestAProofHoldsOnce(t *testing.T) {
	t.Parallel()
	p := quietPortal(t)
	p.addSlot(t, "s", november.AddDate(0, 0, 2), 50)
	proof := p.proof(t, "hold")
	if a := p.press(t, "s", url.Values{"altcha": {proof}}); !holds(a) {
		t.Fatalf("with a proof: %d to %q", a.status, a.header.Get("Location"))
	}
	if a := p.press(t, "s", url.Values{"altcha": {proof}}); holds(a) {
		t.Error("the proof held a second time")
	}
	for name, bad := range map[string]string{
		"none": "", "for another purpose": p.proof(t, "ballot"), "nonsense": "%%%", "JSON of nothing": "e30=", "a long one": strings.Repeat("A", 3000),
	} {
		a := p.press(t, "s", url.Values{"altcha": {bad}})
		if a.status != 303 || !strings.HasPrefix(a.header.Get("Location"), "/appointments/wait?") {
			t.Errorf("%s: %d to %q; want the waiting page", name, a.status, a.header.Get("Location"))
		}
		body := p.holdBody(t, "s", human(1))
		body["proof"] = bad
		if a := p.call(t, "POST", "/holds", body); a.status != 422 || a.locations(t) != "body.proof" {
			t.Errorf("%s, by the API: %d %s", name, a.status, a.body)
		} else if bad == "" && !strings.Contains(a.body, "/api/v1/challenge?for=hold") {
			t.Errorf("the API does not say where to get a challenge: %s", a.body)
		}
	}
	old := p.proof(t, "hold")
	p.advance(21 * time.Minute)
	body := p.holdBody(t, "s", human(1))
	body["proof"] = old
	if a := p.call(t, "POST", "/holds", body); a.status != 422 || a.locations(t) != "body.proof" {
		t.Errorf("an old proof: %d %s", a.status, a.body)
	}
}

func TestWithoutJavaScriptPeopleWait(t *testing.T) {
	t.Parallel()
	p := openPortal(t, storetest.SQLite(t), november, guard.Config{Wait: 20 * time.Second})
	p.addSlot(t, "s", november.AddDate(0, 0, 2), 50)
	sent := p.press(t, "s", nil)
	waiting := sent.header.Get("Location")
	page := p.ask(t, "GET", waiting, "", nil)
	if page.status != 200 || page.header.Get("Refresh") != "20" || !strings.Contains(page.body, "20 seconds") || strings.Contains(page.body, "<form method=\"post\" action=\"/appointments/holds\"") {
		t.Fatalf("%d, Refresh %q: %s", page.status, page.header.Get("Refresh"), page.body)
	}
	u, err := url.Parse(waiting)
	if err != nil {
		t.Fatal(err)
	}
	// Too early: the same wait goes on, it does not begin again.
	p.advance(5 * time.Second)
	early := p.press(t, "s", url.Values{"ticket": u.Query()["ticket"]})
	if next, err := url.Parse(early.header.Get("Location")); err != nil || next.Query().Get("ticket") != u.Query().Get("ticket") {
		t.Errorf("too early: %d to %q", early.status, early.header.Get("Location"))
	}
	p.advance(15 * time.Second)
	if page = p.ask(t, "GET", waiting, "", nil); page.header.Get("Refresh") != "" || !strings.Contains(page.body, `name="slot" value="s"`) {
		t.Fatalf("after the wait: %s", page.body)
	}
	// Another network cannot use the ticket; this one can, once.
	if a := p.press(t, "s", url.Values{"ticket": u.Query()["ticket"]}, from("198.51.100.7")); holds(a) {
		t.Error("the ticket held for another network")
	}
	if a := p.press(t, "s", url.Values{"ticket": u.Query()["ticket"]}); !holds(a) {
		t.Errorf("after the wait: %d to %q", a.status, a.header.Get("Location"))
	}
	if a := p.press(t, "s", url.Values{"ticket": u.Query()["ticket"]}); holds(a) {
		t.Error("the ticket held twice")
	}
	if a := p.ask(t, "GET", waiting, "", nil); a.status != 303 || !strings.HasPrefix(a.header.Get("Location"), "/appointments/times?") {
		t.Errorf("a spent ticket's page: %d to %q; want the times", a.status, a.header.Get("Location"))
	}
	for _, bad := range []string{"/appointments/wait", "/appointments/wait?ticket=w1.x.y.z", "/appointments/wait?ticket=" + strings.Repeat("w1.", 2000)} {
		if a := p.ask(t, "GET", bad, "", nil); a.status != 303 {
			t.Errorf("%.40s: %d", bad, a.status)
		}
	}
}

func TestWhoeverAsksALotWorksMore(t *testing.T) {
	t.Parallel()
	p := openPortal(t, storetest.SQLite(t), november, guard.Config{Difficulty: 100, EasyProofs: 5})
	hardness := func(change ...asking) int64 {
		return must[guard.Challenge](t, 200, p.call(t, "GET", "/challenge", nil, change...)).MaxNumber
	}
	if n := hardness(); n != 100 {
		t.Errorf("the first is %d hard", n)
	}
	var last int64
	for range 20 {
		last = hardness()
	}
	if last < 800 {
		t.Errorf("the twentieth is %d hard", last)
	}
	if n := hardness(from("198.51.100.7")); n != 100 {
		t.Errorf("somebody else's is %d hard", n)
	}
	p.advance(time.Hour)
	if n := hardness(); n != 100 {
		t.Errorf("an hour later it is %d hard", n)
	}
}

func TestTooManyTriesWait(t *testing.T) {
	t.Parallel()
	p := openPortal(t, storetest.SQLite(t), november, guard.Config{EasyProofs: 1000, Holds: []guard.Limit{
		{By: guard.ByNetwork, Max: 3, Window: time.Hour}, {By: guard.ByEmail, Max: 2, Window: time.Hour}, {By: guard.ByPerson, Max: 1, Window: time.Hour},
	}})
	p.addSlot(t, "s", november.AddDate(0, 0, 2), 50)
	network := 0
	elsewhere := func() asking {
		network++
		return from(fmt.Sprintf("198.51.100.%d", network))
	}
	try := func(email string, person int, where asking) answer {
		body := p.holdBody(t, "s", human(person))
		body["email"] = email
		return p.call(t, "POST", "/holds", body, where)
	}
	refused := func(what string, a answer) {
		t.Helper()
		wait, err := strconv.Atoi(a.header.Get("Retry-After"))
		if a.status != 429 || err != nil || wait < 1 || wait > 7200 || a.problem(t).Title == "" {
			t.Errorf("%s: %d, Retry-After %q: %s", what, a.status, a.header.Get("Retry-After"), a.body)
		}
	}
	home := elsewhere()
	for i := range 3 {
		if a := try(fmt.Sprintf("a%d@example.org", i), i, home); a.status != 201 {
			t.Fatalf("try %d: %d %s", i, a.status, a.body)
		}
	}
	refused("a fourth from one network", try("a4@example.org", 4, home))
	for i := range 2 {
		if a := try("one@example.org", 10+i, elsewhere()); a.status != 201 {
			t.Fatalf("address, try %d: %d %s", i, a.status, a.body)
		}
	}
	refused("a third with one address", try("one@example.org", 12, elsewhere()))
	refused("the same spelled otherwise", try("ONE+visa@Example.org", 13, elsewhere()))
	refused("a person a second time", try("b@example.org", 0, elsewhere()))
	// Tries that bring no proof are not counted against anybody.
	for range 5 {
		p.call(t, "POST", "/holds", object{"slot": "s", "service": "passport-renewal", "email": "victim@example.org", "applicants": []object{human(20)}})
	}
	if a := try("victim@example.org", 20, elsewhere()); a.status != 201 {
		t.Errorf("somebody whose address was tried without proofs: %d %s", a.status, a.body)
	}
	p.advance(3 * time.Hour)
	if a := try("a4@example.org", 4, home); a.status != 201 {
		t.Errorf("hours later: %d %s", a.status, a.body)
	}
}

func TestReadersAreSlowedDown(t *testing.T) {
	t.Parallel()
	p := openPortal(t, storetest.SQLite(t), november, guard.Config{ReadsPerSecond: 2, ReadBurst: 4})
	for i := range 4 {
		if a := p.ask(t, "GET", "/appointments", "", nil); a.status != 200 {
			t.Fatalf("page %d: %d", i, a.status)
		}
	}
	page, call := p.ask(t, "GET", "/appointments", "", nil), p.call(t, "GET", "/slots?post=london&service=passport-renewal", nil)
	for name, a := range map[string]answer{"page": page, "API": call} {
		if a.status != 429 || a.header.Get("Retry-After") != "1" {
			t.Errorf("%s: %d, Retry-After %q", name, a.status, a.header.Get("Retry-After"))
		}
	}
	if a := p.ask(t, "GET", "/appointments", "", nil, from("198.51.100.7")); a.status != 200 {
		t.Errorf("another network: %d", a.status)
	}
	if a := p.ask(t, "GET", "/healthz", "", nil); a.status != 200 {
		t.Errorf("the health check: %d", a.status)
	}
	p.advance(time.Second)
	if a := p.ask(t, "GET", "/appointments", "", nil); a.status != 200 {
		t.Errorf("a second later: %d", a.status)
	}
}

// TestAClockThatJumps sets the machine's clock forward and back while people
// book.
func TestAClockThatJumps(t *testing.T) {
	t.Parallel()
	p := quietPortal(t)
	p.addSlot(t, "s", november.AddDate(0, 0, 2), 3)
	held := must[heldAnswer](t, 201, p.call(t, "POST", "/holds", p.holdBody(t, "s", human(1))))
	code := object{"code": p.code(t, held.ID)}
	proof := p.proof(t, "hold")

	p.advance(time.Hour)
	if a := p.call(t, "POST", "/holds/"+held.ID+"/confirm", code); a.status != 409 {
		t.Errorf("an hour ahead: %d", a.status)
	}
	p.advance(-time.Hour)
	if a := p.call(t, "POST", "/holds/"+held.ID+"/confirm", code); a.status != 409 {
		t.Errorf("the hold came back to life with the clock: %d", a.status)
	}
	body := p.holdBody(t, "s", human(1))
	body["proof"] = proof
	must[heldAnswer](t, 201, p.call(t, "POST", "/holds", body))

	p.advance(-48 * time.Hour)
	b := p.booked(t, "s", human(2))
	if a := p.ask(t, "GET", "/appointments/manage/"+b.Reference+"?token="+b.token(t), "", nil); a.status != 200 && a.status != 303 {
		t.Errorf("two days behind, the manage page: %d", a.status)
	}
	// Two places are taken and one came back, which nobody gets at once.
	for range 2 {
		if a := p.call(t, "POST", "/holds", p.holdBody(t, "s", human(3))); a.status != 409 {
			t.Errorf("a third person: %d %s", a.status, a.body)
		}
		p.advance(72 * time.Hour)
	}
}
