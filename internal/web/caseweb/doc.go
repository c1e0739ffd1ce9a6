// Package caseweb has the officers' pages of applications: the worklist, the
// case with all that is known about it, one page for each thing that an officer
// does to it, and the figures.
//
// What may be done stands in casework; a page offers what the state, the
// person's roles and the four-eyes rule allow, says why the rest is not there,
// and casework is asked again when the form comes. A case of a post at which the
// person may not see cases is not found: its existence is no one's business.
// Whoever opens a case leaves a line in the audit trail (casework.Reads).
//
// It may import web, identityweb, applicant, casework, casework/letter's words,
// country, fault, form, identity, locale, notify, post, screening, spreadsheet
// and travel/mrz.
package caseweb
