// Package formweb is what applicants do from the start of an application to its
// submission, for whatever questionnaire the catalogue holds. Nothing here knows
// one by name.
//
//	start.go     the start page of a service, the choice of the post
//	prefill.go   what /visa has asked already, as first answers
//	mine.go      return to my applications, by reference, e-mail and code
//	email.go     the address and its proof; leaving
//	tasks.go     the task list
//	sitting.go   one request to an application: who may change what now
//	page.go      one page of questions: shown, saved, and where it leads
//	posted.go    what was sent with a page: answers and files
//	fields.go    its questions as controls
//	zone.go      the machine-readable lines fill in the boxes
//	rounds.go    repeating pages
//	files.go     files that were attached
//	crop.go      the photo: preview, crop, measurements
//	check.go     check your answers, declaration, submission
//	take.go      the PDF, all data, erasure
//
// It may import web, web/applicant, casework, form, form/upload, travel/mrz,
// travel/policy, document, audit, post, country, fault and locale.
package formweb
