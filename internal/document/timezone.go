package document

import (
	"fmt"
	"time"

	ics "github.com/arran4/golang-ical"
)

// localForm is RFC 5545's DATE-TIME without a zone (section 3.3.5, form 1).
const localForm = "20060102T150405"

// zoneAround adds the VTIMEZONE of zone as it is a year before and after at
// (RFC 5545, section 3.6.5). Each change of the clock is an observance of its
// own: rules differ from year to year (Africa/Casablanca follows the moon), and
// what is listed needs no rule.
func zoneAround(calendar *ics.Calendar, zone *time.Location, at time.Time) {
	tz := calendar.AddTimezone(zone.String())
	last := at.AddDate(1, 0, 0)
	for t := at.AddDate(-1, 0, 0).In(zone); !t.After(last); {
		onset, end := t.ZoneBounds()
		name, offset := t.Zone()
		before := offset
		if onset.IsZero() {
			onset = time.Unix(0, 0) // as it always was
		} else {
			_, before = onset.Add(-time.Second).In(zone).Zone()
		}
		kind := ics.ComponentStandard
		if t.IsDST() {
			kind = ics.ComponentDaylight
		}
		tz.Components = append(tz.Components, observance(kind, name, onset, before, offset))
		if end.IsZero() {
			return
		}
		t = end.In(zone)
	}
}

// ambiguous says whether the clock on the wall shows t's time twice that day.
func ambiguous(t time.Time) bool {
	from, until := t.ZoneBounds()
	for _, change := range []time.Time{from, until} {
		if change.IsZero() {
			continue
		}
		_, before := change.Add(-time.Second).In(t.Location()).Zone()
		_, after := change.In(t.Location()).Zone()
		back := time.Duration(before-after) * time.Second
		if back > 0 && !t.Before(change.Add(-back)) && t.Before(change.Add(back)) {
			return true
		}
	}
	return false
}

// observance describes one change of the clock. Its start is told by the clock
// that ends there.
func observance(kind ics.ComponentType, name string, onset time.Time, before, after int) ics.Component {
	o := &ics.GeneralComponent{Token: string(kind)}
	o.SetProperty(ics.ComponentPropertyDtStart, onset.In(time.FixedZone("", before)).Format(localForm))
	o.SetProperty(ics.ComponentProperty(ics.PropertyTzoffsetfrom), utcOffset(before))
	o.SetProperty(ics.ComponentProperty(ics.PropertyTzoffsetto), utcOffset(after))
	o.SetProperty(ics.ComponentProperty(ics.PropertyTzname), name)
	return o
}

// utcOffset writes seconds east of Greenwich as +hhmm or +hhmmss.
func utcOffset(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	text := fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
	if s := seconds % 60; s != 0 {
		text += fmt.Sprintf("%02d", s)
	}
	return text
}
