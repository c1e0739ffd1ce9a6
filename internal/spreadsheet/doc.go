// Package spreadsheet writes comma-separated values (RFC 4180) that can be
// opened in a spreadsheet without running what somebody typed into a form.
//
// It imports nothing of Chancery.
package spreadsheet
