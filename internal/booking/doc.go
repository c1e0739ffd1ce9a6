// Package booking is the appointment book: slots with places, holds, bookings,
// and what becomes of places that come back.
//
// Everything that changes a slot goes through one Book. Its writers collect
// what is asked at the same time, run it in one transaction on a ledger (the
// rows concerned, loaded once), and answer each caller after the commit. A
// request that is refused leaves no trace and does not disturb its neighbours.
//
// The books balance at all times: places = taken + withheld + reserved + free.
// Withheld places have come back and wait for their random moment; reserved places are the staff's.
//
// It may import store, fault, keyring, country, audit and notify. What it must
// know about services and posts it asks through Offer.
package booking
