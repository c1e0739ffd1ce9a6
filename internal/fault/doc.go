// Package fault holds the closed set of errors that a domain room may give
// back to whoever asked: not found, invalid, conflict, forbidden,
// unauthenticated and busy. Everything else is an internal error, whose text
// never reaches a person.
//
// Messages are translation keys, not sentences: package web turns a fault into
// a page or into an RFC 9457 problem document in the reader's language.
//
// It imports nothing of Chancery.
package fault
