package seal

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The examples of Doc 9303-13: 2.3.1 and appendix C.
func TestC40(t *testing.T) {
	for s, want := range map[string]string{"VISA01": "de515826", "XK<CD": "eb0466a9", "XKCD": "eb11fe45", "": "", "A": "fe42"} {
		packed, ok := encodeC40(s)
		if !ok || hex.EncodeToString(packed) != want {
			t.Errorf("%s: %x, want %s", s, packed, want)
		}
		if back, ok := decodeC40(packed); !ok || back != strings.ReplaceAll(s, "<", " ") {
			t.Errorf("%s: %q", s, back)
		}
		if len(packed) != c40Length(len(s)) {
			t.Errorf("%s: %d bytes", s, len(packed))
		}
	}
	for _, s := range []string{"a", "Ä", "A-B", "\x00"} {
		if _, ok := encodeC40(s); ok {
			t.Errorf("%q was packed", s)
		}
	}
	for _, packed := range []string{"00", "0000", "fe42fe42", "fe00", "fa01", "0001", "0029"} { // odd, zero, unlatch before the end, no character, too large, shifts
		b, _ := hex.DecodeString(packed)
		if s, ok := decodeC40(b); ok {
			t.Errorf("%s: %q", packed, s)
		}
	}
}

func TestC40Property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[A-Z0-9 ]{0,100}`).Draw(t, "s")
		packed, ok := encodeC40(s)
		back, ok2 := decodeC40(packed)
		if !ok || !ok2 || back != s {
			t.Fatalf("%q: %x, %q", s, packed, back)
		}
	})
}

func TestDates(t *testing.T) {
	d := time.Date(1957, 3, 25, 0, 0, 0, 0, time.UTC)
	if got := hex.EncodeToString(encodeDate(d)); got != "319ef5" {
		t.Error(got)
	}
	if back, ok := decodeDate([]byte{0x31, 0x9E, 0xF5}); !ok || !back.Equal(d) {
		t.Error(back)
	}
	for _, b := range [][]byte{{0, 0, 0}, {0xFF, 0xFF, 0xFF}} {
		if back, ok := decodeDate(b); ok {
			t.Error(back)
		}
	}
}
