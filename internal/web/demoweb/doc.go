// Package demoweb serves what only the demonstration has: the mailbox that
// received every e-mail.
//
// It may import web and notify.
package demoweb
