package travelweb

import (
	"embed"
	"net/http"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/travel/policy"
	"github.com/chancery/chancery/internal/web"
	"github.com/chancery/chancery/internal/web/api"
)

//go:embed templates/*.html
var templates embed.FS

// Room is the public side of the visa rules.
type Room struct {
	Policy *policy.Policy
	// Next says where somebody with this outcome goes on: to apply or to book.
	// Who has no path is sent to Ask, when there is something to do.
	Next map[policy.Outcome]string
	// Ask is where people find a post to ask.
	Ask string

	web *web.Server
}

// Register adds the pages to the server and the operations to the API.
func (room *Room) Register(s *web.Server, a *api.API) error {
	room.web = s
	s.Handle("GET /visa", web.Public, room.ask)
	s.Handle("GET /visa/table", web.Public, room.table)
	s.Handle("GET /visa/records/{record}", web.Public, room.record)
	s.HomeSection(web.HomeSection{Order: 20, Path: "/visa", Title: "travelweb.home.title", Text: "travelweb.home.text"})
	room.operations(a)
	return s.Templates("travelweb", templates)
}

// today is the day on which somebody enters who names none.
func (room *Room) today() string { return room.web.Now().UTC().Format(time.DateOnly) }

// key brings an identifier into the name of a translation.
func key(prefix, id string) string { return prefix + strings.ReplaceAll(id, "-", "_") }

// options lists identifiers with their names.
func options(p *locale.Printer, prefix string, ids []string) []web.Option {
	all := make([]web.Option, len(ids))
	for i, id := range ids {
		all[i] = web.Option{Value: id, Label: p.T(key(prefix, id))}
	}
	return all
}

func nationalities(p *locale.Printer) []web.Option {
	var all []web.Option
	for _, c := range country.All(p.Lang()) {
		all = append(all, web.Option{Value: c.Code, Label: c.Name})
	}
	return all
}

// date writes a day of the rules, "2026-11-25", for people.
func date(p *locale.Printer, day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return p.Date(t)
}

// record shows an agreement that rules rest on.
func (room *Room) record(w http.ResponseWriter, r *http.Request) error {
	act, err := room.Policy.Record(r.PathValue("record"))
	if err != nil {
		return err
	}
	p := web.PrinterOf(r.Context())
	page := recordPage{Record: act, Signed: act.Signed, InForce: date(p, act.InForce), Until: date(p, act.Until), Rules: room.Policy.Resting(act.ID)}
	if len(act.Signed) == len(time.DateOnly) {
		page.Signed = date(p, act.Signed)
	}
	for _, party := range act.Parties {
		page.Parties = append(page.Parties, country.Name(party, p.Lang()))
	}
	return room.web.Render(w, r, http.StatusOK, "travelweb/record.html", page)
}

type recordPage struct {
	Record                 policy.Record
	Parties                []string
	Signed, InForce, Until string
	Rules                  []policy.Rule
}
