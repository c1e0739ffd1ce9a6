// Package post keeps the posts: the ministry's reception centre and its
// missions abroad, each with its time zone, counters, holidays, closures and
// absences. It also knows how a wall clock at a post turns into an instant.
//
// Everything but absences is read from memory: there are some tens of posts,
// and every page asks for them.
//
// It may import audit, country, fault, locale and store.
package post
