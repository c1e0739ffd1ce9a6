package lookback_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/lookback"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/keyring"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

// house has two posts, far apart, and a service that takes two places a person.
type house struct{}

func (house) All(context.Context) ([]post.Post, error) {
	return []post.Post{
		{ID: "london", Zone: "Europe/London", Services: []string{"passport", "marriage"}, MinimumNoticeMinutes: 120, Active: true},
		{ID: "seoul", Zone: "Asia/Seoul", Services: []string{"passport"}, MinimumNoticeMinutes: 60, Active: true},
		{ID: "closed", Zone: "UTC", Services: []string{"passport"}},
	}, nil
}

func (house) Service(id string) (catalogue.Service, error) {
	return catalogue.Service{ID: id, PlacesPerApplicant: placesOf(id)}, nil
}

func placesOf(service string) int {
	if service == "marriage" {
		return 2
	}
	return 1
}

type offer struct{}

func (offer) Service(id string) (booking.Service, bool) {
	return booking.Service{ID: id, PlacesPerApplicant: placesOf(id), MaxParty: 5}, true
}

func (offer) Post(id string) (booking.Post, bool) {
	all, _ := house{}.All(ctx)
	for _, p := range all {
		if p.ID == id {
			return booking.Post{ID: id, Zone: p.Location(), Notice: time.Duration(p.MinimumNoticeMinutes) * time.Minute}, true
		}
	}
	return booking.Post{}, false
}

// TestLeadsAgreeWithTheCalendar holds what is looked at to what the public can
// book: the first of the book's own list of slots.
func TestLeadsAgreeWithTheCalendar(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clock := time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC)
		now := func() time.Time { return clock }
		ring, err := keyring.New()
		if err != nil {
			t.Fatal(err)
		}
		book := booking.Open(booking.Options{DB: db, Ring: ring, Offer: offer{}, Audit: audit.New(now), Outbox: notify.NewOutbox(db, now), Now: now})
		t.Cleanup(book.Close)
		leads := lookback.NewLeads(db, house{}, house{}, now)
		r := rand.New(rand.NewPCG(3, 3))
		all, _ := house{}.All(ctx)
		var slots []booking.Slot
		for i := range 60 {
			p := all[r.IntN(2)]
			start := clock.Add(time.Duration(r.IntN(6*24*60)) * time.Minute)
			local := start.In(p.Location())
			s := booking.Slot{ID: fmt.Sprint("s", i), PostID: p.ID, GroupID: pick(r, "passport", "marriage", "marriage+passport"), RuleID: fmt.Sprint("r", i),
				Date: local.Format(time.DateOnly), Clock: local.Format("15:04"), Start: start, End: start.Add(time.Hour), Planned: 1 + r.IntN(2), OpensAt: time.UnixMilli(0)}
			if r.IntN(4) == 0 {
				s.OpensAt = clock.Add(time.Hour) // not open yet
			}
			if r.IntN(5) == 0 {
				s.Reserved = s.Planned
			}
			slots = append(slots, s)
		}
		if err := book.AddSlots(ctx, slots); err != nil {
			t.Fatal(err)
		}
		for range 12 {
			for _, p := range all[:2] {
				got, err := leads.Now(ctx, p)
				if err != nil || len(got) != len(p.Services) {
					t.Fatalf("%v, %v", got, err)
				}
				for i, service := range p.Services {
					free, err := book.Slots(ctx, booking.Query{PostID: p.ID, Service: service, Places: placesOf(service), From: clock, To: clock.AddDate(0, 0, 30)})
					if err != nil {
						t.Fatal(err)
					}
					next, places := "", 0
					for _, s := range free {
						if next == "" {
							next = s.Date
						}
						places += s.Free()
					}
					if got[i].Next != next || got[i].Free != places || got[i].None() != (next == "") || got[i].None() != (got[i].Days < 0) {
						t.Errorf("%s at %s: %+v, the calendar says %q with %d free", service, p.ID, got[i], next, places)
					}
					if next != "" {
						a, _ := time.Parse(time.DateOnly, clock.In(p.Location()).Format(time.DateOnly))
						b, _ := time.Parse(time.DateOnly, next)
						if got[i].Days != int(b.Sub(a).Hours()/24) {
							t.Errorf("%s at %s: %d days to %s", service, p.ID, got[i].Days, next)
						}
					}
				}
			}
			// Take what is first, and look again.
			if free, _ := book.Slots(ctx, booking.Query{PostID: pick(r, "london", "seoul"), Service: "passport", From: clock, To: clock.AddDate(0, 0, 30)}); len(free) > 0 {
				if _, err := book.Hold(ctx, booking.HoldRequest{Choice: booking.Choice{SlotID: free[0].ID}, Service: "passport", Party: free[0].Free(), Origin: booking.Origin{Channel: booking.Web, Lang: "en"}}); err != nil {
					t.Fatal(err)
				}
			}
			clock = clock.Add(time.Minute)
		}
	})
}

func TestADayIsLookedAtOnceFromNineOnThePostsClock(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clock := time.Date(2026, 11, 25, 0, 30, 0, 0, time.UTC) // 09:30 in Seoul, 00:30 in London
		leads := lookback.NewLeads(db, house{}, house{}, func() time.Time { return clock })
		for _, step := range []struct {
			after time.Duration
			want  int
		}{{0, 1}, {time.Hour, 0}, {7*time.Hour + 30*time.Minute, 1}, {time.Hour, 0}, {14 * time.Hour, 1}} {
			clock = clock.Add(step.after)
			if n, err := leads.Look(ctx); err != nil || n != step.want {
				t.Errorf("at %s: looked at %d posts, want %d, %v", clock, n, step.want, err)
			}
		}
		history, err := leads.History(ctx, lookback.Query{Posts: []string{"london", "seoul", "closed"}, From: "2026-11-01", To: "2026-11-30"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range history {
			got = append(got, h.Post+" "+h.Day+" "+h.Service)
			if !h.None() || h.Days != -1 {
				t.Errorf("%+v: there is nothing to book", h)
			}
		}
		want := "[london 2026-11-25 marriage london 2026-11-25 passport seoul 2026-11-25 passport seoul 2026-11-26 passport]"
		if fmt.Sprint(got) != want {
			t.Errorf("history %v, want %v", got, want)
		}
		if some, _ := leads.History(ctx, lookback.Query{Posts: []string{"seoul"}, From: "2026-11-26", To: "2026-11-26"}); len(some) != 1 {
			t.Errorf("%d looks on the 26th in Seoul", len(some))
		}
	})
}
