package bookingweb

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/web"
)

// chooser is the page on which a time is chosen: for a new appointment, or for
// one that moves.
type chooser struct {
	errand
	Form     *web.Form
	Calendar *calendar
	Day      *chosenDay
	None     *nothing
	Ballots  []link // that give out later places
	Zone     string // the post's clock in words
	Mine     *zoneChoice
	Moving   *moving
	Kept     *kept
	Address  string // of this page, to come back to
	Weekdays string // short names from Sunday on, for the script that knows the reader's clock
}

type chosenDay struct {
	Date  string // YYYY-MM-DD
	On    time.Time
	Times []clockTime
}

type clockTime struct {
	ID, Clock string
	Instant   string // RFC 3339, with the post's offset
	Mine      string // on the reader's own clock, when that is known and differs
}

// query asks for the slots of an errand.
func (p Pages) query(e errand, from, to time.Time) booking.Query {
	return booking.Query{PostID: e.Post.ID, Service: e.Service.ID, From: from, To: to, Places: e.Places()}
}

func (p Pages) times(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	e, err := p.errand(r, q.Get("post"), q.Get("service"))
	if err != nil {
		return err
	}
	if q.Get("party") == "" && e.Service.MaxParty > 1 {
		web.SeeOther(w, r, e.Path()+"/party")
		return nil
	}
	if q.Get("party") != "" {
		form := web.NewForm(url.Values{"party": q["party"]})
		if e.Party, err = readParty(q.Get("party"), e.Service); form.Refuse(err) {
			e.Party = 1
			return p.askParty(w, r, http.StatusUnprocessableEntity, e, form)
		}
	}
	return p.showTimes(w, r, http.StatusOK, e, &web.Form{}, q.Get("month"), q.Get("date"))
}

// showTimes shows the calendar of an errand, and the times of a day when one
// is chosen; form has what stood in the way of an earlier choice.
func (p Pages) showTimes(w http.ResponseWriter, r *http.Request, status int, e errand, form *web.Form, month, date string) error {
	data, err := p.choose(r, e, e.Times(""), month, date)
	if err != nil {
		return err
	}
	if data.Kept, err = p.kept(r, e); err != nil {
		return err
	}
	return p.showChooser(w, r, status, data, form)
}

// kept is a time that this browser holds already, shown to whoever comes back
// to the calendar: it is theirs, though it no longer counts as free.
type kept struct {
	Path         string
	Start, Until time.Time // on the post's clock
	City         locale.Text
}

func (p Pages) kept(r *http.Request, e errand) (*kept, error) {
	b, err := p.Book.HeldBy(r.Context(), p.Web.BrowserKeyOf(r).Hash(), e.Service.ID)
	if fault.KindOf(err) == fault.NotFound {
		a, err := p.load(r, "hold:"+e.Service.ID)
		if err != nil {
			return nil, err
		}
		if b = p.liveHold(r.Context(), r, a.Bound); b == nil {
			return nil, nil
		}
	} else if err != nil {
		return nil, err
	}
	slot, err := p.Book.Slot(r.Context(), b.SlotID)
	if err != nil {
		return nil, err
	}
	at, err := p.errandOf(r, b)
	if err != nil {
		return nil, err
	}
	return &kept{holdPath(b.ID), at.local(slot.Start), at.local(b.ExpiresAt), at.Post.City}, nil
}

// showChooser shows the calendar with what stood in the way so far; a day that
// has no times any more is such a thing.
func (p Pages) showChooser(w http.ResponseWriter, r *http.Request, status int, data *chooser, form *web.Form) error {
	if data.Form = form; data.Day != nil && len(data.Day.Times) == 0 && len(form.Errors) == 0 {
		form.Say("bookingweb.times.day_gone", nil)
	}
	return p.Web.Render(w, r, status, "bookingweb/times.html", data)
}

// choose fills the calendar. address is the page's own, to which month and
// date are added. Days, times and places come from the one query.
func (p Pages) choose(r *http.Request, e errand, address, month, date string) (*chooser, error) {
	data := &chooser{errand: e, Form: &web.Form{}, Address: address}
	span, ok, err := p.Book.Span(r.Context(), p.query(e, time.Time{}, time.Time{}))
	if err != nil {
		return nil, err
	}
	if !ok {
		data.None, err = p.nothing(r, e)
		return data, err
	}
	zone := e.Post.Location()
	shown := pick(month, date, zone, span)
	slots, err := p.Book.Slots(r.Context(), p.query(e, shown, shown.AddDate(0, 1, 0)))
	if err != nil {
		return nil, err
	}
	printer := web.PrinterOf(r.Context())
	data.Calendar = newCalendar(printer, shown, slots, e.local(p.Web.Now()).Format(time.DateOnly), date, address)
	if first := monthOf(span.First, zone); shown.After(first) {
		data.Calendar.Before = with(address, "month", shown.AddDate(0, -1, 0).Format(monthLayout))
	}
	if shown.Before(monthOf(span.Last, zone)) {
		data.Calendar.After = with(address, "month", shown.AddDate(0, 1, 0).Format(monthLayout))
	}
	coming, err := p.Book.Coming(r.Context(), e.Post.ID, e.Service.ID)
	if err != nil {
		return nil, err
	}
	data.Ballots = ballotLinks(printer, coming)
	mine := p.myZone(r)
	data.Zone = zoneText(e.Post.City.In(printer.Lang()), zone, p.Web.Now())
	data.Weekdays = weekdayNames(printer.WeekdayShort)
	data.Mine = zoneChoices(e.Post.Zone, mine, p.Web.Now())
	// Not in the zone: some days have no midnight there.
	if on, err := time.Parse(time.DateOnly, date); err == nil {
		data.Day = &chosenDay{Date: date, On: on}
		for _, s := range slots {
			if s.Date != date {
				continue
			}
			t := clockTime{ID: s.ID, Clock: s.Clock, Instant: e.local(s.Start).Format(time.RFC3339)}
			if there, differs := onClock(s.Start, mine, zone); differs {
				t.Mine = printer.Time(there)
				if there.Format(time.DateOnly) != s.Date {
					t.Mine = printer.WeekdayShort(there) + " " + t.Mine
				}
			}
			data.Day.Times = append(data.Day.Times, t)
		}
		data.Address = with(address, "date", date)
	}
	return data, nil
}

// weekdayNames joins the names of the days from Sunday on by "|".
func weekdayNames(name func(time.Time) string) string {
	var names []string
	for i := range 7 {
		names = append(names, name(time.Date(2026, 2, 1+i, 0, 0, 0, 0, time.UTC))) // a Sunday first
	}
	return strings.Join(names, "|")
}

const monthLayout = "2006-01"

// onClock gives the instant on the reader's own clock, and whether that shows
// something else than the post's. mine is nil when it is not known.
func onClock(t time.Time, mine, post *time.Location) (there time.Time, differs bool) {
	if mine == nil {
		return t, false
	}
	const wall = "2006-01-02 15:04"
	there = t.In(mine)
	return there, there.Format(wall) != t.In(post).Format(wall)
}

func monthOf(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, zone)
}

// pick gives the month to show: the day's, the one asked for, or the first
// with places; never one outside of those that have some.
func pick(month, date string, zone *time.Location, span booking.Span) time.Time {
	shown, first, last := monthOf(span.First, zone), monthOf(span.First, zone), monthOf(span.Last, zone)
	if t, err := time.ParseInLocation(monthLayout, month, zone); err == nil {
		shown = t
	} else if t, err := time.Parse(time.DateOnly, date); err == nil {
		shown = time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, zone)
	}
	switch {
	case shown.Before(first):
		return first
	case shown.After(last):
		return last
	}
	return shown
}

// with adds a value to the query of an address.
func with(address, name, value string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}
