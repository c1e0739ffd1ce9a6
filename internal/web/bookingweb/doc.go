// Package bookingweb lets applicants book: the pages from finding a post to the
// confirmation, and the JSON operations on slots, holds and bookings.
//
// The pages, in the order in which a person sees them; each file has the
// handlers of its templates:
//
//	pages_find.go    a post by city, country, distance
//	pages_offer.go   the post's services, one of them, how many people come
//	pages_times.go   calendar and times (calendar.go, zone.go), and what to do
//	                 when there are none (nothing.go)
//	pages_hold.go    keeping a time, and what became of it
//	pages_people.go  who comes, and the e-mail address (answers.go keeps them)
//	pages_check.go   check your answers, the code, another address
//	pages_manage.go  the booking: see, move, cancel (holder.go knows whose it is)
//	paper.go         its PDF, calendar entry and QR code
//	waiting*.go      the waiting list, from joining to taking an offer
//	ballot*.go       the ballot, from entering to answering
//	proof.go         the guard before all of them
//	api*.go          the same as JSON
//
// It may import web, web/api and the booking rooms.
package bookingweb
