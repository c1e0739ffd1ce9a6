package act

import (
	"strconv"
	"time"

	"github.com/chancery/chancery/internal/casework"
	"github.com/chancery/chancery/internal/form"
)

// usualValidity is for how many days a visa is valid when nobody said.
const usualValidity = 90

// FromCase fills in a visa from a granted case: the person by the questions'
// types, the journey by the usual names of questions (arrival, departure,
// entries, sex), and over all of it the terms that were decided. The officer
// looks through it before it is issued. today is the post's local day.
func FromCase(c *casework.Case, terms map[string]string, today string) Visa {
	who := c.Subject()
	v := Visa{
		Type: "ordinary", Entries: 1, From: today, Surname: who.Surname, GivenNames: who.GivenNames, DocumentKind: who.DocumentKind,
		DocumentNumber: who.DocumentNumber, Nationality: who.Nationality, Birth: who.Birth, Purpose: who.Purpose, Sex: "X", Lang: c.Lang,
	}
	switch {
	case who.Purpose == "transit":
		v.Type = "transit"
	case who.DocumentKind == "diplomatic":
		v.Type = "diplomatic"
	case who.DocumentKind == "service":
		v.Type = "service"
	}
	v.readAnswers(c)
	v.readTerms(terms)
	if from, err := time.Parse(time.DateOnly, v.From); err == nil && v.Until == "" {
		v.Until = from.AddDate(0, 0, usualValidity-1).Format(time.DateOnly)
	}
	if terms[casework.TermUntil] == "" && v.DocumentExpires != "" && v.Until > v.DocumentExpires {
		v.Until = v.DocumentExpires
	}
	if v.Days == 0 {
		v.Days = min(30, days(v.From, v.Until))
	}
	return v.Normal()
}

// Decided gives the terms of the proposal that became the decision, empty when
// the decision has none: nobody who issues the visa may change them.
func Decided(c *casework.Case) map[string]string {
	for _, p := range c.Proposals {
		if p.ID == c.ProposalID {
			return p.Terms
		}
	}
	return nil
}

func (v *Visa) readAnswers(c *casework.Case) {
	text := func(of any, name string) string {
		switch m := of.(type) {
		case map[string]any:
			s, _ := m[name].(string)
			return s
		case form.Answers:
			s, _ := m[name].(string)
			return s
		}
		return ""
	}
	for i := range c.Questionnaire.Pages {
		page := &c.Questionnaire.Pages[i]
		if page.Repeat != nil {
			continue
		}
		for _, q := range page.Questions {
			answer, ok := c.Answers[q.ID]
			switch {
			case !ok:
			case q.Type == form.TypeName && v.SurnameLatin == "" && v.GivenNamesLatin == "":
				v.SurnameLatin, v.GivenNamesLatin = text(answer, "surname_latin"), text(answer, "given_names_latin")
			case q.Type == form.TypeDocument && v.DocumentIssuer == "":
				v.DocumentIssuer, v.DocumentExpires = text(answer, "issuer"), text(answer, "expires")
				if zone, ok := answer.(map[string]any); ok && text(zone["zone"], "sex") != "" {
					v.Sex = text(zone["zone"], "sex")
				}
			}
		}
	}
	switch text(c.Answers, "sex") {
	case "female":
		v.Sex = "F"
	case "male":
		v.Sex = "M"
	case "unspecified":
		v.Sex = "X"
	}
	switch text(c.Answers, "entries") {
	case "two":
		v.Entries = 2
	case "many":
		v.Entries = 0
	}
	if arrival := text(c.Answers, "arrival"); arrival >= v.From {
		v.From = arrival
		if departure := text(c.Answers, "departure"); departure >= arrival {
			v.Days = days(arrival, departure)
		}
	}
}

// days counts the days from one to another, both included.
func days(from, until string) int {
	a, errA := time.Parse(time.DateOnly, from)
	b, errB := time.Parse(time.DateOnly, until)
	if errA != nil || errB != nil || b.Before(a) {
		return 0
	}
	return int(b.Sub(a).Hours()/24) + 1
}

func (v *Visa) readTerms(terms map[string]string) {
	set := func(to *string, name string) {
		if text := terms[name]; text != "" {
			*to = text
		}
	}
	set(&v.From, casework.TermFrom)
	set(&v.Until, casework.TermUntil)
	if n, err := strconv.Atoi(terms[casework.TermDays]); err == nil {
		v.Days = n
	}
	switch n, err := strconv.Atoi(terms[casework.TermEntries]); {
	case err == nil:
		v.Entries = n
	case terms[casework.TermEntries] == "many":
		v.Entries = 0
	}
}

// PhotoID gives the id of the portrait among the case's files, "" when there is
// none.
func PhotoID(c *casework.Case) string {
	for i := range c.Questionnaire.Pages {
		for _, q := range c.Questionnaire.Pages[i].Questions {
			if id, ok := c.Answers[q.ID].(string); ok && q.Type == form.TypePhoto {
				return id
			}
		}
	}
	return ""
}
