package visaweb

import (
	"net/http"

	"github.com/chancery/chancery/internal/act"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/identity"
	"github.com/chancery/chancery/internal/web"
)

// changePage is a form about a visa.
type changePage struct {
	*act.Act
	Path                                  string
	Form                                  *web.Form
	Layouts, Replace, Grounds, Sexes, End []web.Option
	Zone                                  []string
}

func (p *Pages) change(r *http.Request, a *act.Act, f *web.Form) changePage {
	return changePage{Act: a, Path: path(a), Form: f, Layouts: options(r, layoutKey, act.Layouts), Sexes: sexes()}
}

// standing gives a visa that can be changed: whoever comes too late is told on
// its page.
func (p *Pages) standing(w http.ResponseWriter, r *http.Request, need identity.Permission) (*act.Act, bool, error) {
	a, err := p.wanted(r, need)
	if err != nil {
		return nil, false, err
	}
	if a.State != act.InForce {
		p.web.Flash(w, web.Flash{Key: "act.ended", Args: fault.Args{"Number": a.Label()}})
		web.SeeOther(w, r, path(a))
		return nil, false, nil
	}
	return a, true, nil
}

func (p *Pages) done(w http.ResponseWriter, r *http.Request, a *act.Act, said string) error {
	p.web.Flash(w, web.Flash{Kind: "success", Key: said})
	web.SeeOther(w, r, path(a))
	return nil
}

func (p *Pages) askPrint(w http.ResponseWriter, r *http.Request) error {
	a, ok, err := p.standing(w, r, identity.VisasIssue)
	if err != nil || !ok {
		return err
	}
	f := &web.Form{}
	f.Set("layout", act.EVisa)
	return p.showPrint(w, r, a, f)
}

func (p *Pages) showPrint(w http.ResponseWriter, r *http.Request, a *act.Act, f *web.Form) error {
	page, printer := p.change(r, a, f), web.PrinterOf(r.Context())
	page.Replace = []web.Option{{Value: "no", Label: printer.T("visaweb.print.copy"), Hint: printer.T("visaweb.print.copy_hint")}, {Value: "yes", Label: printer.T("visaweb.print.replace"), Hint: printer.T("visaweb.print.replace_hint")}}
	return p.web.Render(w, r, status(f), "visaweb/print.html", page)
}

func (p *Pages) print(w http.ResponseWriter, r *http.Request) error {
	a, err := p.wanted(r, identity.VisasIssue)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	at, err := p.Posts.Get(r.Context(), a.PostID)
	if err != nil {
		return err
	}
	replace := f.Value("replace")
	if replace != "yes" && replace != "no" {
		err = fault.NewInvalid(fault.Field{Path: "replace", Key: "visaweb.error.replace"})
	} else {
		_, err = p.Acts.Print(r.Context(), me(r), a.ID, f.Value("layout"), postName(at), replace == "yes", f.Value("reason"))
	}
	if f.RefuseOrSay(err, fault.Conflict) {
		return p.showPrint(w, r, a, f)
	} else if err != nil {
		return err
	}
	return p.done(w, r, a, "visaweb.printed")
}

func (p *Pages) askCorrect(w http.ResponseWriter, r *http.Request) error {
	a, ok, err := p.standing(w, r, identity.VisasIssue)
	if err != nil || !ok {
		return err
	}
	f := &web.Form{}
	fill(f, *a.Visa)
	f.Set("layout", act.EVisa)
	return p.showCorrect(w, r, a, f)
}

func (p *Pages) showCorrect(w http.ResponseWriter, r *http.Request, a *act.Act, f *web.Form) error {
	page := p.change(r, a, f)
	page.Grounds = options(r, act.GroundKey, act.CorrectGrounds)
	page.Zone, _ = a.Visa.With(particulars(f)).Normal().Zone(f.Value("layout"), p.Papers.Issuer, unnumbered)
	return p.web.Render(w, r, status(f), "visaweb/correct.html", page)
}

func (p *Pages) correct(w http.ResponseWriter, r *http.Request) error {
	a, err := p.wanted(r, identity.VisasIssue)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if f.Value("do") == "preview" {
		return p.showCorrect(w, r, a, f)
	}
	at, err := p.Posts.Get(r.Context(), a.PostID)
	if err != nil {
		return err
	}
	made, _, err := p.Acts.Correct(r.Context(), act.Correction{StaffID: me(r), ActID: a.ID, Ground: f.Value("ground"), Authority: f.Value("authority"), Reason: f.Value("reason"),
		Visa: particulars(f), PostName: postName(at), Layout: f.Value("layout")})
	if f.RefuseOrSay(err, fault.Conflict) {
		return p.showCorrect(w, r, a, f)
	} else if err != nil {
		return err
	}
	return p.done(w, r, made, "visaweb.corrected")
}

func (p *Pages) askEnd(w http.ResponseWriter, r *http.Request) error {
	a, ok, err := p.standing(w, r, identity.VisasRevoke)
	if err != nil || !ok {
		return err
	}
	return p.showEnd(w, r, a, &web.Form{})
}

func (p *Pages) showEnd(w http.ResponseWriter, r *http.Request, a *act.Act, f *web.Form) error {
	page, printer := p.change(r, a, f), web.PrinterOf(r.Context())
	for _, kind := range act.Ends {
		page.End = append(page.End, web.Option{Value: string(kind), Label: printer.T("visaweb.end." + string(kind)), Hint: printer.T("visaweb.end." + string(kind) + "_hint")})
		for _, ground := range act.Grounds[kind] {
			page.Grounds = append(page.Grounds, web.Option{Value: ground, Label: printer.T(act.GroundKey(ground))})
		}
	}
	page.Grounds = distinct(page.Grounds)
	return p.web.Render(w, r, status(f), "visaweb/end.html", page)
}

// distinct leaves the last of choices with the same value.
func distinct(all []web.Option) []web.Option {
	var out []web.Option
	for i, one := range all {
		again := false
		for _, later := range all[i+1:] {
			again = again || later.Value == one.Value
		}
		if !again {
			out = append(out, one)
		}
	}
	return out
}

func (p *Pages) propose(w http.ResponseWriter, r *http.Request) error {
	a, err := p.wanted(r, identity.VisasRevoke)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	_, err = p.Acts.Propose(r.Context(), me(r), a.ID, act.Proposal{Kind: act.End(f.Value("kind")), Ground: f.Value("ground"), Authority: f.Value("authority"), Reason: f.Value("reason")})
	if f.RefuseOrSay(err, fault.Conflict) {
		return p.showEnd(w, r, a, f)
	} else if err != nil {
		return err
	}
	return p.done(w, r, a, "visaweb.proposed")
}

// proposal gives the visa and the proposal that the address names, if they belong
// together.
func (p *Pages) proposal(r *http.Request) (*act.Act, string, error) {
	a, err := p.wanted(r, identity.VisasRevoke)
	if err != nil {
		return nil, "", err
	}
	all, err := p.Acts.Proposals(r.Context(), a.ID)
	if err != nil {
		return nil, "", err
	}
	for _, one := range all {
		if one.ID == r.PathValue("proposal") {
			return a, one.ID, nil
		}
	}
	return nil, "", fault.NewNotFound("act.no_proposal")
}

func (p *Pages) carry(w http.ResponseWriter, r *http.Request) error {
	return p.decide(w, r, "visaweb.carried", func(id, note string) error {
		_, err := p.Acts.Carry(r.Context(), me(r), id, note)
		return err
	})
}

func (p *Pages) reject(w http.ResponseWriter, r *http.Request) error {
	return p.decide(w, r, "visaweb.rejected", func(id, note string) error { return p.Acts.Reject(r.Context(), me(r), id, note) })
}

func (p *Pages) decide(w http.ResponseWriter, r *http.Request, said string, do func(id, note string) error) error {
	a, id, err := p.proposal(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := do(id, f.Value("note")); f.RefuseOrSay(err, fault.Conflict, fault.Forbidden) {
		return p.show(w, r, a, f)
	} else if err != nil {
		return err
	}
	return p.done(w, r, a, said)
}
