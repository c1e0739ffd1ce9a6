package guardweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/guard"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/web"
)

const casesPerPage = 50

type casesPage struct {
	Form   *web.Form
	Posts  []web.Option
	States []web.Option
	Cases  []caseRow
	Older  string
}

type caseRow struct {
	*guard.Case
	Where, Proposer, Decider string
	Colour                   string
}

// Path is the case's own page.
func (c caseRow) Path() string { return "/staff/review/" + c.PostID + "/cases/" + c.ID }

var caseColours = map[guard.CaseState]string{guard.Proposed: "yellow", guard.Approved: "red", guard.Rejected: "grey"}

// isID says whether text can be an identifier of ours; the database need not be
// asked about bytes that are no text.
func isID(text string) bool { return uuid.Validate(text) == nil }

// listCases lists the cases of the scope's posts, newest first, and says
// whether there are more.
func (p *Pages) listCases(r *http.Request, sc *scope, f guard.CaseFilter) (cases []*guard.Case, more bool, err error) {
	for _, id := range sc.asked() {
		f.PostID, f.Limit = id, casesPerPage
		some, err := p.Cases.List(r.Context(), f)
		if err != nil {
			return nil, false, err
		}
		more = more || len(some) == casesPerPage
		cases = append(cases, some...)
	}
	// Identifiers are ordered by time, so the keyset holds across posts.
	slices.SortFunc(cases, func(a, b *guard.Case) int { return strings.Compare(b.ID, a.ID) })
	if len(cases) > casesPerPage {
		cases, more = cases[:casesPerPage], true
	}
	return cases, more, nil
}

func (p *Pages) cases(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	sc, err := p.scopeOf(r, q.Get("post"))
	if err != nil {
		return err
	}
	state := guard.CaseState(q.Get("state"))
	if caseColours[state] == "" {
		state = ""
	}
	before := q.Get("before")
	if !isID(before) {
		before = ""
	}
	found, more, err := p.listCases(r, sc, guard.CaseFilter{State: state, Before: before})
	if err != nil {
		return err
	}
	printer := web.PrinterOf(r.Context())
	page := casesPage{Form: &web.Form{}, Posts: sc.options(printer.Lang())}
	page.Form.Set("post", sc.Post)
	page.Form.Set("state", string(state))
	for _, s := range []guard.CaseState{guard.Proposed, guard.Approved, guard.Rejected} {
		page.States = append(page.States, web.Option{Value: string(s), Label: printer.T("guardweb.case_state." + string(s))})
	}
	names, err := p.names(r.Context(), found...)
	if err != nil {
		return err
	}
	for _, c := range found {
		page.Cases = append(page.Cases, rowOf(c, sc.name(c.PostID, printer.Lang()), names))
	}
	if more {
		page.Older = "/staff/review/cases?" + url.Values{"post": {sc.Post}, "state": {string(state)}, "before": {found[len(found)-1].ID}}.Encode()
	}
	return p.web.Render(w, r, http.StatusOK, "guardweb/cases.html", page)
}

func rowOf(c *guard.Case, where string, names map[string]string) caseRow {
	return caseRow{Case: c, Where: where, Proposer: names[c.ProposedBy], Decider: names[c.DecidedBy], Colour: caseColours[c.State]}
}

func (p *Pages) names(ctx context.Context, cases ...*guard.Case) (map[string]string, error) {
	var ids []string
	for _, c := range cases {
		ids = append(ids, c.ProposedBy)
		if c.DecidedBy != "" {
			ids = append(ids, c.DecidedBy)
		}
	}
	slices.Sort(ids)
	return p.People.NamesOf(ctx, slices.Compact(ids))
}

func (p *Pages) propose(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	at := r.PathValue("post")
	bookings := slices.DeleteFunc(slices.Clone(form.All("bookings")), func(id string) bool { return !isID(id) })
	made, err := p.Cases.Propose(r.Context(), web.PersonOf(r.Context()).ID(), guard.Proposal{
		PostID: at, Pattern: guard.Pattern(form.Value("pattern")), Bookings: bookings, Reason: form.Value("reason"), Note: form.Value("note"),
	})
	if form.RefuseOrSay(err, fault.Conflict, fault.Forbidden) {
		days, err := strconv.Atoi(form.Value("days"))
		if err != nil || !slices.Contains(periods, days) {
			days = usualDays
		}
		return p.showFinding(w, r, form.Value("scope"), form.Value("pattern"), form.Value("key"), days, form, at)
	}
	if err != nil {
		return err
	}
	p.web.Flash(w, web.Flash{Kind: "success", Key: "guardweb.proposed"})
	web.SeeOther(w, r, "/staff/review/"+at+"/cases/"+made.ID)
	return nil
}

type casePage struct {
	caseRow
	Form     *web.Form
	Bookings []bookingRow
	// MayDecide: another officer than the one who proposed.
	MayDecide, Own bool
}

// wanted gives the case that the address names, if it is the post's.
func (p *Pages) wanted(r *http.Request) (*guard.Case, error) {
	if !isID(r.PathValue("case")) {
		return nil, fault.NewNotFound("guard.case_not_found")
	}
	c, err := p.Cases.Case(r.Context(), r.PathValue("case"))
	if err == nil && c.PostID != r.PathValue("post") {
		return nil, fault.NewNotFound("guard.case_not_found")
	}
	return c, err
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	c, err := p.wanted(r)
	if err != nil {
		return err
	}
	return p.showCase(w, r, c, &web.Form{})
}

func (p *Pages) showCase(w http.ResponseWriter, r *http.Request, c *guard.Case, form *web.Form) error {
	sc, err := p.scopeOf(r, c.PostID)
	if err != nil {
		return err
	}
	names, err := p.names(r.Context(), c)
	if err != nil {
		return err
	}
	lang, person := web.PrinterOf(r.Context()).Lang(), web.PersonOf(r.Context())
	page := casePage{caseRow: rowOf(c, sc.name(c.PostID, lang), names), Form: form, Own: c.ProposedBy == person.ID()}
	page.MayDecide = c.State == guard.Proposed && !page.Own && person.May(string(identity.VoidSecond), c.PostID)
	ids, fates := make([]string, len(c.Bookings)), map[string]guard.CaseBooking{}
	for i, b := range c.Bookings {
		ids[i], fates[b.ID] = b.ID, b
	}
	seen, err := p.Cases.Evidence(r.Context(), ids)
	if err != nil {
		return err
	}
	for _, e := range seen {
		row := p.bookingRow(e, sc, lang, page.Bookings)
		row.CaseState, row.Refusal = "guardweb.fate."+fates[e.ID].State, fates[e.ID].Refusal
		page.Bookings = append(page.Bookings, row)
	}
	status := http.StatusOK
	if len(form.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return p.web.Render(w, r, status, "guardweb/case.html", page)
}

func (p *Pages) approve(w http.ResponseWriter, r *http.Request) error {
	return p.decide(w, r, p.Cases.Approve, "guardweb.approved")
}

func (p *Pages) reject(w http.ResponseWriter, r *http.Request) error {
	return p.decide(w, r, p.Cases.Reject, "guardweb.rejected")
}

func (p *Pages) decide(w http.ResponseWriter, r *http.Request, do func(ctx context.Context, actor, id, decision string) error, said string) error {
	c, err := p.wanted(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := do(r.Context(), web.PersonOf(r.Context()).ID(), c.ID, form.Value("decision")); form.RefuseOrSay(err, fault.Conflict, fault.Forbidden) {
		// The state on the page is the one that refused.
		if c, err = p.wanted(r); err != nil {
			return err
		}
		return p.showCase(w, r, c, form)
	} else if err != nil {
		return err
	}
	p.web.Flash(w, web.Flash{Kind: "success", Key: said})
	web.SeeOther(w, r, "/staff/review/"+c.PostID+"/cases/"+c.ID)
	return nil
}
