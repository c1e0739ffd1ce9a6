package post

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
)

// Bounds on what an administrator may enter.
const (
	maxText    = 200
	maxOpening = 1000
	maxNotice  = 30 * 24 * 60 // minutes
	maxHorizon = 366          // days
	maxClosure = 366          // days
)

var (
	slug  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	phone = regexp.MustCompile(`^\+?[0-9 ()/-]{4,30}$`)
	label = regexp.MustCompile(`^[\p{L}\p{N}]([\p{L}\p{N} -]{0,10}[\p{L}\p{N}])?$`)
)

// check collects what is wrong with the post; paths carry prefix.
func (s *Service) check(p Post, prefix string, bad *fault.Fields) {
	if !slug.MatchString(p.ID) || len(p.ID) > 40 {
		bad.Add(prefix+"id", "post.error.slug")
	}
	if !knownType(p.Type) {
		bad.Add(prefix+"type", "post.error.type")
	}
	checkText(p.Name, prefix+"name", maxText, bad)
	checkText(p.City, prefix+"city", maxText, bad)
	checkText(p.Address, prefix+"address", maxText, bad)
	checkText(p.Opening, prefix+"opening", maxOpening, bad)
	if !country.IsState(p.Country) {
		bad.Add(prefix+"country", "post.error.country")
	}
	// The comparison is written so that not-a-number fails it.
	if !(p.Latitude >= -90 && p.Latitude <= 90) {
		bad.Add(prefix+"latitude", "post.error.latitude")
	}
	if !(p.Longitude >= -180 && p.Longitude <= 180) {
		bad.Add(prefix+"longitude", "post.error.longitude")
	}
	if _, err := Zone(p.Zone); err != nil {
		bad.Add(prefix+"zone", "post.error.zone")
	}
	if !phone.MatchString(p.Phone) {
		bad.Add(prefix+"phone", "post.error.phone")
	}
	if address, err := mail.ParseAddress(p.Email); err != nil || address.Address != p.Email || len(p.Email) > 254 {
		bad.Add(prefix+"email", "post.error.email")
	}
	s.checkServices(p.Services, prefix+"services", bad)
	if p.MinimumNoticeMinutes < 0 || p.MinimumNoticeMinutes > maxNotice {
		bad.AddWith(prefix+"minimum_notice_minutes", "post.error.notice", fault.Args{"Max": maxNotice})
	}
	if p.HorizonDays < 1 || p.HorizonDays > maxHorizon {
		bad.AddWith(prefix+"horizon_days", "post.error.horizon", fault.Args{"Max": maxHorizon})
	}
}

func (s *Service) checkServices(services []string, path string, bad *fault.Fields) {
	seen := map[string]bool{}
	for _, id := range services {
		if seen[id] {
			bad.AddWith(path, "post.error.service_twice", fault.Args{"Service": id})
		}
		seen[id] = true
		if !s.catalogue.Known(id) {
			bad.AddWith(path, "post.error.service", fault.Args{"Service": id})
		}
	}
}

// checkCounter collects what is wrong with a counter of post p.
func (s *Service) checkCounter(p Post, c Counter, prefix string, bad *fault.Fields) {
	if !label.MatchString(c.Label) {
		bad.Add(prefix+"label", "post.error.label")
	}
	s.checkServices(c.Services, prefix+"services", bad)
	for _, id := range c.Services {
		if s.catalogue.Known(id) && !p.Offers(id) {
			bad.AddWith(prefix+"services", "post.error.service_not_offered", fault.Args{"Service": id})
		}
	}
}

func checkHoliday(h Holiday, prefix string, bad *fault.Fields) {
	if _, ok := ParseDate(h.Date); !ok {
		bad.Add(prefix+"date", "post.error.date")
	}
	checkText(h.Name, prefix+"name", maxText, bad)
	if h.Source != Host && h.Source != Home && h.Source != Imported {
		bad.Add(prefix+"source", "post.error.source")
	}
}

// checkText wants a text of at most most characters in every language.
func checkText(t locale.Text, path string, most int, bad *fault.Fields) {
	for _, lang := range t.Missing() {
		bad.Add(path+"."+lang, "post.error.text_missing")
	}
	for lang, text := range t {
		switch {
		case !locale.Known(lang):
			bad.Add(path+"."+lang, "post.error.language")
		case utf8.RuneCountInString(text) > most:
			bad.AddWith(path+"."+lang, "post.error.text_long", fault.Args{"Max": most})
		case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
			bad.Add(path+"."+lang, "post.error.text_bytes")
		}
	}
}

func knownType(t Type) bool {
	for _, k := range Types {
		if k == t {
			return true
		}
	}
	return false
}
