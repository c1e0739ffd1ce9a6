package main

import (
	"context"
	"slices"
	"time"

	register "github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/casework"
)

// What becomes of the demonstration's granted cases, by post and number. All the
// others that were granted in time have their visa, which is in force.
var (
	leftGranted = []string{"london 6", "istanbul 4", "berlin 4", "moscow 6"} // nobody has come to issue them
	misspelt    = []string{"berlin 1", "london 4"}                           // corrected since
	lost        = []string{"istanbul 0", "new-delhi 1"}                      // revoked by two officers
	doubted     = []string{"moscow 0", "moscow 1"}                           // one officer has proposed to annul them
)

// terms are what is proposed: usually one journey, and more for those who come
// for business.
func (c *visaCase) terms() map[string]string {
	day := func(months int) string { return c.now().In(c.location).AddDate(0, months, 0).Format(time.DateOnly) }
	terms := map[string]string{casework.TermEntries: "1", casework.TermDays: "30", casework.TermFrom: day(0), casework.TermUntil: day(3)}
	switch {
	case c.who.Purpose == "business":
		terms[casework.TermEntries], terms[casework.TermDays], terms[casework.TermUntil] = "many", "90", day(12)
	case c.number%4 == 0:
		terms[casework.TermEntries] = "2"
	}
	return terms
}

// planVisa plans what happens to the visa of a case that was decided at the time.
// Who came to the counter to apply gets a sticker, and comes for it.
func (c *visaCase) planVisa(at time.Time, first, second string, counter bool) {
	layout := register.EVisa
	if counter {
		layout = []string{register.StickerA, register.StickerB}[c.number/5%2]
	}
	wrong := slices.Contains(misspelt, c.name())
	at = c.office(at, 1)
	c.plan(at, func(ctx context.Context) error { return c.issue(ctx, first, layout, wrong) })
	if counter {
		c.plan(c.office(at, 2), func(ctx context.Context) error {
			_, err := c.applications.cases.Collect(ctx, first, c.id)
			return err
		})
	}
	at = c.office(at, 2)
	if wrong {
		c.plan(at, func(ctx context.Context) error { return c.correct(ctx, second, layout) })
	}
	end := register.Proposal{Kind: register.Revoke, Ground: "document-lost", Authority: "The holder's letter, with the report to the police",
		Reason: "The passport was lost on the way to the airport; the holder will apply again with the new one."}
	switch {
	case slices.Contains(doubted, c.name()):
		end = register.Proposal{Kind: register.Annul, Ground: "false-statement", Authority: "Note of the hotel of this week",
			Reason: "The hotel knows nothing of the booking that was handed in."}
	case !slices.Contains(lost, c.name()):
		return
	}
	proposal := ""
	c.plan(at, func(ctx context.Context) error {
		if c.visa == "" {
			return nil
		}
		proposed, err := c.registers.acts.Propose(ctx, first, c.visa, end)
		if err == nil {
			proposal = proposed.ID
		}
		return err
	})
	if end.Kind == register.Annul {
		return
	}
	c.plan(c.office(at, 1), func(ctx context.Context) error {
		if proposal == "" {
			return nil
		}
		_, err := c.registers.acts.Carry(ctx, second, proposal, "Spoke with the holder.")
		return err
	})
}

// issue enters the visa as the pages do: the case's terms and the person as they
// wrote themselves, but for a letter when something is to be put right.
func (c *visaCase) issue(ctx context.Context, officer, layout string, wrong bool) error {
	found, err := c.applications.cases.Case(ctx, c.id)
	if err != nil || found.State != casework.Granted {
		return err
	}
	applied := register.FromCase(found, register.Decided(found), c.now().In(c.location).Format(time.DateOnly))
	visa := applied
	if wrong {
		visa.SurnameLatin = visa.SurnameLatin[:len(visa.SurnameLatin)-1]
	}
	_, photo, err := c.applications.cases.File(ctx, c.id, register.PhotoID(found))
	if err != nil {
		return err
	}
	name, err := c.postName(ctx)
	if err != nil {
		return err
	}
	made, _, err := c.registers.acts.Issue(ctx, register.Issue{StaffID: officer, ApplicationID: c.id, PostID: c.post, PostName: name, Visa: visa, Applied: applied, Photo: photo, Layout: layout})
	if err == nil {
		c.visa = made.ID
	}
	return err
}

// correct puts back the letter that was missing.
func (c *visaCase) correct(ctx context.Context, officer, layout string) error {
	if c.visa == "" {
		return nil
	}
	found, err := c.applications.cases.Case(ctx, c.id)
	if err != nil {
		return err
	}
	name, err := c.postName(ctx)
	if err != nil {
		return err
	}
	made, _, err := c.registers.acts.Correct(ctx, register.Correction{StaffID: officer, ActID: c.visa, Ground: "misspelt", Authority: "The passport, shown at the post",
		Reason: "The last letter of the surname was left out.", Visa: register.FromCase(found, register.Decided(found), c.now().Format(time.DateOnly)), PostName: name, Layout: layout})
	if err == nil {
		c.visa = made.ID
	}
	return err
}

// postName is how papers name the post.
func (c *visaCase) postName(ctx context.Context) (string, error) {
	at, err := c.posts.Get(ctx, c.post)
	return at.Name.In("az") + " / " + at.Name.In("en"), err
}
