package post

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/teambition/rrule-go"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/store"
)

// Bounds on a calendar file.
const (
	MaxCalendarBytes = 256 << 10
	maxEvents        = 2000
	maxEventDays     = 31
	maxComplaints    = 20
	oldestRule       = 1972 // a leap year
	// Days are taken from the beginning of last year to the end of the fourth
	// year from now, so that a rule without an end gives a finite list.
	yearsBack, yearsAhead = 1, 4
)

// ImportHolidays reads an iCalendar file (RFC 5545) of whole-day events and adds
// their days to the post's holidays. Repeating events are unrolled; events of
// one day in several languages (SUMMARY;LANGUAGE=…) become one holiday with
// several names. skipped counts days that were holidays already, repeated or out of
// range. A file with anything that cannot be understood changes nothing.
// Faults: NotFound for the post; Invalid with fields "file" and "events[n]".
func (s *Service) ImportHolidays(ctx context.Context, actor, postID string, file io.Reader) (added, skipped int, err error) {
	if _, err := s.Get(ctx, postID); err != nil {
		return 0, 0, err
	}
	year := s.now().Year()
	days, skipped, err := ReadCalendar(file, year-yearsBack, year+yearsAhead)
	if err != nil {
		return 0, 0, err
	}
	for i := range days {
		days[i].PostID = postID
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := insertHolidays(ctx, tx, days, " ON CONFLICT DO NOTHING")
		if err != nil {
			return err
		}
		added = n
		return s.trail.Append(ctx, tx, audit.Entry{
			Actor: actor, Action: "post.holidays-import", Object: "post:" + postID, Post: postID,
			Detail: map[string]any{"added": added, "skipped": skipped + len(days) - added},
		})
	})
	s.Invalidate()
	if err != nil {
		return 0, 0, fmt.Errorf("import holidays of %s: %w", postID, err)
	}
	return added, skipped + len(days) - added, nil
}

// ReadCalendar gives the days of a calendar file that lie in the given years,
// both included, in order, and how many it left out because they were repeated
// or lie in other years. See ImportHolidays for what it accepts and refuses.
func ReadCalendar(file io.Reader, firstYear, lastYear int) (days []Holiday, skipped int, err error) {
	text, err := io.ReadAll(io.LimitReader(file, MaxCalendarBytes+1))
	if err != nil {
		return nil, 0, fmt.Errorf("read the calendar file: %w", err)
	}
	var bad fault.Fields
	if len(text) > MaxCalendarBytes {
		bad.AddWith("file", "post.ics.too_big", fault.Args{"Max": MaxCalendarBytes >> 10})
		return nil, 0, bad.Err()
	}
	calendar, err := ics.ParseCalendar(bytes.NewReader(text))
	if err != nil {
		bad.Add("file", "post.ics.not_a_calendar")
		return nil, 0, refused(bad, err)
	}
	events := calendar.Events()
	switch {
	case len(events) == 0:
		bad.Add("file", "post.ics.empty")
	case len(events) > maxEvents:
		bad.AddWith("file", "post.ics.too_many", fault.Args{"Max": maxEvents})
	}
	if err := bad.Err(); err != nil {
		return nil, 0, err
	}

	u := unroller{
		first:    time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC),
		last:     time.Date(lastYear, 12, 31, 0, 0, 0, 0, time.UTC),
		names:    map[string]map[string]string{},
		replaced: replacedDays(events),
	}
	for i, event := range events {
		if key, args := u.add(event); key != "" {
			args["Number"], args["Summary"] = i+1, summary(event)
			bad.AddWith(fmt.Sprintf("events[%d]", i), key, args)
		}
		if len(bad) == maxComplaints {
			break
		}
	}
	if err := bad.Err(); err != nil {
		return nil, 0, err
	}
	return u.days(), u.skipped, nil
}

// refused is the complaints as an error that keeps cause for the log.
func refused(bad fault.Fields, cause error) error {
	return fault.NewInvalid(bad...).Because(cause)
}

// unroller turns events into named days.
type unroller struct {
	first, last time.Time
	names       map[string]map[string]string // date -> language -> name
	replaced    map[string][]time.Time       // UID -> days that another event stands for
	skipped     int
}

// add notes the event's days, or gives the translation key of what is wrong
// with it.
func (u *unroller) add(event *ics.VEvent) (key string, args fault.Args) {
	args = fault.Args{}
	if value(event, ics.ComponentPropertyStatus) == "CANCELLED" {
		return "", args
	}
	name := strings.TrimSpace(summary(event))
	if name == "" {
		return "post.ics.no_name", args
	}
	if len([]rune(name)) > maxText {
		args["Max"] = maxText
		return "post.ics.name_long", args
	}
	start, ok := wholeDay(value(event, ics.ComponentPropertyDtStart))
	if !ok {
		return "post.ics.not_whole_day", args
	}
	length, ok := lengthInDays(event, start)
	if !ok {
		return "post.ics.bad_end", args
	}
	if length > maxEventDays {
		args["Max"] = maxEventDays
		return "post.ics.too_long", args
	}
	starts, ok := u.starts(event, start)
	if !ok {
		return "post.ics.bad_rule", args
	}
	lang := language(event)
	for _, start := range starts {
		for n := range length {
			u.note(start.AddDate(0, 0, n), lang, name)
		}
	}
	return "", args
}

// starts gives the first days of all repetitions.
func (u *unroller) starts(event *ics.VEvent, start time.Time) ([]time.Time, bool) {
	set := rrule.Set{}
	set.DTStart(start)
	rule := value(event, ics.ComponentPropertyRrule)
	if rule == "" {
		set.RDate(start)
	} else {
		option, err := rrule.StrToROption(rule)
		if err != nil || option.Freq > rrule.DAILY || option.Byhour != nil || option.Byminute != nil || option.Bysecond != nil {
			return nil, false
		}
		if start, ok := recent(start, option); ok {
			option.Dtstart = start
		} else {
			return nil, false
		}
		r, err := rrule.NewRRule(*option)
		if err != nil {
			return nil, false
		}
		// One that never comes true, such as on 30 February, is tried for 8000
		// years: that has to end the reading after a few.
		if _, ever := r.Iterator()(); !ever {
			return nil, false
		}
		set.RRule(r)
	}
	for _, more := range []struct {
		property ics.ComponentProperty
		use      func(time.Time)
	}{{ics.ComponentPropertyRdate, set.RDate}, {ics.ComponentPropertyExdate, set.ExDate}} {
		for _, p := range event.GetProperties(more.property) {
			for _, text := range strings.Split(p.Value, ",") {
				day, ok := wholeDay(text)
				if !ok {
					return nil, false
				}
				more.use(day)
			}
		}
	}
	if value(event, ics.ComponentPropertyRecurrenceId) == "" {
		for _, day := range u.replaced[event.Id()] {
			set.ExDate(day)
		}
	}
	if rule == "" {
		return set.All(), true
	}
	// A day before the range may still reach into it.
	return set.Between(u.first.AddDate(0, 0, -maxEventDays), u.last, true), true
}

// recent bounds how many days of the past a rule is tried on: in a yearly one
// every year is like the next, so it may begin later than it says; others that
// began before oldestRule are refused.
func recent(start time.Time, option *rrule.ROption) (time.Time, bool) {
	if start.Year() >= oldestRule {
		return start, true
	}
	yearly := option.Freq == rrule.YEARLY && option.Interval <= 1 && option.Count == 0
	return time.Date(oldestRule, start.Month(), start.Day(), 0, 0, 0, 0, time.UTC), yearly
}

func (u *unroller) note(day time.Time, lang, name string) {
	if day.Before(u.first) || day.After(u.last) {
		u.skipped++
		return
	}
	date := day.Format(DateLayout)
	names := u.names[date]
	if names == nil {
		names = map[string]string{}
		u.names[date] = names
	}
	if names[lang] != "" {
		u.skipped++
		return
	}
	names[lang] = name
}

// days gives the days in order. A name without a language, or else any, stands
// in for the languages that a day has no name in.
func (u *unroller) days() []Holiday {
	found := make([]Holiday, 0, len(u.names))
	for _, date := range slices.Sorted(maps.Keys(u.names)) {
		names := u.names[date]
		text := locale.Text{}
		for _, lang := range locale.Languages {
			text[lang] = names[lang]
		}
		fallback := names[""]
		if fallback == "" {
			fallback = text.In(locale.Languages[0])
		}
		for _, lang := range text.Missing() {
			text[lang] = fallback
		}
		found = append(found, Holiday{Date: date, Name: text, Source: Imported})
	}
	return found
}

// replacedDays lists, by UID, the repetitions for which a file has an event of
// its own (RECURRENCE-ID).
func replacedDays(events []*ics.VEvent) map[string][]time.Time {
	found := map[string][]time.Time{}
	for _, event := range events {
		if day, ok := wholeDay(value(event, ics.ComponentPropertyRecurrenceId)); ok {
			found[event.Id()] = append(found[event.Id()], day)
		}
	}
	return found
}

// lengthInDays reads DTEND, which is the day after the last, or DURATION in
// days or weeks. Some programs write DTEND equal to DTSTART for one day.
func lengthInDays(event *ics.VEvent, start time.Time) (int, bool) {
	if text := value(event, ics.ComponentPropertyDtEnd); text != "" {
		end, ok := wholeDay(text)
		if !ok || end.Before(start) {
			return 0, false
		}
		// The text form bounds dates to four-digit years, so hours do not overflow.
		return max(1, int(end.Sub(start)/(24*time.Hour))), true
	}
	text := value(event, ics.ComponentPropertyDuration)
	if text == "" {
		return 1, true
	}
	var n int
	var unit rune
	if _, err := fmt.Sscanf(text, "P%d%c", &n, &unit); err != nil || n < 1 || n > 1000 || text != fmt.Sprintf("P%d%c", n, unit) {
		return 0, false
	}
	switch unit {
	case 'D':
		return n, true
	case 'W':
		return 7 * n, true
	default:
		return 0, false
	}
}

// wholeDay reads a DATE value (RFC 5545, section 3.3.4).
func wholeDay(text string) (time.Time, bool) {
	day, err := time.Parse("20060102", text)
	return day, err == nil && len(text) == 8 && day.Year() > 0
}

func value(event *ics.VEvent, property ics.ComponentProperty) string {
	if p := event.GetProperty(property); p != nil {
		return p.Value
	}
	return ""
}

func summary(event *ics.VEvent) string { return value(event, ics.ComponentPropertySummary) }

// language gives the product's language in which the summary is marked, or "".
func language(event *ics.VEvent) string {
	p := event.GetProperty(ics.ComponentPropertySummary)
	if p == nil {
		return ""
	}
	for _, tag := range p.ICalParameters[string(ics.ParameterLanguage)] {
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if locale.Known(primary) {
			return primary
		}
	}
	return ""
}
