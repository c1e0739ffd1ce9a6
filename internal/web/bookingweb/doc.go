// Package bookingweb lets applicants book: the JSON operations on slots, holds
// and bookings.
//
// It may import web, web/api and the booking rooms.
package bookingweb
