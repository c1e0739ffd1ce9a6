package casework

import "github.com/chancery/chancery/internal/form"

// Price is an amount and why it is that amount.
type Price struct {
	// Minor is the amount in minor units of Currency (ISO 4217).
	Minor    int64
	Currency string
	// Basis names the line of the tariff that was applied, such as
	// "standard", "agreement:serbia-2023" or "child".
	Basis string
}

// Tariffs know what an application costs.
type Tariffs interface {
	// Price gives what this person pays; rules hold the fee before waivers, and
	// today is the post's local day.
	Price(serviceID string, rules form.Case, who Subject, today string) Price
}

// Subject is whom an application is about, as far as Chancery must know it
// without knowing the questionnaire by name.
type Subject struct {
	Surname, GivenNames string // as given
	Birth               string // YYYY-MM-DD, or less
	Nationality         string // ISO 3166-1 alpha-3, or an ICAO code
	DocumentKind        string
	DocumentNumber      string
	Purpose             string
	Email               string
}

// Name is how lists show the person.
func (s Subject) Name() string {
	if s.GivenNames == "" {
		return s.Surname
	}
	return s.Surname + ", " + s.GivenNames
}

// subject finds the person in the answers, by convention: the questions called
// name, birth, nationality, document, purpose and email. What the document says
// fills in what is not asked.
func subject(a form.Answers) Subject {
	document, name := group(a, "document"), group(a, "name")
	zone := group(document, "zone")
	return Subject{
		Surname: first(text(name, "surname"), text(zone, "surname")), GivenNames: first(text(name, "given_names"), text(zone, "given_names")),
		Birth:       first(text(a, "birth"), text(zone, "birth")),
		Nationality: first(text(a, "nationality"), text(document, "nationality"), text(document, "issuer")),
		Purpose:     text(a, "purpose"), Email: text(a, "email"),
		DocumentKind: text(document, "kind"), DocumentNumber: text(document, "number"),
	}
}

func text(a map[string]any, id string) string {
	s, _ := a[id].(string)
	return s
}

func group(a map[string]any, id string) map[string]any {
	m, _ := a[id].(map[string]any)
	return m
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
