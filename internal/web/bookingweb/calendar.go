package bookingweb

import (
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/locale"
)

// calendar is one month of days, in weeks from Monday.
type calendar struct {
	Month         time.Time
	Before, After string // addresses of the other months, when they have places
	Weekdays      []time.Time
	Weeks         [][]*dayCell // nil for the days of other months
}

// dayCell is a day of the calendar; without a Path it has no places.
type dayCell struct {
	Number        int
	Path          string
	Label         string // for those who hear the page
	Times         int
	Few           bool
	Chosen, Today bool
}

// few times are marked, so that people see where it gets tight.
const few = 3

func newCalendar(printer *locale.Printer, month time.Time, slots []booking.Slot, today, chosen, address string) *calendar {
	c := &calendar{Month: month}
	times := map[string]int{}
	for _, s := range slots {
		times[s.Date]++
	}
	for i := range 7 {
		// The second of February 2026 was a Monday.
		c.Weekdays = append(c.Weekdays, time.Date(2026, 2, 2+i, 0, 0, 0, 0, time.UTC))
	}
	// Days are counted in UTC: a day on which clocks change has no midnight in
	// some zones.
	first := time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, time.UTC)
	week := make([]*dayCell, (int(first.Weekday())+6)%7, 7)
	for day := first; day.Month() == first.Month(); day = day.AddDate(0, 0, 1) {
		date := day.Format(time.DateOnly)
		cell := &dayCell{Number: day.Day(), Times: times[date], Chosen: date == chosen, Today: date == today}
		if cell.Times > 0 {
			cell.Path = with(address, "date", date) + "#times"
			cell.Few = cell.Times <= few
			cell.Label = printer.LongDate(day) + ", " + printer.T("bookingweb.times.count", "Count", cell.Times)
		}
		if week = append(week, cell); len(week) == 7 {
			if date >= today { // weeks that are over only push the others down
				c.Weeks = append(c.Weeks, week)
			}
			week = make([]*dayCell, 0, 7)
		}
	}
	if len(week) > 0 {
		c.Weeks = append(c.Weeks, append(week, make([]*dayCell, 7-len(week))...))
	}
	return c
}
