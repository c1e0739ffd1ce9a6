package match

// Kind says what an entry, or who is looked for, is.
type Kind string

// The kinds.
const (
	Individual Kind = "individual"
	Entity     Kind = "entity"   // an organisation
	Paper      Kind = "document" // a lost, stolen or invalid document
)

// Quality says how good a name is.
type Quality string

// The qualities of names. The United Nations mark an alias as good or low.
const (
	Primary Quality = "primary"
	Good    Quality = "good"
	Low     Quality = "low"
)

// Name is one name of an entry, whole, in any script.
type Name struct {
	Text    string  `json:"text"`
	Quality Quality `json:"quality,omitempty"`
}

// Document is a travel or identity document.
type Document struct {
	Type    string `json:"type,omitempty"` // free text of the list
	Number  string `json:"number"`
	Country string `json:"country,omitempty"` // alpha-3 of the issuer, "" when not known
}

// Entry is who or what stands on a list.
type Entry struct {
	ID            string     `json:"id"` // within its list, the same from version to version
	Kind          Kind       `json:"kind"`
	Names         []Name     `json:"names,omitempty"`
	Births        []Birth    `json:"births,omitempty"` // several when the list is not sure
	Nationalities []string   `json:"nationalities,omitempty"`
	Documents     []Document `json:"documents,omitempty"`
	Reference     string     `json:"reference,omitempty"` // such as QDi.001
	Regime        string     `json:"regime,omitempty"`
	Listed        string     `json:"listed,omitempty"` // YYYY-MM-DD
	Note          string     `json:"note,omitempty"`
	// Reason and the period are those of a national restriction; local dates
	// YYYY-MM-DD, both ends included, "" for open.
	Reason string `json:"reason,omitempty"`
	From   string `json:"from,omitempty"`
	Until  string `json:"until,omitempty"`
	// Status of a document: lost, stolen or invalid.
	Status string `json:"status,omitempty"`
}

// Title is the name by which pages call the entry.
func (e *Entry) Title() string {
	if len(e.Names) > 0 {
		return e.Names[0].Text
	}
	if len(e.Documents) > 0 {
		return e.Documents[0].Country + " " + e.Documents[0].Number
	}
	return e.ID
}

// InForce says whether the entry's period holds the day, YYYY-MM-DD.
func (e *Entry) InForce(day string) bool {
	return (e.From == "" || e.From <= day) && (e.Until == "" || day <= e.Until)
}

// Subject is who is looked for.
type Subject struct {
	Kind Kind `json:"kind"` // "" is Individual
	// Names are whole names, each in any script and order: as in the document,
	// in the original script, former ones.
	Names         []string   `json:"names,omitempty"`
	Births        []Birth    `json:"births,omitempty"`
	Nationalities []string   `json:"nationalities,omitempty"` // alpha-3
	Documents     []Document `json:"documents,omitempty"`
}
