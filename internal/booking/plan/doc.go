// Package plan keeps what posts plan, and turns it into slots: weekly rules,
// exceptions for single days, holidays, closures and absences, over a horizon
// that moves on by itself.
//
// A slot is defined by local date and time; daylight saving never moves it:
// local times that do not exist are skipped, ambiguous ones take the first.
//
// Nothing of a plan changes without a Preview: what it would do to slots and
// to people with appointments. Save does exactly that, or refuses.
//
// It may import audit, booking, fault, post and store.
package plan
