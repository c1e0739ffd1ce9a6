package form_test

import (
	"testing"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/form"
)

func visa(t testing.TB) *form.Definition {
	t.Helper()
	set, err := form.Load(files.Questionnaires)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := set.For("visa-application")
	if !ok {
		t.Fatal("there is no questionnaire for a visa")
	}
	return d
}

func TestTheVisaQuestionnaireLoads(t *testing.T) {
	d := visa(t)
	if len(d.Pages) < 12 || len(d.Version) != 16 {
		t.Errorf("%d pages of version %q", len(d.Pages), d.Version)
	}
	again, err := form.Parse("questionnaires/visa-application.yaml", d.Source())
	if err != nil || again.Version != d.Version {
		t.Errorf("its kept text reads as %v: %v", again, err)
	}
}
