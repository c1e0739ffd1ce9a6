package keyring

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func fresh(t testing.TB) *Ring {
	t.Helper()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A ring that is kept in a file opens what it sealed and gives the same keys.
func TestARingOutlivesTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "keys.json")
	if _, err := Open(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("a ring that is not there: %v", err)
	}
	first, err := OpenOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v; only its owner may read it", info.Mode(), err)
	}
	sealed, err := first.Seal([]byte("Aysel"), "booking:1")
	if err != nil || bytes.Contains(sealed, []byte("Aysel")) {
		t.Fatalf("sealed %q, %v", sealed, err)
	}
	second, err := OpenOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := second.Unseal(sealed, "booking:1"); err != nil || string(text) != "Aysel" {
		t.Errorf("opened %q, %v", text, err)
	}
	if _, err := second.Unseal(sealed, "booking:2"); err == nil {
		t.Error("what was moved to another row opens")
	}
	if _, err := fresh(t).Unseal(sealed, "booking:1"); err == nil {
		t.Error("another ring opens it")
	}
	if first.LookupKey("person", "a", "b") != second.LookupKey("person", "a", "b") || first.Token("manage", "1") != second.Token("manage", "1") {
		t.Error("the keys changed")
	}
}

// Two sealings of one text do not look alike: nobody can tell that two people
// have the same name.
func TestSealingIsRandom(t *testing.T) {
	r := fresh(t)
	one, err1 := r.Seal([]byte("Aysel"), "x")
	two, err2 := r.Seal([]byte("Aysel"), "x")
	if err1 != nil || err2 != nil || bytes.Equal(one, two) {
		t.Errorf("%x and %x, %v, %v", one, two, err1, err2)
	}
}

// Hashes keep purposes, and the borders between parts, apart.
func TestKeysAreApart(t *testing.T) {
	r := fresh(t)
	seen := map[string]string{}
	for name, key := range map[string]string{
		"ab c": r.LookupKey("person", "ab", "c"), "a bc": r.LookupKey("person", "a", "bc"), "abc": r.LookupKey("person", "abc"),
		"other purpose": r.LookupKey("email", "ab", "c"), "empty part": r.LookupKey("person", "ab", "c", ""),
		"another ring": fresh(t).LookupKey("person", "ab", "c"),
	} {
		if other, twice := seen[key]; twice || len(key) != 32 {
			t.Errorf("%s has the key of %s: %s", name, other, key)
		}
		seen[key] = name
	}
	if code := r.Code("code", "1"); len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		t.Errorf("code %q", code)
	}
	if !Equal("abc", "abc") || Equal("abc", "abd") || Equal("", "a") {
		t.Error("Equal is wrong")
	}
}

// A file that is no key ring is an error, and one that is works: nothing is
// ever sealed with keys that cannot be read back.
func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "keys.json")
	if _, err := OpenOrCreate(path); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(text[:len(text)/2])
	f.Add([]byte(`{"encryption":{"primaryKeyId":1,"key":[]},"hash":"` + strings.Repeat("00", 32) + `"}`))
	f.Add([]byte(`{"encryption":null,"hash":""}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "keys.json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := OpenOrCreate(path)
		if kept, readErr := os.ReadFile(path); readErr != nil || !bytes.Equal(kept, text) {
			t.Fatalf("the file was changed: %v", readErr)
		}
		if err != nil {
			return
		}
		sealed, err := r.Seal([]byte("text"), "x")
		if err != nil {
			t.Fatal(err)
		}
		if opened, err := r.Unseal(sealed, "x"); err != nil || string(opened) != "text" {
			t.Errorf("opened %q, %v", opened, err)
		}
	})
}

// What was not sealed with the ring does not open, and does not bring it down.
func FuzzUnseal(f *testing.F) {
	r := fresh(f)
	sealed, err := r.Seal([]byte("text"), "x")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed, "x")
	f.Add(sealed[:10], "x")
	f.Add([]byte{0xff, 0xff, 0xff, 0xff}, "")
	f.Add([]byte{}, "\x00")
	f.Fuzz(func(t *testing.T, sealed []byte, context string) {
		if text, err := fresh(t).Unseal(sealed, context); err == nil {
			t.Errorf("opened %q", text)
		}
	})
}
