// Package letter makes the e-mails about bookings from what is true when they
// are sent: recipient, service, post and time come out of the book, never out
// of the outbox.
//
// It also makes what a holder takes home: the confirmation as PDF, the calendar
// entry, and the QR code for the desk.
//
// It may import booking, catalogue, document, fault, locale, notify and post.
package letter
