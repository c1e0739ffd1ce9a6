// Package notify sends e-mail. A room puts a Message into the Outbox in the
// transaction that causes it; a Worker later asks the room's Renderer for the
// Mail, its recipient and its text, and hands it to a Sender: an SMTP server in
// production, the Mailbox of the demonstration otherwise.
//
// A message names a thing (Ref) and holds no personal data, so what is sent is
// what is true when it is sent, and a cancelled booking's reminder is dropped.
// Each message is sent at least once, always under the same Message-ID.
//
// The texts of the appointment portal's mails are here too, as pure functions
// of plain data (BookingMail).
//
// It may import store, keyring, fault and locale.
package notify
