// Package ballot joins the draw to the appointment book: it announces a round
// for every post and service whose places go by ballot, sets the places aside,
// keeps what was won for the winners to confirm, and gives back what is left
// over.
//
// It may import booking, booking/draw, catalogue, post, audit, fault and
// keyring.
package ballot
