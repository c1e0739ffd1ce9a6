package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheFirstAdministrator(t *testing.T) {
	dir := t.TempDir()
	add := func(args ...string) int {
		return run(append([]string{"staff", "add", "--db", "sqlite:" + filepath.Join(dir, "c.db"), "--keys", filepath.Join(dir, "keys"), "--base-url", "https://example.org"}, args...))
	}
	if code := add("admin", "--email", "admin@example.org"); code != exitDone {
		t.Fatalf("making the first account: exit %d", code)
	}
	for name, args := range map[string][]string{
		"the same name again": {"admin", "--email", "other@example.org"},
		"no e-mail address":   {"second"},
		"a role of its own":   {"second", "--email", "second@example.org", "--role", "king"},
		"a bad user name":     {"Второй", "--email", "second@example.org"},
	} {
		if code := add(args...); code == exitDone {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestACatalogueOfTheMinistrysOwn(t *testing.T) {
	dir := t.TempDir()
	check := func() int {
		return run([]string{"check", "--db", "sqlite:" + filepath.Join(dir, "c.db"), "--keys", filepath.Join(dir, "keys"), "--catalogue", dir})
	}
	if code := run([]string{"migrate", "--db", "sqlite:" + filepath.Join(dir, "c.db")}); code != exitDone {
		t.Fatal("migrate")
	}
	if code := check(); code != exitNo {
		t.Errorf("a folder without services: exit %d", code)
	}
	text, err := os.ReadFile("../../catalogue/services/certified-copy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "services"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "services", "certified-copy.yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if code := check(); code != exitDone {
		t.Errorf("one service: exit %d", code)
	}
}
