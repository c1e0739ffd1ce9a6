// Package letter writes the mails of ballots: the one-time code, the entry
// number, and the news that there was no place. What a winner is told about
// the booking is the appointment book's.
//
// It may import booking/draw, catalogue, fault, locale, notify and post.
package letter
