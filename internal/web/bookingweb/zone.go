package bookingweb

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

const (
	zoneCookie = "zone"
	zoneKept   = 365 * 24 * 60 * 60 // seconds
)

// clocks are the time zones offered to people whose browser runs no scripts:
// one or more for each offset in use, from west to east.
var clocks = []string{
	"Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York", "America/Caracas",
	"America/Santiago", "America/St_Johns", "America/Argentina/Buenos_Aires", "America/Sao_Paulo", "Atlantic/Azores", "Europe/London",
	"Europe/Lisbon", "Africa/Casablanca", "Africa/Lagos", "Europe/Berlin", "Europe/Paris", "Europe/Rome", "Africa/Cairo", "Africa/Johannesburg",
	"Europe/Bucharest", "Europe/Kyiv", "Asia/Jerusalem", "Europe/Istanbul", "Europe/Moscow", "Asia/Riyadh", "Asia/Tehran", "Asia/Baku",
	"Asia/Dubai", "Asia/Tbilisi", "Asia/Kabul", "Asia/Tashkent", "Asia/Almaty", "Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka",
	"Asia/Bangkok", "Asia/Jakarta", "Asia/Shanghai", "Asia/Singapore", "Asia/Seoul", "Asia/Tokyo", "Australia/Adelaide", "Australia/Sydney",
	"Pacific/Auckland",
}

// zoneChoice is the form in which people name their own time zone.
type zoneChoice struct {
	Form    *web.Form
	Options []option
	Chosen  string
}

func zoneChoices(there string, mine *time.Location, now time.Time) *zoneChoice {
	c := &zoneChoice{Form: &web.Form{}}
	if mine != nil {
		c.Chosen = mine.String()
		c.Form.Set("zone", c.Chosen)
	}
	for _, name := range clocks {
		if zone, err := post.Zone(name); err == nil && name != there {
			c.Options = append(c.Options, option{name, zoneText(city(name), zone, now)})
		}
	}
	return c
}

// city reads the town out of a zone's name.
func city(zone string) string {
	return strings.ReplaceAll(zone[strings.LastIndexByte(zone, '/')+1:], "_", " ")
}

// zoneText names a clock: "London, UTC+1" or "Tehran, UTC+3:30".
func zoneText(place string, zone *time.Location, now time.Time) string {
	_, offset := now.In(zone).Zone()
	sign := '+'
	if offset < 0 {
		sign, offset = '−', -offset
	}
	text := fmt.Sprintf("%s, UTC%c%d", place, sign, offset/3600)
	if minutes := offset % 3600 / 60; minutes > 0 {
		text += fmt.Sprintf(":%02d", minutes)
	}
	return text
}

func (p Pages) zoneName(r *http.Request) string {
	if zone := p.myZone(r); zone != nil {
		return zone.String()
	}
	return ""
}

// myZone is the reader's time zone, as far as this browser was told; nil when
// it was not.
func (p Pages) myZone(r *http.Request) *time.Location {
	zone, err := post.Zone(strings.ReplaceAll(p.Web.CookieValue(r, zoneCookie), ".", "/"))
	if err != nil {
		return nil
	}
	return zone
}

// zone keeps the reader's time zone and goes back to the times.
func (p Pages) zone(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if _, err := post.Zone(form.Value("zone")); err != nil {
		p.Web.SetCookie(w, zoneCookie, "", -1)
	} else {
		p.Web.SetCookie(w, zoneCookie, strings.ReplaceAll(form.Value("zone"), "/", "."), zoneKept)
	}
	next := form.Value("next")
	if !strings.HasPrefix(next, "/appointments/") || strings.Contains(next, "..") || strings.ContainsAny(next, "\\\r\n") {
		next = "/appointments"
	}
	web.SeeOther(w, r, next)
	return nil
}
