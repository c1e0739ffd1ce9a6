// Package draw is the ballot: people enter over days, then places are given
// out by a draw that anybody can run again.
//
// The mathematics stand in maths.go and know neither database nor clock; the
// published file and its strict reader in file.go; Verify, which re-runs a
// published draw, in verify.go. Service keeps ballots and entries in tables of
// its own and moves them from announced over open and closed to drawn.
//
// What keeps a draw honest: the post publishes SHA-256(seed) before entries
// open, the Merkle root of the entry numbers at close, and the seed after
// that; the order is ascending HMAC-SHA-256(seed || randomness, entry number).
// The seed alone binds everybody but the holder of the installation's key
// ring, who could open the seed early and choose entry numbers to suit; so a
// ballot names a source of public randomness whose value nobody can know
// before the close (the reasoning of RFC 3797), whenever that matters.
//
// It may import store, fault, keyring, locale, audit and notify. Slots and
// bookings it reaches through Booker only.
package draw
