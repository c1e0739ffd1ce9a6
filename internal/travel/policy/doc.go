// Package policy answers who needs a visa, from one readable file of rules
// (catalogue/policy/visa.yaml) and the agreements that they rest on.
//
// Rules are read from top to bottom and the first that fits decides, so every
// question has exactly one answer; the last rule has no conditions, so every
// question has one at all. Files are read strictly, and Load says what is wrong
// with file and place.
//
// It may import country, fault and locale.
package policy
