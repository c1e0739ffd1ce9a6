package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/plan"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/post"
)

// loadPlans gives the demonstration's posts their weekly plans, which make the
// slots.
func (r *rooms) loadPlans(ctx context.Context) error {
	declared, err := demo.Plan()
	if err != nil {
		return err
	}
	rules := map[string][]plan.Rule{}
	var order []string
	for _, d := range declared {
		counters, err := r.posts.Counters(ctx, d.Post)
		if err != nil {
			return err
		}
		rule, err := r.demoRule(d, counters)
		if err != nil {
			return fmt.Errorf("plan of %s: %w", d.Post, err)
		}
		if rules[d.Post] == nil {
			order = append(order, d.Post)
		}
		rules[d.Post] = append(rules[d.Post], rule)
	}
	for _, id := range order {
		if err := r.plans.Load(ctx, audit.System, id, rules[id]); err != nil {
			return fmt.Errorf("plan of %s: %w", id, err)
		}
	}
	return nil
}

// demoRule fills in from the rule's first service what the declaration leaves
// to it.
func (r *rooms) demoRule(d demo.Rule, counters []post.Counter) (plan.Rule, error) {
	rule := plan.Rule{
		Weekdays: d.Days(), From: d.From, To: d.To, SlotMinutes: d.SlotMinutes, Places: d.Places, Services: d.Services,
		ValidFrom: d.ValidFrom, ValidTo: d.ValidTo,
	}
	for _, c := range counters {
		if slices.Contains(d.Counters, c.Label) {
			rule.Counters = append(rule.Counters, c.ID)
		}
	}
	service, err := r.services.Service(d.Services[0])
	if err != nil {
		return rule, err
	}
	rule.Reserve.Percent = service.ReservePercent
	if d.ReservePercent != nil {
		rule.Reserve.Percent = *d.ReservePercent
	}
	release := service.Release
	if d.Release != nil {
		release = *d.Release
	}
	rule.Release = plan.Release{Mode: plan.Mode(release.Kind), DaysAhead: release.DaysAhead}
	if b := release.Batch; b != nil {
		weekday, _ := catalogue.Weekday(b.Weekday)
		rule.Release.Weekday, rule.Release.Time, rule.Release.SpanDays = weekday, b.Time, b.SpanDays
	}
	return rule, nil
}

// bookSomebody books a slot for an invented person.
func (r *rooms) bookSomebody(ctx context.Context, random *rand.Rand, slot, service string) error {
	who := demo.People(random, 1)[0]
	_, err := r.book.BookNow(ctx, audit.System, booking.HoldRequest{
		Choice: booking.Choice{SlotID: slot}, Service: service,
		// Without e-mail: the mailbox is for whoever tries the demonstration.
		Details: booking.Details{Applicants: []booking.Applicant{{
			GivenNames: who.GivenNames, Surname: who.Surname, DateOfBirth: who.DateOfBirth,
			Nationality: who.Nationality, DocumentNumber: who.DocumentNumber,
		}}},
		Origin: booking.Origin{Lang: "en", Channel: booking.Staff},
	})
	return err
}
