package postweb

import (
	"net/http"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/web"
)

type servicesPage struct {
	Services []catalogue.Service
	// Applied are the services that are only applied for.
	Applied []*form.Definition
}

func (p *Pages) services(w http.ResponseWriter, r *http.Request) error {
	page := servicesPage{Services: p.Services.Services()}
	for _, d := range p.Questionnaires.All() {
		if _, err := p.Services.Service(d.ServiceID); err != nil {
			page.Applied = append(page.Applied, d)
		}
	}
	return p.show(w, r, "services", nil, page)
}

type servicePage struct {
	Service   catalogue.Service
	Languages []string
	Release   string
	Posts     []post.Post
	// Apply are the questionnaires to be filled in for the service, or before
	// its appointment.
	Apply []applyLink
}

type applyLink struct {
	Title locale.Text
	Path  string
	// First says that the appointment is an interview about an application.
	First bool
}

// applyPath is where people apply for a service online.
func applyPath(serviceID string) string { return "/services/" + serviceID + "/apply" }

// applications lists what is filled in for a service.
func (p *Pages) applications(serviceID string) []applyLink {
	var links []applyLink
	for _, d := range p.Questionnaires.All() {
		if d.ServiceID == serviceID || d.Case.Appointment == serviceID {
			links = append(links, applyLink{d.Title, applyPath(d.ServiceID), d.ServiceID != serviceID})
		}
	}
	return links
}

func (p *Pages) service(w http.ResponseWriter, r *http.Request) error {
	s, err := p.Services.Service(r.PathValue("service"))
	if err != nil {
		if d, ok := p.Questionnaires.For(r.PathValue("service")); ok { // nothing is booked for it
			web.SeeOther(w, r, applyPath(d.ServiceID))
			return nil
		}
		return err
	}
	posts, err := p.Posts.Offering(r.Context(), s.ID)
	if err != nil {
		return err
	}
	printer := web.PrinterOf(r.Context())
	page := servicePage{Service: s, Posts: posts, Release: releaseText(printer, s.Release), Apply: p.applications(s.ID)}
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
