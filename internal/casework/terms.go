package casework

import (
	"strconv"
	"time"

	"github.com/chancery/chancery/internal/fault"
)

// The terms of a proposal to grant a visa (Case.Issues "visa"), as keys of
// Proposal.Terms and Decision.Terms.
const (
	TermEntries = "entries" // one of Entries
	TermFrom    = "from"    // first day of validity, YYYY-MM-DD
	TermUntil   = "until"   // last day of validity, YYYY-MM-DD
	TermDays    = "days"    // of stay, all entries together: "1" to "366"
)

// Entries are the values of TermEntries.
var Entries = []string{"1", "2", "many"}

// EntriesKey is the translation key of one of Entries.
func EntriesKey(entries string) string { return "casework.entries.n" + entries }

// maxStay bounds the days of stay that a visa can give.
const maxStay = 366

// CheckVisaTerms checks the terms of a visa. today is the post's local day;
// expires, YYYY-MM-DD, the last day of the travel document, "" when it is not
// known. Invalid at the names of the terms.
func CheckVisaTerms(terms map[string]string, today, expires string) error {
	var bad fault.Fields
	if known := knownReason(TermEntries, terms[TermEntries], Entries); known != nil {
		bad.Add(TermEntries, "casework.terms.entries")
	}
	date := func(name string) (time.Time, bool) {
		t, err := time.Parse(time.DateOnly, terms[name])
		if err != nil {
			bad.Add(name, "casework.terms.date")
		}
		return t, err == nil
	}
	from, right := date(TermFrom)
	until, also := date(TermUntil)
	days, err := strconv.Atoi(terms[TermDays])
	if err != nil || days < 1 || days > maxStay {
		bad.AddWith(TermDays, "casework.terms.days", fault.Args{"Max": maxStay})
		days = 0
	}
	if right && also {
		switch {
		case until.Before(from):
			bad.Add(TermUntil, "casework.terms.order")
		case terms[TermUntil] < today:
			bad.Add(TermUntil, "casework.terms.past")
		case expires != "" && terms[TermUntil] > expires:
			bad.Add(TermUntil, "casework.terms.document")
		case days > int(until.Sub(from).Hours()/24)+1:
			bad.Add(TermDays, "casework.terms.long")
		}
	}
	return bad.Err()
}
