package notify

// The kinds of mail that the appointment portal and the staff side send.
const (
	KindCode          = "code"
	KindConfirmed     = "booking-confirmed"
	KindMoved         = "booking-moved"
	KindCancelled     = "booking-cancelled"
	KindReminderWeek  = "reminder-7d"
	KindReminderDay   = "reminder-1d"
	KindOffer         = "offer"
	KindMustMove      = "must-move"
	KindMayStay       = "may-stay"
	KindWaiting       = "waiting-joined"
	KindWaitingCode   = "waiting-code"
	KindBallotCode    = "ballot-code"
	KindBallotEntered = "ballot-entered"
	KindBallotWon     = "ballot-won"
	KindBallotLost    = "ballot-lost"
	KindVoided        = "voided"
	KindNoShowWarning = "no-show-warning"
	KindNoShowPause   = "no-show-pause"
	KindEnrolment     = "staff-enrolment"
)

// Kinds lists all of them.
var Kinds = []string{
	KindCode, KindConfirmed, KindMoved, KindCancelled, KindReminderWeek, KindReminderDay, KindOffer, KindMustMove, KindMayStay,
	KindWaiting, KindWaitingCode, KindBallotCode, KindBallotEntered, KindBallotWon, KindBallotLost, KindVoided, KindNoShowWarning, KindNoShowPause, KindEnrolment,
}
