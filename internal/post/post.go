package post

import (
	"time"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/locale"
)

// Type says what kind of mission a post is.
type Type string

// The kinds of post. A reception centre is the ministry's own, at home.
const (
	ReceptionCentre  Type = "reception-centre"
	Embassy          Type = "embassy"
	EmbassyOffice    Type = "embassy-office"
	ConsulateGeneral Type = "consulate-general"
	PermanentMission Type = "permanent-mission"
	Representation   Type = "representation"
)

// Types lists all kinds of post in the order in which a form offers them.
var Types = []Type{ReceptionCentre, Embassy, EmbassyOffice, ConsulateGeneral, PermanentMission, Representation}

// Key is the translation key of the type's name.
func (t Type) Key() string { return "post.type." + string(t) }

// Post is a diplomatic or consular mission, or a reception centre.
type Post struct {
	// ID is a slug such as "london"; it stands in addresses and never changes.
	ID      string
	Type    Type
	Name    locale.Text
	City    locale.Text
	Country string // ISO 3166-1 alpha-3
	Address locale.Text
	// Latitude and Longitude are WGS 84 degrees, north and east positive.
	Latitude, Longitude float64
	Zone                string // IANA time zone, such as "Europe/London"
	Phone, Email        string
	// Opening says in words when the doors are open.
	Opening locale.Text
	// Services are the identifiers of the catalogue's services offered here.
	Services []string
	// MinimumNoticeMinutes is how long before its start a place stops being
	// bookable; HorizonDays is how many days ahead places are made.
	MinimumNoticeMinutes int
	HorizonDays          int
	// Active posts are shown to the public.
	Active bool
	// Version counts the changes; an edit must name the version it read.
	Version int
}

// Location gives the post's time zone. Zones are checked when a post is saved;
// one that has since left the tz database counts as UTC.
func (p Post) Location() *time.Location {
	loc, err := Zone(p.Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// CountryName gives the name of the post's country in lang.
func (p Post) CountryName(lang string) string { return country.Name(p.Country, lang) }

// Offers says whether the post offers the service.
func (p Post) Offers(service string) bool {
	for _, s := range p.Services {
		if s == service {
			return true
		}
	}
	return false
}

// Counter is a window at which people are served.
type Counter struct {
	ID     string
	PostID string
	// Label is what the board shows, such as "3".
	Label string
	// Services are those the counter may serve; none means all of the post's.
	Services []string
	Active   bool
}

// Serves says whether the counter may serve the service.
func (c Counter) Serves(service string) bool {
	if len(c.Services) == 0 {
		return true
	}
	for _, s := range c.Services {
		if s == service {
			return true
		}
	}
	return false
}

// Source says where a holiday comes from.
type Source string

// A holiday is the host country's, the home country's, or read from a calendar
// file.
const (
	Host     Source = "host"
	Home     Source = "home"
	Imported Source = "import"
)

// Holiday is one day on which a post is closed.
type Holiday struct {
	PostID string
	Date   string // local, YYYY-MM-DD
	Name   locale.Text
	Source Source
}

// Closure is a run of days on which a post is closed for a reason of its own.
type Closure struct {
	ID     string
	PostID string
	From   string // local, YYYY-MM-DD
	To     string // local, YYYY-MM-DD, included
	Reason locale.Text
}

// Covers says whether the closure includes the local day date.
func (c Closure) Covers(date string) bool { return c.From <= date && date <= c.To }

// Absence is a time in which a counter is not staffed.
type Absence struct {
	ID        string
	PostID    string
	CounterID string
	From      time.Time
	To        time.Time // not included
	Note      string    // for staff only
}

// Nearby is a post and its distance from somewhere.
type Nearby struct {
	Post       Post
	Kilometres float64
}

// Setup is a post with all that belongs to it, for loading many at once.
type Setup struct {
	Post     Post
	Counters []Counter
	Holidays []Holiday
}
