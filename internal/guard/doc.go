// Package guard keeps the portal fair under pressure: proof of work before a
// place is held (proof.go, ALTCHA), a wait instead of it for people without
// JavaScript (wait.go), rates per network, e-mail and person (rates.go,
// count.go), patterns in bookings that officers should look at (finding.go),
// and the voiding of bookings by two officers (voidcase.go).
//
// Nothing here refuses a person for good and nothing voids a booking by
// itself. Networks, addresses and people appear as keyed hashes only.
//
// Proofs and counts are kept in memory and written behind, a few times a
// second, so that they cost the booking path no transaction: a restart or a
// second process knows them, a power cut forgets the last moment of counting,
// never a booking.
//
// It may import store, fault, keyring and audit. It reads the tables
// slot and booking of room booking, and voids through Voider only.
package guard
