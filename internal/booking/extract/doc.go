// Package extract writes bookings out as files: comma-separated values, JSON
// Lines or a calendar (RFC 5545). Names are left out unless asked for, and
// asking is noted in the audit trail before the first one is written; document
// numbers, birth dates and addresses are never part of a file.
//
// It reads the tables slot and booking of room booking. It may import store,
// audit, booking, post, spreadsheet and locale.
package extract
