package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/post"
)

// Bounds on what a plan may hold.
const (
	maxRules      = 100
	maxExceptions = 400
	maxMinutes    = 480
	maxPlaces     = 200
	maxAhead      = 366 // days
	maxSpan       = 92  // days
	maxOpenings   = 20
	maxNote       = 200
)

// check collects what is wrong with a rule for the post.
func (r *Rule) check(at post.Post, counters []post.Counter) error {
	var bad fault.Fields
	r.checkDays(&bad)
	from, to := clock(r.From, "from", &bad), clock(r.To, "to", &bad)
	if r.SlotMinutes < 5 || r.SlotMinutes > maxMinutes {
		bad.AddWith("slot_minutes", "plan.error.minutes", fault.Args{"Max": maxMinutes})
	} else if from >= 0 && to >= 0 {
		switch {
		case to <= from:
			bad.Add("to", "plan.error.ends_first")
		case to-from < r.SlotMinutes:
			bad.Add("to", "plan.error.no_slot")
		}
	}
	if r.Places < 1 || r.Places > maxPlaces {
		bad.AddWith("places", "plan.error.places", fault.Args{"Max": maxPlaces})
	}
	r.checkServices(at, counters, &bad)
	switch {
	case r.Reserve.Percent < 0 || r.Reserve.Percent > 100:
		bad.Add("reserve", "plan.error.percent")
	case r.Reserve.Places < 0 || r.Reserve.Places > max(r.Places, 0):
		bad.AddWith("reserve", "plan.error.reserve", fault.Args{"Max": r.Places})
	}
	r.Release.check(&bad)
	return bad.Err()
}

func (r *Rule) checkDays(bad *fault.Fields) {
	if r.Date != "" {
		date(r.Date, "date", bad)
		r.Weekdays, r.ValidFrom, r.ValidTo = nil, "", ""
		return
	}
	slices.Sort(r.Weekdays)
	r.Weekdays = slices.Compact(r.Weekdays)
	if len(r.Weekdays) == 0 || r.Weekdays[0] < time.Sunday || r.Weekdays[len(r.Weekdays)-1] > time.Saturday {
		bad.Add("weekdays", "plan.error.weekdays")
	}
	ok := true
	if r.ValidFrom != "" {
		ok = date(r.ValidFrom, "valid_from", bad)
	}
	if r.ValidTo != "" {
		ok = date(r.ValidTo, "valid_to", bad) && ok
	}
	if ok && r.ValidFrom != "" && r.ValidTo != "" && r.ValidTo < r.ValidFrom {
		bad.Add("valid_to", "plan.error.ends_first")
	}
}

func (r *Rule) checkServices(at post.Post, counters []post.Counter, bad *fault.Fields) {
	if len(r.Services) == 0 {
		bad.Add("services", "plan.error.services")
	}
	for _, service := range r.Services {
		if !at.Offers(service) || strings.Contains(service, "+") {
			bad.Add("services", "plan.error.service_not_offered")
			break
		}
	}
	for _, id := range r.Counters {
		i := slices.IndexFunc(counters, func(c post.Counter) bool { return c.ID == id })
		if i < 0 {
			bad.Add("counters", "plan.error.counter")
		} else if !slices.ContainsFunc(r.Services, counters[i].Serves) && len(r.Services) > 0 {
			bad.AddWith("counters", "plan.error.counter_serves", fault.Args{"Label": counters[i].Label})
		}
	}
}

func (r *Release) check(bad *fault.Fields) {
	if r.DaysAhead < 0 || r.DaysAhead > maxAhead {
		bad.AddWith("days_ahead", "plan.error.ahead", fault.Args{"Max": maxAhead})
	}
	switch r.Mode {
	case Rolling:
		*r = Release{Mode: Rolling, DaysAhead: r.DaysAhead}
	case Ballot:
		*r = Release{Mode: Ballot}
	case Batch:
		if len(r.Openings) == 0 {
			if r.Weekday < time.Sunday || r.Weekday > time.Saturday {
				bad.Add("release_weekday", "plan.error.weekday")
			}
			clock(r.Time, "release_time", bad)
			if r.SpanDays < 7 || r.SpanDays > maxSpan {
				bad.AddWith("span_days", "plan.error.span", fault.Args{"Max": maxSpan})
			}
			return
		}
		*r = Release{Mode: Batch, Openings: r.Openings}
		if len(r.Openings) > maxOpenings {
			bad.AddWith("openings", "plan.error.openings", fault.Args{"Max": maxOpenings})
			return
		}
		for i, o := range r.Openings {
			path := fmt.Sprintf("openings[%d].", i)
			opens := date(o.Date, path+"date", bad)
			clock(o.Time, path+"time", bad)
			first := date(o.From, path+"from", bad)
			last := date(o.To, path+"to", bad)
			if first && last && o.To < o.From {
				bad.Add(path+"to", "plan.error.ends_first")
			}
			if opens && first && o.From < o.Date {
				bad.Add(path+"from", "plan.error.opens_late")
			}
		}
	default:
		bad.Add("release", "plan.error.release")
	}
}

func (e *Exception) check() error {
	var bad fault.Fields
	date(e.Date, "date", &bad)
	switch e.Kind {
	case Closed:
		e.From, e.To = "", ""
	case Hours:
		if from, to := clock(e.From, "from", &bad), clock(e.To, "to", &bad); from >= 0 && to >= 0 && to <= from {
			bad.Add("to", "plan.error.ends_first")
		}
	default:
		bad.Add("kind", "plan.error.kind")
	}
	if utf8.RuneCountInString(e.Note) > maxNote {
		bad.AddWith("note", "plan.error.note", fault.Args{"Max": maxNote})
	}
	return bad.Err()
}

// date complains about a local date that is none.
func date(text, path string, bad *fault.Fields) bool {
	_, ok := post.ParseDate(text)
	if !ok {
		bad.Add(path, "plan.error.date")
	}
	return ok
}

// clock gives the minutes since midnight of a time of day, -1 with a complaint
// when it is none.
func clock(text, path string, bad *fault.Fields) int {
	at, err := time.Parse(post.ClockLayout, text)
	if err != nil || len(text) != len(post.ClockLayout) {
		bad.Add(path, "plan.error.clock")
		return -1
	}
	return at.Hour()*60 + at.Minute()
}
