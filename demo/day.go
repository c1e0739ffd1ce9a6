package demo

import (
	"math/rand/v2"
	"time"
)

// Visit is somebody at a post's door on one day.
type Visit struct {
	Service     string
	Party       int
	Minutes     int       // how long the service usually takes one person
	Appointment time.Time // zero for somebody without one
	Arrived     time.Time

	ready time.Time // from when on they can be called

	// WorkDay says how it went. Called, Begun and Finished are zero for people
	// who left before they were called.
	Counter                 int
	Called, Begun, Finished time.Time
}

// Left says whether nobody called them.
func (v *Visit) Left() bool { return v.Called.IsZero() }

// turn is when they would be called if all went by the clock.
func (v *Visit) turn() time.Time {
	const courtesy = 20 * time.Minute // appointments of this time go first
	switch {
	case v.Appointment.IsZero():
		return v.Arrived.Add(courtesy)
	case v.Arrived.After(v.Appointment):
		return v.Arrived
	}
	return v.Appointment
}

// Arrival gives when people with an appointment come: most a little early, few
// late.
func Arrival(r *rand.Rand, appointment time.Time) time.Time {
	minutes := -9 + 8*r.NormFloat64()
	return appointment.Add(time.Duration(min(25, max(-45, minutes)) * float64(time.Minute))).Truncate(time.Second)
}

// WorkDay lets counters, each of which serves some services, work through the
// visits of a day from opens on: whoever has the next turn among those who are
// there goes first. The desk takes some minutes with each, and officers do not
// call people long before their time. Those whom nobody could call before
// closes have left.
func WorkDay(r *rand.Rand, visits []*Visit, counters []func(service string) bool, opens, closes time.Time) {
	const early = 10 * time.Minute
	for _, v := range visits {
		v.ready = v.Arrived.Add(time.Duration(90+r.IntN(330)) * time.Second)
		if !v.Appointment.IsZero() {
			v.ready = later(v.ready, v.Appointment.Add(-early))
		}
	}
	free := make([]time.Time, len(counters))
	for i := range free { // not every officer is at the counter on the dot
		free[i] = opens.Add(time.Duration(r.IntN(12)) * time.Minute)
	}
	shut := make([]bool, len(counters))
	for {
		c := -1
		for i := range counters {
			if !shut[i] && (c < 0 || free[i].Before(free[c])) {
				c = i
			}
		}
		if c < 0 {
			return
		}
		v := next(visits, counters[c], free[c])
		if v == nil {
			shut[c] = true
			continue
		}
		called := later(free[c], v.ready)
		if called.After(closes) {
			shut[c] = true
			continue
		}
		v.Counter, v.Called = c, called
		v.Begun = called.Add(time.Duration(15+r.IntN(75)) * time.Second)
		// A second and third person of a family take less than the first.
		length := float64(v.Minutes) * (0.7 + 0.8*r.Float64()) * (1 + 0.45*float64(v.Party-1))
		v.Finished = v.Begun.Add(time.Duration(length * float64(time.Minute))).Truncate(time.Second)
		free[c] = v.Finished.Add(time.Duration(20+r.IntN(60)) * time.Second)
	}
}

// next finds who goes to a counter that is free from then on: of those who can
// be called by then the one with the earliest turn, else who can be first.
func next(visits []*Visit, serves func(string) bool, then time.Time) *Visit {
	var there, coming *Visit
	for _, v := range visits {
		switch {
		case !v.Called.IsZero() || !serves(v.Service):
		case v.ready.After(then):
			if coming == nil || v.ready.Before(coming.ready) {
				coming = v
			}
		case there == nil || v.turn().Before(there.turn()):
			there = v
		}
	}
	if there != nil {
		return there
	}
	return coming
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
