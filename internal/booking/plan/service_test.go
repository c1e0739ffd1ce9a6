package plan_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/plan"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

const head = "staff:head"

type known struct{}

func (known) Known(service string) bool { return service == "passport" || service == "visa" }

// desk is a post with a plan, and the book behind it. It opens at nine on a
// Wednesday, the clock of the tests.
type desk struct {
	*plan.Service
	db    *store.DB
	book  *booking.Book
	posts *post.Service
	clock atomic.Int64
}

func (d *desk) now() time.Time { return time.UnixMilli(d.clock.Load()).UTC() }

type offer struct{ *desk }

func (offer) Service(id string) (booking.Service, bool) {
	return booking.Service{ID: id, PlacesPerApplicant: 1, MaxParty: 5, ReleaseWithin: time.Hour}, known{}.Known(id)
}

func (o offer) Post(id string) (booking.Post, bool) {
	p, err := o.posts.Get(context.Background(), id)
	return booking.Post{ID: id, Zone: p.Location(), Notice: time.Hour}, err == nil
}

func open(t testing.TB, db *store.DB) *desk {
	t.Helper()
	d := &desk{db: db}
	d.clock.Store(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC).UnixMilli())
	ring, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	trail := audit.New(d.now)
	d.posts = post.New(db, trail, known{}, d.now)
	text := locale.Text{"en": "London", "az": "London"}
	if err := d.posts.Load(context.Background(), audit.System, []post.Setup{{
		Post: post.Post{ID: "london", Type: post.Embassy, Name: text, City: text, Address: text, Opening: text, Country: "GBR", Zone: "Europe/London",
			Phone: "+44 20 7946 0015", Email: "a@example.org", Services: []string{"passport", "visa"}, HorizonDays: 28, Active: true},
		Counters: []post.Counter{{Label: "1", Active: true}, {Label: "2", Active: true}},
		Holidays: []post.Holiday{{Date: "2026-12-07", Name: text, Source: post.Host}},
	}}); err != nil {
		t.Fatal(err)
	}
	d.book = booking.Open(booking.Options{DB: db, Ring: ring, Offer: offer{d}, Audit: trail, Outbox: notify.NewOutbox(db, d.now), Now: d.now})
	t.Cleanup(d.book.Close)
	d.Service = plan.New(db, d.book, d.posts, d.now)
	return d
}

// mornings are on Mondays: nine to eleven, four slots of two places.
func mornings() plan.Rule {
	return plan.Rule{Weekdays: []time.Weekday{time.Monday}, From: "09:00", To: "11:00", SlotMinutes: 30, Places: 2, Services: []string{"passport"},
		Release: plan.Release{Mode: plan.Rolling}}
}

func (d *desk) save(t testing.TB, c plan.Change) *plan.Preview {
	t.Helper()
	seen, err := d.Preview(context.Background(), "london", c)
	if err != nil {
		t.Fatal(err)
	}
	done, err := d.Save(context.Background(), "london", c, plan.Consent{Actor: head, Digest: seen.Digest})
	if err != nil {
		t.Fatal(err)
	}
	if done.Effect.Counts() != seen.Effect.Counts() {
		t.Errorf("seen %+v, done %+v", seen.Effect.Counts(), done.Effect.Counts())
	}
	return done
}

func (d *desk) slots(t testing.TB) []booking.Slot {
	t.Helper()
	found, err := d.book.Slots(context.Background(), booking.Query{PostID: "london", Service: "passport", From: d.now(), To: d.now().AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

var people int

func (d *desk) come(t testing.TB, slot string, party int) *booking.Booking {
	t.Helper()
	r := booking.HoldRequest{Choice: booking.Choice{SlotID: slot}, Service: "passport", Details: booking.Details{Email: "a@example.org"}, Origin: booking.Origin{Lang: "en", Channel: booking.Staff}}
	for range party {
		people++
		r.Details.Applicants = append(r.Details.Applicants, booking.Applicant{GivenNames: "A", Surname: "B", DateOfBirth: "1990-01-01", Nationality: "AZE", DocumentNumber: fmt.Sprint("P", people)})
	}
	k, err := d.book.BookNow(context.Background(), "staff:desk", r)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func trail(t testing.TB, db *store.DB, action string) (n int) {
	t.Helper()
	if err := db.Read().QueryRowContext(context.Background(), `SELECT count(*) FROM audit_entry WHERE action = $1`, action).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAPlanMakesSlotsAndFollowsItsChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		d := open(t, db)
		if p, err := d.Plan(ctx, "london"); err != nil || p.Revision != 0 || len(p.Rules) != 0 {
			t.Fatalf("%+v, %v", p, err)
		}
		// Mondays from 30 November to 21 December, without the holiday.
		done := d.save(t, plan.PutRule(mornings()))
		if c := done.Effect.Counts(); c.SlotsAdded != 12 || c.PlacesMore != 24 {
			t.Errorf("%+v", c)
		}
		if got := d.slots(t); len(got) != 12 || got[0].Date != "2026-11-30" || got[11].Date != "2026-12-21" {
			t.Fatalf("%d slots %+v", len(got), got)
		}
		p, err := d.Plan(ctx, "london")
		if err != nil || p.Revision != 1 || len(p.Rules) != 1 || p.Rules[0].ID == "" {
			t.Fatalf("%+v, %v", p, err)
		}

		// Other lengths: who sits at nine stays, who sits at ten past is asked.
		slots := d.slots(t)
		stays, moves := d.come(t, slots[0].ID, 1), d.come(t, slots[1].ID, 2)
		rule := p.Rules[0]
		rule.SlotMinutes, rule.Places = 20, 2
		done = d.save(t, plan.PutRule(rule))
		if c := done.Effect.Counts(); c.MustMove != 1 || c.SlotsAdded != 12 || c.SlotsRemoved != 6 || c.SlotsChanged != 6 {
			t.Errorf("%+v", c)
		}
		if m := done.Effect.MustMove[0]; m.BookingID != moves.ID || m.Proposal == nil || m.Proposal.Clock != "09:20" {
			t.Errorf("%+v", m)
		}
		if k, err := d.book.Booking(ctx, stays.ID); err != nil || !k.MoveBy.IsZero() {
			t.Errorf("%+v, %v", k, err)
		}

		// Taken away: everybody must move, nobody is cancelled.
		done = d.save(t, plan.DropRule(rule.ID))
		if c := done.Effect.Counts(); c.MustMove != 1 || len(d.slots(t)) != 0 {
			t.Errorf("%+v", c)
		}
		for _, id := range []string{stays.ID, moves.ID} {
			if k, err := d.book.Booking(ctx, id); err != nil || k.State != booking.Booked || k.MoveBy.IsZero() {
				t.Errorf("%+v, %v", k, err)
			}
		}
		revisions, err := d.Revisions(ctx, "london", 0, 10)
		if err != nil || len(revisions) != 3 || revisions[0].Number != 3 || revisions[0].Change != "rule-remove" || revisions[0].Actor != head || len(revisions[1].Plan.Rules) != 1 || revisions[1].Plan.Rules[0].SlotMinutes != 20 {
			t.Errorf("%+v, %v", revisions, err)
		}
		if n := trail(t, db, "plan.rule-save"); n != 2 {
			t.Errorf("%d entries for saved rules", n)
		}
		if n := trail(t, db, "booking.must-move"); n != 2 {
			t.Errorf("%d entries for people who must move", n)
		}
	})
}

func TestAWeekIsClosedWithBookingsInIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		d := open(t, db)
		d.posts.OnChange(func(ctx context.Context, postID string) {
			if err := d.Shut(ctx, postID); err != nil {
				t.Error(err)
			}
		})
		d.save(t, plan.PutRule(mornings()))
		before := d.slots(t)
		k := d.come(t, before[4].ID, 2) // on 14 December
		text := locale.Text{"en": "Works", "az": "Təmir"}
		closure, err := d.posts.AddClosure(ctx, head, post.Closure{PostID: "london", From: "2026-12-14", To: "2026-12-20", Reason: text})
		if err != nil {
			t.Fatal(err)
		}
		// At once nobody new can come; who is booked has heard nothing yet.
		if got := d.slots(t); len(got) != 8 {
			t.Errorf("%d slots are left, want those of two Mondays", len(got))
		}
		if now, err := d.book.Booking(ctx, k.ID); err != nil || !now.MoveBy.IsZero() {
			t.Errorf("%+v, %v", now, err)
		}
		seen, err := d.Preview(ctx, "london", plan.Calendars())
		if err != nil || seen.Effect.Nothing() || seen.Effect.Counts().MustMove != 1 || seen.Effect.MustMove[0].Proposal == nil || seen.Effect.MustMove[0].Proposal.Date != "2026-12-21" {
			t.Fatalf("%+v, %v", seen, err)
		}
		d.save(t, plan.Calendars())
		if now, err := d.book.Booking(ctx, k.ID); err != nil || now.MoveBy.IsZero() || now.State != booking.Booked {
			t.Errorf("%+v, %v", now, err)
		}
		if seen, err := d.Preview(ctx, "london", plan.Calendars()); err != nil || !seen.Effect.Nothing() {
			t.Errorf("there is more to do: %+v, %v", seen.Effect, err)
		}

		// It opens after all: the slots come back, and so does the appointment.
		if err := d.posts.RemoveClosure(ctx, head, "london", closure.ID); err != nil {
			t.Fatal(err)
		}
		done := d.save(t, plan.Calendars())
		if c := done.Effect.Counts(); c.MayStay != 1 || c.SlotsAdded != 4 {
			t.Errorf("%+v", c)
		}
		if now, err := d.book.Booking(ctx, k.ID); err != nil || !now.MoveBy.IsZero() {
			t.Errorf("%+v, %v", now, err)
		}
	})
}

func TestAnAbsenceTakesPlacesOnceAgreed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		d := open(t, db)
		d.save(t, plan.PutRule(mornings()))
		slots := d.slots(t)
		d.come(t, slots[0].ID, 1)
		d.clock.Add(time.Minute.Milliseconds())
		last := d.come(t, slots[0].ID, 1)
		counters, err := d.posts.Counters(ctx, "london")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.posts.AddAbsence(ctx, head, post.Absence{PostID: "london", CounterID: counters[1].ID, From: slots[0].Start, To: slots[0].Start.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		done := d.save(t, plan.Calendars())
		if c := done.Effect.Counts(); c != (booking.Counts{SlotsChanged: 2, PlacesFewer: 2, MustMove: 1}) || done.Effect.MustMove[0].BookingID != last.ID {
			t.Errorf("%+v", c)
		}
	})
}

func TestASaveThatComesTooLate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		d := open(t, db)
		d.save(t, plan.PutRule(mornings()))
		p, _ := d.Plan(ctx, "london")
		fewer := p.Rules[0]
		fewer.Places = 1
		seen, err := d.Preview(ctx, "london", plan.PutRule(fewer))
		if err != nil {
			t.Fatal(err)
		}
		// Somebody books the second place of a slot meanwhile.
		d.come(t, d.slots(t)[0].ID, 2)
		late, err := d.Save(ctx, "london", plan.PutRule(fewer), plan.Consent{Actor: head, Digest: seen.Digest})
		if fault.KindOf(err) != fault.Conflict || late == nil || late.Digest == seen.Digest || late.Effect.Counts().MustMove != 1 {
			t.Fatalf("%+v, %v", late, err)
		}
		// Somebody else changes the plan meanwhile.
		d.save(t, plan.PutException(plan.Exception{Date: "2026-12-24", Kind: plan.Closed}))
		if _, err := d.Save(ctx, "london", plan.PutRule(fewer), plan.Consent{Actor: head, Digest: late.Digest}); fault.KindOf(err) != fault.Conflict {
			t.Fatalf("saved over another's change: %v", err)
		}
		if p, _ := d.Plan(ctx, "london"); p.Revision != 2 || p.Rules[0].Places != 2 || len(p.Exceptions) != 1 {
			t.Errorf("%+v", p)
		}
	})
}

func TestTheHorizonMovesOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		d := open(t, db)
		if err := d.Extend(ctx); err != nil {
			t.Fatal(err)
		}
		if len(d.slots(t)) != 0 {
			t.Error("slots without a plan")
		}
		rule := mornings()
		rule.Weekdays = []time.Weekday{0, 1, 2, 3, 4, 5, 6}
		d.save(t, plan.PutRule(rule))
		last := func() string { s := d.slots(t); return s[len(s)-1].Date }
		if last() != "2026-12-23" {
			t.Errorf("made to %s", last())
		}
		d.clock.Add((24 * time.Hour).Milliseconds())
		// A day further, before anything ran: there is nothing to agree to.
		if seen, err := d.Preview(ctx, "london", plan.Calendars()); err != nil || !seen.Effect.Nothing() {
			t.Errorf("%+v, %v", seen.Effect.Counts(), err)
		}
		for range 2 {
			if err := d.Extend(ctx); err != nil {
				t.Fatal(err)
			}
			if last() != "2026-12-24" {
				t.Errorf("made to %s", last())
			}
		}
		// After a month of standing still.
		d.clock.Add((31 * 24 * time.Hour).Milliseconds())
		if err := d.Extend(ctx); err != nil {
			t.Fatal(err)
		}
		if s := d.slots(t); s[0].Date > "2026-12-29" || last() != "2027-01-24" {
			t.Errorf("from %s to %s", s[0].Date, last())
		}
		// A change that nobody has agreed to stays out of days that were made.
		if err := d.posts.AddHoliday(ctx, head, post.Holiday{PostID: "london", Date: "2027-01-04", Name: locale.Text{"en": "A", "az": "B"}, Source: post.Home}); err != nil {
			t.Fatal(err)
		}
		if err := d.Extend(ctx); err != nil {
			t.Fatal(err)
		}
		for _, s := range d.slots(t) {
			if s.Date == "2027-01-04" {
				t.Error("a holiday can be booked")
				break
			}
		}
	})
}
