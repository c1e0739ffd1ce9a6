package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// progress says how far long work is: a bar on a terminal, a plain line for
// each quarter otherwise.
type progress struct {
	to       io.Writer
	terminal bool
	what     string
	shown    int // percent, -1 before the first
}

func newProgress(what string) *progress {
	return &progress{to: os.Stderr, terminal: isatty.IsTerminal(os.Stderr.Fd()), what: what, shown: -1}
}

// at says that done of total is done.
func (p *progress) at(done, total int) {
	percent := 100
	if total > 0 {
		percent = min(100, 100*done/total)
	}
	if !p.terminal {
		percent -= percent % 25
	}
	if percent <= p.shown {
		return
	}
	p.shown = percent
	if !p.terminal {
		fmt.Fprintf(p.to, "%s: %d %%\n", p.what, percent)
		return
	}
	const width = 30
	full := width * percent / 100
	end := ""
	if percent == 100 {
		end = "\n"
	}
	fmt.Fprintf(p.to, "\r%s [%s%s] %3d %%%s", p.what, strings.Repeat("=", full), strings.Repeat(" ", width-full), percent, end)
}
