package form_test

import (
	"slices"
	"testing"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/travel/policy"
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

// A page on which nothing has to be answered holds nobody up.
func TestAPageOfOptionalQuestions(t *testing.T) {
	d := parse(t, simple)
	if tasks := d.Tasks(nil, today); len(tasks) != 1 || tasks[0].State != form.TaskOptional {
		t.Errorf("tasks: %v", tasks)
	}
	if d.Next("", nil, today) != nil || d.Check(nil, today) != nil {
		t.Error("somebody is held up")
	}
}

// What questionnaires name is there.
func TestQuestionnairesNameWhatIs(t *testing.T) {
	services, err := catalogue.Load(files.Services)
	if err != nil {
		t.Fatal(err)
	}
	set, err := form.Load(files.Questionnaires)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range set.All() {
		if d.Case.Appointment != "" && !services.Known(d.Case.Appointment) {
			t.Errorf("%s books %s, which is no service", d.ServiceID, d.Case.Appointment)
		}
	}
	for _, kind := range policy.Documents {
		if !slices.Contains(form.DocumentKinds, kind) {
			t.Errorf("the visa rules know %s, questionnaires do not", kind)
		}
	}
}
