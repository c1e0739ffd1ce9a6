package notify

// The kinds of mail about applications; package casework/letter writes them.
const (
	KindApplicationCode      = "application-code"
	KindApplicationSubmitted = "application-submitted"
	KindApplicationAsked     = "application-asked"
	KindApplicationDecided   = "application-decided"
)
