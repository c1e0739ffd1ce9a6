package caseweb

import (
	"strconv"
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form"
	"github.com/chancery/chancery/internal/web"
)

// visaTerms are the controls of the terms.
var visaTerms = []string{casework.TermEntries, casework.TermFrom, casework.TermUntil, casework.TermDays}

// GivesVisa says that a grant of this service needs the terms of a visa.
func (v *visit) GivesVisa() bool { return v.Questionnaire.Case.Issues == "visa" }

func fillGrant(_ *Pages, v *visit, page *deedPage) error {
	t := printerOf(v.r)
	page.Expires = expires(v.Case)
	for _, n := range casework.Entries {
		page.Entries = append(page.Entries, web.Option{Value: n, Label: t.T(casework.EntriesKey(n))})
	}
	if v.Form.Values == nil {
		for name, value := range wished(v.Case) {
			v.Form.Set(name, value)
		}
	}
	return nil
}

// wished are the terms that the person's answers ask for, to begin with: the
// answers called entries, arrival and departure where there are such.
func wished(c *casework.Case) map[string]string {
	text := func(id string) string { s, _ := c.Answers[id].(string); return s }
	terms := map[string]string{}
	switch text("entries") {
	case "one":
		terms[casework.TermEntries] = "1"
	case "two":
		terms[casework.TermEntries] = "2"
	case "many":
		terms[casework.TermEntries] = "many"
	}
	from, err := time.Parse(time.DateOnly, text("arrival"))
	until, also := time.Parse(time.DateOnly, text("departure"))
	if err == nil && also == nil && !until.Before(from) {
		terms[casework.TermFrom], terms[casework.TermUntil] = text("arrival"), text("departure")
		terms[casework.TermDays] = strconv.Itoa(int(until.Sub(from).Hours()/24) + 1)
	}
	return terms
}

// expires is the last day of the person's travel document, "" when it is not
// known.
func expires(c *casework.Case) string {
	for i := range c.Questionnaire.Pages {
		for _, q := range c.Questionnaire.Pages[i].Questions {
			if answer, ok := c.Answers[q.ID].(map[string]any); ok && q.Type == form.TypeDocument {
				day, _ := answer["expires"].(string)
				return day
			}
		}
	}
	return ""
}

func doProposeGrant(p *Pages, v *visit) (string, error) {
	proposal := casework.Proposal{Outcome: casework.Grant, Text: v.Form.Value("text")}
	if v.GivesVisa() {
		proposal.Terms = map[string]string{}
		for _, name := range visaTerms {
			proposal.Terms[name] = v.Form.Value(name)
		}
		if err := casework.CheckVisaTerms(proposal.Terms, v.Local(p.web.Now()).Format(time.DateOnly), expires(v.Case)); err != nil {
			return "", err
		}
	}
	_, err := p.Cases.Propose(v.r.Context(), me(v.r), v.ID, proposal)
	return "caseweb.propose.done", err
}

func fillRefusal(_ *Pages, v *visit, page *deedPage) error {
	for _, reason := range casework.Reasons {
		page.Options = append(page.Options, web.Option{Value: reason, Label: printerOf(v.r).T(casework.ReasonKey(reason))})
	}
	return nil
}

func doProposeRefusal(p *Pages, v *visit) (string, error) {
	_, err := p.Cases.Propose(v.r.Context(), me(v.r), v.ID, casework.Proposal{Outcome: casework.Refuse, Reasons: v.Form.All("reasons"), Text: v.Form.Value("text")})
	return "caseweb.propose.done", err
}

func fillDecide(_ *Pages, v *visit, page *deedPage) error {
	page.Proposal = v.Open()
	return nil
}

func doDecide(p *Pages, v *visit) (string, error) {
	a, err := p.Cases.Decide(v.r.Context(), me(v.r), v.ID, v.Form.Value("proposal"))
	if err != nil {
		return "", err
	}
	if a.Outcome == casework.Grant {
		return "caseweb.decide.granted", nil
	}
	return "caseweb.decide.refused", nil
}

func doSendBack(p *Pages, v *visit) (string, error) {
	if !returnable(v) && v.State == casework.Proposed {
		return "", fault.NewForbidden("caseweb.why.no_decision")
	}
	_, err := p.Cases.SendBack(v.r.Context(), me(v.r), v.ID, v.Form.Value("proposal"), v.Form.Value("note"))
	return "caseweb.send_back.done", err
}
