package store

import (
	"time"

	"github.com/google/uuid"
)

// NewID makes a UUIDv7 (RFC 9562, section 5.7): unique, and ordered by time.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Millis is how an instant is stored: milliseconds since 1970 in UTC; the zero
// time is stored as 0.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time reads back what Millis wrote.
func Time(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}
