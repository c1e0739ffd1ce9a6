package act_test

import (
	"testing"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/form"
)

// A visa comes out of the catalogue's own questionnaire, and what two officers
// decided goes over what the person wished.
func TestFromTheCataloguesQuestionnaire(t *testing.T) {
	set, err := form.Load(files.Questionnaires)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := set.For("visa-application")
	if !ok || d.Case.Issues != string(act.Visas) {
		t.Fatal("the catalogue has no service that issues visas")
	}
	c := &casework.Case{Application: &casework.Application{Lang: "az", ProposalID: "p2"}, Questionnaire: d, Answers: form.Answers{
		"document": map[string]any{"kind": "national", "number": "U1234567", "issuer": "TUR", "nationality": "TUR", "expires": "2027-01-31", "zone": map[string]any{"sex": "M"}},
		"name":     map[string]any{"surname": "Yılmaz", "given_names": "Ayşe", "surname_latin": "YILMAZ", "given_names_latin": "AYSHE"},
		"birth":    "1990-02-03", "sex": "female", "purpose": "tourism", "entries": "two", "arrival": "2026-12-10", "departure": "2026-12-19", "photo": "file-1",
		"spouse_name": map[string]any{"surname": "Durand", "surname_latin": "DURAND"},
	}}
	want := act.Visa{Type: "ordinary", Entries: 2, From: "2026-12-10", Until: "2027-01-31", Days: 10, Surname: "Yılmaz", GivenNames: "Ayşe", SurnameLatin: "YILMAZ", GivenNamesLatin: "AYSHE",
		DocumentKind: "national", DocumentNumber: "U1234567", DocumentIssuer: "TUR", DocumentExpires: "2027-01-31", Nationality: "TUR", Sex: "F", Birth: "1990-02-03", Purpose: "tourism", Lang: "az"}
	if got := act.FromCase(c, act.Decided(c), "2026-11-25"); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if id := act.PhotoID(c); id != "file-1" {
		t.Errorf("the photo is %q", id)
	}
	c.Proposals = []casework.Proposal{{ID: "p1", Terms: map[string]string{"entries": "1"}}, {ID: "p2", Terms: map[string]string{"entries": "many", "from": "2026-12-01", "until": "2027-01-15", "days": "20"}}}
	want.Entries, want.From, want.Until, want.Days = 0, "2026-12-01", "2027-01-15", 20
	if got := act.FromCase(c, act.Decided(c), "2026-11-25"); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for purpose, kind := range map[string]string{"transit": "transit", "official": "ordinary"} {
		c.Answers["purpose"] = purpose
		if got := act.FromCase(c, nil, "2026-11-25"); got.Type != kind {
			t.Errorf("%s gives %s", purpose, got.Type)
		}
	}
}
