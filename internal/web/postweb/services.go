package postweb

import (
	"net/http"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

func (p *Pages) services(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, "services", nil, p.Services.Services())
}

type servicePage struct {
	Service   catalogue.Service
	Languages []string
	Release   string
	Posts     []post.Post
}

func (p *Pages) service(w http.ResponseWriter, r *http.Request) error {
	s, err := p.Services.Service(r.PathValue("service"))
	if err != nil {
		return err
	}
	posts, err := p.Posts.Offering(r.Context(), s.ID)
	if err != nil {
		return err
	}
	printer := web.PrinterOf(r.Context())
	page := servicePage{Service: s, Posts: posts, Release: releaseText(printer, s.Release)}
	names := display.Languages(language.Make(printer.Lang()))
	for _, lang := range s.Languages {
		page.Languages = append(page.Languages, names.Name(language.Make(lang)))
	}
	return p.show(w, r, "service", nil, page)
}

// releaseText says how places of a service usually become bookable.
func releaseText(printer *locale.Printer, release catalogue.Release) string {
	switch {
	case release.Batch != nil:
		return printer.T("postweb.release.batch", "Day", dayName(printer, release.Batch.Weekday), "Time", release.Batch.Time)
	case release.Ballot != nil:
		return printer.T("postweb.release.ballot", "Day", dayName(printer, release.Ballot.OpensWeekday),
			"Time", release.Ballot.OpensTime, "Days", release.Ballot.EntryDays)
	default:
		return printer.T("postweb.release.rolling", "Count", release.DaysAhead)
	}
}

func dayName(printer *locale.Printer, name string) string {
	day, ok := catalogue.Weekday(name)
	if !ok {
		return name
	}
	return printer.NameOfDay(day)
}
