package main

import (
	"testing"

	"github.com/chancery/chancery/internal/form/upload"
)

func TestScannerFlag(t *testing.T) {
	for text, want := range map[string]upload.Clamd{
		"unix:/run/clamav/clamd.ctl": {Network: "unix", Address: "/run/clamav/clamd.ctl"}, "tcp:[::1]:3310": {Network: "tcp", Address: "[::1]:3310"},
	} {
		if got, err := (scanFlag{Clamd: text}).scanner(); err != nil || got != want {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"localhost", "udp:127.0.0.1:1", "unix:"} {
		if _, err := (scanFlag{Clamd: text}).scanner(); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
	if got, err := (scanFlag{}).scanner(); got != nil || err != nil {
		t.Errorf("without the flag: %v %v", got, err)
	}
}
