package notify

// Address is an e-mail address that ParseAddress has accepted: one mailbox,
// no display name, with its domain in lower case and in ASCII.
type Address string

// String gives the address as it is written in a mail.
func (a Address) String() string { return string(a) }
