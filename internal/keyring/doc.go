// Package keyring keeps the keys of one installation: an encryption key that
// wraps a fresh data key for every sealed value (envelope encryption, Google
// Tink), and a key for keyed hashes, from which lookup keys, one-time codes
// and link tokens are derived. The ring is a file by default.
//
// Erasing a sealed value erases its data key with it.
//
// It imports nothing of Chancery.
package keyring
