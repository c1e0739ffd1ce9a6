package main

import (
	"fmt"
	"os"

	"github.com/chancery/chancery/internal/booking/draw"
)

type drawCmd struct {
	Verify drawVerifyCmd `cmd:"" help:"Re-run a published draw; exit 0 when the published order follows, 1 when it does not."`
}

type drawVerifyCmd struct {
	File string `arg:"" help:"The draw file, as published under /draws."`
}

// Run prints every statement of the file and whether it follows.
func (c *drawVerifyCmd) Run() error {
	f, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("read the draw file: %w", err)
	}
	defer f.Close()
	file, err := draw.Parse(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", c.File, err)
	}
	report, err := draw.Verify(file)
	for _, check := range report.Checks {
		if check.Holds {
			fmt.Printf("holds  %s\n", check.Statement)
		} else {
			fmt.Printf("FAILS  %s: %s\n", check.Statement, check.Detail)
		}
	}
	if err != nil {
		return errNo
	}
	fmt.Printf("%d entries, %d places given, %d left over: the published order follows from the seed.\n", report.Entries, report.Given, report.Leftover)
	return nil
}
