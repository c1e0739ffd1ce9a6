package screenweb

import (
	"context"
	"net/http"
	"net/url"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/screening/match"
	"github.com/chancery/chancery/internal/web"
)

const perPage = 50

type hitsPage struct {
	Form   *web.Form
	States []web.Option
	Hits   []hitRow
	Next   string
}

type hitRow struct {
	*screening.Hit
	Where, Judge, Confirmer string
	Colour                  string
}

// Path is the hit's own page.
func (h hitRow) Path() string { return "/staff/screening/" + h.PostID + "/hits/" + h.ID }

var colours = map[screening.State]string{screening.Open: "red", screening.Judged: "yellow", screening.Settled: "green", screening.ClearedEarlier: "grey"}

var verdicts = map[screening.Verdict][2]string{
	screening.Other: {"screenweb.verdict.v_other", "screenweb.verdict_hint.v_other"},
	screening.Same:  {"screenweb.verdict.v_same", "screenweb.verdict_hint.v_same"},
}

func (p *Pages) hits(w http.ResponseWriter, r *http.Request) error {
	ids, where, err := p.posts(r)
	if err != nil {
		return err
	}
	state := screening.State(r.URL.Query().Get("state"))
	if state == "" {
		state = screening.Open
	}
	if colours[state] == "" {
		state = ""
	}
	after := r.URL.Query().Get("after")
	if !isID(after) {
		after = ""
	}
	found, err := p.Service.Hits(r.Context(), screening.Filter{PostIDs: ids, State: state, After: after, Limit: perPage + 1})
	if err != nil {
		return err
	}
	page := hitsPage{Form: &web.Form{}}
	if len(found) > perPage {
		found = found[:perPage]
		page.Next = "/staff/screening/hits?" + url.Values{"state": {r.URL.Query().Get("state")}, "after": {found[perPage-1].ID}}.Encode()
	}
	var people []string
	for _, h := range found {
		people = append(people, h.JudgedBy, h.ConfirmedBy)
	}
	names, err := p.names(r.Context(), people...)
	if err != nil {
		return err
	}
	for _, h := range found {
		page.Hits = append(page.Hits, hitRow{h, where[h.PostID], names[h.JudgedBy], names[h.ConfirmedBy], colours[h.State]})
	}
	printer := web.PrinterOf(r.Context())
	for _, s := range screening.States {
		page.States = append(page.States, web.Option{Value: string(s), Label: printer.T("screenweb.state." + string(s))})
	}
	page.States = append(page.States, web.Option{Value: "all", Label: printer.T("screenweb.all_states")})
	page.Form.Set("state", string(state))
	if state == "" {
		page.Form.Set("state", "all")
	}
	return p.web.Render(w, r, http.StatusOK, "screenweb/hits.html", page)
}

type hitPage struct {
	hitRow
	Form     *web.Form
	Row      entryRow
	Person   entryRow
	Names    map[string]string // by staff id
	Verdicts []web.Option
	// Now says that the entry is on the list still, Changed that it reads
	// otherwise today.
	NowOn, Changed             bool
	MayJudge, MayConfirm, Mine bool
}

// wanted gives the hit that the address names, if it is the post's.
func (p *Pages) wanted(r *http.Request) (*screening.Hit, error) {
	if !isID(r.PathValue("hit")) {
		return nil, fault.NewNotFound("screening.error.no_hit")
	}
	h, err := p.Service.Hit(r.Context(), r.PathValue("hit"))
	if err == nil && h.PostID != r.PathValue("post") {
		return nil, fault.NewNotFound("screening.error.no_hit")
	}
	return h, err
}

func (p *Pages) hit(w http.ResponseWriter, r *http.Request) error {
	return p.showHit(w, r, &web.Form{})
}

func (p *Pages) showHit(w http.ResponseWriter, r *http.Request, form *web.Form) error {
	h, err := p.wanted(r)
	if err != nil {
		return err
	}
	_, where, err := p.posts(r)
	if err != nil {
		return err
	}
	people := []string{h.JudgedBy, h.ConfirmedBy, h.Check.Actor}
	for _, j := range h.Judgements {
		people = append(people, j.Actor)
	}
	if h.Earlier != nil {
		people = append(people, h.Earlier.JudgedBy, h.Earlier.ConfirmedBy)
	}
	names, err := p.names(r.Context(), people...)
	if err != nil {
		return err
	}
	printer, person := web.PrinterOf(r.Context()), web.PersonOf(r.Context())
	page := hitPage{hitRow: hitRow{h, where[h.PostID], names[h.JudgedBy], names[h.ConfirmedBy], colours[h.State]}, Form: form, Row: rowOf(&h.Entry, printer.Lang()), Names: names}
	asked := &match.Entry{Births: h.Person.Births, Nationalities: h.Person.Nationalities, Documents: h.Person.Documents}
	for _, n := range h.Person.Names {
		asked.Names = append(asked.Names, match.Name{Text: n})
	}
	page.Person = rowOf(asked, printer.Lang())
	page.NowOn = h.Now != nil
	page.Changed = h.Now != nil && !sameEntry(*h.Now, h.Entry, printer.Lang())
	page.Mine = h.JudgedBy == person.ID()
	page.MayJudge = h.State == screening.Open && person.May(string(identity.HitJudge), h.PostID)
	page.MayConfirm = h.State == screening.Judged && !page.Mine && person.May(string(identity.HitConfirm), h.PostID)
	for _, v := range []screening.Verdict{screening.Other, screening.Same} {
		page.Verdicts = append(page.Verdicts, web.Option{Value: string(v), Label: printer.T(verdicts[v][0]), Hint: printer.T(verdicts[v][1])})
	}
	return p.web.Render(w, r, status(form), "screenweb/hit.html", page)
}

// sameEntry says whether the pages would show two states of an entry alike.
func sameEntry(a, b match.Entry, lang string) bool {
	x, y := rowOf(&a, lang), rowOf(&b, lang)
	return x.Title() == y.Title() && x.Births == y.Births && x.Other == y.Other && x.Nationality == y.Nationality && x.Papers == y.Papers && x.Note == y.Note && x.Reason == y.Reason
}

func (p *Pages) judge(w http.ResponseWriter, r *http.Request) error {
	return p.say(w, r, "screenweb.judged", func(ctx context.Context, actor, id string, form *web.Form) error {
		return p.Service.Judge(ctx, actor, id, screening.Verdict(form.Value("verdict")), form.Value("reason"))
	})
}

func (p *Pages) confirm(w http.ResponseWriter, r *http.Request) error {
	return p.say(w, r, "screenweb.confirmed", func(ctx context.Context, actor, id string, form *web.Form) error {
		return p.Service.Confirm(ctx, actor, id, form.Value("reason"))
	})
}

func (p *Pages) giveBack(w http.ResponseWriter, r *http.Request) error {
	return p.say(w, r, "screenweb.returned", func(ctx context.Context, actor, id string, form *web.Form) error {
		return p.Service.Return(ctx, actor, id, form.Value("reason"))
	})
}

func (p *Pages) say(w http.ResponseWriter, r *http.Request, said string, do func(context.Context, string, string, *web.Form) error) error {
	h, err := p.wanted(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := do(r.Context(), personID(r), h.ID, form); form.RefuseOrSay(err, fault.Conflict, fault.Forbidden) {
		return p.showHit(w, r, form)
	} else if err != nil {
		return err
	}
	p.web.Flash(w, web.Flash{Kind: "success", Key: said})
	web.SeeOther(w, r, hitRow{Hit: h}.Path())
	return nil
}
