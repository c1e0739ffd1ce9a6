package demo

import (
	"fmt"

	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
)

// feast is one public holiday: days of every year ("05-28") or of one year
// ("2026-05-27").
type feast struct {
	Dates []string    `yaml:"dates"`
	Name  locale.Text `yaml:"name"`
	// Abroad marks holidays of the home country that posts abroad keep too.
	Abroad bool `yaml:"abroad"`
}

// feasts is holidays.yaml.
type feasts struct {
	Home []feast            `yaml:"home"`
	Host map[string][]feast `yaml:"host"`
}

func readFeasts() (feasts, error) {
	var f feasts
	err := read("holidays.yaml", &f)
	return f, err
}

// of gives the post's holidays in the years from first to last. A day that is
// one of the home country and of the host is told as the home country's.
func (f feasts) of(p post.Post, first, last int) []post.Holiday {
	var days []post.Holiday
	seen := map[string]bool{}
	add := func(all []feast, source post.Source, keep func(feast) bool) {
		for _, one := range all {
			if !keep(one) {
				continue
			}
			for _, date := range dates(one, first, last) {
				if !seen[date] {
					seen[date] = true
					days = append(days, post.Holiday{PostID: p.ID, Date: date, Name: one.Name, Source: source})
				}
			}
		}
	}
	add(f.Home, post.Home, func(one feast) bool { return one.Abroad || p.Type == post.ReceptionCentre })
	add(f.Host[p.Country], post.Host, func(feast) bool { return true })
	return days
}

func dates(one feast, first, last int) []string {
	var all []string
	for _, date := range one.Dates {
		if len(date) == len("2026-05-27") {
			all = append(all, date)
			continue
		}
		for year := first; year <= last; year++ {
			all = append(all, fmt.Sprintf("%04d-%s", year, date))
		}
	}
	return all
}
