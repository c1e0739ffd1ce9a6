// Package lists reads the files in which watch lists come: the consolidated
// list of the United Nations Security Council (un.go, its XML), and tables of
// national restrictions and of lost and stolen documents (table.go, CSV).
// Files come from outside: every reader is bounded, follows no reference to
// anything outside of the file, and says what is wrong by line.
//
// It may import country, fault and screening/match.
package lists
