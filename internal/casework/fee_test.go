package casework

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestFees(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		free := r.draft(answers("SRB", "S1"))
		if p, err := r.Quote(ctx, free.ID); err != nil || p.Minor != 0 || p.Basis != "agreement:serbia" {
			t.Fatalf("%+v, %v", p, err)
		}
		_, err := r.Submit(ctx, free.ID)
		r.must(err)
		if f, err := r.Fee(ctx, free.ID); err != nil || f.State != FeeWaived {
			t.Fatalf("%+v, %v", f, err)
		}
		_, err = r.TakePayment(ctx, "ann", free.ID, "cash")
		r.refused(err, "casework.nothing_due")

		a := r.submitted()
		r.refused(r.Waive(ctx, "ann", a.ID, "because"), "casework.reason_missing")
		r.must(r.Waive(ctx, "ann", a.ID, "humanitarian"))
		if f, err := r.Fee(ctx, a.ID); err != nil || f.State != FeeWaived || f.Basis != "waived:humanitarian" {
			t.Fatalf("%+v, %v", f, err)
		}
		r.refused(r.Waive(ctx, "ann", a.ID, "humanitarian"), "casework.nothing_due")

		// What an officer waived stays waived when answers change.
		_, err = r.Ask(ctx, "ann", a.ID, "Which?", []string{"person"})
		r.must(err)
		_, err = r.Save(ctx, a.ID, "person", 1, answers("DEU", "D1")["person"])
		r.must(err)
		_, err = r.Answer(ctx, a.ID, "That one.")
		r.must(err)
		if f, err := r.Fee(ctx, a.ID); err != nil || f.State != FeeWaived {
			t.Fatalf("%+v, %v", f, err)
		}
	})
}

func TestReceiptsAreGapless(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		var ids []string
		for range 12 {
			ids = append(ids, r.submitted().ID)
		}
		var all sync.WaitGroup
		for range 3 { // three counters take the same money
			for _, id := range ids {
				all.Go(func() {
					if _, err := r.TakePayment(ctx, "ann", id, "cash"); err != nil && fault.KindOf(err) != fault.Conflict {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		if n, most := r.count(`SELECT count(*) FROM receipt`), r.count(`SELECT MAX(number) FROM receipt`); n != len(ids) || most != n {
			t.Fatalf("%d receipts, the last is %d, want %d", n, most, len(ids))
		}
		r.clock.advance(40 * 24 * time.Hour) // the next year
		one, err := r.TakePayment(ctx, "ann", r.submitted().ID, "card")
		if err != nil || one.Label() != "BERLIN-2027-000001" {
			t.Fatalf("%+v, %v", one, err)
		}
	})
}

func TestPayingFromADistance(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r := open(t, db)
		a := r.submitted()
		_, err := r.BeginPayment(ctx, a.ID, "unknown", "/back")
		r.refused(err, "casework.no_provider")
		begin := func() string {
			t.Helper()
			to, err := r.BeginPayment(ctx, a.ID, "test", "/back")
			r.must(err)
			return to[len("/demo/pay/"):]
		}
		first, second := begin(), begin()
		r.must(r.CheckPayments(ctx, a.ID)) // nothing has come
		if f, _ := r.Fee(ctx, a.ID); f.State != FeeDue {
			t.Fatalf("%+v", f)
		}
		_, err = r.pay.Settle("no-such", true)
		r.refused(err, "casework.no_payment")
		p, err := r.pay.Settle(first, true)
		if err != nil || p.Minor != 2000 || p.Reference != a.Reference {
			t.Fatalf("%+v, %v", p, err)
		}
		for range 2 {
			r.must(r.CheckPayments(ctx, a.ID))
		}
		if f, _ := r.Fee(ctx, a.ID); f.State != FeePaid {
			t.Fatalf("%+v", f)
		}
		if all, err := r.Receipts(ctx, a.ID); err != nil || len(all) != 1 || all[0].Method != "test" {
			t.Fatalf("%+v, %v", all, err)
		}
		_, err = r.pay.Settle(second, true) // paid twice: the job finds it, with a receipt to pay back by
		r.must(err)
		_, err = r.Tick(ctx)
		r.must(err)
		if n := r.count(`SELECT count(*) FROM audit_entry WHERE action = 'case.paid-twice'`); n != 1 {
			t.Errorf("%d entries of money paid twice", n)
		}
		if n := r.count(`SELECT count(*) FROM receipt WHERE application_id = $1`, a.ID); n != 2 {
			t.Errorf("%d receipts, want 2", n)
		}
	})
}
