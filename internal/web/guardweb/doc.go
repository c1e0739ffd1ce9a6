// Package guardweb is the officers' review: patterns in bookings that are worth
// a look, what lies behind each, and the cases in which one officer proposes to
// void bookings and another one decides.
//
// The pages show when bookings were made and for what, never who is behind
// them: the pattern is the reason, not the person.
//
// It may import web, guard, identity, post, catalogue and audit's names through
// identityweb.
package guardweb
