// Package letter writes the mails about visas: that one was issued, corrected,
// annulled or revoked. What the visa says does not stand in the mail, but behind
// its link.
//
// It may import act, casework, fault, locale, notify and post.
package letter
