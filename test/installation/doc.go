// Package installation runs the real program for tests: it builds the binary,
// prepares a database with one post and its slots, starts "chancery serve" on
// it, speaks its API over HTTP, and kills it.
//
// Every applicant comes from a network of its own, by way of X-Forwarded-For
// from a trusted proxy, so that the guard judges them as it would judge
// strangers.
package installation
