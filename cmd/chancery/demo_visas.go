package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/form/upload"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/store"
)

// visaPosts are where the demonstration's travellers apply, with how many, and
// who works there: the one proposes, the other decides, turn about.
var visaPosts = []struct {
	id       string
	cases    int
	officers []string
}{
	{"london", 14, []string{"london.officer", "london.officer2", "london.head"}},
	{"istanbul", 10, []string{"istanbul.officer", "istanbul.head"}},
	{"moscow", 9, []string{"moscow.officer", "moscow.head"}},
	{"berlin", 9, []string{"berlin.officer", "berlin.head"}},
	{"new-delhi", 10, []string{"delhi.officer", "delhi.head"}},
}

// visaMatches are those who come close to an entry of a watch list, by post and
// number, and how many officers have looked at it so far.
var visaMatches = map[string]struct {
	who    string
	looked int
}{
	"london 1": {"mithali", 2}, "london 10": {"primerova", 0}, "london 7": {"muster", 0}, "istanbul 6": {"ashdown", 1},
	"moscow 2": {"beispiel", 2}, "berlin 6": {"ficticio", 0}, "new-delhi 8": {"nemo", 1},
}

// act is one thing that somebody does at a time.
type act struct {
	at time.Time
	do func(context.Context) error
}

// visas are the demonstration's applications for visas and its watch lists: what
// is done to them in the past month, in order.
type visas struct {
	*past
	random *rand.Rand
	form   *form.Definition
	staff  staffIDs
	acts   []act
	next   int
	// The papers are the same for everybody, and taken as from anybody.
	portraits []*upload.File
	scan      *upload.File
}

// sent is an outbox whose mail has arrived in the past month.
type sent struct{}

func (sent) Enqueue(context.Context, *store.Tx, ...notify.Message) error { return nil }
func (sent) Wake()                                                       {}

// planVisas decides who applies for what and when, and what becomes of it.
func (p *past) planVisas(ctx context.Context, staff staffIDs) (*visas, error) {
	v := &visas{past: p, random: rand.New(rand.NewPCG(2023, 58)), staff: staff}
	var ok bool
	if v.form, ok = p.applications.forms.For("visa-application"); !ok {
		return nil, errors.New("the catalogue has no visa application")
	}
	if err := v.drawPapers(ctx); err != nil {
		return nil, err
	}
	v.planLists(v.staff["ministry.head"])
	matches := demo.WhoMatches()
	for _, one := range visaPosts {
		location := time.UTC
		for _, p := range p.all {
			if p.ID == one.id {
				location = p.Location()
			}
		}
		for i := range one.cases {
			// More or less one after the other over the month.
			start := p.now().Add(time.Duration((float64(i) + v.random.Float64()) * float64(p.until.Sub(p.now())) / float64(one.cases)))
			c := &visaCase{visas: v, post: one.id, location: location, officers: one.officers, number: i}
			listed := visaMatches[c.name()]
			c.who, c.looked = demo.NewTraveller(v.random, start), listed.looked
			if listed.who != "" {
				c.who = matches[listed.who]
			}
			c.planCase(start)
		}
	}
	slices.SortStableFunc(v.acts, func(a, b act) int { return a.at.Compare(b.at) })
	return v, nil
}

// drawPapers takes drawn pictures by the way that every upload goes.
func (v *visas) drawPapers(ctx context.Context) error {
	intake := upload.New(nil)
	for n := range demo.Portraits {
		drawn, err := demo.Portrait(n)
		if err != nil {
			return err
		}
		f, err := intake.Take(ctx, "portrait.jpg", bytes.NewReader(drawn), upload.Portraits())
		if err != nil {
			return fmt.Errorf("take a drawn portrait: %w", err)
		}
		v.portraits = append(v.portraits, f)
	}
	drawn, err := demo.Scan()
	if err != nil {
		return err
	}
	v.scan, err = intake.Take(ctx, "passport.jpg", bytes.NewReader(drawn), upload.Papers(3))
	return err
}

func (v *visas) plan(at time.Time, do func(context.Context) error) {
	v.acts = append(v.acts, act{at, do})
}

// planLists has the watch lists taken over, renewed and thinned out.
func (v *visas) planLists(head string) {
	take := func(list screening.List, name string) func(context.Context) error {
		return func(ctx context.Context) error {
			text, err := demo.WatchList(name)
			if err != nil {
				return err
			}
			_, err = v.screening.Import(ctx, head, list, screening.Source{Name: name, On: -1}, bytes.NewReader(text))
			return err
		}
	}
	from := v.now()
	v.plan(from.Add(time.Hour), take(screening.UN, demo.UNBefore))
	v.plan(from.Add(time.Hour+2*time.Minute), take(screening.National, demo.Restrictions))
	v.plan(from.Add(time.Hour+3*time.Minute), take(screening.Documents, demo.LostDocuments))
	v.plan(from.AddDate(0, 0, 9), func(ctx context.Context) error {
		return v.screening.Remove(ctx, head, demo.MediaNames(), demo.MediaRemoval)
	})
	v.plan(v.until.AddDate(0, 0, -3), take(screening.UN, demo.UNNow))
	for day := from.Add(90 * time.Minute); day.Before(v.until); day = day.AddDate(0, 0, 1) {
		v.plan(day, func(ctx context.Context) error {
			_, err := v.applications.cases.Tick(ctx)
			return err
		})
	}
}

// advance does what is to be done before end.
func (v *visas) advance(ctx context.Context, end time.Time) error {
	for ; v.next < len(v.acts) && v.acts[v.next].at.Before(end); v.next++ {
		if at := v.acts[v.next].at; at.After(v.now()) {
			v.clock.Store(at.UnixMilli())
		}
		// What does not fit any more (the case waits, or is decided) is left.
		if err := v.acts[v.next].do(ctx); err != nil && fault.KindOf(err) != fault.Conflict && fault.KindOf(err) != fault.Forbidden {
			return err
		}
	}
	return nil
}
