package ballot_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/ballot"
	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

const service = "visa-interview" // opens Mondays 09:00 for 4 days, 14 days ahead, 7 days of places

type offer struct{ services *catalogue.Catalogue }

func (o offer) Service(id string) (booking.Service, bool) {
	s, err := o.services.Service(id)
	return booking.Service{ID: s.ID, PlacesPerApplicant: s.PlacesPerApplicant, MaxParty: s.MaxParty, ReleaseWithin: time.Hour}, err == nil
}

func (offer) Post(id string) (booking.Post, bool) {
	return booking.Post{ID: id, Zone: time.UTC, Notice: time.Hour}, id == "london"
}

type world struct {
	t      *testing.T
	clock  atomic.Int64
	book   *booking.Book
	rounds *ballot.Rounds
}

func (w *world) now() time.Time { return time.UnixMilli(w.clock.Load()).UTC() }

func (w *world) at(text string) {
	at, err := time.Parse("2006-01-02 15:04", text)
	w.must(err)
	w.clock.Store(at.UnixMilli())
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func open(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{t: t}
	w.at("2026-11-26 08:00") // a Thursday
	services, err := catalogue.Load(files.Services)
	w.must(err)
	ring, err := keyring.New()
	w.must(err)
	trail, outbox := audit.New(w.now), notify.NewOutbox(db, w.now)
	posts := post.New(db, trail, services, w.now)
	text := locale.Text{"en": "London", "az": "London"}
	w.must(posts.Create(context.Background(), "1", post.Post{ID: "london", Type: post.Types[1], Name: text, City: text, Country: "GBR", Address: text, Opening: text,
		Latitude: 51.5, Longitude: -0.1, Zone: "Europe/London", Phone: "+442070000000", Email: "london@example.org", Services: []string{service}, MinimumNoticeMinutes: 60, HorizonDays: 60, Active: true}))
	w.book = booking.Open(booking.Options{DB: db, Ring: ring, Offer: offer{services}, Audit: trail, Outbox: outbox, Now: w.now})
	t.Cleanup(w.book.Close)
	draws := draw.New(db, ring, trail, outbox, ballot.Booker{Book: w.book, Services: services, Posts: posts}, rand.Reader, w.now)
	w.rounds = &ballot.Rounds{Draws: draws, Book: w.book, Services: services, Posts: posts, Keys: ring, Now: w.now}
	return w
}

func (w *world) slot(id, date string, places int) booking.Slot {
	start, err := time.Parse("2006-01-02 15:04", date)
	w.must(err)
	return booking.Slot{ID: id, PostID: "london", GroupID: service, RuleID: "rule-" + id, Date: start.Format(time.DateOnly), Clock: start.Format("15:04"),
		Start: start, End: start.Add(15 * time.Minute), Planned: places, OpensAt: booking.Unreleased}
}

func (w *world) enter(ballotID string, n int, wants ...string) *draw.Ticket {
	w.t.Helper()
	ctx := context.Background()
	e, err := w.rounds.Enter(ctx, ballot.Entry{BallotID: ballotID, Wants: wants, Details: booking.Details{Email: fmt.Sprintf("p%d@example.org", n),
		Applicants: []booking.Applicant{{GivenNames: "Aysel", Surname: "Test", DateOfBirth: "1990-01-02", Nationality: "AZE", DocumentNumber: fmt.Sprintf("ZZ%07d", n)}}},
		Origin: booking.Origin{Lang: "en", Channel: booking.Ballot}})
	w.must(err)
	e, err = w.rounds.Draws.Confirm(ctx, e.ID, w.rounds.Draws.Code(e))
	w.must(err)
	return e
}

func TestARoundFromAnnouncementToTheLastPlace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := open(t, db)
		w.must(w.book.AddSlots(ctx, []booking.Slot{
			w.slot("missed", "2026-12-10 09:00", 1), // before the first round's days
			w.slot("a", "2026-12-14 09:00", 2), w.slot("b", "2026-12-15 09:00", 3),
			w.slot("next", "2026-12-21 09:00", 5), // the round after
		}))
		w.must(w.rounds.Tick(ctx))
		const id = "london-visa-interview-2026-11-30"
		b, err := w.rounds.Draws.Ballot(ctx, id)
		w.must(err)
		if b.State != draw.Announced || b.Commitment == "" || b.OpensAt.Format(time.DateTime) != "2026-11-30 09:00:00" || b.ClosesAt.Format(time.DateTime) != "2026-12-04 09:00:00" {
			t.Fatalf("the round was announced as %+v", b)
		}
		if s, err := w.book.Slot(ctx, "missed"); err != nil || s.OpensAt.Equal(booking.Unreleased) {
			t.Fatalf("a place that no round gives out stays shut: %+v, %v", s, err)
		}
		w.at("2026-11-30 09:01")
		w.must(w.rounds.Tick(ctx))
		var entries []*draw.Ticket
		for i := range 3 {
			entries = append(entries, w.enter(id, i, "2026-12-14"))
		}
		entries = append(entries, w.enter(id, 3, draw.Any))
		w.at("2026-12-04 10:01")
		w.must(w.rounds.Tick(ctx))
		f, err := w.rounds.Draws.File(ctx, id)
		w.must(err)
		if _, err := draw.Verify(f); err != nil {
			t.Fatalf("the published draw does not verify: %v", err)
		}
		won := map[string]int{}
		var winners []string
		for _, e := range entries {
			now, err := w.rounds.Draws.TicketByID(ctx, e.ID)
			w.must(err)
			if now.State == draw.Won {
				won[now.SlotID]++
				winners = append(winners, now.BookingID)
			}
		}
		if won["a"] != 2 || won["b"] > 1 || len(winners) < 2 || len(winners) > 3 {
			t.Fatalf("places won: %v", won)
		}
		w.must(w.rounds.Tick(ctx)) // settled: what is left over comes back
		if ids, err := w.book.Ballots(ctx); err != nil || len(ids) != 1 || ids[0] != "london-visa-interview-2026-12-07" {
			t.Fatalf("slots are set aside for %v, %v", ids, err)
		}
		if k, err := w.book.AcceptWin(ctx, winners[0]); err != nil || k.State != booking.Booked {
			t.Fatalf("a winner says yes: %+v, %v", k, err)
		}
		w.at("2026-12-07 10:00") // two days and more later
		if n, err := w.book.ExpireHolds(ctx, 10); err != nil || n != len(winners)-1 {
			t.Fatalf("%d wins without an answer ended, %v", n, err)
		}
		if _, err := w.book.ReleaseLots(ctx, 10); err != nil {
			t.Fatal(err)
		}
		if s, err := w.book.Slot(ctx, "b"); err != nil || s.Free()+s.Taken+s.Withheld != 3 || s.BallotID != "" {
			t.Fatalf("slot b after the draw: %+v, %v", s, err)
		}
	})
}

func TestNextRound(t *testing.T) {
	services, err := catalogue.Load(files.Services)
	if err != nil {
		t.Fatal(err)
	}
	s, err := services.Service(service)
	if err != nil {
		t.Fatal(err)
	}
	for now, want := range map[string]string{
		"2026-11-30T08:59:59Z": "2026-11-30T09:00:00Z 2026-12-14T00:00:00Z 2026-12-21T00:00:00Z",
		"2026-11-30T09:00:00Z": "2026-12-07T09:00:00Z 2026-12-21T00:00:00Z 2026-12-28T00:00:00Z",
		// Summer time begins on 28 March 2027: 09:00 is 08:00 UTC from then on.
		"2027-03-28T12:00:00Z": "2027-03-29T08:00:00Z 2027-04-11T23:00:00Z 2027-04-18T23:00:00Z",
		"2027-12-27T10:00:00Z": "2028-01-03T09:00:00Z 2028-01-17T00:00:00Z 2028-01-24T00:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		r, err := ballot.Next(post.Post{ID: "london", Zone: "Europe/London"}, s, at)
		if err != nil {
			t.Fatal(err)
		}
		got := r.OpensAt.UTC().Format(time.RFC3339) + " " + r.First.UTC().Format(time.RFC3339) + " " + r.End.UTC().Format(time.RFC3339)
		if got != want {
			t.Errorf("after %s: %s, want %s", now, got, want)
		}
	}
}
