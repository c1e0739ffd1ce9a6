// Package planweb holds the staff's pages of plans: the week of a post, its
// rules and exceptions, what a change would do before it is saved, and who
// must move.
//
// It may import web, and the rooms audit, booking, booking/plan, catalogue,
// fault, locale and post.
package planweb
