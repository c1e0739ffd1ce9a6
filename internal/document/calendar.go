package document

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"

	"github.com/chancery/chancery/internal/locale"
)

// Event is an appointment as an entry for people's calendars.
type Event struct {
	// UID stays the same for the life of a booking, such as
	// "019ab…@mfa.example": a calendar replaces the entry by it.
	UID string
	// Sequence grows with every move and with the cancellation.
	Sequence int
	// Cancelled takes the entry out of calendars that follow.
	Cancelled bool
	// Organizer and OrganizerEmail are whose appointment it is, the post;
	// RFC 5546 (sections 3.2.1 and 3.2.5) asks for them. Left out without an
	// address.
	Organizer, OrganizerEmail string
	// Start and End are shown in Zone, the post's: the entry promises the time
	// on the post's wall, also if a country changes its clocks in between.
	Start, End time.Time
	Zone       *time.Location
	// Summary is the title, such as "Passport renewal, Embassy in Berlin".
	Summary     string
	Description string
	Location    string
	// Latitude and Longitude are degrees; both zero means unknown.
	Latitude, Longitude float64
	// URL is where to see, move and cancel.
	URL string
	// Stamp is when this version of the entry was made.
	Stamp time.Time
	// Lang is the language of the alarm's text, one of locale.Languages.
	Lang string
}

// ICS writes the entry as an iCalendar file (RFC 5545) with an alarm one day
// before. Its method (RFC 5546) is PUBLISH, or CANCEL for a cancelled one.
func (e Event) ICS() []byte {
	calendar := ics.NewCalendarFor("Chancery")
	calendar.SetProductId("-//Chancery//Appointments//" + strings.ToUpper(locale.For(e.Lang).Lang()))
	calendar.SetCalscale("GREGORIAN")
	calendar.SetMethod(ics.MethodPublish)
	if e.Cancelled {
		calendar.SetMethod(ics.MethodCancel)
	}

	event := calendar.AddEvent(e.UID)
	event.SetDtStampTime(e.Stamp.UTC())
	start, end := e.Start.In(e.Zone), e.End.In(e.Zone)
	if ambiguous(start) || ambiguous(end) {
		// RFC 5545 takes the first of two equal wall-clock times, but not every
		// calendar does; the instant leaves no choice.
		event.SetStartAt(start)
		event.SetEndAt(end)
	} else {
		zoneAround(calendar, e.Zone, e.Start)
		event.SetProperty(ics.ComponentPropertyDtStart, start.Format(localForm), ics.WithTZID(e.Zone.String()))
		event.SetProperty(ics.ComponentPropertyDtEnd, end.Format(localForm), ics.WithTZID(e.Zone.String()))
	}
	event.SetSequence(e.Sequence)
	event.SetStatus(ics.ObjectStatusConfirmed)
	if e.Cancelled {
		event.SetStatus(ics.ObjectStatusCancelled)
	}
	if e.OrganizerEmail != "" {
		event.SetOrganizer("mailto:"+e.OrganizerEmail, ics.WithCN(parameter(e.Organizer)))
	}
	event.SetSummary(printable(e.Summary))
	for _, text := range []struct {
		set   func(string, ...ics.PropertyParameter)
		value string
	}{{event.SetDescription, e.Description}, {event.SetLocation, e.Location}} {
		if text.value != "" {
			text.set(printable(text.value))
		}
	}
	if e.Latitude != 0 || e.Longitude != 0 {
		event.SetGeo(degrees(e.Latitude), degrees(e.Longitude))
	}
	if e.URL != "" {
		event.SetURL(e.URL)
	}
	if !e.Cancelled {
		alarm := event.AddAlarm()
		alarm.SetAction(ics.ActionDisplay)
		alarm.SetTrigger("-P1D")
		alarm.SetProperty(ics.ComponentPropertyDescription,
			locale.For(e.Lang).T("document.calendar.alarm", "Summary", printable(e.Summary)))
	}
	return []byte(calendar.Serialize(ics.WithNewLineWindows))
}

// parameter makes a text fit for a parameter's value without quotes, which not
// every calendar reads (RFC 5545, section 3.1).
func parameter(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune(`",;:\\`, r)
	}), " ")
}

// degrees writes an angle with the six decimals that RFC 5545 recommends.
func degrees(d float64) string { return strconv.FormatFloat(d, 'f', 6, 64) }

// printable drops what RFC 5545 does not allow in a text: control characters
// other than tab and line feed. Every kind of line end becomes a line feed.
func printable(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(text, "\ufffd"))
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
}
