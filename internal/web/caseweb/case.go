package caseweb

import (
	"net/http"
	"slices"
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/country"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/post"
	"github.com/chancery/chancery/internal/screening"
	"github.com/chancery/chancery/internal/web"
)

// visit is one officer with one case before them.
type visit struct {
	*casework.Case
	Form  *web.Form
	At    post.Post
	Names map[string]string // by staff id, and by actor of the audit trail
	// Service, Country and Purpose are the names of what the case has as codes.
	Service, Country, PurposeText string
	Days                          int // working days to the due date, or since it
	// Seen is the number of events that the page shows; a form brings it back,
	// and what came after is Meanwhile.
	Seen      int
	Meanwhile []casework.Event
	Preview   *preview

	sees, works, decides bool
	mayDecide            error
	r                    *http.Request
}

// wanted gives the application that the address names, if the person may see
// cases of its post, and the scope of that permission. Everything else is not
// found. Forbidden when they may see it, but lack the other permission.
func (p *Pages) wanted(r *http.Request, need identity.Permission) (*casework.Application, *scope, error) {
	a, err := p.Cases.ByReference(r.Context(), r.PathValue("reference"))
	if err != nil {
		return nil, nil, err
	}
	if a.State == casework.Draft || a.State == casework.Erased || !may(r, identity.CasesSee, a.PostID) {
		return nil, nil, fault.NewNotFound("casework.not_found")
	}
	if !may(r, need, a.PostID) {
		return nil, nil, fault.NewForbidden("web.error.not_allowed")
	}
	sc, err := p.scopeOf(r, identity.CasesSee, "")
	if err != nil {
		return nil, nil, err
	}
	return a, sc, p.Reads.Opened(r.Context(), me(r), a)
}

// visit reads the case for a page.
func (p *Pages) visit(r *http.Request, need identity.Permission, form *web.Form) (*visit, error) {
	a, sc, err := p.wanted(r, need)
	if err != nil {
		return nil, err
	}
	c, err := p.Cases.Case(r.Context(), a.ID)
	if err != nil {
		return nil, err
	}
	t := printerOf(r)
	v := &visit{Case: c, Form: form, At: sc.post(a.PostID), r: r, Seen: len(c.History), Service: c.Questionnaire.Title.In(t.Lang()),
		Country: country.Name(c.Nationality, t.Lang()), PurposeText: purposeOf(c.Questionnaire, c.Purpose, t.Lang()),
		sees: true, works: may(r, identity.CasesWork, a.PostID), decides: may(r, identity.CasesDecide, a.PostID)}
	if v.Days, err = p.daysTo(r.Context(), a, v.At.Location()); err != nil {
		return nil, err
	}
	people := []string{c.Assignee}
	for _, e := range c.History {
		people = append(people, e.Actor)
	}
	for _, n := range c.Notes {
		people = append(people, n.StaffID)
	}
	for _, q := range c.Questions {
		people = append(people, q.StaffID)
	}
	for _, one := range c.Proposals {
		people = append(people, one.ProposedBy, one.EndedBy)
	}
	for _, one := range c.Receipts {
		people = append(people, one.By)
	}
	if v.Names, err = p.names(r, people...); err != nil {
		return nil, err
	}
	if c.State == casework.Proposed {
		v.mayDecide = p.Cases.MayDecide(r.Context(), me(r), c)
		if k := fault.KindOf(v.mayDecide); v.mayDecide != nil && k != fault.Forbidden && k != fault.Conflict {
			return nil, v.mayDecide
		}
	}
	return v, nil
}

// Path is the case's own page.
func (v *visit) Path() string { return pathOf(v.Application) }

// Colour is that of the state's tag.
func (v *visit) Colour() string { return colours[v.State] }

// Local gives an instant as clocks at the post show it.
func (v *visit) Local(t time.Time) time.Time { return t.In(v.At.Location()) }

// Open is the proposal that waits, or the one that was decided; nil without one.
func (v *visit) Open() *casework.Proposal {
	for i := range v.Proposals {
		if v.Proposals[i].ID == v.ProposalID {
			return &v.Proposals[i]
		}
	}
	return nil
}

// Mine says that the case is this officer's.
func (v *visit) Mine() bool { return v.Assignee != "" && v.Assignee == me(v.r) }

// May says whether the deed is offered on the case's page.
func (v *visit) May(name string) bool {
	i := slices.IndexFunc(deeds, func(d deed) bool { return d.name == name })
	return i >= 0 && deeds[i].open(v)
}

// MayIssue says that there is a visa to be made, and that the person may.
func (v *visit) MayIssue() bool {
	return v.State == casework.Granted && v.Questionnaire.Case.Issues == "visa" && web.PersonOf(v.r.Context()).May("visas.issue", v.PostID)
}

// VisaPath is the page of what was issued, "" for none that the person may see.
func (v *visit) VisaPath() string {
	const kind = "visa:"
	if len(v.IssuedAs) > len(kind) && v.IssuedAs[:len(kind)] == kind && web.PersonOf(v.r.Context()).May("visas.see", v.PostID) {
		return "/staff/visas/" + v.IssuedAs[len(kind):]
	}
	return ""
}

// InterviewPath is the booking's page, "" when the person may not see it.
func (v *visit) InterviewPath() string {
	if v.Interview != "" && may(v.r, identity.BookingStaff, v.PostID) {
		return "/staff/bookings/" + v.PostID + "/" + v.Interview
	}
	return ""
}

// Why are the translation keys of sentences that say what the case waits for,
// and why a button that one may look for is not there.
func (v *visit) Why() []string {
	var keys []string
	add := func(when bool, key string) {
		if when {
			keys = append(keys, key)
		}
	}
	waits := v.State == casework.Submitted || v.State == casework.Answered
	hits := v.Screening.Open + v.Screening.Judged
	add(waits && v.Screening.On && v.Screening.Checked && hits > 0, "caseweb.why.hits")
	add(waits && v.Screening.On && !v.Screening.Checked, "caseweb.why.not_screened")
	add(v.State == casework.Asked, "caseweb.why.asked")
	add(v.State == casework.Examined && v.Fee.State == casework.FeeDue, "caseweb.why.fee")
	if v.State == casework.Proposed {
		refusal := fault.As(v.mayDecide)
		add(!v.decides, "caseweb.why.no_decision")
		add(v.decides && refusal != nil, keyOf(refusal))
		add(v.Screening.On && hits > 0, "caseweb.why.hits_decision")
	}
	add(v.State == casework.Granted && v.Questionnaire.Case.Issues != "" && !v.MayIssue(), "caseweb.why.issue")
	add(v.State == casework.Issued, "caseweb.why.issued")
	add(v.State.Over() && v.State != casework.Issued, "caseweb.why.over")
	return keys
}

func keyOf(f *fault.Error) string {
	if f == nil {
		return ""
	}
	return f.Key
}

// casePage is the page of a case.
type casePage struct {
	*visit
	Sections []section
	Portrait string // id of the file, "" for none
	Papers   []paper
	Loose    []attached // sent, and named by no answer of today
	Changed  int        // answers that differ from those handed in before
	Kin      []kin
	Hits     []hit
	Letters  []letter
}

// kin is a related case that the person may open.
type kin struct {
	casework.Related
	Service, Where string
}

func (k kin) Path() string { return pathOf(k.Application) }

func (k kin) Colour() string { return colours[k.State] }

// hit is an entry of a watch list that came close.
type hit struct {
	*screening.Hit
	Path string // "" when the person may not see it
}

// letter is a part of the correspondence.
type letter struct {
	casework.Question
	Pages []string // titles
	Sent  []attached
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	v, err := p.visit(r, identity.CasesSee, &web.Form{})
	if err != nil {
		return err
	}
	page := casePage{visit: v}
	lang := printerOf(r).Lang()
	page.Papers = papers(v.Case, p.web.Now(), lang)
	before, err := p.handed(r, v, v.Submission-1)
	if err != nil {
		return err
	}
	page.fill(before, lang)
	sc, err := p.scopeOf(r, identity.CasesSee, "")
	if err != nil {
		return err
	}
	for _, one := range v.Related {
		if may(r, identity.CasesSee, one.PostID) {
			page.Kin = append(page.Kin, kin{one, p.service(one.ServiceID, lang), sc.post(one.PostID).Name.In(lang)})
		}
	}
	if v.Screening.On && v.Screening.Open+v.Screening.Judged+v.Screening.Cleared+v.Screening.Same > 0 {
		found, err := p.Hits.Hits(r.Context(), screening.Filter{Ref: "application:" + v.ID, Limit: 20})
		if err != nil {
			return err
		}
		for _, h := range found {
			one := hit{Hit: h}
			if may(r, identity.ScreeningSee, h.PostID) {
				one.Path = "/staff/screening/" + h.PostID + "/hits/" + h.ID
			}
			page.Hits = append(page.Hits, one)
		}
	}
	for _, q := range v.Questions {
		l := letter{Question: q}
		for _, f := range q.Files {
			l.Sent = append(l.Sent, attached{f})
		}
		for _, id := range q.Pages {
			if pg, ok := v.Questionnaire.Page(id); ok {
				l.Pages = append(l.Pages, pg.Title.In(lang))
			}
		}
		page.Letters = append(page.Letters, l)
	}
	return p.web.Render(w, r, http.StatusOK, "caseweb/case.html", page)
}
