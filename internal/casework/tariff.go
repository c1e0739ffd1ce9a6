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

// subject finds the person in the answers by the questions' types: the first
// name, document and e-mail address outside of repeating pages, the date called
// birth or date_of_birth, the country called nationality, and the choice called
// purpose. What the document says fills in what is not
// asked.
func subject(d *form.Definition, a form.Answers) Subject {
	var who Subject
	var zone map[string]any
	set := func(into *string, value string) {
		if *into == "" {
			*into = value
		}
	}
	for i := range d.Pages {
		if d.Pages[i].Repeat != nil {
			continue
		}
		for _, q := range d.Pages[i].Questions {
			switch {
			case q.Type == form.TypeName && who.Name() == "":
				name := group(a, q.ID)
				who.Surname, who.GivenNames = text(name, "surname"), text(name, "given_names")
			case q.Type == form.TypeDocument && who.DocumentNumber == "":
				document := group(a, q.ID)
				who.DocumentKind, who.DocumentNumber, zone = text(document, "kind"), text(document, "number"), group(document, "zone")
				set(&who.Nationality, first(text(document, "nationality"), text(document, "issuer")))
			case q.Type == form.TypeEmail:
				set(&who.Email, text(a, q.ID))
			case q.Type == form.TypeDate && (q.ID == "birth" || q.ID == "date_of_birth"):
				set(&who.Birth, text(a, q.ID))
			case q.Type == form.TypeCountry && q.ID == "nationality" && text(a, q.ID) != "":
				who.Nationality = text(a, q.ID)
			case q.Type == form.TypeChoice && q.ID == "purpose":
				set(&who.Purpose, text(a, q.ID))
			}
		}
	}
	set(&who.Birth, text(zone, "birth"))
	if who.Name() == "" {
		who.Surname, who.GivenNames = text(zone, "surname"), text(zone, "given_names")
	}
	return who
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
