package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/screening"
)

// visaCase is one application and who works on it.
type visaCase struct {
	*visas
	post     string
	location *time.Location
	officers []string
	who      demo.Traveller
	looked   int // officers who have judged what came close to a list
	number   int

	id, proposal string
	visa         string // the id of the latest, once it is issued
}

// planCase plans the case: what happens after now has not happened.
func (c *visaCase) planCase(start time.Time) {
	r := c.random
	cases := c.applications.cases
	// One officer examines and proposes, another decides.
	first, second := c.staff[c.officers[c.number%len(c.officers)]], c.staff[c.officers[(c.number+1)%len(c.officers)]]
	counter := c.number%5 == 4 // filled in by an officer
	c.plan(start, func(ctx context.Context) error { return c.start(ctx, counter, first) })
	handIn := start.Add(time.Duration(25+r.IntN(40)) * time.Minute)
	if r.IntN(3) == 0 { // in two sittings
		handIn = handIn.Add(time.Duration(20+r.IntN(30)) * time.Hour)
	}
	if c.number == 9 { // somebody leaves it half done
		return
	}
	c.plan(handIn, c.submit)
	c.plan(handIn.Add(2*time.Minute), func(ctx context.Context) error { return c.pay(ctx, c.number%3 > 0 && !counter) })
	at := c.office(handIn, 1)
	c.plan(at, func(ctx context.Context) error { // a conflict when it is paid
		_, err := cases.TakePayment(ctx, first, c.id, "cash")
		return err
	})
	c.plan(at.Add(9*time.Minute), func(ctx context.Context) error {
		_, err := cases.Assign(ctx, first, c.id, first)
		return err
	})
	c.planHits(at, first, second)
	if r.IntN(4) == 0 {
		at = c.office(at, 1)
		c.plan(at, func(ctx context.Context) error {
			_, err := cases.Ask(ctx, first, c.id, "Please tell us at which address you will stay in the first week, and send the booking.", []string{"plan", "papers"})
			return err
		})
		if r.IntN(3) > 0 {
			at = c.office(at, 2+r.IntN(4))
			c.plan(at.Add(-2*time.Hour), func(ctx context.Context) error {
				_, err := cases.Answer(ctx, c.id, "I stay at the address that I gave. The booking is with the other papers.")
				return err
			})
		}
	}
	at = c.office(at, 1+r.IntN(5))
	if r.IntN(3) == 0 {
		c.plan(at, func(ctx context.Context) error {
			_, err := cases.Note(ctx, first, c.id, "Called the hotel: the booking is confirmed.")
			return err
		})
	}
	if c.number == 3 { // left lying
		return
	}
	c.plan(at.Add(20*time.Minute), func(ctx context.Context) error {
		_, err := cases.Examine(ctx, first, c.id)
		return err
	})
	if c.number == 2 && c.post != "moscow" { // left lying too
		return
	}
	proposal := casework.Proposal{Outcome: casework.Grant}
	if c.number%6 == 5 {
		proposal = casework.Proposal{Outcome: casework.Refuse, Reasons: [][]string{{"means", "return"}, {"purpose"}, {"document"}}[r.IntN(3)]}
	}
	at = c.office(at, 1+r.IntN(2))
	c.plan(at, func(ctx context.Context) error {
		if proposal.Outcome == casework.Grant {
			proposal.Terms = c.terms()
		}
		made, err := cases.Propose(ctx, first, c.id, proposal)
		if err == nil {
			c.proposal = made.ID
		}
		return err
	})
	if c.number == 7 {
		return
	}
	at = c.office(at, 1+r.IntN(3))
	c.plan(at, func(ctx context.Context) error {
		_, err := cases.Decide(ctx, second, c.id, c.proposal)
		return err
	})
	if !slices.Contains(leftGranted, c.name()) {
		c.planVisa(at, first, second, counter)
	}
}

// name is how the plans name the case: "london 7".
func (c *visaCase) name() string { return fmt.Sprint(c.post, " ", c.number) }

// planHits has officers look at what came close.
func (c *visaCase) planHits(at time.Time, first, second string) {
	hits := func(ctx context.Context, state screening.State, do func(id string) error) error {
		found, err := c.screening.Hits(ctx, screening.Filter{Ref: "application:" + c.id, State: state, Limit: 20})
		for _, h := range found {
			err = errors.Join(err, do(h.ID))
		}
		return err
	}
	if c.looked == 0 {
		return
	}
	judged := c.office(at, 1)
	c.plan(judged, func(ctx context.Context) error {
		return hits(ctx, screening.Open, func(id string) error {
			return c.screening.Judge(ctx, first, id, screening.Other, "Another birth date and another place of birth; the photograph in the file shows somebody else.")
		})
	})
	if c.looked == 1 {
		return
	}
	c.plan(c.office(judged, 1), func(ctx context.Context) error {
		return hits(ctx, screening.Judged, func(id string) error {
			return c.screening.Confirm(ctx, second, id, "Compared myself; not the same person.")
		})
	})
}

// office is a time at which the post works, days of work after at.
func (c *visaCase) office(at time.Time, days int) time.Time {
	day := at.In(c.location)
	for day = day.AddDate(0, 0, 1); ; day = day.AddDate(0, 0, 1) {
		if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
			continue
		}
		if days--; days <= 0 {
			return time.Date(day.Year(), day.Month(), day.Day(), 9, 10+c.random.IntN(400), 0, 0, c.location)
		}
	}
}

func (c *visaCase) start(ctx context.Context, counter bool, officer string) error {
	b := casework.Beginning{ServiceID: "visa-application", PostID: c.post, Lang: "en", Email: c.who.Email}
	if counter {
		b.Channel, b.Staff, b.Email = casework.ByStaff, officer, ""
	}
	a, err := c.applications.cases.Start(ctx, b)
	if err != nil {
		return err
	}
	c.id = a.ID
	if counter {
		return c.fill(ctx)
	}
	if err := c.applications.cases.SendCode(ctx, c.id); err != nil {
		return err
	}
	if a, err = c.applications.cases.Application(ctx, c.id); err != nil {
		return err
	}
	if _, _, err = c.applications.cases.Confirm(ctx, a.Reference, c.applications.cases.Code(a)); err != nil {
		return err
	}
	return c.fill(ctx)
}

// fill types the pages up to the papers.
func (c *visaCase) fill(ctx context.Context) error {
	pages, err := c.who.Fill(c.random, c.now())
	if err != nil {
		return err
	}
	all := form.Answers{}
	for _, page := range pages {
		if all, err = c.save(ctx, page, all); err != nil {
			return fmt.Errorf("%s %s, %s: %w", c.who.GivenNames, c.who.Surname, page.ID, err)
		}
	}
	return nil
}

// save types one page, as a browser sends it.
func (c *visaCase) save(ctx context.Context, page demo.Page, all form.Answers) (form.Answers, error) {
	given := c.form.ReadPage(page.ID, 0, func(name string) []string {
		if value, ok := page.Typed[name]; ok {
			return []string{value}
		}
		return nil
	})
	normal, err := c.form.CheckPage(page.ID, 0, given, all, c.now().In(c.location).Format(time.DateOnly))
	if err != nil {
		return all, err
	}
	all = c.form.Put(page.ID, 0, normal, all)
	of, _ := c.form.Page(page.ID)
	_, err = c.applications.cases.Save(ctx, c.id, page.ID, 0, casework.Part(of, all))
	return all, err
}

// submit attaches the papers, declares and hands in.
func (c *visaCase) submit(ctx context.Context) error {
	_, content, err := c.applications.cases.Content(ctx, c.id)
	if err != nil {
		return err
	}
	papers := map[string]string{}
	for question, f := range map[string]*upload.File{"photo": c.portraits[c.number%len(c.portraits)], "document_scan": c.scan, "invitation_scan": c.scan} {
		if question == "invitation_scan" && !c.who.Invited() {
			continue
		}
		kept, err := c.applications.cases.Attach(ctx, c.id, casework.File{Question: question, Name: f.Name, MediaType: f.Kind.MediaType()}, f.Data)
		if err != nil {
			return err
		}
		papers[question] = kept.ID
	}
	all, err := c.save(ctx, demo.Page{ID: "papers", Typed: papers}, content.Answers)
	if err != nil {
		return err
	}
	if _, err = c.save(ctx, demo.Page{ID: "declaration", Typed: map[string]string{"filled_by": "applicant", "declared": "yes"}}, all); err != nil {
		return err
	}
	_, err = c.applications.cases.Submit(ctx, c.id)
	return err
}

// pay pays from a distance.
func (c *visaCase) pay(ctx context.Context, online bool) error {
	if !online {
		return nil
	}
	cases := c.applications.cases
	page, err := cases.BeginPayment(ctx, c.id, c.applications.testPay.Name(), "/")
	if err != nil {
		return err
	}
	if _, err := c.applications.testPay.Settle(strings.TrimPrefix(page, c.applications.testPay.Page), true); err != nil {
		return err
	}
	return cases.CheckPayments(ctx, c.id)
}
