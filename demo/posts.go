package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
)

// declaration is one file of posts/.
type declaration struct {
	ID                   string      `yaml:"id"`
	Type                 post.Type   `yaml:"type"`
	Name                 locale.Text `yaml:"name"`
	City                 locale.Text `yaml:"city"`
	Country              string      `yaml:"country"`
	Address              locale.Text `yaml:"address"`
	Latitude             float64     `yaml:"latitude"`
	Longitude            float64     `yaml:"longitude"`
	Zone                 string      `yaml:"zone"`
	Phone                string      `yaml:"phone"`
	Email                string      `yaml:"email"`
	Opening              locale.Text `yaml:"opening"`
	Services             []string    `yaml:"services"`
	MinimumNoticeMinutes int         `yaml:"minimum_notice_minutes"`
	HorizonDays          int         `yaml:"horizon_days"`
	Counters             []counter   `yaml:"counters"`
	Plan                 []Rule      `yaml:"plan"`
}

type counter struct {
	Label    string   `yaml:"label"`
	Services []string `yaml:"services"`
}

func (d declaration) setup() post.Setup {
	s := post.Setup{Post: post.Post{
		ID: d.ID, Type: d.Type, Name: d.Name, City: d.City, Country: d.Country, Address: d.Address,
		Latitude: d.Latitude, Longitude: d.Longitude, Zone: d.Zone, Phone: d.Phone, Email: d.Email,
		Opening: d.Opening, Services: d.Services, MinimumNoticeMinutes: d.MinimumNoticeMinutes,
		HorizonDays: d.HorizonDays, Active: true,
	}}
	for _, c := range d.Counters {
		s.Counters = append(s.Counters, post.Counter{PostID: d.ID, Label: c.Label, Services: c.Services, Active: true})
	}
	return s
}

// Posts gives the posts with their counters and the holidays of holidays.yaml
// from the year before to the second year after now's.
func Posts(now time.Time) ([]post.Setup, error) {
	all, err := declarations()
	if err != nil {
		return nil, err
	}
	days, err := readFeasts()
	if err != nil {
		return nil, err
	}
	setups := make([]post.Setup, len(all))
	for i, d := range all {
		setups[i] = d.setup()
		setups[i].Holidays = days.of(setups[i].Post, now.Year()-1, now.Year()+2)
	}
	return setups, nil
}

// Loader is the part of *post.Service that LoadPosts needs.
type Loader interface {
	Load(ctx context.Context, actor string, setups []post.Setup) error
	ImportHolidays(ctx context.Context, actor, postID string, file io.Reader) (added, skipped int, err error)
}

// LoadPosts writes posts, counters and holidays into an empty database. The
// holidays of some countries come from calendar files, by the same import that
// an administrator uses.
func LoadPosts(ctx context.Context, posts Loader, now time.Time) error {
	setups, err := Posts(now)
	if err != nil {
		return err
	}
	if err := posts.Load(ctx, actor, setups); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	for _, s := range setups {
		text, err := Calendar(s.Post.Country)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if _, _, err := posts.ImportHolidays(ctx, actor, s.Post.ID, bytes.NewReader(text)); err != nil {
			return fmt.Errorf("demo: holidays of %s: %w", s.Post.ID, err)
		}
	}
	return nil
}

// actor is under whom the demonstration's data stands in the audit trail.
const actor = "system"

// Calendar gives the calendar file (RFC 5545) of a country's public holidays;
// an error that is fs.ErrNotExist when the demonstration has none.
func Calendar(alpha3 string) ([]byte, error) {
	text, err := files.ReadFile("holidays/" + alpha3 + ".ics")
	if err != nil {
		return nil, fmt.Errorf("demo: calendar of %s: %w", alpha3, err)
	}
	return text, nil
}
