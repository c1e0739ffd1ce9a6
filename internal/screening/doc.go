// Package screening keeps watch lists and compares people with them: the
// Security Council's list, a national list of restrictions, and lost and stolen
// documents. Lists have versions (version.go): what was known when a person was
// compared can be shown later. A comparison (check.go) finds entries that come
// close; each of these hits is judged by one officer and confirmed by another
// (judge.go), with reasons. A score decides nothing.
//
// Entries, people and reasons are sealed; what finds them are keyed hashes.
// The current lists are held in memory for comparing (index.go).
//
// It may import audit, fault, keyring, store, screening/match and
// screening/lists.
package screening
