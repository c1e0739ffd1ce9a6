package travelweb

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/travel/policy"
	"github.com/chancery/chancery/internal/web"
)

type tablePage struct {
	Form                          *web.Form
	Documents, Purposes, Outcomes []web.Option
	Rows                          []tableRow
	Version                       string
}

type tableRow struct {
	Name, Path string
	Steps      []tableStep
}

type tableStep struct{ Text, Colour string }

// table shows what every nationality needs, for one document, purpose and day.
// Outcome shows those who get it for a stay of any length.
func (room *Room) table(w http.ResponseWriter, r *http.Request) error {
	p := web.PrinterOf(r.Context())
	form := web.NewForm(r.URL.Query())
	for name, usual := range map[string]string{"document": policy.Documents[0], "purpose": policy.Purposes[0]} {
		if form.Value(name) == "" {
			form.Set(name, usual)
		}
	}
	q := policy.Question{Nationality: room.Policy.Country, Document: form.Value("document"), Purpose: form.Value("purpose"), On: form.Date("on")}
	if q.On == "" {
		q.On = room.today()
	}
	outcomes := make([]string, len(policy.Outcomes))
	for i, o := range policy.Outcomes {
		outcomes[i] = string(o)
	}
	page := tablePage{
		Form: form, Documents: options(p, "travelweb.document.", policy.Documents), Purposes: options(p, "travelweb.purpose.", policy.Purposes),
		Outcomes: options(p, "travelweb.outcome.", outcomes), Version: room.Policy.Version,
	}
	// One look refuses what fits no nationality.
	if _, err := room.Policy.Profile(q); form.Refuse(err) {
		return room.web.Render(w, r, http.StatusUnprocessableEntity, "travelweb/table.html", page)
	} else if err != nil {
		return err
	}
	wanted, outcome := country.Fold(form.Value("q")), policy.Outcome(form.Value("outcome"))
	for _, c := range country.All(p.Lang()) {
		if wanted != "" && !named(c.Code, wanted) {
			continue
		}
		q.Nationality = c.Code
		steps, err := room.Policy.Profile(q)
		if err != nil {
			return err
		}
		if outcome != "" && !slices.ContainsFunc(steps, func(s policy.Step) bool { return s.Outcome == outcome }) {
			continue
		}
		page.Rows = append(page.Rows, row(p, c, q, form, steps))
	}
	return room.web.Render(w, r, http.StatusOK, "travelweb/table.html", page)
}

// named says whether one of a country's names or a word in it begins with what
// was typed.
func named(code, wanted string) bool {
	for _, name := range country.Words(code) {
		name = country.Fold(name)
		if strings.HasPrefix(name, wanted) || strings.Contains(name, " "+wanted) {
			return true
		}
	}
	return false
}

func row(p *locale.Printer, c country.Country, q policy.Question, form *web.Form, steps []policy.Step) tableRow {
	ask := url.Values{"nationality": {c.Code}, "document": {q.Document}, "purpose": {q.Purpose}}
	for _, box := range []string{"on.day", "on.month", "on.year"} {
		if v := form.Value(box); v != "" {
			ask.Set(box, v)
		}
	}
	out := tableRow{Name: c.Name, Path: "/visa?" + ask.Encode()}
	for i, s := range steps {
		text := p.T(key("travelweb.outcome.", string(s.Outcome)))
		switch {
		case s.Period != policy.Period{}:
			text = p.T("travelweb.table.to_window", "Outcome", text, "Days", s.Period.Days, "In", s.Period.In)
		case s.MaxDays > 0:
			text = p.T("travelweb.table.to_days", "Outcome", text, "Days", s.MaxDays)
		case i > 0:
			text = p.T("travelweb.table.beyond", "Outcome", text)
		}
		out.Steps = append(out.Steps, tableStep{text, colours[s.Outcome]})
	}
	return out
}
