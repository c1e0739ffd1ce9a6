package mrz

import (
	"fmt"
	"time"
)

// Date is a date of a zone; a part that is 0 is not known.
type Date struct{ Year, Month, Day int }

// String writes the date in EDTF level 1: "1974-08-12", "1974-08", "1974";
// unspecified digits in front of known ones as X, and "" when nothing is known.
func (d Date) String() string {
	switch {
	case d == Date{}:
		return ""
	case d.Day != 0 && d.Month != 0 && d.Year != 0:
		return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
	case d.Day == 0 && d.Month != 0 && d.Year != 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	case d.Day == 0 && d.Month == 0:
		return fmt.Sprintf("%04d", d.Year)
	}
	part := func(n, width int) string {
		if n == 0 {
			return "XXXX"[:width]
		}
		return fmt.Sprintf("%0*d", width, n)
	}
	return part(d.Year, 4) + "-" + part(d.Month, 2) + "-" + part(d.Day, 2)
}

// Known says whether all parts are known.
func (d Date) Known() bool { return d.Year != 0 && d.Month != 0 && d.Day != 0 }

// zone writes the date as YYMMDD with fillers for what is not known.
func (d Date) zone() string {
	part := func(n int) string {
		if n == 0 {
			return "<<"
		}
		return fmt.Sprintf("%02d", n%100)
	}
	return part(d.Year) + part(d.Month) + part(d.Day)
}

// real says whether the known parts can be a date. February has 29 days when
// the year is not known.
func (d Date) real() bool {
	if d.Year < 0 || d.Month < 0 || d.Month > 12 || d.Day < 0 || d.Day > 31 {
		return false
	}
	if d.Month == 0 || d.Day == 0 {
		return true
	}
	year := d.Year
	if year == 0 {
		year = 2000
	}
	return time.Date(year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC).Day() == d.Day
}

// after says whether d begins after the day of now.
func (d Date) after(now time.Time) bool {
	return d.Year > now.Year() || d.Year == now.Year() &&
		(d.Month > int(now.Month()) || d.Month == int(now.Month()) && d.Day > now.Day())
}

// Expiry dates may lie this many years back; the window is a century.
const expiredYears = 50

// readDate reads YYMMDD. birth chooses the century: a birth lies in the hundred
// years up to now, so somebody older than a hundred is read as a child; an
// expiry lies from 50 years before now to 49 after. ok is false for what is not
// a date.
func readDate(s string, birth bool, now time.Time) (d Date, ok bool) {
	year, known, ok1 := pair(s[0:2])
	month, knownMonth, ok2 := pair(s[2:4])
	day, knownDay, ok3 := pair(s[4:6])
	if !ok1 || !ok2 || !ok3 || knownMonth && month == 0 || knownDay && day == 0 {
		return Date{}, false
	}
	d = Date{Month: month, Day: day}
	if known {
		first := now.Year() - expiredYears
		if birth {
			first = now.Year() - 99
		}
		d.Year = first + (year-first%100+100)%100
		if birth && d.after(now) {
			d.Year -= 100
		}
	}
	return d, d.real()
}

// pair reads two digits, or two fillers for what is not known.
func pair(s string) (n int, known, ok bool) {
	if s == "<<" {
		return 0, false, true
	}
	if s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return 0, false, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), true, true
}
