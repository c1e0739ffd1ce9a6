package booking

import (
	"context"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func join(people ...int) JoinRequest {
	h := hold("", people...)
	return JoinRequest{PostID: "london", Service: "passport", Details: h.Details, Origin: h.Origin}
}

// waits joins and proves the address.
func waits(t *testing.T, b *Book, r JoinRequest) *Entry {
	t.Helper()
	e, err := b.Join(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	if e, err = b.ConfirmEntry(context.Background(), e.ID, b.HoldCode(e.ID, e.CodeSerial)); err != nil || e.State != Waiting {
		t.Fatalf("prove: %+v, %v", e, err)
	}
	return e
}

// full makes a slot whose places are all booked, one person each.
func full(t *testing.T, b *Book, clock *testClock, id string, places int) []*Booking {
	t.Helper()
	ctx := context.Background()
	if err := b.AddSlots(ctx, []Slot{slotAt(clock, id, 5, places)}); err != nil {
		t.Fatal(err)
	}
	var bookings []*Booking
	for i := range places {
		k, err := b.BookNow(ctx, "staff:x", hold(id, 100+i))
		if err != nil {
			t.Fatal(err)
		}
		bookings = append(bookings, k)
	}
	return bookings
}

func prospect(t *testing.T, b *Book, id string) Prospect {
	t.Helper()
	e, err := b.Entry(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.Prospect(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPlacesThatComeBackGoToTheWaitingListInTurn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		booked := full(t, b, clock, "s", 3)
		family := waits(t, b, join(1, 2))
		clock.advance(time.Minute)
		first := waits(t, b, join(3))
		clock.advance(time.Minute)
		second := waits(t, b, join(4))
		if p := prospect(t, b, second.ID); p.Key != "none" || p.Ahead != 2 {
			t.Errorf("before anything came back: %+v", p)
		}
		offers := func() int {
			t.Helper()
			n, err := b.OfferLots(ctx, 10)
			if err != nil {
				t.Fatal(err)
			}
			balance(t, db)
			return n
		}
		if _, err := b.Cancel(ctx, audit.Applicant, booked[0].ID, ""); err != nil {
			t.Fatal(err)
		}
		if n := offers(); n != 1 {
			t.Fatalf("%d offers for one place", n)
		}
		e, _ := b.Entry(ctx, first.ID)
		if e.State != Offered || e.OfferSlot != "s" {
			t.Fatalf("one place is too few for the family, so the next person gets it: %+v", e)
		}
		if p := prospect(t, b, family.ID); p.Key != "too_few" {
			t.Errorf("the family is told %+v", p)
		}
		if p := prospect(t, b, second.ID); p.Key != "others_first" || p.CameBack != 1 {
			t.Errorf("the second person is told %+v", p)
		}
		clock.advance(2 * time.Hour)
		if n, err := b.ReleaseLots(ctx, 10); err != nil || n != 0 {
			t.Fatalf("a place on offer was released: %d, %v", n, err)
		}
		k, err := b.AcceptOffer(ctx, first.ID)
		if err != nil || k.State != Booked || k.Channel != WaitingList || k.SlotID != "s" {
			t.Fatalf("accept: %+v, %v", k, err)
		}
		if again, err := b.AcceptOffer(ctx, first.ID); err != nil || again.ID != k.ID {
			t.Fatalf("a double click on accept: %+v, %v", again, err)
		}
		if d, err := b.Details(k); err != nil || d.Applicants[0].DocumentNumber != person(3).DocumentNumber {
			t.Fatalf("the booking is in another name: %+v, %v", d, err)
		}
		for _, gone := range booked[1:] {
			if _, err := b.Cancel(ctx, audit.Applicant, gone.ID, ""); err != nil {
				t.Fatal(err)
			}
		}
		// Two single places, given back by two people, are the family's.
		if n := offers(); n != 1 {
			t.Fatalf("%d offers for two single places", n)
		}
		if e, _ := b.Entry(ctx, family.ID); e.State != Offered {
			t.Fatalf("the family joined first and was not asked: %+v", e)
		}
		if k, err := b.AcceptOffer(ctx, family.ID); err != nil || k.Places != 2 || k.Party != 2 {
			t.Fatalf("the family accepts: %+v, %v", k, err)
		}
		balance(t, db)
	})
}

func TestAnOfferWithoutAnAnswerMovesOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		booked := full(t, b, clock, "s", 2)
		first := waits(t, b, join(1))
		clock.advance(time.Second)
		second := waits(t, b, join(2))
		state := func(id string) EntryState {
			e, err := b.Entry(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			return e.State
		}
		step := func() {
			t.Helper()
			if _, err := b.ExpireWaiting(ctx, 10); err != nil {
				t.Fatal(err)
			}
			if _, err := b.OfferLots(ctx, 10); err != nil {
				t.Fatal(err)
			}
			balance(t, db)
		}
		if _, err := b.Cancel(ctx, audit.Applicant, booked[0].ID, ""); err != nil {
			t.Fatal(err)
		}
		step()
		if state(first.ID) != Offered || state(second.ID) != Waiting {
			t.Fatalf("states %s %s", state(first.ID), state(second.ID))
		}
		clock.advance(OfferFor + time.Minute)
		if _, err := b.AcceptOffer(ctx, first.ID); fault.KindOf(err) != fault.Conflict {
			t.Fatalf("an offer was taken after its time: %v", err)
		}
		step()
		if state(first.ID) != Waiting || state(second.ID) != Offered {
			t.Fatalf("states %s %s", state(first.ID), state(second.ID))
		}
		if _, err := b.DeclineOffer(ctx, second.ID); err != nil || state(second.ID) != Waiting {
			t.Fatalf("decline: %v, %s", err, state(second.ID))
		}
		step()
		if state(first.ID) != Waiting || state(second.ID) != Waiting {
			t.Fatal("the same slot was offered twice to one person")
		}
		if p := prospect(t, b, second.ID); p.Key != "passed" {
			t.Errorf("the second person is told %+v", p)
		}
		clock.advance(2 * time.Hour)
		if _, err := b.ReleaseLots(ctx, 10); err != nil {
			t.Fatal(err)
		}
		if p := prospect(t, b, second.ID); p.Key != "free" {
			t.Errorf("with a free place the second person is told %+v", p)
		}
		// A second offer without an answer ends the first entry.
		other := slotAt(clock, "s2", 3, 1)
		if err := b.AddSlots(ctx, []Slot{other}); err != nil {
			t.Fatal(err)
		}
		k, err := b.BookNow(ctx, "staff:x", hold("s2", 200))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Cancel(ctx, audit.Applicant, k.ID, ""); err != nil {
			t.Fatal(err)
		}
		step()
		if state(first.ID) != Offered {
			t.Fatalf("the first entry is %s", state(first.ID))
		}
		clock.advance(OfferFor + time.Minute)
		step()
		if state(first.ID) != Lapsed {
			t.Fatalf("after %d offers without an answer the entry is %s", MaxMissed, state(first.ID))
		}
		if e := waits(t, b, join(1)); e.Missed != 0 {
			t.Errorf("who lapsed may join again, at the end: %+v", e)
		}
	})
}

func TestAnOfferMadeAtNightWaitsForTheMorning(t *testing.T) {
	for clock, want := range map[string]time.Duration{
		"21:59": 0, "22:00": 9 * time.Hour, "23:30": 7*time.Hour + 30*time.Minute, "00:00": 7 * time.Hour, "06:59": time.Minute, "07:00": 0, "12:00": 0,
	} {
		at, err := time.Parse("2006-01-02 15:04", "2026-12-31 "+clock)
		if err != nil {
			t.Fatal(err)
		}
		if got := untilMorning(at); got != want {
			t.Errorf("at %s: %s, want %s", clock, got, want)
		}
	}
}

func TestJoiningTheWaitingList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		e := waits(t, b, join(1))
		for name, r := range map[string]JoinRequest{"again": join(1), "with others": join(2, 1)} {
			if _, err := b.Join(ctx, r); fault.KindOf(err) != fault.Conflict {
				t.Errorf("joining %s: %v", name, err)
			}
		}
		bad := map[string]func(*JoinRequest){
			"a day that does not exist": func(r *JoinRequest) { r.From = "2027-02-29" },
			"a day that has passed":     func(r *JoinRequest) { r.To = "2026-11-24" },
			"reversed days":             func(r *JoinRequest) { r.From, r.To = "2026-12-05", "2026-12-04" },
			"a day far away":            func(r *JoinRequest) { r.From, r.To = "2028-01-01", "2028-02-01" },
			"no e-mail":                 func(r *JoinRequest) { r.Details.Email = "" },
			"nobody":                    func(r *JoinRequest) { r.Details.Applicants = nil },
		}
		for name, spoil := range bad {
			r := join(5)
			spoil(&r)
			if _, err := b.Join(ctx, r); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		r := join(6)
		r.RequestKey = "key"
		one, err := b.Join(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		if two, err := b.Join(ctx, r); err != nil || two.ID != one.ID {
			t.Fatalf("the same request twice: %v, %v", two, err)
		}
		clock.advance(HoldFor + time.Second)
		if _, err := b.ConfirmEntry(ctx, one.ID, b.HoldCode(one.ID, 1)); fault.KindOf(err) != fault.Conflict {
			t.Errorf("an entry was proven too late: %v", err)
		}
		if _, err := b.Join(ctx, join(6)); err != nil {
			t.Errorf("after an unproven entry ran out: %v", err)
		}
		if _, err := b.ManagedEntry(ctx, e.Reference, "nonsense"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("a wrong token: %v", err)
		}
		if got, err := b.ManagedEntry(ctx, e.Reference, b.EntryToken(e.ID)); err != nil || got.ID != e.ID {
			t.Errorf("the right token: %v", err)
		}
		for range 2 {
			if left, err := b.Leave(ctx, audit.Applicant, e.ID); err != nil || left.State != Left {
				t.Fatalf("leave: %+v, %v", left, err)
			}
		}
		if _, err := b.Join(ctx, join(1)); err != nil {
			t.Errorf("joining after leaving: %v", err)
		}
		balance(t, db)
	})
}
