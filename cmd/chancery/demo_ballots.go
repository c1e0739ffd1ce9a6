package main

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/ballot"
	"github.com/chancery/chancery/internal/booking/draw"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/store"
)

// silent keeps the demonstration's mailbox for those who try it.
type silent struct{}

func (silent) Enqueue(context.Context, *store.Tx, ...notify.Message) error { return nil }

// loadBallots holds one draw in the past days and opens another, at the first
// posts whose places go by draw: through the same rooms, with a clock that is
// set back.
func (r *rooms) loadBallots(ctx context.Context, random *mathrand.Rand) error {
	var clock atomic.Int64
	now := func() time.Time { return time.UnixMilli(clock.Load()).UTC() }
	booker := ballot.Booker{Book: r.book, Services: r.services, Posts: r.posts}
	draws := draw.New(r.db, r.keys, r.trail, silent{}, booker, rand.Reader, now)
	rounds := &ballot.Rounds{Draws: draws, Book: r.book, Services: r.services, Posts: r.posts, Keys: r.keys, Now: now}
	today := r.server.Now().Truncate(time.Hour)
	day := 24 * time.Hour
	made := 0
	posts, err := r.posts.List(ctx)
	if err != nil {
		return err
	}
	for _, s := range r.services.Services() {
		for _, p := range posts {
			if s.Release.Ballot == nil || !p.Offers(s.ID) || made == 2 {
				continue
			}
			opens, closes := today.Add(-6*day), today.Add(-2*time.Hour)
			if made == 1 {
				opens, closes = today.Add(-day), today.Add(3*day)
			}
			// Days that no coming round gives out.
			aside := booking.Aside{PostID: p.ID, Service: s.ID, From: today.Add(8 * day), To: today.Add(12 * day)}
			if there, err := r.book.AwaitBallot(ctx, aside); err != nil {
				return err
			} else if !there {
				continue
			}
			clock.Store(opens.Add(-day).UnixMilli())
			id := p.ID + "-" + s.ID + "-" + opens.In(p.Location()).Format(time.DateOnly)
			if _, err := draws.Announce(ctx, "system", draw.Announcement{
				ID: id, PostID: p.ID, ServiceID: s.ID, Title: s.Title, OpensAt: opens, ClosesAt: closes, DrawsAt: closes.Add(time.Hour),
			}); err != nil {
				return fmt.Errorf("announce a ballot: %w", err)
			}
			places, err := r.book.SetAside(ctx, audit.System, id, aside)
			if err != nil {
				return err
			}
			clock.Store(opens.Add(time.Minute).UnixMilli())
			if err := enterBallot(ctx, rounds, id, random, max(12, places*3/2)); err != nil {
				return fmt.Errorf("enter a ballot: %w", err)
			}
			clock.Store(today.UnixMilli())
			if err := draws.Tick(ctx); err != nil {
				return err
			}
			made++
		}
	}
	return nil
}

// enterBallot enters so many invented people, without e-mail.
func enterBallot(ctx context.Context, rounds *ballot.Rounds, id string, random *mathrand.Rand, entries int) error {
	for _, who := range demo.People(random, entries) {
		t, err := rounds.Enter(ctx, ballot.Entry{
			BallotID: id, Wants: []string{draw.Any}, Origin: booking.Origin{Lang: "en", Channel: booking.Ballot},
			Details: booking.Details{Applicants: []booking.Applicant{{
				GivenNames: who.GivenNames, Surname: who.Surname, DateOfBirth: who.DateOfBirth, Nationality: who.Nationality, DocumentNumber: who.DocumentNumber,
			}}},
		})
		if err != nil {
			return err
		}
		if _, err := rounds.Draws.Confirm(ctx, t.ID, rounds.Draws.Code(t)); err != nil {
			return err
		}
	}
	return nil
}
