package policy

import (
	"slices"

	"github.com/chancery/chancery/internal/locale"
)

// Outcome is what a traveller needs.
type Outcome string

// All outcomes.
const (
	VisaFree    Outcome = "visa-free"
	OnArrival   Outcome = "on-arrival"
	EVisa       Outcome = "e-visa"
	EmbassyVisa Outcome = "embassy-visa"
	Refused     Outcome = "refused"
)

// Outcomes lists all, the easiest for the traveller first.
var Outcomes = []Outcome{VisaFree, OnArrival, EVisa, EmbassyVisa, Refused}

// Documents lists the kinds of travel document, in the order in which to show
// them: passports, cards, and papers for those without a nationality.
var Documents = []string{"national", "diplomatic", "service", "identity-card", "refugee", "stateless", "alien", "laissez-passer", "emergency"}

// Purposes lists the purposes of a journey, in the order in which to show them.
var Purposes = []string{"tourism", "business", "family", "work", "study", "medical", "culture", "press", "official", "transit"}

// Where a rule or a date comes from.
const (
	SourceRelease       = "release"       // the ministry's published report
	SourceDemonstration = "demonstration" // invented
)

// MaxDays is the longest stay that may be asked about.
const MaxDays = 3660

// Period is a window in which days of stay are counted: 90 in 180. The zero
// value is none.
type Period struct{ Days, In int }

// Rule is one rule of the file. Lists that are empty fit everything.
type Rule struct {
	ID          string      `yaml:"id"`
	Nationality []string    `yaml:"nationality"` // codes and names of groups
	Document    []string    `yaml:"document"`
	Purpose     []string    `yaml:"purpose"`
	Outcome     Outcome     `yaml:"outcome"`
	MaxDays     int         `yaml:"max_days"` // 0: what the visa says
	Period      string      `yaml:"period"`
	From        string      `yaml:"from"` // first and last day, "2024-01-31"
	To          string      `yaml:"to"`
	Record      string      `yaml:"record"`
	Needs       []string    `yaml:"needs"`
	Reason      locale.Text `yaml:"reason"`
	Source      string      `yaml:"source"`

	nationalities map[string]bool
	period        Period
}

// fits says whether the rule is about such a traveller, whatever the days.
func (r *Rule) fits(q Question) bool {
	return (r.nationalities == nil || r.nationalities[q.Nationality]) &&
		(len(r.Document) == 0 || slices.Contains(r.Document, q.Document)) &&
		(len(r.Purpose) == 0 || slices.Contains(r.Purpose, q.Purpose))
}

// Record is an agreement or another act that rules rest on.
type Record struct {
	ID      string      `yaml:"id"`
	Title   locale.Text `yaml:"title"`
	Parties []string    `yaml:"parties"` // ISO 3166-1 alpha-3
	// Signed is an EDTF date, such as "2023".
	Signed string `yaml:"signed"`
	// InForce and Until are the first and the last day in force; "" for not yet,
	// and until further notice.
	InForce string `yaml:"in_force"`
	Until   string `yaml:"until"`
	// Source says where the record is from, Days where its two days are.
	Source string `yaml:"source"`
	Days   string `yaml:"days"`
}

// Records are the acts that rules may name, by id.
type Records map[string]Record

// span gives the first and last day on which the rule holds; "" for open ends.
// never is set when the act is not in force at all.
func (p *Policy) span(r *Rule) (from, to string, never bool) {
	from, to = r.From, r.To
	if r.Record == "" {
		return from, to, false
	}
	act := p.records[r.Record]
	from = max(from, act.InForce)
	if to == "" || act.Until != "" && act.Until < to {
		to = act.Until
	}
	return from, to, act.InForce == ""
}
