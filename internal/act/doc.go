// Package act keeps the registers of official acts; today the register of visas.
//
// An act has a number without gaps in its register, post and year, allotted in
// the transaction that makes it, and a serial number without gaps in the whole
// register, which stands in machine-readable zones. Its content is sealed and
// never edited: a correction is a new act that supersedes it, and annulment and
// revocation end it, proposed by one officer and carried by another. Every change
// has its reason in the act's history and an entry in the audit trail, and moves
// the state of the documents that were issued from the act in the same
// transaction.
//
// act.go, end.go and list.go know nothing of visas; visa.go, issue.go and compare.go do.
//
// It owns act, act_count, act_key, act_proposal and act_event.
//
// It may import audit, casework, country, document/verify, fault, form, keyring, notify, store, travel/mrz and travel/translit.
package act
