// Package plan turns a post's weekly rules into slots. A slot is defined by
// local date and time; daylight saving never moves it: local times that do not
// exist are skipped, ambiguous ones take the first.
//
// It may import booking, post and store.
package plan
