package lookback

import (
	"maps"
	"slices"
)

// Tally counts what became of the bookings and visits of some days.
// Bookings = Came + Missed + Unrecorded + Early + Late + Voided.
type Tally struct {
	Bookings, People int // people on those bookings
	Came             int
	Missed           int
	Unrecorded       int
	Early, Late      int // cancelled, with notice or without
	Voided           int
	Channels         map[string]int // bookings by booking.Channel

	Visits    int // tickets of the queue, appointments and walk-ins
	WalkIns   int
	NotCalled int // of Visits
	// Wait is from arrival to the first call, of all visits that were called;
	// Beyond, of appointments, what of it lies after the appointed time.
	Wait, Beyond Waits
}

// MissedShare is missed / (came + missed); ok is false when nothing is recorded.
func (t *Tally) MissedShare() (share float64, ok bool) { return ratio(t.Missed, t.Came+t.Missed) }

// Cancelled is all cancelled bookings.
func (t *Tally) Cancelled() int { return t.Early + t.Late }

// Empty says whether there is nothing to tell.
func (t *Tally) Empty() bool { return t.Bookings == 0 && t.Visits == 0 }

// add counts o in.
func (t *Tally) add(o *Tally) {
	t.Bookings += o.Bookings
	t.People += o.People
	t.Came += o.Came
	t.Missed += o.Missed
	t.Unrecorded += o.Unrecorded
	t.Early += o.Early
	t.Late += o.Late
	t.Voided += o.Voided
	t.Visits += o.Visits
	t.WalkIns += o.WalkIns
	t.NotCalled += o.NotCalled
	if t.Channels == nil {
		t.Channels = map[string]int{}
	}
	for channel, n := range o.Channels {
		t.Channels[channel] += n
	}
	t.Wait.add(o.Wait)
	t.Beyond.add(o.Beyond)
}

// Use counts places of slots.
type Use struct {
	Slots, Planned, Taken int
}

// Share is taken / planned; above 1 when people were seated over the plan. ok
// is false when nothing was planned.
func (u Use) Share() (share float64, ok bool) { return ratio(u.Taken, u.Planned) }

func (u *Use) add(o Use) {
	u.Slots += o.Slots
	u.Planned += o.Planned
	u.Taken += o.Taken
}

func ratio(part, whole int) (float64, bool) {
	if whole == 0 {
		return 0, false
	}
	return float64(part) / float64(whole), true
}

// Waits is a histogram of whole minutes.
type Waits struct {
	minutes map[int]int
	n       int
}

// Count says how many waits there are.
func (w Waits) Count() int { return w.n }

func (w *Waits) put(minutes, times int) {
	if w.minutes == nil {
		w.minutes = map[int]int{}
	}
	w.minutes[minutes] += times
	w.n += times
}

func (w *Waits) add(o Waits) {
	for minutes, times := range o.minutes {
		w.put(minutes, times)
	}
}

// Quantile gives, in minutes, the smallest wait that at least percent of all do
// not exceed (nearest rank); ok is false when there is none. percent is 1 to 100.
func (w Waits) Quantile(percent int) (minutes int, ok bool) {
	if w.n == 0 {
		return 0, false
	}
	rank := (w.n*percent + 99) / 100
	for _, m := range sortedKeys(w.minutes) {
		if rank -= w.minutes[m]; rank <= 0 {
			return m, true
		}
	}
	return 0, false
}

// Median is the Quantile of 50 percent.
func (w Waits) Median() (minutes int, ok bool) { return w.Quantile(50) }

// P90 is the Quantile of 90 percent.
func (w Waits) P90() (minutes int, ok bool) { return w.Quantile(90) }

func sortedKeys(m map[int]int) []int { return slices.Sorted(maps.Keys(m)) }
