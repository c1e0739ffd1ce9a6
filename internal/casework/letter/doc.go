// Package letter writes the mails about applications: the one-time code, the
// receipt of an application, an officer's question, and that there is a
// decision. What was asked or decided does not stand in the mail, which anybody
// on the way can read, but behind its link.
//
// It may import casework, fault, locale, notify and post.
package letter
