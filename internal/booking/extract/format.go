package extract

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	ics "github.com/arran4/golang-ical"

	"github.com/chancery/chancery/internal/spreadsheet"
)

// Formats are what Write can write.
var Formats = []string{"csv", "jsonl", "ics"}

// file is a file being written.
type file interface {
	put(b *Booking) error
	end() error
}

var formats = map[string]func(w io.Writer, names bool) (file, error){"csv": beginTable, "jsonl": beginLines, "ics": beginCalendar}

type tableFile struct {
	w     *spreadsheet.Writer
	names bool
}

func beginTable(w io.Writer, names bool) (file, error) {
	t := &tableFile{w: spreadsheet.NewWriter(w), names: names}
	head := []string{"reference", "state", "post", "service", "date", "time", "start", "end", "time_zone", "people", "places", "channel", "language", "created_at", "confirmed_at", "ended_at"}
	if names {
		head = append(head, "names")
	}
	return t, t.w.Write(head...)
}

func (t *tableFile) put(b *Booking) error {
	line := []string{b.Reference, b.State, b.Post, b.Service, b.Date, b.Time, b.Start, b.End, b.TimeZone, strconv.Itoa(b.People), strconv.Itoa(b.Places),
		b.Channel, b.Language, b.CreatedAt, b.ConfirmedAt, b.EndedAt}
	if t.names {
		line = append(line, strings.Join(b.Names, "; "))
	}
	return t.w.Write(line...)
}

func (t *tableFile) end() error { return t.w.Flush() }

type linesFile struct{ to *json.Encoder }

func beginLines(w io.Writer, _ bool) (file, error) {
	to := json.NewEncoder(w)
	to.SetEscapeHTML(false)
	return linesFile{to}, nil
}

func (l linesFile) put(b *Booking) error { return l.to.Encode(b) }

func (linesFile) end() error { return nil }

// calendarFile collects the appointments that stand: what is cancelled, has run
// out or was taken away has no place in a calendar.
type calendarFile struct {
	w        io.Writer
	calendar *ics.Calendar
}

func beginCalendar(w io.Writer, _ bool) (file, error) {
	c := &calendarFile{w: w, calendar: ics.NewCalendarFor("Chancery")}
	c.calendar.SetProductId("-//Chancery//Bookings//EN")
	c.calendar.SetMethod(ics.MethodPublish)
	return c, nil
}

func (c *calendarFile) put(b *Booking) error {
	switch b.State {
	case "booked", "checked_in", "served", "no_show":
	default:
		return nil
	}
	event := c.calendar.AddEvent(b.id + "@" + b.Post + ".bookings.chancery")
	event.SetDtStampTime(b.changed)
	event.SetStartAt(b.start)
	event.SetEndAt(b.end)
	event.SetStatus(ics.ObjectStatusConfirmed)
	event.SetSummary(fmt.Sprintf("%s (%d) %s", b.Service, b.People, b.Reference))
	event.SetLocation(b.Post)
	if len(b.Names) > 0 {
		event.SetDescription(strings.Join(b.Names, "\n"))
	}
	return nil
}

func (c *calendarFile) end() error { return c.calendar.SerializeTo(c.w, ics.WithNewLineWindows) }
