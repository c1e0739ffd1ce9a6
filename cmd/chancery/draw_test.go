package main

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/booking/draw"
)

func TestDrawVerifyExitCodes(t *testing.T) {
	seed := make([]byte, draw.SeedSize)
	f := &draw.File{
		Format: draw.Format, ID: "d", Post: "p", Service: "s", Stage: draw.Drawn, Title: map[string]string{"en": "T"}, Rules: draw.Rules(),
		OpensAt: "2026-11-20T08:00:00Z", ClosesAt: "2026-11-24T08:00:00Z", DrawsAt: "2026-11-24T08:00:00Z", RevealedAt: "2026-11-24T08:00:01Z",
		Commitment: draw.Commitment(seed), Seed: hex.EncodeToString(seed),
		Entries: []draw.Entry{{ID: "E-0000-0001", Party: 1, Wants: []string{draw.Any}}, {ID: "E-0000-0002", Party: 1, Wants: []string{draw.Any}}},
		Places:  []draw.Place{{Slot: "slot", Start: "2026-12-01T09:00:00+01:00", Places: 1}},
	}
	numbers := []string{"E-0000-0001", "E-0000-0002"}
	var err error
	if f.MerkleRoot, err = draw.Root(numbers); err != nil {
		t.Fatal(err)
	}
	f.ClosingDigest = draw.ClosingDigest(f)
	f.Order = draw.Order(seed, "", numbers)
	f.Outcome, f.Leftover = draw.Allocate(f.Order, f.Entries, f.Places)
	text, err := f.Write()
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	order := `"` + f.Order[0] + `",`
	swapped := strings.Replace(strings.Replace(string(text), order, `"`+f.Order[1]+`",`, 1), `"`+f.Order[1]+"\"\n  ]", `"`+f.Order[0]+"\"\n  ]", 1)
	for _, c := range []struct {
		name string
		args []string
		want int
	}{
		{"honest", []string{"draw", "verify", write("good.json", string(text))}, exitDone},
		{"swapped", []string{"draw", "verify", write("bad.json", swapped)}, exitNo},
		{"no file named", []string{"draw", "verify"}, exitUsage},
		{"no such file", []string{"draw", "verify", filepath.Join(t.TempDir(), "none.json")}, exitFailed},
		{"not a draw file", []string{"draw", "verify", write("odd.json", "{}")}, exitFailed},
	} {
		if got := run(c.args); got != c.want {
			t.Errorf("%s: exit %d, want %d", c.name, got, c.want)
		}
	}
}
