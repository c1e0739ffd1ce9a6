// Package signkeys keeps the keys that sign documents (document/pades): one
// authority and one signer in use, and the certificates of all that were, so that
// what they signed can be checked for ever.
//
// A signer's key is destroyed when the next one takes its place: nobody can
// sign with it afterwards and claim an earlier day. Its certificate stays valid
// for long, so that readers which know nothing of us do not call old documents
// expired. Keys that are made here are for demonstrations and small houses: a
// State keeps its authority elsewhere, and brings in certificates and a signer's
// key (Import). What is secret is sealed by the key ring.
//
// It owns sign_key.
//
// It may import audit, document/pades, fault, keyring and store.
package signkeys
