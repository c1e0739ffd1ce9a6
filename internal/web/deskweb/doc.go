// Package deskweb is the desk on the day: the reception's page with who is
// expected and who waits, check-in, tickets for walk-ins, the officer's counter,
// the board of the waiting room, and bookings that staff make, move and cancel
// for people on the telephone or at the desk. It may import what web may, and
// booking, booking/letter, booking/queue, catalogue, country, notify and post.
package deskweb
