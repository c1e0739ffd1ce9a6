package screenweb

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/web"
)

type entriesPage struct {
	Form *web.Form
	List screening.List
	// Version is the one shown; Old says that there is a newer one.
	Version   screening.Version
	Old       bool
	Entries   []listedRow
	Next      string
	MayRemove bool
}

type listedRow struct {
	entryRow
	Period string
	Chosen bool
}

// listOf gives the list that the address names.
func listOf(r *http.Request) (screening.List, error) {
	list := screening.List(r.PathValue("list"))
	if !list.Known() {
		return "", fault.NewNotFound("screening.error.no_list")
	}
	return list, nil
}

func (p *Pages) entries(w http.ResponseWriter, r *http.Request) error {
	return p.showEntries(w, r, &web.Form{})
}

func (p *Pages) showEntries(w http.ResponseWriter, r *http.Request, form *web.Form) error {
	list, err := listOf(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	now, err := p.Service.Current(ctx, list)
	if err != nil {
		return err
	}
	page := entriesPage{Form: form, List: list, Version: now}
	asked := r.URL.Query().Get("version")
	number, _ := strconv.Atoi(asked)
	if asked != "" && number != now.Number {
		if page.Version, err = p.Service.Version(ctx, list, number); err != nil {
			return err
		}
		page.Old = true
	} else {
		number = 0
	}
	found, err := p.Service.Browse(ctx, list, number, r.URL.Query().Get("after"), perPage+1)
	if err != nil {
		return err
	}
	if len(found) > perPage {
		found = found[:perPage]
		query := url.Values{"after": {found[perPage-1].Entry.ID}}
		if page.Old {
			query.Set("version", asked)
		}
		page.Next = "/staff/screening/lists/" + string(list) + "?" + query.Encode()
	}
	printer := web.PrinterOf(ctx)
	for _, one := range found {
		row := listedRow{entryRow: rowOf(&one.Entry, printer.Lang()), Period: period(&one.Entry, printer), Chosen: form.Has("entries", one.Entry.ID)}
		row.Since = one.Since
		page.Entries = append(page.Entries, row)
	}
	page.MayRemove = list == screening.National && !page.Old && len(page.Entries) > 0 && mayChange(r)
	return p.web.Render(w, r, status(form), "screenweb/entries.html", page)
}

// period writes from when until when an entry holds, "" for always.
func period(e *match.Entry, p *locale.Printer) string {
	day := func(text string) string {
		if t, err := time.Parse(time.DateOnly, text); err == nil {
			return p.ShortDate(t)
		}
		return text
	}
	switch {
	case e.From != "" && e.Until != "":
		return day(e.From) + " – " + day(e.Until)
	case e.From != "":
		return p.T("screenweb.holds_from", "Date", day(e.From))
	case e.Until != "":
		return p.T("screenweb.holds_until", "Date", day(e.Until))
	}
	return ""
}

type removedPage struct {
	List screening.List
	Gone []goneRow
	Next string
}

type goneRow struct {
	entryRow
	Removal screening.Version
	Who     string
}

// removed shows what was taken off a list, when, by whom and why.
func (p *Pages) removed(w http.ResponseWriter, r *http.Request) error {
	list, err := listOf(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	before, _ := strconv.Atoi(r.URL.Query().Get("before"))
	gone, err := p.Service.Removals(ctx, list, before, maxRemovals)
	if err != nil {
		return err
	}
	var actors []string
	for _, g := range gone {
		actors = append(actors, g.Removal.Actor)
	}
	names, err := p.names(ctx, actors...)
	if err != nil {
		return err
	}
	page := removedPage{List: list}
	for _, g := range gone {
		page.Gone = append(page.Gone, goneRow{rowOf(&g.Entry, web.PrinterOf(ctx).Lang()), g.Removal, names[strings.TrimPrefix(g.Removal.Actor, "staff:")]})
	}
	slices.SortStableFunc(page.Gone, func(a, b goneRow) int {
		return cmp.Or(cmp.Compare(b.Removal.Number, a.Removal.Number), cmp.Compare(a.ID, b.ID))
	})
	// A version is shown as a whole: the next page begins with the one before.
	if len(gone) == maxRemovals && gone[len(gone)-1].Removal.Number < gone[0].Removal.Number {
		last := gone[len(gone)-1].Removal.Number
		for len(page.Gone) > 0 && page.Gone[len(page.Gone)-1].Removal.Number == last {
			page.Gone = page.Gone[:len(page.Gone)-1]
		}
		page.Next = "/staff/screening/removed/" + string(list) + "?before=" + strconv.Itoa(last+1)
	}
	return p.web.Render(w, r, http.StatusOK, "screenweb/removed.html", page)
}

// maxRemovals bounds one page of removals; more of one version than that are
// cut.
const maxRemovals = 200

// remove takes the chosen entries off the national list, as one record.
func (p *Pages) remove(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	r.SetPathValue("list", string(screening.National))
	err = p.Service.Remove(r.Context(), personID(r), form.All("entries"), form.Value("reason"))
	if form.RefuseOrSay(err, fault.Conflict) {
		return p.showEntries(w, r, form)
	} else if err != nil {
		return err
	}
	p.web.Flash(w, web.Flash{Kind: "success", Key: "screenweb.taken_off"})
	web.SeeOther(w, r, "/staff/screening/removed/national")
	return nil
}

type addPage struct {
	Form      *web.Form
	Kinds     []web.Option
	Countries []web.Option
}

func (p *Pages) add(w http.ResponseWriter, r *http.Request) error {
	form := &web.Form{}
	form.Set("kind", string(match.Individual))
	return p.showAdd(w, r, form)
}

func (p *Pages) showAdd(w http.ResponseWriter, r *http.Request, form *web.Form) error {
	page, printer := addPage{Form: form}, web.PrinterOf(r.Context())
	for _, k := range []match.Kind{match.Individual, match.Entity} {
		page.Kinds = append(page.Kinds, web.Option{Value: string(k), Label: printer.T("screenweb.kind." + string(k))})
	}
	for _, c := range country.All(printer.Lang()) {
		page.Countries = append(page.Countries, web.Option{Value: c.Code, Label: c.Name})
	}
	return p.web.Render(w, r, status(form), "screenweb/add.html", page)
}

// put adds an entry to the national list.
func (p *Pages) put(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	var wrong fault.Fields
	e := match.Entry{ID: form.Value("id"), Kind: match.Kind(form.Value("kind")), Reason: form.Value("reason"), From: form.Date("from"), Until: form.Date("until")}
	for i, name := range strings.Split(form.Value("names"), "\n") {
		if name = strings.TrimSpace(name); name != "" {
			quality := match.Good
			if i == 0 {
				quality = match.Primary
			}
			e.Names = append(e.Names, match.Name{Text: name, Quality: quality})
		}
	}
	if text := form.Value("birth"); text != "" {
		b, ok := match.ParseBirth(text)
		if !ok {
			wrong.Add("birth", "screening.error.birth")
		}
		e.Births = []match.Birth{b}
	}
	if code := form.Value("nationality"); code != "" {
		e.Nationalities = []string{code}
	}
	if number := form.Value("number"); number != "" {
		e.Documents = []match.Document{{Number: number, Country: form.Value("issuer")}}
	}
	err = wrong.Err()
	if err == nil {
		err = p.Service.Add(r.Context(), personID(r), e)
	}
	if form.RefuseOrSay(err, fault.Conflict) {
		return p.showAdd(w, r, form)
	} else if err != nil {
		return err
	}
	p.web.Flash(w, web.Flash{Kind: "success", Key: "screenweb.put_on"})
	web.SeeOther(w, r, "/staff/screening/lists/national")
	return nil
}
