// Package audit keeps the append-only, hash-chained trail of who did what:
// every change by staff and every decision, written in the same transaction
// as the change itself.
//
// Each entry carries the SHA-256 of itself and of the entry before it (see
// chain.go for the exact bytes), so an entry that is edited, removed or moved
// breaks the chain at that place; Verify says where. Triggers refuse UPDATE
// and DELETE besides (Protect). Whoever can rewrite the whole table can also
// rewrite the whole chain: note the hash that Verify reports outside of the
// database from time to time.
//
// It may import store.
package audit
