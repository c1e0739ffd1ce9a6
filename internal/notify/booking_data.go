package notify

// BookingData is what a mail of the appointment portal may say, as ready text
// in the reader's language. A kind uses what it needs and leaves out lines
// whose text is empty.
type BookingData struct {
	// Ministry signs the mail.
	Ministry string
	// Service, Post and Address name what and where; Address may have lines.
	Service string
	Post    string
	Address string
	// When is the local start, such as "Monday, 7 December 2026, 09:20", and
	// Zone its time zone as people know it, such as "Berlin time (UTC+1)".
	When string
	Zone string
	// Before is the earlier When, in KindMoved and KindMustMove.
	Before string
	// Proposal is the time that is kept in KindMustMove, "" when none is, and
	// KeptUntil until when.
	Proposal, KeptUntil string
	// People is how many come.
	People int
	// Bring lists the documents to bring, Fee what it costs.
	Bring []string
	Fee   string
	// Reference is the booking's, such as "K7QX-2M9D".
	Reference string
	// ManageURL sees, moves and cancels; ActionURL accepts an offer, confirms
	// a place won, or starts a staff account.
	ManageURL string
	ActionURL string
	// CancelURL opens the manage page at its question "cancel?".
	CancelURL string
	// Code is the one-time code of KindCode.
	Code string
	// Expires is until when a code, an offer or a link holds, as text.
	Expires string
	// Entry is the number of a ballot entry, DrawURL the published draw, and
	// DrawAt when it takes place.
	Entry   string
	DrawURL string
	DrawAt  string
	// Reason says why a booking was voided or must move.
	Reason string
	// Until is the end of a no-show pause, as text.
	Until string
	// Name is the staff member's in KindEnrolment.
	Name string
}
