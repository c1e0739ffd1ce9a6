package caseapi_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// portrait is a picture of the right shape, in base64.
func portrait(t *testing.T, width, height int) string {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			picture.Set(x, y, color.RGBA{uint8(90 + (x*7+y*13)%90), uint8(80 + (x*5)%90), uint8(70 + (y*3)%90), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, nil); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// pages are right answers of a tourist; files are to be filled in.
func pages() map[string]object {
	return map[string]object{
		"travel_document": {"document": object{"kind": "national", "number": "L898902C3", "issuer": "DEU", "nationality": "DEU", "expires": "2030-04-15"}},
		"personal": {"name": object{"surname": "Eriksson", "given_names": "Anna Maria"}, "birth": "1974-08-12", "birth_place": "Bad Homburg", "birth_country": "DEU",
			"sex": "female", "has_other_nationalities": false},
		"family": {"civil_status": "single", "children_travel": true},
		"children": {"children": []any{
			object{"child_name": object{"surname": "Eriksson", "given_names": "Ola"}, "child_birth": "2012-02-01", "child_nationality": "DEU"},
			object{"child_name": object{"surname": "Eriksson", "given_names": "Pia"}, "child_birth": "2014-02-01", "child_nationality": "DEU"},
		}},
		"contact":    {"email": "anna@example.org", "phone": "+49301234567", "home": object{"street": "Am Markt 1", "city": "Berlin", "postcode": "10115", "country": "DEU"}},
		"employment": {"occupation": "retired"},
		"plan":       {"purpose": "tourism", "entries": "one", "arrival": "2027-01-03", "departure": "2027-01-09", "stay_address": "Hotel Xəzər\nBakı"},
		"past":       {"visited_before": false, "refused_before": false},
		"means":      {"payer": []any{"self"}, "own_means": 1250.5, "insurance": true},
		"security":   {"convicted": false, "wanted": false, "armed": false, "illness": false},
	}
}

// fill answers every page that comes, with right answers.
func (c caller) fill() {
	c.t.Helper()
	right := pages()
	photo := c.own("POST", "/files", object{"question": "photo", "name": "me.jpg", "content": portrait(c.t, 700, 900)}).is(201)
	if found := photo["measured"].([]any); len(found) < 5 {
		c.t.Errorf("a portrait was measured as %v", found)
	}
	scan := c.own("POST", "/files", object{"question": "document_scan", "name": "scan.jpg", "content": portrait(c.t, 300, 200)}).is(201)
	right["papers"] = object{"photo": photo["file"].(object)["id"], "document_scan": []any{scan["file"].(object)["id"]}}
	right["declaration"] = object{"filled_by": "applicant", "declared": true}
	for range 30 {
		page := c.todo()
		if page == "" {
			return
		}
		answers, ok := right[page]
		if !ok {
			c.t.Fatalf("nobody expected the page %s", page)
		}
		if saved := c.own("PUT", "/pages/"+page, object{"version": 0, "answers": answers}).is(200); saved["version"] != 1.0 {
			c.t.Errorf("%s was saved as %v", page, saved)
		}
	}
	c.t.Fatal("the questionnaire does not end")
}

// todo is the first page that is not done, "" for none.
func (c caller) todo() string {
	for _, p := range c.own("GET", "", nil).is(200)["pages"].([]any) {
		if state := p.(object)["state"]; state == "todo" || state == "started" {
			return p.(object)["id"].(string)
		}
	}
	return ""
}

func TestAProgramApplies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db)
		c := s.start("anna@example.org")
		if c.own("GET", "", nil).is(200)["state"] != "draft" {
			t.Error("what is started is no draft")
		}
		if wrong := c.own("POST", "/submit", nil).is(409); !strings.Contains(wrong["detail"].(string), "e-mail") {
			t.Errorf("%v", wrong)
		}
		c.own("POST", "/code", nil).is(202)
		if at := c.own("POST", "/confirm", object{"code": "000 000"}).wrong(); at != "body.code" {
			t.Errorf("a wrong code is wrong at %s", at)
		}
		old := c.token
		if c.token = c.own("POST", "/confirm", object{"code": c.code()}).is(200)["token"].(string); c.token == old {
			t.Error("the code gives no new token")
		}
		if at := c.own("POST", "/submit", nil).wrong(); !strings.Contains(at, "answers.document") || strings.Contains(at, "body") {
			t.Errorf("an empty application is wrong at %s", at)
		}
		c.fill()
		view := c.own("POST", "/submit", nil).is(200)
		if view["state"] != "submitted" || view["email_proven"] != true || view["due_date"] == "" || view["fee"].(object)["state"] != "due" || view["submitted_at"] != "2026-11-30T09:00:00Z" {
			t.Errorf("%v", view)
		}
		c.own("POST", "/submit", nil).is(200)
		if a, err := s.cases.ByReference(t.Context(), c.reference); err != nil || a.Channel != casework.API || a.Submission != 1 {
			t.Errorf("%+v %v", a, err)
		}
		c.own("PUT", "/pages/past", object{"version": 1, "answers": object{"visited_before": true, "refused_before": false}}).is(409)
		content := c.own("GET", "/answers", nil).is(200)
		if content["answers"].(object)["own_means"] != 1250.5 || len(content["files"].([]any)) != 2 || content["versions"].(object)["plan"] != 1.0 {
			t.Errorf("%v", content)
		}

		// An officer asks, and the answer brings another file and another page.
		ctx := t.Context()
		a, err := s.cases.ByReference(ctx, c.reference)
		s.must(err)
		_, err = s.cases.Ask(ctx, "ann", a.ID, "Which hotel?", []string{"plan"})
		s.must(err)
		view = c.own("GET", "", nil).is(200)
		for _, p := range view["pages"].([]any) {
			if p := p.(object); p["may_change"] != (p["id"] == "plan") {
				t.Errorf("%v", p)
			}
		}
		if q := view["questions"].([]any)[0].(object); view["state"] != "asked" || q["text"] != "Which hotel?" || q["closes_at"] == nil || q["answered_at"] != nil {
			t.Errorf("%v", view)
		}
		if at := c.own("POST", "/answer", object{"text": " "}).wrong(); at != "body.text" {
			t.Errorf("no text is wrong at %s", at)
		}
		c.own("POST", "/files", object{"name": "hotel.jpg", "content": portrait(t, 60, 40)}).is(201)
		plan := maps.Clone(pages()["plan"])
		plan["stay_address"] = "Hotel Nil"
		c.own("PUT", "/pages/plan", object{"version": 1, "answers": plan}).is(200)
		if view = c.own("POST", "/answer", object{"text": "It is there now."}).is(200); view["state"] != "answered" || view["questions"].([]any)[0].(object)["answer"] != "It is there now." {
			t.Errorf("%v", view)
		}
		c.own("POST", "/answer", object{"text": "Again."}).is(409)

		// That a decision is proposed is nobody's business before it is decided.
		_, err = s.cases.Screen(ctx, audit.System, a.ID, "run")
		s.must(err)
		_, err = s.cases.Examine(ctx, "ann", a.ID)
		s.must(err)
		s.must(s.cases.Waive(ctx, "ann", a.ID, "mistake"))
		p, err := s.cases.Propose(ctx, "ann", a.ID, casework.Proposal{Outcome: casework.Refuse, Reasons: []string{"means"}})
		s.must(err)
		if view = c.own("GET", "", nil).is(200); view["state"] != "examined" || view["decision"] != nil || strings.Contains(c.own("GET", "", nil).body, "propos") {
			t.Errorf("%v", view)
		}
		_, err = s.cases.Decide(ctx, "ben", a.ID, p.ID)
		s.must(err)
		c.lang = "az"
		if made := c.own("GET", "", nil).is(200)["decision"].(object); made["outcome"] != "refused" || !strings.Contains(made["reasons"].([]any)[0].(string), "vəsait") {
			t.Errorf("%v", made)
		}
		c.own("POST", "/withdraw", nil).is(409)
	})
}

// Nothing but the token opens an application, and nobody learns what there is.
func TestAccess(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	mine, other := s.start("a@example.org"), s.start("b@example.org")
	for _, request := range [][2]string{
		{"GET", ""}, {"GET", "/answers"}, {"PUT", "/pages/personal"}, {"POST", "/files"}, {"DELETE", "/files/x"}, {"POST", "/code"}, {"POST", "/submit"},
		{"POST", "/answer"}, {"POST", "/withdraw"},
	} {
		var body any
		switch request[1] {
		case "/pages/personal":
			body = object{"version": 0, "answers": object{}}
		case "/files":
			body = object{"name": "x", "content": "eA=="}
		case "/answer":
			body = object{"text": "x"}
		}
		for _, reference := range []string{mine.reference, "K7QX-2M9D"} {
			path := "/applications/" + reference + request[1]
			for _, header := range []string{"", "Bearer", "Bearer wrong", "Basic " + mine.token, mine.token} {
				a := caller{service: s}.call(request[0], path, body, "Authorization", header)
				a.is(401)
				if a.header.Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("%s %s lacks WWW-Authenticate", request[0], path)
				}
			}
			other.call(request[0], path, body).is(404)
		}
	}
	// The two that need no token say nothing either.
	for _, reference := range []string{mine.reference, "K7QX-2M9D", "x"} {
		if a := (caller{service: s}).call("POST", "/applications/"+reference+"/return", object{"email": "c@example.org"}); a.status != 202 || a.body != "" {
			t.Errorf("return to %s: %d %s", reference, a.status, a.body)
		}
		if at := (caller{service: s}).call("POST", "/applications/"+reference+"/confirm", object{"code": "123456"}).wrong(); at != "body.code" {
			t.Errorf("confirm %s is wrong at %s", reference, at)
		}
	}
	mine.own("POST", "/withdraw", nil).is(409)
	s.millis.Add((casework.AccessFor + time.Minute).Milliseconds())
	mine.own("GET", "", nil).is(401)
	s.refused.Store(true)
	if a := mine.call("POST", "/applications", object{"service": "visa-application", "post": "london", "email": "a@example.org"}); a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("too many are %d", a.status)
	}
}

func TestComingBack(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	c := s.start("anna@example.org")
	c.own("POST", "/code", nil).is(202)
	c.own("POST", "/confirm", object{"code": c.code()}).is(200)
	lost := caller{service: s, reference: c.reference, lang: "en"}
	s.refused.Store(true)
	for path, body := range map[string]object{"/code": nil, "/return": {"email": "anna@example.org"}} {
		if a := c.own("POST", path, body); a.status != 429 || a.header.Get("Retry-After") == "" {
			t.Errorf("too many at %s are %d", path, a.status)
		}
	}
	s.refused.Store(false)
	lost.own("POST", "/return", object{"email": "anna@example.org"}).is(202)
	lost.token = lost.own("POST", "/confirm", object{"code": c.code()}).is(200)["token"].(string)
	lost.own("GET", "", nil).is(200)
}

func TestStartIsRefusedAndRepeated(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	c := caller{service: s, lang: "en"}
	right := object{"service": "visa-application", "post": "london", "email": "a@example.org"}
	for at, value := range map[string]string{"service": "passport-renewal", "post": "atlantis", "email": "nobody"} {
		body := maps.Clone(right)
		body[at] = value
		if wrong := c.call("POST", "/applications", body).wrong(); wrong != "body."+at {
			t.Errorf("%s %q is wrong at %s", at, value, wrong)
		}
	}
	first, again := c.call("POST", "/applications", right, "Idempotency-Key", "k1"), c.call("POST", "/applications", right, "Idempotency-Key", "k1")
	if first.is(201)["token"] != again.is(201)["token"] || again.header.Get("Idempotency-Replayed") != "true" {
		t.Error("a repeated start makes a second application")
	}
}

// What the page refuses, the interface refuses at the same place; what it takes
// comes back normalised.
func TestPagesAreCheckedAsOnThePage(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	c := s.start("anna@example.org")
	put := func(page string, version int, answers object) answer {
		return c.own("PUT", "/pages/"+page, object{"version": version, "answers": answers})
	}
	for name, one := range map[string]struct {
		page  string
		give  object
		wrong string
	}{
		"nothing":         {"employment", object{}, "body.answers.occupation"},
		"no such option":  {"employment", object{"occupation": "pirate"}, "body.answers.occupation"},
		"no such answer":  {"employment", object{"occupation": "retired", "ocupation": "x"}, "body.answers.ocupation"},
		"of another page": {"employment", object{"occupation": "retired", "purpose": "work"}, "body.answers.purpose"},
		"another type":    {"past", object{"visited_before": "perhaps", "refused_before": false}, "body.answers.visited_before"},
		"an old passport": {"travel_document", object{"document": object{"kind": "national", "number": "L898902C3", "issuer": "DEU", "nationality": "DEU", "expires": "2020-01-01"}},
			"body.answers.document.expires"},
		"no list":         {"children", object{"children": "two"}, "body.answers.children"},
		"no round":        {"children", object{"children": []any{7}}, "body.answers.children"},
		"too few":         {"children", object{"children": []any{}}, "body.answers.children"},
		"a wrong round":   {"children", object{"children": []any{object{"child_birth": "2012-02-01", "child_nationality": "DEU"}}}, "body.answers.children[0].child_name"},
		"an unknown file": {"papers", object{"photo": "01a21214-7f4f-778f-8057-0e50f37e97d2", "document_scan": []any{"01a21214-7f4f-778f-8057-0e50f37e97d2"}}, "body.answers.photo body.answers.document_scan[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			if at := put(one.page, 0, one.give).wrong(); !strings.HasPrefix(at, one.wrong) {
				t.Errorf("wrong at %q, want %q", at, one.wrong)
			}
		})
	}
	put("nothing", 0, object{}).is(404)
	saved := put("personal", 0, object{"name": object{"surname": " Эрикссон ", "given_names": "Анна"}, "birth": "1974-08-12", "birth_place": "Bad   Homburg", "birth_country": "DEU",
		"sex": "female", "has_other_nationalities": false}).is(200)["answers"].(object)
	if saved["birth_place"] != "Bad Homburg" || saved["name"].(object)["surname_latin"] != "ERIKSSON" {
		t.Errorf("%v", saved)
	}
	put("past", 0, pages()["past"]).is(200)
	put("past", 0, pages()["past"]).is(200) // the same again
	put("past", 0, object{"visited_before": true, "refused_before": false}).is(409)
	if put("past", 1, object{"visited_before": true, "refused_before": false}).is(200)["version"] != 2.0 {
		t.Error("the version does not count")
	}
}

func TestFiles(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	c := s.start("anna@example.org")
	attach := func(question, content string) answer {
		return c.own("POST", "/files", object{"question": question, "name": "../x.exe", "content": content})
	}
	for name, one := range map[string][3]string{
		"no question":      {"", portrait(t, 30, 20), "body.question"},
		"another type":     {"occupation", portrait(t, 30, 20), "body.question"},
		"a program":        {"document_scan", base64.StdEncoding.EncodeToString([]byte("MZ\x90\x00 this is a program")), "body.content"},
		"nothing":          {"document_scan", "", "body.content"},
		"a small portrait": {"photo", portrait(t, 70, 90), "body.content"},
		"a wide portrait":  {"photo", portrait(t, 900, 700), "body.content"},
	} {
		t.Run(name, func(t *testing.T) {
			if at := attach(one[0], one[1]).wrong(); !strings.HasPrefix(at, one[2]) {
				t.Errorf("wrong at %q", at)
			}
		})
	}
	if a := attach("document_scan", "not base64!"); a.status < 400 || a.status >= 500 {
		t.Errorf("what is not base64 is %d", a.status)
	}
	if a := attach("document_scan", strings.Repeat("A", 16<<20)); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("too much is %d", a.status)
	}
	kept := attach("document_scan", portrait(t, 300, 200)).is(201)["file"].(object)
	if kept["media_type"] != "image/jpeg" || strings.ContainsAny(kept["name"].(string), "/\\") {
		t.Errorf("%v", kept)
	}
	id := kept["id"].(string)
	// A scan is no portrait, whatever the answer says.
	if at := c.own("PUT", "/pages/papers", object{"version": 0, "answers": object{"photo": id, "document_scan": []any{id}}}).wrong(); at != "body.answers.photo" {
		t.Errorf("a scan as portrait is wrong at %s", at)
	}
	if a := c.own("DELETE", "/files/"+id, nil); a.status != 204 || a.body != "" {
		t.Errorf("removed with %d %s", a.status, a.body)
	}
	c.own("DELETE", "/files/"+id, nil).is(404)
}

// Two programs that answer the same page at once: one is told.
func TestTwoAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db)
		c := s.start("anna@example.org")
		results := make(chan int, 2)
		for _, before := range []bool{true, false} {
			go func() {
				results <- c.own("PUT", "/pages/past", object{"version": 0, "answers": object{"visited_before": before, "refused_before": false}}).status
			}()
		}
		if a, b := <-results, <-results; a+b != 200+409 {
			t.Errorf("%d and %d", a, b)
		}
	})
}
