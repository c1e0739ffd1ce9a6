// Package sealkeys keeps the keys that sign visible digital seals: one authority
// and one signer in use, and the certificates of all that were, so that old
// seals can be checked for ever.
//
// Keys that are made here are for demonstrations: the authority of a State is
// kept elsewhere, and only a signer's key and the certificates are brought in
// (Import). What is secret is sealed by the key ring.
//
// It owns seal_key.
//
// It may import fault, keyring, store and travel/seal.
package sealkeys
