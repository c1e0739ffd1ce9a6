// Package draft keeps what a person has typed between the pages of a booking:
// sealed, for an hour, and by browser, so that a hold which runs out takes no
// answers with it.
//
// It may import store and keyring.
package draft
