package casework

import (
	"testing"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/form"
)

// Whom a case is about comes out of the catalogue's own questionnaire, and not
// from what it asks about other people.
func TestTheSubjectOfAVisaApplication(t *testing.T) {
	set, err := form.Load(files.Questionnaires)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := set.For("visa-application")
	if !ok {
		t.Fatal("the catalogue has no visa application")
	}
	a := form.Answers{
		"document": map[string]any{"kind": "national", "number": "U1", "issuer": "TUR", "nationality": "TUR",
			"zone": map[string]any{"surname": "YILMAZ", "given_names": "AYSE", "birth": "1990-02-03"}},
		"birth_country": "DEU", "other_nationality": "DEU", "spouse_nationality": "FRA", "purpose": "tourism", "email": "ayse@example.org",
		"spouse_name": map[string]any{"surname": "Durand"},
	}
	want := Subject{Surname: "Yılmaz", GivenNames: "Ayşe", Birth: "1990-02-04", Nationality: "TUR", DocumentKind: "national", DocumentNumber: "U1",
		Purpose: "tourism", Email: "ayse@example.org"}
	a["name"], a["birth"] = map[string]any{"surname": "Yılmaz", "given_names": "Ayşe"}, "1990-02-04"
	if got := subject(d, a); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	delete(a, "birth")
	want.Birth = "1990-02-03" // of the machine-readable zone
	if got := subject(d, a); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
