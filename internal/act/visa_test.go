package act_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestWhatAVisaMayNotSay(t *testing.T) {
	for want, spoil := range map[string]func(*act.Visa){
		"act.visa.type":            func(v *act.Visa) { v.Type = "golden" },
		"act.visa.entries":         func(v *act.Visa) { v.Entries = -1 },
		"act.visa.date":            func(v *act.Visa) { v.From = "2026-02-30" },
		"act.visa.until_before":    func(v *act.Visa) { v.Until = "2026-11-30" },
		"act.visa.until_past":      func(v *act.Visa) { v.From, v.Until = "2026-01-01", "2026-02-01" },
		"act.visa.until_late":      func(v *act.Visa) { v.Until, v.DocumentExpires = "2040-01-01", "" },
		"act.visa.until_document":  func(v *act.Visa) { v.DocumentExpires = "2027-01-01" },
		"act.visa.days":            func(v *act.Visa) { v.Days = 91 },
		"act.visa.name":            func(v *act.Visa) { v.Surname, v.GivenNames = "", "" },
		"act.visa.latin":           func(v *act.Visa) { v.SurnameLatin = "ÿ漢" },
		"act.visa.document_number": func(v *act.Visa) { v.DocumentNumber = "№7" },
		"act.visa.nationality":     func(v *act.Visa) { v.Nationality = "ZZZ" },
		"act.visa.sex":             func(v *act.Visa) { v.Sex = "" },
		"act.visa.birth":           func(v *act.Visa) { v.Birth = "1990-13" },
		"act.visa.long":            func(v *act.Visa) { v.Remarks = "a\u202eb" },
	} {
		v := visa()
		spoil(&v)
		f := fault.As(v.Normal().Check("2026-11-25"))
		if f == nil || !slices.ContainsFunc(f.Fields, func(one fault.Field) bool { return one.Key == want }) {
			t.Errorf("%s: %+v", want, f)
		}
	}
	if err := visa().Normal().Check("2026-11-25"); err != nil {
		t.Error(err)
	}
}

// What fails after the act was written leaves no trace.
func TestAFailureLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r, ctx := open(t, db), context.Background()
		broken := act.New(act.Config{DB: db, Ring: mustRing(t), Trail: failing{}, Outbox: notify.NewOutbox(db, r.now), Cases: r.cases, Posts: posts{}, Documents: r.ledger, Now: r.now})
		if _, _, err := broken.Issue(ctx, act.Issue{StaffID: "ann", ApplicationID: "x", PostID: "berlin", Visa: visa(), Layout: act.EVisa}); !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
		for _, table := range []string{"act", "act_count", "act_event", "act_key", "document"} {
			var n int
			if err := db.Read().QueryRowContext(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n); err != nil || n != 0 {
				t.Errorf("%s holds %d, %v", table, n, err)
			}
		}
	})
}

var errBroken = errors.New("broken")

type failing struct{}

func (failing) Append(context.Context, *store.Tx, ...audit.Entry) error { return errBroken }

func mustRing(t *testing.T) *keyring.Ring {
	t.Helper()
	ring, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	return ring
}
