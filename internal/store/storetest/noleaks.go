package storetest

import (
	"testing"

	"go.uber.org/goleak"
)

// NoLeaks is the TestMain of a package that starts goroutines: it runs the
// tests and fails when a goroutine outlives them. The thread that a test's
// PostgreSQL server hangs on is meant to.
func NoLeaks(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/chancery/chancery/internal/store/storetest.startOnLastingThread.func1"))
}
