// Package bookingweb lets applicants book: the pages from finding a post to the
// confirmation, and the JSON operations on slots, holds and bookings.
//
// It may import web, web/api and the booking rooms.
package bookingweb
