// Package store opens the database, embedded SQLite or PostgreSQL, moves its
// schema forward and runs transactions. It knows no table but its own
// migration history: SQL sits in the room whose tables it reads.
//
// One SQL text serves both engines. Placeholders are $1, $2 …; columns are
// TEXT, BIGINT, BOOLEAN and BYTEA; instants are BIGINT milliseconds since 1970
// in UTC; identifiers are UUIDv7 as TEXT; JSON is TEXT. Where the engines
// differ, the difference has a named function here (ForUpdate, SkipLocked).
//
// It imports nothing of Chancery.
package store
