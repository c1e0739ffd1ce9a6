// Package catalogue loads and checks what a ministry declares in YAML: today
// its services, one file each. Adding a service is adding a file; no Go knows
// one by name.
//
// Files are read strictly: an unknown field, a missing text in one of the
// languages or a rule that cannot hold stops the start, with the file, the line
// and what to do.
//
// It may import country, declaration, fault and locale.
package catalogue
