package statusweb_test

import (
	"context"
	"testing"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store/storetest"
)

// papers are what was issued, by application.
type papers map[string]issued

type issued struct {
	state  act.State
	onFile bool
}

func (p papers) ForHolder(_ context.Context, id string) (*act.Act, *verify.Document, error) {
	one, ok := p[id]
	if !ok {
		return nil, nil, fault.NewNotFound("act.not_found")
	}
	var d *verify.Document
	if one.onFile {
		d = &verify.Document{}
	}
	return &act.Act{Register: act.Visas, PostID: "london", Year: 2026, Number: 1, State: one.state}, d, nil
}

// Only what can be downloaded is offered: a sticker is handed out at the post,
// and what has ended is of no use.
func TestAVisaThatIsNoFile(t *testing.T) {
	s := openSite(t, storetest.SQLite(t))
	a := s.submitted("U1234567")
	here := "/applications/" + a.Reference
	s.must(s.cases.Waive(t.Context(), "ann", a.ID, "humanitarian"))
	s.decided(a, casework.Proposal{Outcome: casework.Grant, Terms: map[string]string{"entries": "2", "from": "2026-12-10", "until": "2027-03-09", "days": "45"}})
	_, err := s.cases.Issue(t.Context(), "ann", a.ID, "visa:0197")
	s.must(err)
	b := s.of(a)
	s.papers[a.ID] = issued{act.InForce, false}
	b.get(here).sees(200, "sticker for your passport", "You cannot download it", "Embassy in London", "Two entries").lacks("visa.pdf", "You can use it now")
	b.lang = "az"
	b.get(here).sees(200, "stikerdir", "Onu endirmək olmur", "İki giriş").lacks("visa.pdf")
	b.lang = "en"
	for state, said := range map[act.State]string{act.Revoked: "V-LONDON-2026-000001 was revoked: do not travel", act.Annulled: "V-LONDON-2026-000001 was annulled"} {
		s.papers[a.ID] = issued{state, false}
		b.get(here).sees(200, said, "Your visa was "+string(state)).lacks("visa.pdf", "Your document was issued<", "Granted on", "You cannot download it", "Two entries", "You can use it now")
	}
	s.papers[a.ID] = issued{act.InForce, false}
	_, err = s.cases.Collect(t.Context(), "ann", a.ID)
	s.must(err)
	b.get(here).sees(200, "Have a good journey").lacks("visa.pdf", "You cannot download it")
}
