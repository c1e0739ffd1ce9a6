// Package letter makes the e-mails about bookings from what is true when they
// are sent: recipient, service, post and time come out of the book, never out
// of the outbox.
//
// It may import booking, catalogue, post, notify and locale.
package letter
