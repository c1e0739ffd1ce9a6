package caseweb

import (
	"net/http"
	"strconv"

	"github.com/chancery/chancery/internal/audit"
	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/web"
)

// deed is one thing that officers do to a case: the page with its form, and what
// follows when the form comes.
type deed struct {
	name string // last part of the address, and the template
	need identity.Permission
	// bare deeds are a button on the case's page and have none of their own.
	bare bool
	// loose deeds do not depend on what the officer has read: they are done even
	// when the case has moved on since the page was shown.
	loose bool
	// open says whether the case's page offers it to the person.
	open func(v *visit) bool
	// fill prepares the page; form holds what was typed, or nothing yet.
	fill func(p *Pages, v *visit, page *deedPage) error
	// do carries it out and gives the key of what to say on the case's page.
	do func(p *Pages, v *visit) (said string, err error)
}

// deedPage is a deed's own page.
type deedPage struct {
	*visit
	Options  []web.Option
	More     []web.Option
	Entries  []web.Option
	Proposal *casework.Proposal
	Expires  string // of the travel document
}

var deeds = []deed{
	{name: "assign", need: identity.CasesWork, open: assignable, fill: fillAssign, do: doAssign},
	{name: "note", need: identity.CasesWork, loose: true, open: func(v *visit) bool { return v.works }, do: doNote},
	{name: "ask", need: identity.CasesWork, open: steps(casework.StepAsk), fill: fillAsk, do: doAsk},
	{name: "compare", need: identity.CasesWork, bare: true, loose: true, open: canCompare, do: doCompare},
	{name: "screened", need: identity.CasesWork, open: recordable, do: doScreened},
	{name: "examine", need: identity.CasesWork, open: steps(casework.StepExamine), fill: fillExamine, do: doExamine},
	{name: "propose-grant", need: identity.CasesWork, open: proposable, fill: fillGrant, do: doProposeGrant},
	{name: "propose-refusal", need: identity.CasesWork, open: proposable, fill: fillRefusal, do: doProposeRefusal},
	{name: "decide", need: identity.CasesDecide, open: decidable, fill: fillDecide, do: doDecide},
	{name: "send-back", need: identity.CasesWork, open: returnable, fill: fillDecide, do: doSendBack},
	{name: "fee", need: identity.CasesWork, open: payable, fill: fillFee, do: doFee},
	{name: "collect", need: identity.CasesWork, open: steps(casework.StepCollect), fill: fillCollect, do: doCollect},
	{name: "withdraw", need: identity.CasesWork, open: steps(casework.StepWithdraw), do: doWithdraw},
}

// steps offers a deed to those who work on cases, where the step starts.
func steps(s casework.Step) func(*visit) bool {
	return func(v *visit) bool { return v.works && s.May(v.State) }
}

func assignable(v *visit) bool {
	return v.works && (v.State.Open() || v.State == casework.Granted || v.State == casework.Issued)
}

func proposable(v *visit) bool {
	return v.works && casework.StepPropose.May(v.State) && v.Fee.State != casework.FeeDue
}

func decidable(v *visit) bool {
	return v.decides && v.State == casework.Proposed && v.mayDecide == nil
}

// returnable: whoever may decide sends back; whoever proposed takes back.
func returnable(v *visit) bool {
	if v.State != casework.Proposed || v.Open() == nil {
		return false
	}
	return v.works && v.Open().ProposedBy == me(v.r) || v.decides
}

func payable(v *visit) bool {
	return v.works && v.State.Open() && v.Fee.State == casework.FeeDue
}

// canCompare offers to search the lists again where something may have changed.
func canCompare(v *visit) bool {
	return v.works && v.Screening.On && v.State.Open() && v.State != casework.Asked && (!v.Screening.Checked || v.Screening.Stale)
}

// recordable: nobody compares here, or there was no name to compare.
func recordable(v *visit) bool {
	return v.works && casework.StepScreen.May(v.State) && (!v.Screening.On || v.Screening.Checked && v.Screening.CheckID == "")
}

// offer shows the deed's page. Where it is not to be done, the case's page says
// why.
func (p *Pages) offer(w http.ResponseWriter, r *http.Request, d deed) error {
	v, err := p.visit(r, d.need, &web.Form{})
	if err != nil {
		return err
	}
	if !d.open(v) {
		p.web.Flash(w, web.Flash{Kind: "info", Key: "caseweb.not_now"})
		web.SeeOther(w, r, v.Path())
		return nil
	}
	return p.showDeed(w, r, d, v)
}

func (p *Pages) showDeed(w http.ResponseWriter, r *http.Request, d deed, v *visit) error {
	page := &deedPage{visit: v}
	if d.fill != nil {
		if err := d.fill(p, v, page); err != nil {
			return err
		}
	}
	return p.web.Render(w, r, status(v.Form), "caseweb/"+d.name+".html", page)
}

// carryOut does what the form asks for. When somebody else was faster, the page
// comes back with what happened meanwhile and with all that was typed.
func (p *Pages) carryOut(w http.ResponseWriter, r *http.Request, d deed) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := p.visit(r, d.need, form)
	if err != nil {
		return err
	}
	seen, err := strconv.Atoi(form.Value("seen"))
	if err != nil || seen < 0 || seen > v.Seen {
		seen = v.Seen
	}
	said := ""
	if !d.loose && seen != v.Seen {
		err = fault.NewConflict("caseweb.error.meanwhile")
	} else {
		said, err = d.do(p, v)
	}
	if d.bare && (fault.KindOf(err) == fault.Conflict || fault.KindOf(err) == fault.Forbidden) && err != nil {
		f := fault.As(err)
		p.web.Flash(w, web.Flash{Kind: "info", Key: f.Key, Args: f.Args})
		web.SeeOther(w, r, v.Path())
		return nil
	}
	if form.RefuseOrSay(err, fault.Conflict, fault.Forbidden) {
		if v, err = p.visit(r, d.need, form); err != nil {
			return err
		}
		v.Meanwhile = v.History[min(seen, len(v.History)):]
		return p.showDeed(w, r, d, v)
	}
	if err != nil {
		return err
	}
	if v.Preview != nil {
		return p.showDeed(w, r, d, v)
	}
	p.web.Flash(w, web.Flash{Kind: "success", Key: said})
	web.SeeOther(w, r, v.Path())
	return nil
}

func fillAssign(p *Pages, v *visit, page *deedPage) error {
	holders, err := p.People.Holders(v.r.Context(), identity.CasesWork, v.PostID)
	if err != nil {
		return err
	}
	if v.Form.Values == nil {
		v.Form.Set("assignee", v.Assignee)
		if v.Assignee == "" {
			v.Form.Set("assignee", me(v.r))
		}
	}
	for _, h := range holders {
		label := h.Name
		if h.ID == me(v.r) {
			label = printerOf(v.r).T("caseweb.assign.me", "Name", h.Name)
		}
		page.Options = append(page.Options, web.Option{Value: h.ID, Label: label})
	}
	page.Options = append(page.Options, web.Option{Value: casework.Nobody, Label: printerOf(v.r).T("caseweb.assign.nobody")})
	return nil
}

func doAssign(p *Pages, v *visit) (string, error) {
	to := v.Form.Value("assignee")
	if to == casework.Nobody {
		_, err := p.Cases.Assign(v.r.Context(), me(v.r), v.ID, "")
		return "caseweb.assign.freed", err
	}
	holders, err := p.People.Holders(v.r.Context(), identity.CasesWork, v.PostID)
	if err != nil {
		return "", err
	}
	for _, h := range holders {
		if h.ID == to {
			_, err := p.Cases.Assign(v.r.Context(), me(v.r), v.ID, to)
			return "caseweb.assign.done", err
		}
	}
	return "", fault.NewInvalid(fault.Field{Path: "assignee", Key: "caseweb.assign.choose"})
}

func doNote(p *Pages, v *visit) (string, error) {
	_, err := p.Cases.Note(v.r.Context(), me(v.r), v.ID, v.Form.Value("text"))
	return "caseweb.note.done", err
}

func doCompare(p *Pages, v *visit) (string, error) {
	_, err := p.Cases.Compare(v.r.Context(), v.ID)
	return "caseweb.screening.compared", err
}

func doScreened(p *Pages, v *visit) (string, error) {
	run := v.Form.Value("run")
	if run == "" || len(run) > 100 {
		return "", fault.NewInvalid(fault.Field{Path: "run", Key: "caseweb.screened.missing"})
	}
	_, err := p.Cases.Screen(v.r.Context(), audit.Staff(me(v.r)), v.ID, run)
	return "caseweb.screened.done", err
}

// lookedAt is what an officer confirms before a case is examined.
var lookedAt = []string{"answers", "papers", "portrait"}

func fillExamine(_ *Pages, v *visit, page *deedPage) error {
	for _, name := range lookedAt {
		page.Options = append(page.Options, web.Option{Value: name, Label: printerOf(v.r).T("caseweb.examine.looked." + name)})
	}
	return nil
}

func doExamine(p *Pages, v *visit) (string, error) {
	for _, name := range lookedAt {
		if !v.Form.Has("looked", name) {
			return "", fault.NewInvalid(fault.Field{Path: "looked", Key: "caseweb.examine.all"})
		}
	}
	_, err := p.Cases.Examine(v.r.Context(), me(v.r), v.ID)
	return "caseweb.examine.done", err
}

func fillFee(_ *Pages, v *visit, page *deedPage) error {
	t := printerOf(v.r)
	for _, way := range casework.TakenBy {
		page.Options = append(page.Options, web.Option{Value: way, Label: t.T("caseweb.fee.method." + way)})
	}
	for _, reason := range casework.Waivers {
		page.More = append(page.More, web.Option{Value: reason, Label: t.T(casework.WaiverKey(reason))})
	}
	return nil
}

func doFee(p *Pages, v *visit) (string, error) {
	if v.Form.Value("do") == "waive" {
		return "caseweb.fee.waived", p.Cases.Waive(v.r.Context(), me(v.r), v.ID, v.Form.Value("reason"))
	}
	_, err := p.Cases.TakePayment(v.r.Context(), me(v.r), v.ID, v.Form.Value("method"))
	return "caseweb.fee.taken", err
}

func doCollect(p *Pages, v *visit) (string, error) {
	if !v.Form.Has("same", "yes") {
		return "", fault.NewInvalid(fault.Field{Path: "same", Key: "caseweb.collect.confirm"})
	}
	_, err := p.Cases.Collect(v.r.Context(), me(v.r), v.ID)
	return "caseweb.collect.done", err
}

func doWithdraw(p *Pages, v *visit) (string, error) {
	_, err := p.Cases.WithdrawFor(v.r.Context(), me(v.r), v.ID, v.Form.Value("text"))
	return "caseweb.withdraw.done", err
}

func fillCollect(_ *Pages, v *visit, page *deedPage) error {
	page.Options = []web.Option{{Value: "yes", Label: printerOf(v.r).T("caseweb.collect.same")}}
	return nil
}
