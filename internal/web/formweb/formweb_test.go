package formweb_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
	"github.com/chancery/chancery/internal/travel/mrz"
)

// From the start page to the submission, with every type of question.
func TestFromStartToSubmission(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := openSite(t, db).browser("en")
		b.get("/services/trial/apply?nationality=GBR").shows(200, "Trial visa", "20.00 USD", `value="london" selected`)
		b.post("/services/trial/apply", "post=atlantis").shows(422, "Choose where you apply")
		b.post("/services/trial/apply", "post=london", "email=nonsense", "purpose=work").shows(422, `value="nonsense"`, `name="purpose" value="work"`)
		b.begin("purpose=work", "nationality=TUR", "document=national")
		b.get("tasks").shows(200, b.ref, "0 of", "Started", "Cannot start yet")
		b.get("pages/journey").shows(200, `value="work" checked`)
		b.get("pages/person").shows(200, `value="TUR" selected`)
		b.get("pages/children").leads("/tasks")
		b.get("pages/last").leads("/tasks")
		b.get("pages/nowhere").shows(404)
		b.fill()
		check := b.get("check").shows(200, "Йылмаз Айше", "February 1990", "شركة النور", "1,250.5 dollars", "Child 1", "contract.png", "pages/journey?back=%2Fapplications%2F"+b.ref+"%2Fcheck")
		check.lacks("Answers that will not be submitted")
		b.get("declaration").leads("/pages/last")
		b.post("pages/last").shows(422, "Tick the box to confirm")
		b.post("pages/last", "agreed=yes").leads("/submit")
		b.get("submit").shows(200, "20.00 USD", "The usual fee", "ayse@example.org", "All of it is true")
		b.post("submit").leads("/applications/" + b.ref)
		b.post("submit").leads("/applications/" + b.ref) // once more is no harm
		a := b.app()
		if a.State != casework.Submitted || a.Nationality != "TUR" || a.Purpose != "work" {
			t.Fatalf("%+v", a)
		}
		b.get("tasks").leads("/applications/" + b.ref)
		b.get("pages/person").leads("/applications/" + b.ref)
		b.post("pages/person", person...).leads("/applications/" + b.ref)
		b.get("application.pdf").shows(200)
	})
}

// Each wrong answer is told beside its control and in the summary, and nothing
// that was typed is lost.
func TestErrorsBesideTheField(t *testing.T) {
	b := openSite(t, storetest.SQLite(t)).browser("az")
	b.begin()
	b.post("pages/person", "name-surname=12", "birth-day=31", "birth-month=2", "birth-year=1990", "document-number=U1", "document-expires.day=31", "document-expires.month=2", "document-expires.year=2030").
		shows(422, `href="#name-surname"`, `id="name-surname-error"`, `href="#birth-day"`, `value="31"`, `href="#document-kind"`, `href="#document-expires"`, `value="U1"`, `href="#birth-country"`, "Xəta:")
	b.post("pages/contact", "email=x", "phone=12", "home-street=Küçə").shows(422, `href="#email"`, `href="#phone"`, `href="#home-city"`, `href="#home-country"`, `value="Küçə"`)
	b.post("pages/journey", "purpose=fishing", "payer=nobody", "money=lots").shows(422, `href="#purpose"`, `href="#payer"`, `href="#money"`, `value="lots"`, `href="#children-come"`)
	if c := b.content(); len(c.Answers) > 0 {
		t.Errorf("refused answers were kept: %v", c.Answers)
	}
	// What is not right yet can be kept for later, as it was typed.
	b.post("pages/person", "name-surname=Quliyeva", "birth-day=31", "birth-month=2", "birth-year=1990", "action=later").leads("/leave")
	b.get("pages/person").shows(200, `value="Quliyeva"`, `value="31"`, `value="1990"`)
	b.get("tasks").shows(200, "Başlanıb")
}

// Questions come with answers: told by the server, with and without JavaScript.
func TestConditionsOnThePage(t *testing.T) {
	b := openSite(t, storetest.SQLite(t)).browser("en")
	b.begin()
	b.get("pages/journey").shows(200, "Purpose").lacks("Employer")
	shown := []string{"shown=purpose", "shown=payer", "shown=money", "shown=children_come", "shown=story"}
	sent := append([]string{"purpose=work", "payer=self", "money=1", "children_come=no"}, shown...)
	b.post("pages/journey", append(sent, "action=look")...).shows(200, "Employer").lacks("There is a problem", "bring more questions")
	again := b.post("pages/journey", sent...).shows(200, "Employer", "bring more questions").lacks("There is a problem")
	if got := again.hidden("shown"); !slices.Contains(got, "employer") {
		t.Errorf("shown: %v", got)
	}
	b.post("pages/journey", append(sent, "shown=employer")...).shows(422, `href="#employer"`)
	b.post("pages/journey", append(sent, "shown=employer", "employer=ACME")...).leads("/pages/papers")

	// The answer stays when it is not asked, is said to stay behind, and comes back.
	b.post("pages/journey", "purpose=tourism", "payer=self", "money=1", "children_come=no").leads("/pages/papers")
	b.get("check").shows(200, "Answers that will not be submitted", "Journey: Employer", "ACME", "parts are not finished")
	b.post("pages/journey", "purpose=tourism", "payer=self", "money=1", "children_come=no", "action=look").lacks("ACME")
	b.get("check").shows(200, "ACME")
}

// A page that was changed elsewhere is not overwritten without saying so.
func TestStaleVersion(t *testing.T) {
	b := openSite(t, storetest.SQLite(t)).browser("en")
	b.begin()
	b.get("pages/contact").shows(200, `name="version" value="0"`)
	b.post("pages/contact", append([]string{"version=0"}, contact...)...).leads("/pages/journey")
	other := slices.Clone(contact)
	other[3] = "home-city=İzmir"
	stale := b.post("pages/contact", append([]string{"version=0"}, other...)...).shows(409, "was changed in another window", `value="İzmir"`, "Ankara", `name="version" value="1"`)
	b.post("pages/contact", append([]string{"version=" + stale.hidden("version")[0]}, other...)...).leads("/pages/journey")
	b.get("pages/contact").shows(200, `value="İzmir"`)
}

func TestRepeatingPage(t *testing.T) {
	b := openSite(t, storetest.SQLite(t)).browser("en")
	b.begin()
	b.post("pages/journey", append([]string{"version=0"}, journey...)...).leads("/pages/children")
	b.get("pages/children").shows(200, "Nothing is listed yet")
	b.post("pages/children").shows(422, `href="#more"`)
	b.post("pages/children", "more=no").shows(422, "Add at least one")
	b.get("pages/children/2").shows(404)
	b.get("pages/children/0").shows(404)
	for i, name := range []string{"Ece", "Deniz", "Can"} {
		n := string(rune('1' + i))
		b.post("pages/children", "more=yes").leads("/pages/children/" + n)
		b.post("pages/children/"+n, "child_name-given_names="+name).shows(422, `href="#child-name-surname"`)
		b.post("pages/children/"+n, "child_name-surname=Yılmaz", "child_name-given_names="+name).leads("/pages/children")
	}
	b.get("pages/children").shows(200, "Yılmaz Can", "No more can be listed")
	b.get("pages/children/4").shows(404)
	b.get("pages/children/2").shows(200, "Child 2", `value="Deniz"`)
	ask := b.get("pages/children/2/remove").shows(200, "Deniz")
	b.post("pages/children/2/remove", "version=1").shows(409)
	b.post("pages/children/2/remove", "version="+ask.hidden("version")[0]).leads("/pages/children")
	b.get("pages/children").shows(200, "Ece", "Can").lacks("Deniz")
}

// The lines of a passport fill in the boxes; a wrong digit is shown and fills
// nothing.
func TestMachineReadableZone(t *testing.T) {
	b := openSite(t, storetest.SQLite(t)).browser("en")
	b.begin()
	lines, err := mrz.Compose(mrz.Fields{
		Format: mrz.TD3, Code: "P", Issuer: "TUR", Nationality: "TUR", Surname: "ERIKSSON", GivenNames: "ANNA MARIA", Number: "L898902C3",
		Birth: mrz.Date{Year: 1974, Month: 8, Day: 12}, Sex: "F", Expiry: mrz.Date{Year: 2032, Month: 4, Day: 15},
	})
	if err != nil {
		t.Fatal(err)
	}
	right := strings.Join(lines, "\n")
	p := b.post("pages/person", "action=zone", "document-mrz="+strings.ToLower(right))
	p.shows(200, "All check digits are right", `value="L898902C3"`, `value="2032"`, `value="TUR" selected`, `value="national" selected`, "Small letters were read as capitals")
	b.post("pages/person", "action=zone", "document-mrz="+strings.Replace(right, "L898902C3", "L898902C4", 1)).
		shows(200, "Some check digits do not fit", "line 2, position 10").lacks(`value="L898902C4"`)
	b.post("pages/person", "action=zone", "document-mrz=HELLO").shows(422, `href="#document-mrz"`, "HELLO")
	if len(b.content().Answers) > 0 {
		t.Error("reading the lines saved something")
	}
}

func TestReturnOnAnotherDevice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		b := s.browser("en")
		b.begin()
		b.post("pages/contact", contact...).leads("/pages/journey")
		b.get("leave").leads("%2Fleave&for=leave")
		b.get("leave?anyway=yes").shows(200, "only in this browser")
		b.get("pages/papers").leads("&for=files")
		b.get("email").shows(200, `value="ayse@example.org"`)
		b.post("email", "email=not").shows(422, `href="#email"`)
		b.post("code", "code=000000").leads("/email") // there is no address yet
		b.prove()
		b.post("leave").leads("/applications")
		b.get("tasks").leads("reference=" + b.ref)

		other := s.browser("az")
		other.ref = b.ref
		other.get("pages/contact").leads("reference=" + b.ref)
		other.get("/applications?reference="+b.ref+"&back=https://evil.example").shows(200, b.ref).lacks(`name="back"`)
		other.post("/applications", "reference=nothing at all", "email=ayse@example.org").shows(422, `href="#reference"`)
		// An address that is not the application's gets the same answer, and no code.
		other.post("/applications", "reference="+b.ref, "email=mallory@example.org").leads("/applications/code?reference=" + b.ref)
		if code := s.cases.Code(b.app()); code != "" {
			t.Error("a code went to a stranger")
		}
		other.post("/applications", "reference="+strings.ToLower(b.ref), "email=AYSE@example.org", "back=/applications/"+b.ref+"/pages/contact")
		other.post("/applications/code", "reference="+b.ref, "code=12").shows(422, `href="#code"`)
		other.post("/applications/code", "reference="+b.ref, "code="+s.cases.Code(b.app()), "back=/applications/"+b.ref+"/pages/contact").leads("/pages/contact")
		other.get("pages/contact").shows(200, `value="Ankara"`)
		other.get("/applications").shows(200, b.ref)
		other.post("/applications/leave").leads("/applications")
		other.get("pages/contact").leads("Fcontact&reference=" + b.ref)

		// A token opens nothing but its own application.
		thief := s.browser("en")
		thief.begin()
		for name, value := range thief.cookies {
			thief.cookies[name] = strings.Replace(value, thief.ref+":", b.ref+":", 1)
		}
		thief.ref = b.ref
		thief.get("tasks").leads("reference=" + b.ref)
		thief.get("data").leads("reference=" + b.ref)
		thief.post("delete").leads("reference=" + b.ref)
	})
}

// A person takes everything along, and has it destroyed.
func TestDataAndDeletion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := openSite(t, db).browser("en")
		b.begin()
		b.fill()
		p := b.get("data").shows(http.StatusOK)
		archive, err := zip.NewReader(bytes.NewReader([]byte(p.body)), int64(len(p.body)))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range archive.File {
			names = append(names, f.Name)
			if f.Name != "application.json" {
				continue
			}
			from, _ := f.Open()
			text, _ := io.ReadAll(from)
			var all struct {
				Reference, Email string
				Answers          map[string]any
				Files            []struct{ Path string }
			}
			if err := json.Unmarshal(text, &all); err != nil || all.Reference != b.ref || all.Email != "ayse@example.org" || all.Answers["employer"] != "شركة النور" || len(all.Files) != 2 {
				t.Errorf("%v %s", err, text)
			}
		}
		if len(names) != 3 {
			t.Errorf("%v", sorted(names))
		}
		b.get("delete").shows(200, "Delete this application?")
		b.post("delete").leads("/applications")
		b.get("/applications").shows(200, "was deleted").lacks(b.ref + "/tasks")
		if a, err := b.cases.ByReference(t.Context(), b.ref); err == nil && a.State != casework.Erased {
			t.Errorf("it stands as %s", a.State)
		}
	})
}
