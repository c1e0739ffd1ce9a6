package booking

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

type testClock struct{ millis atomic.Int64 }

func (c *testClock) now() time.Time          { return time.UnixMilli(c.millis.Load()).UTC() }
func (c *testClock) advance(d time.Duration) { c.millis.Add(d.Milliseconds()) }

type testOffer struct{}

func (testOffer) Service(id string) (Service, bool) {
	return Service{ID: id, PlacesPerApplicant: 1, MaxParty: 5, ReleaseWithin: time.Hour}, id == "passport" || id == "visa"
}

func (testOffer) Post(id string) (Post, bool) {
	return Post{ID: id, Zone: time.UTC, Notice: time.Hour}, id == "london"
}

func openBook(t testing.TB, db *store.DB) (*Book, *testClock) {
	t.Helper()
	clock := &testClock{}
	clock.millis.Store(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC).UnixMilli())
	ring, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	b := Open(Options{DB: db, Ring: ring, Offer: testOffer{}, Audit: audit.New(clock.now), Outbox: notify.NewOutbox(db, clock.now), Now: clock.now})
	t.Cleanup(b.Close)
	return b, clock
}

func slotAt(clock *testClock, id string, days, places int) Slot {
	start := clock.now().AddDate(0, 0, days)
	return Slot{ID: id, PostID: "london", GroupID: GroupID([]string{"passport", "visa"}), RuleID: "rule-" + id, Date: start.Format(time.DateOnly), Clock: start.Format("15:04"),
		Start: start, End: start.Add(20 * time.Minute), Planned: places, OpensAt: clock.now()}
}

func person(n int) Applicant {
	return Applicant{GivenNames: "Aysel", Surname: "Test", DateOfBirth: "1990-01-02", Nationality: "AZE", DocumentNumber: fmt.Sprintf("ZZ%07d", n)}
}

func hold(slot string, people ...int) HoldRequest {
	r := HoldRequest{Choice: Choice{SlotID: slot}, Service: "passport", Details: Details{Email: "a@example.org"}, Origin: Origin{Lang: "en", Channel: API}}
	for _, p := range people {
		r.Details.Applicants = append(r.Details.Applicants, person(p))
	}
	return r
}

// balance checks the books against the bookings and lots behind them.
func balance(t interface {
	Helper()
	Fatalf(string, ...any)
}, db *store.DB) {
	t.Helper()
	rows, err := db.Read().QueryContext(context.Background(), `SELECT s.id, s.places, s.planned, s.taken, s.withheld, s.reserved,
		(SELECT COALESCE(SUM(b.places), 0) FROM booking b WHERE b.slot_id = s.id AND b.state IN ('held', 'booked', 'checked_in', 'served', 'no_show')),
		(SELECT COALESCE(SUM(l.places), 0) FROM lot l WHERE l.slot_id = s.id) FROM slot s`)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var places, planned, taken, withheld, reserved, booked, lots int
		if err := rows.Scan(&id, &places, &planned, &taken, &withheld, &reserved, &booked, &lots); err != nil {
			t.Fatalf("%v", err)
		}
		if taken != booked || withheld != lots || taken+withheld+reserved > places || places < planned {
			t.Fatalf("slot %s does not balance: places %d planned %d taken %d (bookings %d) withheld %d (lots %d) reserved %d",
				id, places, planned, taken, booked, withheld, lots, reserved)
		}
	}
	var orphans int
	if err := db.Read().QueryRowContext(context.Background(), `SELECT count(*) FROM claim c WHERE NOT EXISTS
		(SELECT 1 FROM booking b WHERE b.id = c.holder_id AND b.state IN ('held', 'booked', 'checked_in'))
		AND NOT EXISTS (SELECT 1 FROM waiting_entry e WHERE e.id = c.holder_id AND e.state IN ('unproven', 'waiting', 'offered'))`).Scan(&orphans); err != nil || orphans > 0 {
		t.Fatalf("%d claims without an active booking, %v", orphans, err)
	}
}

func TestHoldConfirmCancel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		if err := b.AddSlots(ctx, []Slot{slotAt(clock, "s1", 2, 2), slotAt(clock, "s2", 3, 2)}); err != nil {
			t.Fatal(err)
		}
		h, err := b.Hold(ctx, hold("s1", 1))
		if err != nil || h.State != Held || h.CodeSerial != 1 {
			t.Fatalf("hold: %+v, %v", h, err)
		}
		if _, err := b.Hold(ctx, hold("s2", 1)); fault.KindOf(err) != fault.Conflict {
			t.Fatalf("the same person twice: %v", err)
		}
		if _, err := b.Confirm(ctx, h.ID, "nonsense"); fault.KindOf(err) != fault.Invalid {
			t.Fatalf("a wrong code: %v", err)
		}
		code := b.HoldCode(h.ID, h.CodeSerial)
		k, err := b.Confirm(ctx, h.ID, code)
		if err != nil || k.State != Booked {
			t.Fatalf("confirm: %+v, %v", k, err)
		}
		if again, err := b.Confirm(ctx, h.ID, code); err != nil || again.Reference != k.Reference {
			t.Fatalf("a double click on confirm: %+v, %v", again, err)
		}
		if moved, err := b.Move(ctx, audit.Applicant, k.ID, Choice{SlotID: "s2"}, false); err != nil || moved.SlotID != "s2" {
			t.Fatalf("move: %+v, %v", moved, err)
		}
		if _, err := b.Cancel(ctx, audit.Applicant, k.ID, ""); err != nil {
			t.Fatal(err)
		}
		balance(t, db)
		if _, err := b.Hold(ctx, hold("s2", 1)); err != nil {
			t.Fatalf("after cancelling, the person may book again: %v", err)
		}
		if _, err := b.Hold(ctx, hold("s2", 2)); fault.KindOf(err) != fault.Conflict {
			t.Fatalf("a cancelled place came back at once: %v", err)
		}
		clock.advance(2 * time.Hour)
		if n, err := b.ExpireHolds(ctx, 100); err != nil || n != 1 {
			t.Fatalf("expired %d, %v", n, err)
		}
		if n, err := b.ReleaseLots(ctx, 100); err != nil || n == 0 {
			t.Fatalf("released %d, %v", n, err)
		}
		balance(t, db)
	})
}

func TestContendersForOneSlot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		const places, contenders = 50, 2000
		if err := b.AddSlots(ctx, []Slot{slotAt(clock, "s", 2, places)}); err != nil {
			t.Fatal(err)
		}
		var won, full atomic.Int32
		var all sync.WaitGroup
		for i := range contenders {
			all.Go(func() {
				switch _, err := b.Hold(ctx, hold("s", i)); {
				case err == nil:
					won.Add(1)
				case fault.KindOf(err) == fault.Conflict:
					full.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != places || full.Load() != contenders-places {
			t.Fatalf("%d won and %d were refused, want %d and %d", won.Load(), full.Load(), places, contenders-places)
		}
		balance(t, db)
	})
}

func TestSameRequestTwiceGivesOneBooking(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		if err := b.AddSlots(ctx, []Slot{slotAt(clock, "s", 2, 5)}); err != nil {
			t.Fatal(err)
		}
		r := hold("s", 1)
		r.RequestKey = "key"
		ids := make([]string, 8)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				k, err := b.Hold(ctx, r)
				if err != nil {
					t.Error(err)
					return
				}
				ids[i] = k.ID
			})
		}
		all.Wait()
		for _, id := range ids {
			if id == "" || id != ids[0] {
				t.Fatalf("one request key gave several bookings: %v", ids)
			}
		}
		balance(t, db)
	})
}

func TestBooksBalanceAfterAnyInterleaving(t *testing.T) {
	ctx := context.Background()
	db := storetest.SQLite(t)
	b, clock := openBook(t, db)
	run := 0
	var accepted atomic.Int32
	rapid.Check(t, func(r *rapid.T) {
		run++ // each run has slots and people of its own
		slots := []string{fmt.Sprint("s0-", run), fmt.Sprint("s1-", run), fmt.Sprint("s2-", run)}
		base := make([]Slot, len(slots))
		for i, id := range slots {
			base[i] = slotAt(clock, id, 2+i, 1+i)
			if err := b.AddSlots(ctx, base[i:i+1]); err != nil {
				r.Fatal(err)
			}
		}
		ids, entries := []string{"none"}, []string{"none"}
		for range rapid.IntRange(1, 20).Draw(r, "rounds") {
			var all sync.WaitGroup
			var mu sync.Mutex
			known, waiting := slices.Clone(ids), slices.Clone(entries)
			for range rapid.IntRange(1, 5).Draw(r, "together") {
				what := rapid.IntRange(0, 11).Draw(r, "what")
				slot := rapid.SampledFrom(slots).Draw(r, "slot")
				id := rapid.SampledFrom(known).Draw(r, "id")
				entry := rapid.SampledFrom(waiting).Draw(r, "entry")
				who := run*10 + rapid.IntRange(1, 4).Draw(r, "who")
				var wanted []Slot
				for _, s := range base {
					s.Planned = rapid.IntRange(0, 3).Draw(r, "planned")
					s.Reserved = rapid.IntRange(0, s.Planned).Draw(r, "share")
					wanted = append(wanted, s)
				}
				all.Go(func() {
					var err error
					switch what {
					case 0, 1:
						var k *Booking
						if k, err = b.Hold(ctx, hold(slot, who)); err == nil {
							mu.Lock()
							ids = append(ids, k.ID)
							mu.Unlock()
						}
					case 2:
						_, err = b.Confirm(ctx, id, b.HoldCode(id, 1))
					case 3:
						_, err = b.Cancel(ctx, audit.Applicant, id, "")
					case 4:
						_, err = b.Move(ctx, audit.Applicant, id, Choice{SlotID: slot}, false)
					case 5:
						_, err = b.Void(ctx, "staff:x", id, "test")
					case 6:
						if _, err = b.ExpireHolds(ctx, 10); err == nil {
							_, err = b.ReleaseLots(ctx, 10)
						}
					case 7:
						_, err = b.Replan(ctx, replanOf(base, wanted...))
					case 8:
						var e *Entry
						if e, err = b.Join(ctx, join(who+4)); err == nil {
							_, err = b.ConfirmEntry(ctx, e.ID, b.HoldCode(e.ID, 1))
							mu.Lock()
							entries = append(entries, e.ID)
							mu.Unlock()
						}
					case 9:
						if _, err = b.ExpireWaiting(ctx, 10); err == nil {
							_, err = b.OfferLots(ctx, 10)
						}
					case 10:
						var k *Booking
						if offered, _ := b.ids(ctx, `SELECT id FROM waiting_entry WHERE state = 'offered'`); len(offered) > 0 {
							entry = offered[0]
						}
						if k, err = b.AcceptOffer(ctx, entry); err == nil {
							accepted.Add(1)
							mu.Lock()
							ids = append(ids, k.ID)
							mu.Unlock()
						}
					case 11:
						if _, err = b.DeclineOffer(ctx, entry); err != nil {
							_, err = b.Leave(ctx, audit.Applicant, entry)
						}
					}
					if err != nil && fault.KindOf(err) == fault.Internal {
						mu.Lock()
						defer mu.Unlock()
						r.Errorf("operation %d: %v", what, err)
					}
				})
			}
			all.Wait()
			clock.advance(time.Duration(rapid.IntRange(0, 40).Draw(r, "minutes")) * time.Minute)
			balance(r, db)
		}
	})
	if accepted.Load() == 0 {
		t.Error("no offer was ever accepted: the property says nothing about the waiting list")
	}
}
