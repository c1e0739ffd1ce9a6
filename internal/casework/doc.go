// Package casework keeps applications and what becomes of them: from the first
// saved page over submission, questions, screening and examination to a
// decision by two officers, and at last to erasure.
//
// What a person wrote, sent or was asked is sealed with a key of the
// application's own, which the key ring seals in the row; Erase destroys that
// key and leaves a count. The states and every way between them stand in
// state.go; each change locks the application's row, so two people never act on
// the same state of it. What a service wants (deadlines, one or two officers,
// how long things are kept) stands in its questionnaire, the fee in its tariff.
//
// Questions and their checks are the questionnaire's, reached through
// Questionnaires; working days are the post's, through Calendar.
//
// It owns questionnaire_version, application and application_*, case_*,
// receipt and receipt_year.
//
// It may import audit, booking, fault, form, keyring, locale, notify, post and store.
package casework
