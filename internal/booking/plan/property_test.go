package plan_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery/chancery/internal/booking/plan"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/store/storetest"
)

// Whatever the plan and whoever has booked: what was shown is what happens.
func TestPreviewEqualsOutcome(t *testing.T) {
	d := open(t, storetest.SQLite(t))
	ctx := context.Background()
	rapid.Check(t, func(r *rapid.T) {
		draw := func() plan.Rule {
			rule := mornings()
			rule.Weekdays = []time.Weekday{time.Weekday(rapid.IntRange(1, 3).Draw(r, "weekday"))}
			rule.SlotMinutes = rapid.SampledFrom([]int{20, 30, 40}).Draw(r, "minutes")
			rule.Places = rapid.IntRange(1, 3).Draw(r, "places")
			rule.Reserve.Percent = rapid.SampledFrom([]int{0, 50, 100}).Draw(r, "reserve")
			return rule
		}
		p, err := d.Plan(ctx, "london")
		if err != nil {
			r.Fatal(err)
		}
		c := plan.PutRule(draw())
		if len(p.Rules) > 0 {
			rule := draw()
			rule.ID = rapid.SampledFrom(p.Rules).Draw(r, "rule").ID
			switch rapid.IntRange(0, 4).Draw(r, "change") {
			case 0, 1:
				c = plan.PutRule(rule)
			case 2:
				c = plan.DropRule(rule.ID)
			case 3:
				c = plan.PutException(plan.Exception{Date: fmt.Sprintf("2026-12-%02d", rapid.IntRange(1, 20).Draw(r, "day")), Kind: plan.Hours, From: "09:30", To: "10:30"})
			}
		}
		for range rapid.IntRange(0, 3).Draw(r, "people") {
			if free := d.slots(t); len(free) > 0 {
				s := rapid.SampledFrom(free).Draw(r, "slot")
				d.come(t, s.ID, rapid.IntRange(1, s.Free()).Draw(r, "party"))
			}
		}
		seen, err := d.Preview(ctx, "london", c)
		if err != nil {
			r.Fatal(err)
		}
		done, err := d.Save(ctx, "london", c, plan.Consent{Actor: head, Digest: seen.Digest})
		if err != nil || done.Digest != seen.Digest || done.Effect.Counts() != seen.Effect.Counts() {
			r.Fatalf("seen %+v, done %+v, %v", seen.Effect.Counts(), done.Effect.Counts(), err)
		}
		if rest, err := d.Preview(ctx, "london", plan.Calendars()); err != nil || !rest.Effect.Nothing() {
			r.Fatalf("something was left undone: %+v, %v", rest.Effect.Counts(), err)
		}
		var wrong int
		if err := d.db.Read().QueryRowContext(ctx, `SELECT count(*) FROM slot s WHERE taken + withheld + reserved > places OR places < planned
			OR taken <> (SELECT COALESCE(SUM(b.places), 0) FROM booking b WHERE b.slot_id = s.id AND b.state IN ('held', 'booked'))`).Scan(&wrong); err != nil || wrong > 0 {
			r.Fatalf("%d slots do not balance, %v", wrong, err)
		}
		if err := d.db.Read().QueryRowContext(ctx, `SELECT count(*) FROM booking WHERE state NOT IN ('held', 'booked')`).Scan(&wrong); err != nil || wrong > 0 {
			r.Fatalf("%d appointments were ended, %v", wrong, err)
		}
	})
}

func TestWhatCannotBePlanned(t *testing.T) {
	d := open(t, storetest.SQLite(t))
	ctx := context.Background()
	opening := plan.Opening{Date: "2026-12-01", Time: "10:00", From: "2026-12-10", To: "2026-12-20"}
	for path, spoil := range map[string]func(*plan.Rule){
		"weekdays":     func(r *plan.Rule) { r.Weekdays = nil },
		"date":         func(r *plan.Rule) { r.Date = "2026-02-29" },
		"from":         func(r *plan.Rule) { r.From = "9" },
		"to":           func(r *plan.Rule) { r.To = "08:00" },
		"slot_minutes": func(r *plan.Rule) { r.SlotMinutes = 0 },
		"places":       func(r *plan.Rule) { r.Places = -1 },
		"services":     func(r *plan.Rule) { r.Services = []string{"tea"} },
		"counters":     func(r *plan.Rule) { r.Counters = []string{"none"} },
		"reserve":      func(r *plan.Rule) { r.Reserve.Places = 3 },
		"release":      func(r *plan.Rule) { r.Release.Mode = "never" },
		"days_ahead":   func(r *plan.Rule) { r.Release.DaysAhead = 1000 },
		"release_time": func(r *plan.Rule) { r.Release = plan.Release{Mode: plan.Batch, Time: "25:00", SpanDays: 7} },
		"span_days":    func(r *plan.Rule) { r.Release = plan.Release{Mode: plan.Batch, Time: "10:00", SpanDays: 6} },
		"valid_to":     func(r *plan.Rule) { r.ValidFrom, r.ValidTo = "2026-12-02", "2026-12-01" },
		"valid_from":   func(r *plan.Rule) { r.ValidFrom = "soon" },
		"openings[0].to": func(r *plan.Rule) {
			o := opening
			o.To = "2026-12-09"
			r.Release = plan.Release{Mode: plan.Batch, Openings: []plan.Opening{o}}
		},
		"openings[0].from": func(r *plan.Rule) {
			o := opening
			o.From = "2026-11-30"
			r.Release = plan.Release{Mode: plan.Batch, Openings: []plan.Opening{o}}
		},
	} {
		rule := mornings()
		spoil(&rule)
		_, err := d.Preview(ctx, "london", plan.PutRule(rule))
		f := fault.As(err)
		if f == nil || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
	for path, e := range map[string]plan.Exception{
		"date": {Date: "2026-11-31", Kind: plan.Closed}, "kind": {Date: "2026-11-30"}, "to": {Date: "2026-11-30", Kind: plan.Hours, From: "10:00", To: "09:00"},
	} {
		if _, err := d.Preview(ctx, "london", plan.PutException(e)); fault.As(err) == nil || fault.As(err).Fields[0].Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, c := range []plan.Change{plan.DropRule("x"), plan.DropException("x"), plan.PutRule(func() plan.Rule { r := mornings(); r.ID = "x"; return r }())} {
		if _, err := d.Preview(ctx, "london", c); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%v", err)
		}
	}
	if _, err := d.Preview(ctx, "atlantis", plan.Calendars()); fault.KindOf(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
}
