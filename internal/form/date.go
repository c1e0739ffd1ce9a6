package form

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Years outside of these are mistakes of typing.
const (
	minYear = 1850
	maxYear = 2200
)

// Date is a date of which the day, or the month and the day, may be unknown (0).
type Date struct{ Year, Month, Day int }

var errNoDate = errors.New("no date")

// edtf is EDTF level 0's year, month and day, and level 1's "XX" for parts that
// are unspecified.
var edtf = regexp.MustCompile(`^([0-9]{4})(?:-([0-9]{2}|XX)(?:-([0-9]{2}|XX))?)?$`)

// ParseDate reads "1974-08-12", "1974-08", "1974", and the same with XX for a
// part that is not known. The years go from 1850 to 2200.
func ParseDate(text string) (Date, error) {
	m := edtf.FindStringSubmatch(text)
	if m == nil {
		return Date{}, errNoDate
	}
	var d Date
	d.Year, _ = strconv.Atoi(m[1])
	d.Month, _ = strconv.Atoi(m[2]) // XX and "" are 0
	d.Day, _ = strconv.Atoi(m[3])
	unknownMonth := m[2] == "" || m[2] == "XX"
	unknownDay := m[3] == "" || m[3] == "XX"
	switch {
	case d.Year < minYear || d.Year > maxYear,
		unknownMonth && !unknownDay,
		!unknownMonth && (d.Month < 1 || d.Month > 12),
		!unknownDay && (d.Day < 1 || d.Day > lastDay(d.Year, d.Month)):
		return Date{}, errNoDate
	}
	return d, nil
}

// String writes the date with the parts that are known: "1974-08".
func (d Date) String() string {
	switch {
	case d.Month == 0:
		return fmt.Sprintf("%04d", d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// First is the earliest day that the date may be.
func (d Date) First() time.Time {
	return time.Date(d.Year, time.Month(max(1, d.Month)), max(1, d.Day), 0, 0, 0, 0, time.UTC)
}

// Last is the latest day that the date may be.
func (d Date) Last() time.Time {
	month, day := d.Month, d.Day
	if month == 0 {
		month = 12
	}
	if day == 0 {
		day = lastDay(d.Year, month)
	}
	return time.Date(d.Year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

func lastDay(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func whole(t time.Time) Date { return Date{t.Year(), int(t.Month()), t.Day()} }

func daysBetween(a, b Date) int { return int(b.First().Sub(a.First()).Hours() / 24) }

// yearsBetween counts whole years; somebody born on 29 February is a year older
// on 1 March.
func yearsBetween(a, b Date) int {
	from, to := a.First(), b.First()
	years := to.Year() - from.Year()
	if to.Month() < from.Month() || to.Month() == from.Month() && to.Day() < from.Day() {
		years--
	}
	return years
}

func plusDays(d Date, n int) Date { return whole(d.First().AddDate(0, 0, n)) }

func plusMonths(d Date, n int) Date {
	first := d.First()
	month := time.Date(first.Year(), first.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	return Date{month.Year(), int(month.Month()), min(first.Day(), lastDay(month.Year(), int(month.Month())))}
}

// typedDate puts what was typed into three boxes in the form that ParseDate
// reads, where it can be one: "1974", "8", "" gives "1974-08".
func typedDate(year, month, day string) string {
	if year == "" && month == "" && day == "" {
		return ""
	}
	pad := func(s string) string {
		if len(s) == 1 {
			return "0" + s
		}
		return s
	}
	if month == "" && day != "" {
		month = "XX"
	}
	text := year
	if month != "" {
		text += "-" + pad(month)
	}
	if day != "" {
		text += "-" + pad(day)
	}
	return text
}
