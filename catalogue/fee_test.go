package catalogue_test

import (
	"testing"

	declared "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/form"
)

// An application is paid for once: the appointment that belongs to it names no
// fee of its own.
func TestOneFee(t *testing.T) {
	services, err := catalogue.Load(declared.Services)
	if err != nil {
		t.Fatal(err)
	}
	questionnaires, err := form.Load(declared.Questionnaires)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range questionnaires.All() {
		if d.Case.FeeMinor == 0 || d.Case.Appointment == "" {
			continue
		}
		s, err := services.Service(d.Case.Appointment)
		if err != nil || !s.Fee.Free() || s.Fee.Note.In("en") == "" || s.Fee.Note.In("az") == "" {
			t.Errorf("%s costs %d %s, and its appointment %s %d %s, %v", d.ServiceID, d.Case.FeeMinor, d.Case.FeeCurrency, s.ID, s.Fee.Minor, s.Fee.Currency, err)
		}
	}
}
