package main

import (
	"bytes"
	"net"
	"path/filepath"
	"testing"

	"github.com/chancery/chancery/demo"
	"github.com/chancery/chancery/internal/form/upload"
)

// Pages, answers and the API share one intake, so --clamd holds for all of
// them: while the scanner does not answer, no file is taken.
func TestNoFileIsTakenWithoutTheScanner(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	_ = closed.Close()
	picture, err := demo.Portrait(0)
	if err != nil {
		t.Fatal(err)
	}
	for address, taken := range map[string]bool{"": true, "tcp:" + nobody: false} {
		dir := t.TempDir()
		r, err := assemble(t.Context(), setting{db: "sqlite:" + filepath.Join(dir, "scan.db"), keys: filepath.Join(dir, "keys.json"), baseURL: "http://127.0.0.1:1", demo: true, scan: scanFlag{Clamd: address}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.applications.intake.Take(t.Context(), "portrait.jpg", bytes.NewReader(picture), upload.Portraits()); (err == nil) != taken {
			t.Errorf("with the scanner %q: %v", address, err)
		}
		if err := r.close(); err != nil {
			t.Error(err)
		}
	}
}
