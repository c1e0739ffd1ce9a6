package queue

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
)

const officer = "staff:7"

// The clock starts at nine in Baku, where it is five in the morning UTC.
var nine = time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC)

type testClock struct{ millis atomic.Int64 }

func (c *testClock) now() time.Time          { return time.UnixMilli(c.millis.Load()).UTC() }
func (c *testClock) advance(d time.Duration) { c.millis.Add(d.Milliseconds()) }

type testPosts []post.Counter

var baku = post.Post{ID: "baku", Zone: "Asia/Baku", Services: []string{"passport", "visa"}}

func (testPosts) All(context.Context) ([]post.Post, error) { return []post.Post{baku}, nil }

func (testPosts) Get(_ context.Context, id string) (post.Post, error) {
	if id != baku.ID {
		return post.Post{}, fault.NewNotFound("post.not_found")
	}
	return baku, nil
}

func (c testPosts) Counters(context.Context, string) ([]post.Counter, error) { return c, nil }

func (c testPosts) Counter(_ context.Context, _, id string) (post.Counter, error) {
	for _, one := range c {
		if one.ID == id {
			return one, nil
		}
	}
	return post.Counter{}, fault.NewNotFound("post.counter_not_found")
}

// Counters 1 and 2 do everything, 3 only visas, and 4 is closed.
var counters = testPosts{
	{ID: "c1", PostID: "baku", Label: "1", Active: true},
	{ID: "c2", PostID: "baku", Label: "2", Active: true},
	{ID: "c3", PostID: "baku", Label: "3", Services: []string{"visa"}, Active: true},
	{ID: "c4", PostID: "baku", Label: "4"},
}

type testOffer struct{}

func (testOffer) Service(id string) (booking.Service, bool) {
	return booking.Service{ID: id, PlacesPerApplicant: 1, MaxParty: 5, WarnAfter: 1, PauseAfter: 2, Pause: 30 * 24 * time.Hour}, true
}

func (testOffer) Post(id string) (booking.Post, bool) {
	return booking.Post{ID: id, Zone: baku.Location()}, true
}

type room struct {
	*Service
	t     testing.TB
	db    *store.DB
	book  *booking.Book
	clock *testClock
	made  int
}

func open(t testing.TB, db *store.DB) *room {
	t.Helper()
	clock := &testClock{}
	clock.millis.Store(nine.UnixMilli())
	ring, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	trail := audit.New(clock.now)
	book := booking.Open(booking.Options{DB: db, Ring: ring, Offer: testOffer{}, Audit: trail, Outbox: notify.NewOutbox(db, clock.now), Now: clock.now})
	t.Cleanup(book.Close)
	return &room{Service: New(db, book, counters, trail, clock.now), t: t, db: db, book: book, clock: clock}
}

// booked makes a booking for a slot that starts in so many minutes; one that
// has begun takes bookings as long as it lasts, when they are made at the desk.
func (r *room) booked(service string, minutes int) *booking.Booking {
	r.t.Helper()
	ctx := context.Background()
	r.made++
	start := r.clock.now().Add(time.Duration(minutes) * time.Minute)
	local := start.In(baku.Location())
	id := fmt.Sprint("slot-", r.made)
	if err := r.book.AddSlots(ctx, []booking.Slot{{ID: id, PostID: "baku", GroupID: service, RuleID: id, Date: local.Format(time.DateOnly), Clock: local.Format("15:04"),
		Start: start, End: start.Add(time.Hour), Planned: 1, OpensAt: nine.Add(-time.Hour)}}); err != nil {
		r.t.Fatal(err)
	}
	k, err := r.book.BookNow(ctx, officer, booking.HoldRequest{Choice: booking.Choice{SlotID: id}, Service: service,
		Details: booking.Details{Email: "a@example.org", Applicants: []booking.Applicant{r.person(r.made)}},
		Origin:  booking.Origin{Lang: "en", Channel: booking.WalkIn}})
	if err != nil {
		r.t.Fatal(err)
	}
	return k
}

func (*room) person(n int) booking.Applicant {
	return booking.Applicant{GivenNames: "Aysel", Surname: "Test", DateOfBirth: "1990-01-02", Nationality: "AZE", DocumentNumber: fmt.Sprintf("ZZ%07d", n)}
}

func (r *room) checkIn(k *booking.Booking) *Ticket {
	r.t.Helper()
	t, err := r.CheckIn(context.Background(), officer, "baku", k.ID, false)
	if err != nil {
		r.t.Fatal(err)
	}
	return t
}

func (r *room) walkIn(service string) *Ticket {
	r.t.Helper()
	t, err := r.WalkIn(context.Background(), officer, "baku", NewTicketID(), service, 1, false)
	if err != nil {
		r.t.Fatal(err)
	}
	return t
}

func (r *room) next(counter string) *Ticket {
	r.t.Helper()
	t, err := r.CallNext(context.Background(), officer, "baku", counter)
	if err != nil {
		r.t.Fatalf("call next at %s: %v", counter, err)
	}
	return t
}

func (r *room) finish(t *Ticket) {
	r.t.Helper()
	if _, err := r.Finish(context.Background(), officer, "baku", t.ID, Done); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) state(k *booking.Booking) booking.State {
	r.t.Helper()
	now, err := r.book.Booking(context.Background(), k.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	return now.State
}

func refused(t testing.TB, err error, key string) {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Key != key && (len(f.Fields) != 1 || f.Fields[0].Key != key) {
		t.Fatalf("got %v, want %s", err, key)
	}
}

func (r *room) misses() (n int) {
	r.t.Helper()
	if err := r.db.Read().QueryRowContext(context.Background(), `SELECT COALESCE(SUM(misses), 0) FROM standing`).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}
