package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/lookback"
	"github.com/chancery/chancery/internal/booking/plan"
	"github.com/chancery/chancery/internal/booking/queue"
	"github.com/chancery/chancery/internal/document/verify"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/store"
)

const (
	// pastDays is how many days of the demonstration lie behind it.
	pastDays = 31
	// pastStep is how far the clock moves at once.
	pastStep = 3 * time.Hour
	// drawnDays is for how many days the ballots have been drawn.
	drawnDays = 7
)

// past is the demonstration's rooms with a clock that was set back by a month
// and runs through it in minutes: the same book, plan and queue as on any day,
// so that what they show afterwards is what they did.
type past struct {
	rooms
	clock  atomic.Int64
	until  time.Time // when it ends: now
	random *rand.Rand
	queue  *queue.Service
	all    []post.Post
	wishes []*wish
	days   map[postDay][]*wish
}

type postDay struct{ post, date string }

// wish is a booking that somebody makes, and perhaps gives back.
type wish struct {
	slot, post, date, service string
	start                     time.Time
	at, cancel                time.Time
	channel                   booking.Channel
	people                    []booking.Applicant
	lang                      string
	network, browser          string
	id                        string // once it is booked
	gone                      bool
}

func (p *past) now() time.Time { return time.UnixMilli(p.clock.Load()).UTC() }

// newPast opens the rooms of the past. Its book is to be closed.
func (r *rooms) newPast(random *rand.Rand) (*past, error) {
	p := &past{rooms: *r, until: r.server.Now(), random: random, days: map[postDay][]*wish{}}
	p.clock.Store(p.until.AddDate(0, 0, -pastDays).Truncate(24 * time.Hour).UnixMilli())
	p.trail = audit.New(p.now)
	// What it remembers of posts it forgets by the real clock, or it would read
	// them anew with every step.
	p.posts = post.New(r.db, p.trail, r.services, r.server.Now)
	p.book = booking.Open(booking.Options{DB: r.db, Ring: r.keys, Offer: offer{r.services, p.posts}, Audit: p.trail, Outbox: notify.NewOutbox(r.db, p.now), Now: p.now})
	p.plans = plan.New(r.db, p.book, p.posts, p.now)
	p.queue = queue.New(r.db, p.book, p.posts, p.trail, p.now)
	p.leads = lookback.NewLeads(r.db, p.posts, r.services, p.now)
	p.screening = newScreening(r.db, r.keys, p.trail, p.now, func(ctx context.Context, tx *store.Tx, ref string) error {
		return p.applications.cases.SettleIn(ctx, tx, ref)
	})
	p.applications.cases = p.newCases(sent{}, p.now)
	p.registers.acts = p.newActs(sent{}, verify.New(r.db, r.keys, p.now), p.now)
	var err error
	p.staff, err = identity.New(identity.Options{DB: r.db, Keys: r.keys, Audit: p.trail, Now: p.now, BaseURL: r.server.BaseURL()})
	return p, err
}

// live lets the month pass.
func (p *past) live(ctx context.Context, staff staffIDs) error {
	var err error
	if p.all, err = p.posts.List(ctx); err != nil {
		return err
	}
	if err := p.wishAll(ctx); err != nil {
		return err
	}
	// The draws of the past are told as if nobody had entered them in time.
	for _, one := range p.all {
		for _, service := range one.Services {
			aside := booking.Aside{PostID: one.ID, Service: service, From: p.now(), To: p.until.AddDate(0, 0, drawnDays)}
			if err := p.book.ReleaseMissed(ctx, aside); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(p.wishes, func(a, b *wish) int { return a.at.Compare(b.at) })
	cancels := slices.DeleteFunc(slices.Clone(p.wishes), func(w *wish) bool { return w.cancel.IsZero() })
	slices.SortStableFunc(cancels, func(a, b *wish) int { return a.cancel.Compare(b.cancel) })
	made, cancelled := 0, 0
	today, mischiefs := map[string]string{}, plots()
	visas, err := p.planVisas(ctx, staff)
	if err != nil {
		return err
	}
	from, shown := p.now(), newProgress("Loading the demonstration's past month, once")
	for t := p.now(); t.Before(p.until); t = t.Add(pastStep) {
		p.clock.Store(t.UnixMilli())
		shown.at(int(t.Sub(from)/pastStep), int(p.until.Sub(from)/pastStep))
		if err := p.endDays(ctx, t, today); err != nil {
			return err
		}
		end := t.Add(pastStep)
		first := made
		for made < len(p.wishes) && p.wishes[made].at.Before(end) {
			made++
		}
		if err := each(p.wishes[first:made], func(w *wish) error { return p.fulfil(ctx, w) }); err != nil {
			return err
		}
		first = cancelled
		for cancelled < len(cancels) && cancels[cancelled].cancel.Before(end) {
			cancelled++
		}
		if err := each(cancels[first:cancelled], func(w *wish) error { return p.giveBack(ctx, w) }); err != nil {
			return err
		}
		if _, err := p.book.ReleaseLots(ctx, 5000); err != nil {
			return err
		}
		for _, m := range mischiefs {
			if err := m.advance(ctx, p, end); err != nil {
				return err
			}
		}
		if err := visas.advance(ctx, end); err != nil {
			return fmt.Errorf("applications for visas: %w", err)
		}
		switch t.Hour() {
		case 6, 9, 18: // at nine or soon after somewhere
			if _, err := p.leads.Look(ctx); err != nil {
				return err
			}
		}
	}
	shown.at(1, 1)
	p.clock.Store(p.until.UnixMilli())
	for _, one := range p.all {
		if err := p.openDay(ctx, one); err != nil {
			return fmt.Errorf("today at %s: %w", one.ID, err)
		}
	}
	return nil
}

// endDays writes down the days of posts where it is past midnight since the
// step before; today remembers which day it was where.
func (p *past) endDays(ctx context.Context, t time.Time, today map[string]string) error {
	var days []queue.PaperDay
	for _, one := range p.all {
		date := t.In(one.Location()).Format(time.DateOnly)
		if was := today[one.ID]; was != "" && was != date {
			paper, err := p.over(ctx, one, was)
			if err != nil {
				return fmt.Errorf("%s at %s: %w", was, one.ID, err)
			}
			if len(paper.Tickets)+len(paper.Absent) > 0 {
				days = append(days, paper)
			}
		}
		today[one.ID] = date
	}
	return p.queue.Load(ctx, audit.System, days...)
}

// wishAll decides who books which slot and when. What is wished is possible:
// nobody takes a place that another has wished for.
func (p *past) wishAll(ctx context.Context) error {
	from := p.now()
	return store.Each(ctx, p.db.Read(), func(rows *sql.Rows) error {
		var id, at, group, date, ballot string
		var starts, opens int64
		var places int
		if err := rows.Scan(&id, &at, &group, &date, &starts, &opens, &places, &ballot); err != nil {
			return err
		}
		start, open := store.Time(starts), store.Time(opens)
		drawn := open.Equal(booking.Unreleased)
		if drawn {
			open = time.Time{}
		}
		ahead := int(start.Sub(p.until).Hours() / 24)
		if ballot != "" || drawn && ahead >= drawnDays { // still to be drawn
			return nil
		}
		d := demo.DemandAt(at, group)
		chance := d.Chance(start, ahead)
		for left := places; left > 0 && p.random.Float64() < chance; {
			w := &wish{slot: id, post: at, date: date, start: start}
			if err := p.fill(w, group, left); err != nil {
				return err
			}
			left -= len(w.people)
			w.at = start.Add(-d.Lead(p.random))
			if w.at.After(p.until) { // it is booked already, some time before now
				w.at = p.until.Add(-time.Duration(p.random.Float64() * float64(9*24*time.Hour)))
			}
			if drawn {
				w.channel = booking.Ballot
			}
			for _, bound := range []time.Time{from, open} {
				if w.at.Before(bound) {
					w.at = bound.Add(time.Duration(p.random.IntN(180)) * time.Minute)
				}
			}
			if !w.at.Before(start.Add(-pastStep)) || w.at.After(p.until) {
				continue
			}
			p.add(w)
			if err := p.change(w, group); err != nil {
				return err
			}
		}
		return nil
	}, `SELECT id, post_id, group_id, local_date, starts_at, opens_at, planned, ballot_id FROM slot WHERE starts_at >= $1 ORDER BY post_id, starts_at, group_id, rule_id`,
		store.Millis(from))
}

func (p *past) add(w *wish) {
	p.wishes = append(p.wishes, w)
	if day := (postDay{w.post, w.date}); w.start.Before(p.until.AddDate(0, 0, 2)) {
		p.days[day] = append(p.days[day], w)
	}
}

// change lets one in twelve think better of it, and mostly somebody else take
// the places once they are free again.
func (p *past) change(w *wish, group string) error {
	if p.random.IntN(12) != 0 {
		return nil
	}
	w.cancel = w.at.Add(time.Duration(p.random.Float64() * float64(w.start.Sub(w.at))))
	other := &wish{slot: w.slot, post: w.post, date: w.date, start: w.start, at: w.cancel.Add(7*time.Hour + time.Duration(p.random.IntN(30))*time.Hour)}
	if !other.at.Before(w.start.Add(-pastStep)) || other.at.After(p.until) {
		return nil
	}
	if err := p.fill(other, group, len(w.people)); err != nil {
		return err
	}
	p.add(other)
	return nil
}

// fill invents the people, at most so many.
func (p *past) fill(w *wish, group string, most int) error {
	services := strings.Split(group, "+")
	w.service = services[len(services)-1] // what most come for
	if x := p.random.IntN(3 * len(services)); x < len(services) {
		w.service = services[x]
	}
	service, err := p.services.Service(w.service)
	if err != nil {
		return err
	}
	size := demo.PartySize(p.random, w.service, min(most, service.MaxParty))
	party := demo.Party(p.random, service, size, w.start)
	for _, who := range party {
		// Without e-mail: the mailbox is for whoever tries the demonstration.
		w.people = append(w.people, booking.Applicant{GivenNames: who.GivenNames, Surname: who.Surname, DateOfBirth: who.DateOfBirth,
			Nationality: who.Nationality, DocumentNumber: who.DocumentNumber})
	}
	w.lang = party[0].Language
	switch x := p.random.IntN(100); {
	case x < 76:
		w.channel = booking.Web
	case x < 90:
		w.channel = booking.Staff
	case x < 95:
		w.channel = booking.API
	default:
		w.channel = booking.WaitingList
	}
	return nil
}

// fulfil books. Two invented people may happen to be one: then the second goes
// away.
func (p *past) fulfil(ctx context.Context, w *wish) error {
	k, err := p.book.BookNow(ctx, audit.System, booking.HoldRequest{
		Choice: booking.Choice{SlotID: w.slot}, Service: w.service, Details: booking.Details{Applicants: w.people},
		Origin: booking.Origin{Lang: w.lang, Channel: w.channel, NetworkKey: w.network, BrowserKey: w.browser},
	})
	if f := fault.As(err); f != nil && f.Kind == fault.Conflict {
		w.gone = true
		return nil
	}
	if err != nil {
		return err
	}
	w.id = k.ID
	return nil
}

func (p *past) giveBack(ctx context.Context, w *wish) error {
	if w.gone || w.id == "" {
		return nil
	}
	_, err := p.book.Cancel(ctx, audit.Applicant, w.id, "")
	if f := fault.As(err); f != nil && f.Kind == fault.Conflict {
		return nil // too late
	}
	w.gone = err == nil
	return err
}

// mischief is what the review of suspicious patterns is for.
type mischief struct {
	post, service string
	before, apart time.Duration // before now, and between two bookings
	oneBrowser    bool
	left          int // bookings
}

// plots are a program that books for money, and a library that only looks like
// one.
func plots() []*mischief {
	return []*mischief{
		{post: "london", service: "passport-renewal", left: 9, before: 26 * time.Hour, apart: 7 * time.Second, oneBrowser: true},
		{post: "istanbul", service: "power-of-attorney", left: 6, before: 50 * time.Hour, apart: 5 * time.Hour},
	}
}

// advance makes the bookings that are due before end.
func (m *mischief) advance(ctx context.Context, p *past, end time.Time) error {
	for at := p.until.Add(-m.before); m.left > 0 && at.Before(end); at = p.until.Add(-m.before) {
		if at.After(p.now()) {
			p.clock.Store(at.UnixMilli())
		}
		free, err := p.book.Slots(ctx, booking.Query{PostID: m.post, Service: m.service, From: p.until.AddDate(0, 0, 3), To: p.until.AddDate(0, 0, 28), Places: 1})
		if err != nil || len(free) == 0 {
			return err
		}
		w := &wish{slot: free[0].ID, start: free[0].Start, post: m.post}
		if err := p.fill(w, m.service, 1); err != nil {
			return err
		}
		w.channel, w.network = booking.Web, p.keys.LookupKey("demonstration", m.post)
		if m.oneBrowser {
			w.browser = w.network
		}
		if err := p.fulfil(ctx, w); err != nil {
			return err
		}
		m.left--
		m.before -= m.apart
	}
	return nil
}

// each does something to all wishes at the same time, as on a busy day: the
// book commits them in groups.
func each(wishes []*wish, do func(*wish) error) error {
	const atOnce = 256
	var wait sync.WaitGroup
	faults := make([]error, atOnce)
	for i := range min(atOnce, len(wishes)) {
		wait.Go(func() {
			for k := i; k < len(wishes) && faults[i] == nil; k += atOnce {
				faults[i] = do(wishes[k])
			}
		})
	}
	wait.Wait()
	return errors.Join(faults...)
}
