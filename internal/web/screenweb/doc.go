// Package screenweb has the officers' pages of screening: watch lists and their
// versions, imports with a preview, a search, and hits, which one officer judges
// and another confirms.
package screenweb
