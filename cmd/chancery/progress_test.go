package main

import (
	"strings"
	"testing"
)

func TestProgress(t *testing.T) {
	for terminal, want := range map[bool][]string{
		false: {"load: 0 %\n", "load: 25 %\n", "load: 50 %\n", "load: 75 %\n", "load: 100 %\n"},
		true:  {"\rload [" + strings.Repeat(" ", 30) + "]   0 %", "\rload [" + strings.Repeat("=", 15) + strings.Repeat(" ", 15) + "]  50 %", "] 100 %\n"},
	} {
		var b strings.Builder
		p := &progress{to: &b, terminal: terminal, what: "load", shown: -1}
		for i := range 13 {
			p.at(i, 12)
			p.at(i, 12)
		}
		for _, w := range want {
			if strings.Count(b.String(), w) != 1 {
				t.Errorf("on a terminal %v: %q is not once in %q", terminal, w, b.String())
			}
		}
		if !terminal && b.String() != strings.Join(want, "") {
			t.Errorf("plain lines: %q", b.String())
		}
	}
	var b strings.Builder
	(&progress{to: &b, what: "nothing", shown: -1}).at(0, 0)
	if b.String() != "nothing: 100 %\n" {
		t.Errorf("%q", b.String())
	}
}
