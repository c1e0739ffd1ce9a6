package screenweb

import (
	"net/http"
	"time"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/web"
)

type searchPage struct {
	Form      *web.Form
	Kinds     []web.Option
	Countries []web.Option
	Asked     bool
	Found     []foundRow
}

type foundRow struct {
	screening.Found
	Row entryRow
}

func (p *Pages) search(w http.ResponseWriter, r *http.Request) error {
	form := &web.Form{}
	form.Set("kind", string(match.Individual))
	return p.showSearch(w, r, searchPage{Form: form})
}

func (p *Pages) showSearch(w http.ResponseWriter, r *http.Request, page searchPage) error {
	printer := web.PrinterOf(r.Context())
	for _, k := range []match.Kind{match.Individual, match.Entity} {
		page.Kinds = append(page.Kinds, web.Option{Value: string(k), Label: printer.T("screenweb.kind." + string(k))})
	}
	for _, c := range country.All(printer.Lang()) {
		page.Countries = append(page.Countries, web.Option{Value: c.Code, Label: c.Name})
	}
	return p.web.Render(w, r, status(page.Form), "screenweb/search.html", page)
}

// find answers a POST: a name that is looked for stands in no address.
func (p *Pages) find(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	page := searchPage{Form: form}
	var wrong fault.Fields
	person := match.Subject{Kind: match.Kind(form.Value("kind"))}
	if name := form.Value("name"); name != "" {
		person.Names = []string{name}
	}
	if text := form.Value("birth"); text != "" {
		b, ok := match.ParseBirth(text)
		if !ok {
			wrong.Add("birth", "screening.error.birth")
		}
		person.Births = []match.Birth{b}
	}
	if code := form.Value("nationality"); code != "" {
		person.Nationalities = []string{code}
	}
	if number := form.Value("number"); number != "" {
		person.Documents = []match.Document{{Number: number, Country: form.Value("issuer")}}
	}
	var at time.Time
	if day := form.Date("at"); day != "" {
		then, err := time.Parse(time.DateOnly, day)
		if err != nil {
			wrong.Add("at", "screening.error.date")
		}
		// The day as a whole: what was known at its end.
		at = then.AddDate(0, 0, 1).Add(-time.Millisecond)
	}
	if form.Refuse(wrong.Err()) {
		return p.showSearch(w, r, page)
	}
	found, err := p.Service.Search(r.Context(), personID(r), person, at)
	if form.RefuseOrSay(err, fault.Conflict, fault.Forbidden) {
		return p.showSearch(w, r, page)
	}
	if err != nil {
		return err
	}
	page.Asked = true
	for _, f := range found {
		page.Found = append(page.Found, foundRow{f, rowOf(f.Entry, web.PrinterOf(r.Context()).Lang())})
	}
	return p.showSearch(w, r, page)
}
