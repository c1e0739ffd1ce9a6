package booking

import (
	"context"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestWhenAndWhereTheNextPlacesAre(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		soon, later, shut, drawn := slotAt(clock, "soon", 0, 2), slotAt(clock, "later", 5, 1), slotAt(clock, "shut", 9, 1), slotAt(clock, "drawn", 10, 1)
		never := slotAt(clock, "never", 4, 1)
		never.OpensAt = never.Start.AddDate(100, 0, 0)
		soon.Start = clock.now().Add(30 * time.Minute) // within the post's notice of an hour
		opens := clock.now().Add(48 * time.Hour)
		shut.OpensAt, drawn.BallotID = opens, "ballot-1"
		if err := b.AddSlots(ctx, []Slot{soon, later, shut, drawn, never}); err != nil {
			t.Fatal(err)
		}
		q := Query{PostID: "london", Service: "passport", Places: 1}
		if span, ok, err := b.Span(ctx, q); err != nil || !ok || span.Slots != 1 || !span.First.Equal(later.Start) || !span.Last.Equal(later.Start) {
			t.Errorf("span %+v, %v, %v", span, ok, err)
		}
		if spans, err := b.Spans(ctx, "passport", 1); err != nil || len(spans) != 1 || !spans[0].First.Equal(later.Start) {
			t.Errorf("spans %+v, %v", spans, err)
		}
		if spans, err := b.Spans(ctx, "passport", 2); err != nil || len(spans) != 0 {
			t.Errorf("a family finds %+v, %v", spans, err)
		}
		if coming, err := b.Coming(ctx, "london", "passport"); err != nil || !coming.OpensAt.Equal(opens) || len(coming.Ballots) != 1 || coming.Ballots[0] != (BallotDays{"ballot-1", drawn.Date, drawn.Date}) {
			t.Errorf("coming %+v, %v", coming, err)
		}
		if coming, err := b.Coming(ctx, "london", "other"); err != nil || !coming.OpensAt.IsZero() || len(coming.Ballots) != 0 {
			t.Errorf("coming for another service %+v, %v", coming, err)
		}
		if _, err := b.Hold(ctx, hold("later", 1)); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := b.Span(ctx, q); ok || err != nil {
			t.Errorf("a span where all is taken, %v", err)
		}
	})
}

func TestABrowserMayBookForSeveralPeopleOneAfterTheOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		b, clock := openBook(t, db)
		if err := b.AddSlots(ctx, []Slot{slotAt(clock, "s", 2, 3)}); err != nil {
			t.Fatal(err)
		}
		r := hold("s")
		r.Party, r.BrowserKey, r.RequestKey = 1, "browser", "first"
		first, err := b.Hold(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := b.ByRequest(ctx, "first"); err != nil || found.ID != first.ID {
			t.Errorf("by request %+v, %v", found, err)
		}
		if _, err := b.ByRequest(ctx, "second"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("an unknown request key: %v", err)
		}
		if held, err := b.HeldBy(ctx, "browser", "passport"); err != nil || held.ID != first.ID {
			t.Errorf("held by the browser: %+v, %v", held, err)
		}
		for _, none := range [][2]string{{"browser", "visa"}, {"other", "passport"}, {"", "passport"}} {
			if _, err := b.HeldBy(ctx, none[0], none[1]); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%v holds something: %v", none, err)
			}
		}
		if _, err := b.Bind(ctx, first.ID, Details{Email: "a@example.org", Applicants: []Applicant{person(1)}}); err != nil {
			t.Fatal(err)
		}
		r.RequestKey = "second"
		second, err := b.Hold(ctx, r)
		if err != nil {
			t.Fatalf("another hold of the browser: %v", err)
		}
		if k, _ := b.Booking(ctx, first.ID); k.State != Held {
			t.Errorf("the named hold became %s", k.State)
		}
		if _, err := b.Bind(ctx, second.ID, Details{Email: "a@example.org", Applicants: []Applicant{person(1)}}); fault.KindOf(err) != fault.Conflict {
			t.Errorf("the same person twice: %v", err)
		}
		balance(t, db)
	})
}
