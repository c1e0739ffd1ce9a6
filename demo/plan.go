package demo

import (
	"time"

	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/locale"
)

// Rule is one line of a post's weekly plan. Days and times are on the post's
// own clock.
type Rule struct {
	Post     string      `yaml:"-"`
	Name     locale.Text `yaml:"name"`
	Weekdays []string    `yaml:"weekdays"` // mon, tue, wed, thu, fri, sat, sun
	From     string      `yaml:"from"`     // HH:MM
	To       string      `yaml:"to"`       // HH:MM, the end of the last slot
	// SlotMinutes is how far apart slots start, Places how many each has.
	SlotMinutes int      `yaml:"slot_minutes"`
	Places      int      `yaml:"places"`
	Services    []string `yaml:"services"`
	Counters    []string `yaml:"counters"` // labels
	// ReservePercent is kept for staff to book; nil leaves it to the service.
	ReservePercent *int `yaml:"reserve_percent,omitempty"`
	// Release overrides the service's; nil leaves it to the service.
	Release *catalogue.Release `yaml:"release,omitempty"`
	// ValidFrom and ValidTo bound the rule to local days YYYY-MM-DD, both
	// included; "" for no bound.
	ValidFrom string `yaml:"valid_from,omitempty"`
	ValidTo   string `yaml:"valid_to,omitempty"`
}

// Days gives the rule's weekdays.
func (r Rule) Days() []time.Weekday {
	var days []time.Weekday
	for _, name := range r.Weekdays {
		if day, ok := catalogue.Weekday(name); ok {
			days = append(days, day)
		}
	}
	return days
}

// Plan gives the weekly plans of all posts.
func Plan() ([]Rule, error) {
	all, err := declarations()
	if err != nil {
		return nil, err
	}
	var rules []Rule
	for _, d := range all {
		for _, r := range d.Plan {
			r.Post = d.ID
			rules = append(rules, r)
		}
	}
	return rules, nil
}
