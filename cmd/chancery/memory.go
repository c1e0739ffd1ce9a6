package main

import (
	"os"
	"runtime/debug"
)

// spareCollector lets the heap grow to five times what is alive before it is
// cleaned, instead of twice: some tens of megabytes for an eighth of the
// processor's time. GOGC in the environment wins.
func spareCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}
