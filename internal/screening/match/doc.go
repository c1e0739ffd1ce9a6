// Package match compares people and documents with the entries of watch lists:
// names across scripts, spellings and order (fold.go, sound.go, edit.go), birth
// dates with what precision they have (birth.go), nationalities and document
// numbers. An Index holds the entries of one list in memory and gives, for a
// person, the entries that come close, each with a Score that says part by part
// how it came about. What counts how much is data (rules.yaml).
//
// A score finds entries for two officers to look at. It decides nothing.
//
// It may import travel/translit.
package match
