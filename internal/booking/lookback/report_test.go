package lookback_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/chancery/chancery/internal/booking/lookback"
	"github.com/chancery/chancery/internal/store"
	"github.com/chancery/chancery/internal/store/storetest"
)

var ctx = context.Background()

// rows of the tables, as the naive recomputation sees them.
type (
	slotRow struct {
		id, post, day, group string
		start                int64
		planned, taken       int
	}
	bookingRow struct {
		id, slot, service, channel, state string
		party                             int
		confirmed, ended                  int64
	}
	ticketRow struct {
		id, post, day, service, booking, state string
		appointment, arrived, called           int64
	}
	world struct {
		slots    []slotRow
		bookings []bookingRow
		tickets  []ticketRow
	}
)

var (
	posts    = []string{"london", "paris", "rome"}
	services = []string{"passport", "visa", "births"}
	first    = time.Date(2026, 10, 19, 0, 0, 0, 0, time.UTC) // a Monday
)

const days = 17

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

func invent(r *rand.Rand, tag string) *world {
	w := &world{}
	id := func(kind string) string { return fmt.Sprintf("%s-%s-%d", tag, kind, r.Uint64()) }
	for range 150 {
		at := first.AddDate(0, 0, r.IntN(days)).Add(time.Duration(9*60+r.IntN(480)) * time.Minute)
		s := slotRow{id: id("s"), post: pick(r, posts...), day: at.Format(time.DateOnly), group: pick(r, "passport+visa", "births"),
			start: at.UnixMilli(), planned: r.IntN(4), taken: r.IntN(5)}
		w.slots = append(w.slots, s)
		for range r.IntN(4) {
			b := bookingRow{id: id("b"), slot: s.id, service: pick(r, services...), channel: pick(r, "web", "api", "staff", "ballot"),
				state: pick(r, "held", "booked", "cancelled", "expired", "voided", "checked_in", "served", "no_show"), party: 1 + r.IntN(4)}
			if b.state != "held" && b.state != "expired" && r.IntN(6) > 0 {
				b.confirmed = s.start - int64(r.IntN(1e9)) - 1
			}
			// Just at the limit of the notice, too.
			b.ended = s.start - lookback.Notice.Milliseconds() + int64(pickInt(r, -1, 0, 1, -90_000_000, 80_000_000))
			w.bookings = append(w.bookings, b)
		}
		for range r.IntN(3) {
			t := ticketRow{id: id("t"), post: s.post, day: s.day, service: pick(r, services...), state: pick(r, "waiting", "called", "finished", "missed", "withdrawn")}
			t.arrived = s.start + int64(r.IntN(4_000_000)) - 2_000_000
			if r.IntN(3) > 0 {
				t.appointment, t.booking = s.start, id("x")
			}
			if r.IntN(5) > 0 {
				// A clock that was set back between arrival and call is possible.
				t.called = t.arrived + int64(r.IntN(5_000_000)) - 200_000
			}
			w.tickets = append(w.tickets, t)
		}
	}
	return w
}

func pickInt(r *rand.Rand, from ...int) int { return from[r.IntN(len(from))] }

func (w *world) save(t *testing.T, db *store.DB) {
	t.Helper()
	var slots, bookings, tickets [][]any
	for i, s := range w.slots {
		slots = append(slots, []any{s.id, s.post, s.group, s.id, s.day, fmt.Sprint(i), s.start, s.start + 1, s.planned, s.planned + s.taken, s.taken, 0, 0, 0, ""})
	}
	for _, b := range w.bookings {
		bookings = append(bookings, []any{b.id, b.id, b.state, b.slot, "elsewhere", b.service, 1, b.party, 0, true, "", "", "", "en", "", b.channel, 1, 0, b.confirmed, b.ended, 0, 0, 0, 0})
	}
	for i, k := range w.tickets {
		tickets = append(tickets, []any{k.id, k.post, k.day, "A", i + 1, "A", k.booking, k.service, 1, k.state, false, "c" + k.id, "", k.appointment, k.arrived, 0, 0, k.called, 0, 0, 0, 0, ""})
	}
	err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, in := range []struct {
			table   string
			columns []string
			rows    [][]any
		}{
			{"slot", []string{"id", "post_id", "group_id", "rule_id", "local_date", "local_time", "starts_at", "ends_at", "planned", "places", "taken", "withheld", "reserved", "opens_at", "ballot_id"}, slots},
			{"booking", []string{"id", "reference", "state", "slot_id", "post_id", "service_id", "places", "party", "from_reserve", "bound", "email_key", "network_key", "browser_key", "lang", "zone", "channel", "created_at", "expires_at", "confirmed_at", "ended_at", "code_serial", "code_tries", "moves", "move_by"}, bookings},
			{"queue_ticket", []string{"id", "post_id", "local_date", "series", "serial", "number", "booking_id", "service_id", "party", "state", "priority", "counter_id", "wanted_counter", "appointment_at", "arrived_at", "turn_at", "rest_until", "called_at", "last_called_at", "calls", "served_at", "finished_at", "outcome"}, tickets},
		} {
			if _, err := tx.Insert(ctx, in.table, in.columns, in.rows, ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// summary is what a line says, in a form that can be compared.
type summary struct {
	Bookings, People, Came, Missed, Unrecorded, Early, Late, Voided int
	Channels                                                        string
	Visits, WalkIns, NotCalled                                      int
	Median, P90, Beyond                                             int // -1 for none
	Slots, Planned, Taken                                           int
}

func of(l lookback.Line) summary {
	t := l.Tally
	s := summary{t.Bookings, t.People, t.Came, t.Missed, t.Unrecorded, t.Early, t.Late, t.Voided, "", t.Visits, t.WalkIns, t.NotCalled, -1, -1, -1, l.Use.Slots, l.Use.Planned, l.Use.Taken}
	s.Channels = channels(t.Channels)
	if m, ok := t.Wait.Median(); ok {
		s.Median = m
	}
	if m, ok := t.Wait.P90(); ok {
		s.P90 = m
	}
	if m, ok := t.Beyond.Median(); ok {
		s.Beyond = m
	}
	return s
}

func channels(m map[string]int) string {
	var list []string
	for k, n := range m {
		list = append(list, fmt.Sprintf("%s=%d", k, n))
	}
	sort.Strings(list)
	return fmt.Sprint(list)
}

// naive walks through all rows and applies the definitions of doc.go to each.
// keys are for posts, days and services; a group's places go to useKey.
func (w *world) naive(q lookback.Query, key func(post, day, service string) string, useKey func(post, day, group string) string) map[string]summary {
	all := map[string]*summary{}
	chans, waits, beyonds := map[string]map[string]int{}, map[string][]int{}, map[string][]int{}
	at := func(k string) *summary {
		if all[k] == nil {
			all[k], chans[k] = &summary{}, map[string]int{}
		}
		return all[k]
	}
	in := func(post, day string) bool { return slices.Contains(q.Posts, post) && day >= q.From && day <= q.To }
	slots := map[string]slotRow{}
	for _, s := range w.slots {
		slots[s.id] = s
		if useKey != nil && in(s.post, s.day) && (s.planned > 0 || s.taken > 0) {
			u := at(useKey(s.post, s.day, s.group))
			u.Slots, u.Planned, u.Taken = u.Slots+1, u.Planned+s.planned, u.Taken+s.taken
		}
	}
	for _, b := range w.bookings {
		s := slots[b.slot]
		if b.confirmed == 0 || !in(s.post, s.day) {
			continue
		}
		k := key(s.post, s.day, b.service)
		one := at(k)
		one.Bookings, one.People = one.Bookings+1, one.People+b.party
		chans[k][b.channel]++
		early := time.UnixMilli(s.start).Sub(time.UnixMilli(b.ended)) >= 24*time.Hour
		*map[string]*int{"served": &one.Came, "checked_in": &one.Came, "no_show": &one.Missed, "booked": &one.Unrecorded, "voided": &one.Voided,
			"cancelled": map[bool]*int{true: &one.Early, false: &one.Late}[early]}[b.state]++
	}
	for _, t := range w.tickets {
		if t.state == "withdrawn" || !in(t.post, t.day) {
			continue
		}
		k := key(t.post, t.day, t.service)
		one := at(k)
		one.Visits++
		if t.appointment == 0 {
			one.WalkIns++
		}
		if t.called == 0 {
			one.NotCalled++
			continue
		}
		waits[k] = append(waits[k], int(max(0, t.called-t.arrived)/60_000))
		if t.appointment > 0 {
			beyonds[k] = append(beyonds[k], int(max(0, t.called-max(t.arrived, t.appointment))/60_000))
		}
	}
	out := map[string]summary{}
	for k, one := range all {
		one.Channels = channels(chans[k])
		one.Median, one.P90, one.Beyond = rank(waits[k], 0.5), rank(waits[k], 0.9), rank(beyonds[k], 0.5)
		out[k] = *one
	}
	return out
}

// rank is the definition itself: the smallest value that at least the share of
// all values does not exceed.
func rank(values []int, share float64) int {
	sort.Ints(values)
	for _, v := range values {
		n := 0
		for _, other := range values {
			if other <= v {
				n++
			}
		}
		if float64(n)+1e-9 >= share*float64(len(values)) {
			return v
		}
	}
	return -1
}

func compare(t *testing.T, what string, got []lookback.Line, want map[string]summary, skipEmpty bool) {
	t.Helper()
	seen := map[string]bool{}
	for _, l := range got {
		seen[l.Key] = true
		w, ok := want[l.Key]
		if !ok && skipEmpty && l.Tally.Empty() {
			continue
		}
		if g := of(l); g != w {
			t.Errorf("%s %q:\n got %+v\nwant %+v", what, l.Key, g, w)
		}
		if a := l.Tally; a.Bookings != a.Came+a.Missed+a.Unrecorded+a.Early+a.Late+a.Voided {
			t.Errorf("%s %q does not add up: %+v", what, l.Key, a)
		}
	}
	for k := range want {
		if !seen[k] {
			t.Errorf("%s %q is missing", what, k)
		}
	}
}

func TestReportsAgreeWithANaiveRecomputation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &world{}
		for seed := range 4 {
			one := invent(rand.New(rand.NewPCG(7, uint64(seed))), fmt.Sprint(seed))
			w.slots, w.bookings, w.tickets = append(w.slots, one.slots...), append(w.bookings, one.bookings...), append(w.tickets, one.tickets...)
		}
		w.save(t, db)
		reader := lookback.New(db)
		for _, q := range []lookback.Query{
			{Posts: posts, From: "2026-10-19", To: "2026-11-04"},
			{Posts: posts[:2], From: "2026-10-21", To: "2026-10-29"},
			{Posts: posts[2:], From: "2026-10-25", To: "2026-10-25"},
			{Posts: []string{"nowhere"}, From: "2026-10-19", To: "2026-11-04"},
			{From: "2026-10-19", To: "2026-11-04"},
			{Posts: posts, From: "2026-11-04", To: "2026-10-19"},
		} {
			report, err := reader.Report(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			whole := func(string, string, string) string { return "" }
			if want := w.naive(q, whole, whole)[""]; of(report.Total()) != orNone(want) {
				t.Errorf("total of %+v:\n got %+v\nwant %+v", q, of(report.Total()), want)
			}
			byDay := func(_, day, _ string) string { return day }
			compare(t, "day", report.ByDay(), w.naive(q, byDay, byDay), false)
			byWeek := func(_, day, _ string) string {
				d, _ := time.Parse(time.DateOnly, day)
				for d.Weekday() != time.Monday {
					d = d.AddDate(0, 0, -1)
				}
				return d.Format(time.DateOnly)
			}
			compare(t, "week", report.ByWeek(), w.naive(q, byWeek, byWeek), false)
			compare(t, "service", report.ByService(), w.naive(q, func(_, _, s string) string { return s }, nil), false)
			byPost := func(post, _, _ string) string { return post }
			compare(t, "post", report.ByPost(), w.naive(q, byPost, byPost), true)
			together := q
			together.Together = true
			if report, err := reader.Report(ctx, together); err != nil {
				t.Fatal(err)
			} else if compare(t, "post together", report.ByPost(), w.naive(q, byPost, byPost), true); of(report.Total()) != orNone(w.naive(q, whole, whole)[""]) {
				t.Errorf("total together of %+v: %+v", q, of(report.Total()))
			}
			groups := map[string]summary{}
			for k, s := range w.naive(q, func(string, string, string) string { return "\x00" }, func(_, _, g string) string { return g }) {
				if k != "\x00" {
					s.Median, s.P90, s.Beyond, s.Channels = -1, -1, -1, "[]"
					groups[k] = s
				}
			}
			compare(t, "group", report.ByGroup(), groups, false)
		}
	})
}

// orNone is what an empty period says.
func orNone(s summary) summary {
	if s.Channels == "" {
		s.Channels, s.Median, s.P90, s.Beyond = "[]", -1, -1, -1
	}
	return s
}

func TestWeeksAreCutAtThePeriod(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := invent(rand.New(rand.NewPCG(1, 1)), "w")
		w.save(t, db)
		report, err := lookback.New(db).Report(ctx, lookback.Query{Posts: posts, From: "2026-10-21", To: "2026-11-03"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range report.ByWeek() {
			got = append(got, l.First+"/"+l.Last)
		}
		want := []string{"2026-10-21/2026-10-25", "2026-10-26/2026-11-01", "2026-11-02/2026-11-03"}
		if !slices.Equal(got, want) {
			t.Errorf("weeks %v, want %v", got, want)
		}
	})
}

func TestShares(t *testing.T) {
	tally := lookback.Tally{}
	if _, ok := tally.MissedShare(); ok {
		t.Error("a share of nothing")
	}
	tally.Came, tally.Missed, tally.Unrecorded = 9, 3, 100
	if share, ok := tally.MissedShare(); !ok || share != 0.25 {
		t.Errorf("missed share %v, want 0.25 of those recorded", share)
	}
	if _, ok := (lookback.Use{Taken: 2}).Share(); ok {
		t.Error("use of no places")
	}
	if share, _ := (lookback.Use{Planned: 4, Taken: 5}).Share(); share != 1.25 {
		t.Errorf("over the plan: %v", share)
	}
}
