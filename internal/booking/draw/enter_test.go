package draw_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

func TestCodes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		b := w.announce(nil)
		w.at = b.OpensAt
		one, err := w.Enter(ctx, w.application(b.ID, "anna", 1, draw.Any))
		w.must(err)
		code := w.Code(one)
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		for range draw.MaxTries {
			_, err := w.Confirm(ctx, one.ID, wrong)
			wantKey(t, err, "draw.code_wrong")
		}
		_, err = w.Confirm(ctx, one.ID, code)
		wantKey(t, err, "draw.code_spent")
		w.must(w.Resend(ctx, one.ID))
		_, err = w.Confirm(ctx, one.ID, code)
		wantKey(t, err, "draw.code_wrong")
		one, err = w.TicketByID(ctx, one.ID)
		w.must(err)
		w.at = w.at.Add(draw.CodeFor + time.Second)
		_, err = w.Confirm(ctx, one.ID, w.Code(one))
		wantKey(t, err, "draw.code_expired")
		w.must(w.Resend(ctx, one.ID))
		one, err = w.TicketByID(ctx, one.ID)
		w.must(err)
		code = w.Code(one)
		done, err := w.Confirm(ctx, one.ID, " "+code[:3]+" "+code[3:])
		if err != nil || done.State != draw.Entered {
			t.Fatalf("%+v, %v", done, err)
		}
		if again, err := w.Confirm(ctx, one.ID, "whatever"); err != nil || again.State != draw.Entered {
			t.Errorf("confirming again: %+v, %v", again, err)
		}
		wantKey(t, w.Resend(ctx, one.ID), "draw.no_code_needed")
		if found, err := w.Ticket(ctx, b.ID, strings.ToLower(one.Number), w.Token(one.ID)); err != nil || found.ID != one.ID {
			t.Errorf("by its link: %+v, %v", found, err)
		}
		_, err = w.Ticket(ctx, b.ID, one.Number, w.Token("another"))
		wantKey(t, err, "draw.entry_not_found")
	})
}

func TestEnterRefusesWhatNoSlotCanGrant(t *testing.T) {
	db := storetest.SQLite(t)
	ctx := context.Background()
	w := newWorld(t, db)
	b := w.announce(nil)
	w.at = b.OpensAt
	for _, c := range []struct {
		places int
		wants  []string
		key    string
	}{
		{1, nil, "draw.wants_missing"},
		{1, []string{"slot-9"}, "draw.want_unknown"},
		{1, []string{"2026-12-03"}, "draw.want_unknown"},
		{3, []string{"slot-2"}, "draw.want_unknown"},
		{4, []string{draw.Any}, "draw.want_unknown"},
		{0, []string{draw.Any}, "draw.party_size"},
		{1, slices.Repeat([]string{draw.Any}, draw.MaxWants+1), "draw.wants_many"},
	} {
		_, err := w.Enter(ctx, w.application(b.ID, "anna", c.places, c.wants...))
		wantKey(t, err, c.key)
	}
	a := w.application(b.ID, "anna", 1, draw.Any, "slot-1", draw.Any)
	a.RequestKey = "request-1"
	first, err := w.Enter(ctx, a)
	w.must(err)
	second, err := w.Enter(ctx, a)
	if err != nil || second.ID != first.ID || !slices.Equal(second.Wants, []string{draw.Any, "slot-1"}) {
		t.Errorf("the same request again made %+v, %v", second, err)
	}
	_, err = w.Enter(ctx, w.application("no-such", "anna", 1, draw.Any))
	wantKey(t, err, "draw.not_found")
}
