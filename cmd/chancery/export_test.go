package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExportBookings(t *testing.T) {
	dir := t.TempDir()
	db, out := "sqlite:"+filepath.Join(dir, "fresh.db"), filepath.Join(dir, "bookings.csv")
	for _, c := range []struct {
		name string
		args []string
		want int
	}{
		{"no kind", []string{}, exitUsage},
		{"a kind that does not exist", []string{"dragons"}, exitUsage},
		{"a format that does not exist", []string{"bookings", "--format", "xls"}, exitUsage},
		{"a day that does not exist", []string{"bookings", "--from", "2026-02-30"}, exitUsage},
		{"a period that is upside down", []string{"bookings", "--from", "2026-02-02", "--to", "2026-02-01"}, exitUsage},
		{"a post that does not exist", []string{"bookings", "--db", db, "--post", "atlantis", "--out", out}, exitFailed},
		{"names without keys", []string{"bookings", "--db", db, "--with-names", "--keys", filepath.Join(dir, "none"), "--out", out}, exitFailed},
	} {
		if got := run(append([]string{"export"}, c.args...)); got != c.want {
			t.Errorf("%s: exit code %d, want %d", c.name, got, c.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: there is a file all the same", c.name)
		}
	}
	if got := run([]string{"export", "bookings", "--db", db, "--out", out}); got != exitDone {
		t.Fatalf("exit code %d", got)
	}
	text, err := os.ReadFile(out)
	if err != nil || !strings.HasPrefix(string(text), "reference,state,post,") || strings.Contains(string(text), "names") {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the file: %v, %v", info.Mode(), err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".export-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
