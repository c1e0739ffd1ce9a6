package casework

import (
	"context"
	"time"

	"github.com/chancery/chancery/internal/post"
)

// longest bounds the search for working days, in days: a post that is closed
// for longer has no deadlines.
const longest = 2 * 366

// WorkingDay gives the local day that is n working days of the post after the
// day from: a request of Friday with n = 1 is due on Monday. n < 1 gives from.
func (s *Service) WorkingDay(ctx context.Context, postID, from string, n int) (string, error) {
	day := from
	for range longest {
		if n < 1 {
			break
		}
		var err error
		if day, err = nextDay(day); err != nil {
			return "", err
		}
		works, err := s.calendar.Working(ctx, postID, day)
		if err != nil {
			return "", err
		}
		if works {
			n--
		}
	}
	return day, nil
}

// WorkingDays counts the working days of the post after the day from, up to and
// with the day to; 0 when to is not after from.
func (s *Service) WorkingDays(ctx context.Context, postID, from, to string) (int, error) {
	n := 0
	for day := from; day < to && n < longest; {
		var err error
		if day, err = nextDay(day); err != nil {
			return 0, err
		}
		works, err := s.calendar.Working(ctx, postID, day)
		if err != nil {
			return 0, err
		}
		if works {
			n++
		}
	}
	return n, nil
}

func nextDay(day string) (string, error) {
	t, err := time.Parse(time.DateOnly, day)
	return t.AddDate(0, 0, 1).Format(time.DateOnly), err
}

// Posts is what PostDays asks about posts; *post.Service is one.
type Posts interface {
	Get(ctx context.Context, id string) (post.Post, error)
	IsHoliday(ctx context.Context, postID, date string) (post.Holiday, bool, error)
	Closures(ctx context.Context, postID, from, to string) ([]post.Closure, error)
}

// PostDays is the Calendar of the posts: they rest on the weekend of the country
// where they are, on their holidays and while they are closed.
type PostDays struct{ Posts Posts }

// Today implements Calendar.
func (d PostDays) Today(ctx context.Context, postID string, t time.Time) (string, error) {
	p, err := d.Posts.Get(ctx, postID)
	if err != nil {
		return "", err
	}
	date, _ := post.Local(p.Location(), t)
	return date, nil
}

// Working implements Calendar.
func (d PostDays) Working(ctx context.Context, postID, date string) (bool, error) {
	p, err := d.Posts.Get(ctx, postID)
	if err != nil {
		return false, err
	}
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return false, err
	}
	rest, other := weekends[p.Country]
	if !other {
		rest = [2]time.Weekday{time.Saturday, time.Sunday}
	}
	if day.Weekday() == rest[0] || day.Weekday() == rest[1] {
		return false, nil
	}
	if _, holiday, err := d.Posts.IsHoliday(ctx, postID, date); holiday || err != nil {
		return false, err
	}
	closures, err := d.Posts.Closures(ctx, postID, date, date)
	return len(closures) == 0, err
}

// weekends are those of countries that rest on other days than Saturday and
// Sunday, by ISO 3166-1 alpha-3.
var weekends = map[string][2]time.Weekday{
	"BHR": fridaySaturday, "BGD": fridaySaturday, "DZA": fridaySaturday, "EGY": fridaySaturday, "IRQ": fridaySaturday, "ISR": fridaySaturday,
	"JOR": fridaySaturday, "KWT": fridaySaturday, "LBY": fridaySaturday, "OMN": fridaySaturday, "PSE": fridaySaturday, "QAT": fridaySaturday,
	"SAU": fridaySaturday, "SDN": fridaySaturday, "SYR": fridaySaturday, "YEM": fridaySaturday,
	"IRN": {time.Thursday, time.Friday}, "AFG": {time.Thursday, time.Friday},
}

var fridaySaturday = [2]time.Weekday{time.Friday, time.Saturday}
