package draw_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

var start = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

// book stands in for the appointment book; like the real one it answers a
// repeated win with the booking that it made before.
type book struct {
	mu       sync.Mutex
	places   []draw.Place
	bookings map[string]draw.Win
	refuse   string // the number of an entry that cannot be booked
	failures int    // how many calls answer with an error, after booking
}

func (b *book) BallotPlaces(context.Context, string) ([]draw.Place, error) {
	return slices.Clone(b.places), nil
}

func (b *book) BookWinners(_ context.Context, wins []draw.Win) ([]draw.Booked, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var answers []draw.Booked
	for _, w := range wins {
		if w.Number == b.refuse {
			answers = append(answers, draw.Booked{EntryID: w.EntryID, Refused: fault.NewConflict("booking.person_booked")})
			continue
		}
		b.bookings[w.EntryID] = w
		answers = append(answers, draw.Booked{EntryID: w.EntryID, BookingID: "booking-" + w.EntryID})
	}
	if b.failures > 0 {
		b.failures--
		return nil, errors.New("the power went")
	}
	return answers, nil
}

type world struct {
	t    *testing.T
	db   *store.DB
	ring *keyring.Ring
	book *book
	at   time.Time
	*draw.Service
}

func newWorld(t *testing.T, db *store.DB) *world {
	ring, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, ring: ring, at: start, book: &book{bookings: map[string]draw.Win{}, places: []draw.Place{
		{Slot: "slot-2", Start: "2026-12-02T09:00:00+01:00", Places: 2},
		{Slot: "slot-1", Start: "2026-12-01T09:00:00+01:00", Places: 3},
	}}}
	w.restart()
	return w
}

// restart is what a new process would see: nothing but the database.
func (w *world) restart() {
	now := func() time.Time { return w.at }
	w.Service = draw.New(w.db, w.ring, audit.New(now), notify.NewOutbox(w.db, now), w.book, rand.Reader, now)
}

func (w *world) announce(change func(*draw.Announcement)) *draw.Ballot {
	w.t.Helper()
	a := draw.Announcement{
		PostID: "berlin", ServiceID: "passport-renewal", Title: locale.Text{"en": "Passports in December", "az": "Dekabrda pasportlar"},
		OpensAt: start.Add(time.Hour), ClosesAt: start.Add(49 * time.Hour), DrawsAt: start.Add(50 * time.Hour),
	}
	if change != nil {
		change(&a)
	}
	b, err := w.Announce(context.Background(), "officer-1", a)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

func (w *world) application(ballot, person string, places int, wants ...string) draw.Application {
	return draw.Application{BallotID: ballot, Places: places, PersonKeys: []string{person}, Details: []byte("names of " + person),
		EmailKey: "mail-" + person, NetworkKey: "net", Lang: "az", Zone: "Europe/Berlin", Wants: wants}
}

func (w *world) enter(ballot, person string, places int, wants ...string) *draw.Ticket {
	w.t.Helper()
	ctx := context.Background()
	t, err := w.Enter(ctx, w.application(ballot, person, places, wants...))
	if err != nil {
		w.t.Fatal(err)
	}
	t, err = w.Confirm(ctx, t.ID, w.Code(t))
	if err != nil {
		w.t.Fatal(err)
	}
	return t
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	f := fault.As(err)
	if f == nil {
		t.Fatalf("got %v, want the refusal %s", err, key)
	}
	if f.Key == key {
		return
	}
	for _, field := range f.Fields {
		if field.Key == key {
			return
		}
	}
	t.Fatalf("got %v, want the refusal %s", err, key)
}

func (w *world) count(query string, args ...any) int {
	w.t.Helper()
	var n int
	w.must(w.db.Read().QueryRowContext(context.Background(), query, args...).Scan(&n))
	return n
}

func TestABallotFromAnnouncementToBookings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		b := w.announce(nil)

		f, err := w.File(ctx, b.ID)
		w.must(err)
		if f.Stage != draw.Announced || len(f.Commitment) != 64 || f.Seed != "" || len(f.Places) != 2 || f.Places[0].Slot != "slot-1" {
			t.Fatalf("the announcement says %+v", f)
		}
		_, err = w.Enter(ctx, w.application(b.ID, "early", 1, draw.Any))
		wantKey(t, err, "draw.not_open_yet")

		w.at = b.OpensAt
		w.must(w.Tick(ctx))
		w.restart()
		var numbers []string
		for i := range 6 {
			numbers = append(numbers, w.enter(b.ID, fmt.Sprint("person-", i), 1, "2026-12-02", draw.Any).Number)
		}
		gone := w.enter(b.ID, "gone", 1, draw.Any)
		w.must(w.Withdraw(ctx, gone.ID))
		w.must(w.Withdraw(ctx, gone.ID))
		idle, err := w.Enter(ctx, w.application(b.ID, "idle", 1, draw.Any))
		w.must(err)
		if n, err := w.Entries(ctx, b.ID); err != nil || n != 6 {
			t.Fatalf("%d entries, %v", n, err)
		}
		if f, err = w.File(ctx, b.ID); err != nil || f.Stage != draw.Open || len(f.Entries) != 0 {
			t.Fatalf("while open, the file says %+v, %v", f, err)
		}
		wantKey(t, w.Close(ctx, b.ID), "draw.still_open")
		wantKey(t, w.Run(ctx, b.ID), "draw.still_open")

		w.at = b.ClosesAt
		_, err = w.Confirm(ctx, idle.ID, w.Code(idle))
		wantKey(t, err, "draw.closed")
		w.must(w.Tick(ctx))
		w.must(w.Close(ctx, b.ID))
		w.restart()
		wantKey(t, w.Withdraw(ctx, idle.ID), "draw.closed")
		f, err = w.File(ctx, b.ID)
		w.must(err)
		slices.Sort(numbers)
		var listed []string
		for _, e := range f.Entries {
			listed = append(listed, e.ID)
		}
		if f.Stage != draw.Closed || f.MerkleRoot == "" || f.ClosingDigest == "" || f.Seed != "" || len(f.Order) != 0 || !slices.Equal(listed, numbers) {
			t.Fatalf("at close, the file says %+v, want entries %v", f, numbers)
		}
		wantKey(t, w.Run(ctx, b.ID), "draw.too_early")

		w.at = b.DrawsAt
		w.must(w.Tick(ctx))
		after, err := w.File(ctx, b.ID)
		w.must(err)
		report, err := draw.Verify(after)
		if err != nil || report.Entries != 6 || report.Winners != 5 {
			t.Fatalf("the published draw: %+v, %v", report, err)
		}
		if after.MerkleRoot != f.MerkleRoot || after.ClosingDigest != f.ClosingDigest || after.Commitment != b.Commitment {
			t.Error("what was published at close has changed")
		}
		if len(w.book.bookings) != 5 {
			t.Fatalf("%d winners were booked", len(w.book.bookings))
		}
		for id, win := range w.book.bookings {
			mine, err := w.TicketByID(ctx, id)
			w.must(err)
			if mine.State != draw.Won || mine.BookingID != "booking-"+id || mine.SlotID != win.SlotID || string(win.Details) != "names of "+win.PersonKeys[0] {
				t.Errorf("entry %+v was booked as %+v", mine, win)
			}
			if listed, place, slot := after.Find(win.Number); !listed || place == 0 || slot == nil || slot.Slot != win.SlotID {
				t.Errorf("the file does not give %s what it was booked for", win.Number)
			}
		}
		for kind, want := range map[string]int{notify.KindBallotCode: 8, notify.KindBallotEntered: 7, notify.KindBallotLost: 1} {
			if n := w.count(`SELECT count(*) FROM outbox WHERE kind = $1`, kind); n != want {
				t.Errorf("%d mails of kind %s, want %d", n, kind, want)
			}
		}
		before := w.count(`SELECT count(*) FROM audit_entry`)
		w.restart()
		w.must(w.Run(ctx, b.ID))
		w.must(w.Tick(ctx))
		if n := w.count(`SELECT count(*) FROM audit_entry`); n != before || len(w.book.bookings) != 5 {
			t.Error("running the draw again did something")
		}
		if ballot, err := w.Ballot(ctx, b.ID); err != nil || ballot.SettledAt.IsZero() || ballot.State != draw.Drawn {
			t.Errorf("at the end the ballot is %+v, %v", ballot, err)
		}

		w.at = w.at.Add(draw.KeepFor)
		w.must(w.Tick(ctx))
		if n := w.count(`SELECT count(*) FROM ballot_entry WHERE sealed IS NOT NULL OR person_keys <> '[]' OR email_key <> ''`); n != 0 || w.count(`SELECT count(*) FROM ballot_person`) != 0 {
			t.Errorf("%d entrants are still known long after the draw", n)
		}
		if again, err := w.File(ctx, b.ID); err != nil || again.Seed != after.Seed {
			t.Errorf("the published file is gone: %v", err)
		}
	})
}

func TestACrashBetweenDrawAndBookingLosesNobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		b := w.announce(nil)
		w.at = b.OpensAt
		for i := range 4 {
			w.enter(b.ID, fmt.Sprint("person-", i), 1, draw.Any)
		}
		unlucky := w.enter(b.ID, "unlucky", 1, draw.Any)
		w.book.refuse = unlucky.Number
		w.book.failures = 3 // the first Tick tries twice
		w.at = b.DrawsAt
		for range 2 {
			if err := w.Tick(ctx); err == nil || !strings.Contains(err.Error(), "the power went") {
				t.Fatalf("got %v", err)
			}
			w.restart()
		}
		published, err := w.File(ctx, b.ID)
		w.must(err)
		w.must(w.Tick(ctx))
		if n := w.count(`SELECT count(*) FROM ballot_entry WHERE state = 'won' AND booking_id <> ''`); n != 4 || len(w.book.bookings) != 4 {
			t.Errorf("%d of 4 winners have a booking", n)
		}
		if mine, err := w.TicketByID(ctx, unlucky.ID); err != nil || mine.State != draw.Lapsed {
			t.Errorf("the refused winner is %+v, %v", mine, err)
		}
		if n := w.count(`SELECT count(*) FROM audit_entry WHERE action = 'ballot.lapse'`); n != 1 {
			t.Errorf("%d notes of the refusal", n)
		}
		if again, err := w.File(ctx, b.ID); err != nil || again.Seed != published.Seed || again.RevealedAt != published.RevealedAt {
			t.Errorf("the draw was held anew: %v", err)
		}
	})
}

func TestOneConfirmedEntryPerPerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		b := w.announce(nil)
		w.at = b.OpensAt
		// Somebody else's guess at the person's number, never proven, must not
		// shut the person out.
		squatter, err := w.Enter(ctx, w.application(b.ID, "anna", 1, draw.Any))
		w.must(err)
		anna := w.enter(b.ID, "anna", 1, draw.Any)
		_, err = w.Confirm(ctx, squatter.ID, w.Code(squatter))
		wantKey(t, err, "draw.person_entered")
		family := w.application(b.ID, "boris", 2, draw.Any)
		family.PersonKeys = []string{"boris", "anna"}
		_, err = w.Enter(ctx, family)
		wantKey(t, err, "draw.person_entered")
		w.must(w.Withdraw(ctx, anna.ID))
		again, err := w.Enter(ctx, family)
		w.must(err)
		_, err = w.Confirm(ctx, again.ID, w.Code(again))
		w.must(err)

		// Many browsers at once with the same two people: one gets through.
		var tickets []*draw.Ticket
		for range 8 {
			one, err := w.Enter(ctx, w.application(b.ID, "clara", 1, draw.Any))
			w.must(err)
			tickets = append(tickets, one)
		}
		var group sync.WaitGroup
		confirmed := make([]error, len(tickets))
		for i, one := range tickets {
			group.Go(func() { _, confirmed[i] = w.Confirm(ctx, one.ID, w.Code(one)) })
		}
		group.Wait()
		through := 0
		for _, err := range confirmed {
			if err == nil {
				through++
			} else {
				wantKey(t, err, "draw.person_entered")
			}
		}
		if through != 1 {
			t.Errorf("%d entries of one person were confirmed", through)
		}
	})
}

func TestPublicRandomness(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		b := w.announce(func(a *draw.Announcement) {
			a.RandomnessSource, a.RandomnessAt = "A public lottery, draw 4711", start.Add(50*time.Hour)
		})
		w.at = b.OpensAt
		w.enter(b.ID, "anna", 1, draw.Any)
		wantKey(t, w.SetRandomness(ctx, "officer-1", b.ID, "4.8.15"), "draw.randomness_early")
		w.at = b.DrawsAt
		w.must(w.Tick(ctx))
		wantKey(t, w.Run(ctx, b.ID), "draw.randomness_missing")
		wantKey(t, w.SetRandomness(ctx, "officer-1", b.ID, "04,8"), "draw.randomness_value")
		w.must(w.SetRandomness(ctx, "officer-1", b.ID, "4.8.15"))
		w.must(w.Tick(ctx))
		wantKey(t, w.SetRandomness(ctx, "officer-1", b.ID, "4.8.16"), "draw.already_drawn")
		f, err := w.File(ctx, b.ID)
		w.must(err)
		if _, err := draw.Verify(f); err != nil || f.Randomness.Value != "4.8.15" {
			t.Errorf("%+v, %v", f.Randomness, err)
		}
		plain := w.announce(func(a *draw.Announcement) {
			a.ID, a.OpensAt, a.ClosesAt, a.DrawsAt = "given-id", w.at, w.at.Add(time.Hour), w.at.Add(time.Hour)
		})
		wantKey(t, w.SetRandomness(ctx, "officer-1", plain.ID, "4"), "draw.no_randomness")
		if again, err := w.Announce(ctx, "officer-1", draw.Announcement{ID: "given-id"}); err != nil || again.Commitment != plain.Commitment {
			t.Errorf("announcing again: %+v, %v", again, err)
		}
		page, err := w.List(ctx, draw.Filter{PostID: "berlin", Limit: 1})
		w.must(err)
		next, err := w.List(ctx, draw.Filter{Before: page[0].ID})
		if err != nil || len(page) != 1 || len(next) != 1 || page[0].ID == next[0].ID {
			t.Errorf("pages %+v, %+v, %v", page, next, err)
		}
	})
}

func TestAnnounceRefusesTimesOutOfOrder(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	for key, change := range map[string]func(*draw.Announcement){
		"draw.opens_in_past":         func(a *draw.Announcement) { a.OpensAt = start.Add(-time.Second) },
		"draw.closes_before_opening": func(a *draw.Announcement) { a.ClosesAt = a.OpensAt },
		"draw.draws_before_close":    func(a *draw.Announcement) { a.DrawsAt = a.ClosesAt.Add(-time.Second) },
		"draw.title_missing":         func(a *draw.Announcement) { delete(a.Title, "az") },
		"draw.name_unknown":          func(a *draw.Announcement) { a.PostID = "" },
		"draw.randomness_source":     func(a *draw.Announcement) { a.RandomnessSource, a.RandomnessAt = "two\nlines", a.DrawsAt },
		"draw.randomness_time":       func(a *draw.Announcement) { a.RandomnessSource, a.RandomnessAt = "x", a.ClosesAt.Add(-time.Second) },
	} {
		a := draw.Announcement{PostID: "berlin", ServiceID: "passport-renewal", Title: locale.Text{"en": "T", "az": "T"},
			OpensAt: start, ClosesAt: start.Add(time.Hour), DrawsAt: start.Add(2 * time.Hour)}
		change(&a)
		_, err := w.Announce(context.Background(), "officer-1", a)
		wantKey(t, err, key)
	}
}
