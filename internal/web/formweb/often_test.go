package formweb_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

const often = "There were too many tries from here"

// A program that starts applications without end is stopped, and a person who
// shares its network loses nothing of what was typed.
func TestStartingTooOften(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openGuarded(t, db, guard.Limit{By: guard.ByNetwork, Max: 3, Window: time.Hour})
		count := func() (n int) {
			t.Helper()
			if err := db.Read().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM application`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for i := range 3 {
			s.browser("en").begin(fmt.Sprintf("email=p%d@example.org", i))
		}
		b := s.browser("en")
		p := b.post("/services/trial/apply", "post=london", "email=late@example.org", "purpose=work").shows(429, often, "late@example.org", `<option value="london" selected`)
		if kept := p.hidden("purpose"); len(kept) != 1 || kept[0] != "work" {
			t.Errorf("what /visa asked is lost: %v", kept)
		}
		s.browser("az").post("/services/trial/apply", "post=london", "email=late@example.org").shows(429, "Heç nə itməyib")
		// What is wrong is said first, and costs no try.
		b.post("/services/trial/apply", "post=atlantis").shows(422).lacks(often)
		if n := count(); n != 3 {
			t.Errorf("%d applications were started", n)
		}
		s.millis.Add((2 * time.Hour).Milliseconds())
		b.begin("email=late@example.org")
		if n := count(); n != 4 {
			t.Errorf("%d applications after the wait", n)
		}
	})
}

// Codes are bounded by mailbox, whoever asks for them and at whatever page.
func TestAskingForCodesTooOften(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openGuarded(t, db, guard.Limit{By: guard.ByEmail, Max: 4, Window: time.Hour})
		b := s.browser("en")
		b.begin()
		b.post("email", "email=anna@example.org").leads("/code")
		b.post("code", "code="+s.cases.Code(b.app())).leads("/tasks")
		other := s.browser("en")
		for range 3 {
			other.post("/applications", "reference="+b.ref, "email=anna+x@example.org").leads("/applications/code?reference=" + b.ref)
		}
		before := b.app()
		other.post("/applications", "reference="+b.ref, "email=Anna@example.org", "back=/applications/"+b.ref+"/pages/journey").
			shows(429, often, "Anna@example.org", `value="`+b.ref+`"`, "/pages/journey")
		// It is the same for an application that is not there.
		other.post("/applications", "reference="+unknown(b.ref), "email=anna@example.org").shows(429, often)
		b.post("email", "email=anna@example.org", "for=leave").shows(429, often, "anna@example.org")
		if s.cases.Code(b.app()) != s.cases.Code(before) {
			t.Error("a code was sent all the same")
		}
		b.post("email", "email=berta@example.org").leads("/code")
		s.millis.Add((2 * time.Hour).Milliseconds())
		other.post("/applications", "reference="+b.ref, "email=anna@example.org").leads("/applications/code?reference=" + b.ref)
	})
}

// unknown is a well-formed reference of nobody.
func unknown(reference string) string {
	for _, letter := range "23456789" {
		if other, ok := casework.ParseReference(reference[:len(reference)-1] + string(letter)); ok && other != reference {
			return other
		}
	}
	return ""
}

// hidden gives the values of the hidden controls of a name.
func (p page) hidden(name string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`<input type="hidden" name="`+name+`" value="([^"]*)">`).FindAllStringSubmatch(p.body, -1) {
		all = append(all, m[1])
	}
	return all
}
