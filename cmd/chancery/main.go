// Command chancery is the digital foreign ministry in one binary.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes of every command.
const (
	exitDone   = 0
	exitNo     = 1 // the answer is no
	exitUsage  = 2
	exitFailed = 3
)

// errNo ends a command whose answer is no; what is wrong has been printed.
var errNo = errors.New("no")

var commands struct {
	Serve   serveCmd   `cmd:"" help:"Serve the pages and the API."`
	Demo    demoCmd    `cmd:"" help:"Load the demonstration ministry and serve it."`
	Migrate migrateCmd `cmd:"" help:"Move the database schema forward."`
	Check   checkCmd   `cmd:"" help:"Check catalogue, keys, mail, database and audit trail, and print what is wrong."`
	Staff   staffCmd   `cmd:"" help:"Work with staff accounts."`
	Export  exportCmd  `cmd:"" help:"Write records of one kind out as a file."`
	Verify  verifyCmd  `cmd:"" help:"Check a document that was issued, by its file or code; exit 0 when it is genuine and in force, 1 when not."`
	Keys    keysCmd    `cmd:"" help:"Work with the keys that sign seals."`
	Draw    drawCmd    `cmd:"" help:"Work with published draws."`
	Bench   benchCmd   `cmd:"" help:"Measure, and print figures and ratios."`
}

func main() {
	spareCollector()
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// kong leaves through its Exit function after --help.
	parser, err := kong.New(&commands, kong.Name("chancery"), kong.Description("The open-source digital foreign ministry."),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Configuration(loadConfiguration))
	if err != nil {
		return complain(err, exitFailed)
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return complain(err, exitUsage)
	}
	switch err := chosen.Run(); {
	case err == nil:
		return exitDone
	case errors.Is(err, errNo):
		return exitNo
	default:
		return complain(err, exitFailed)
	}
}

func complain(err error, code int) int {
	fmt.Fprintln(os.Stderr, "chancery:", err)
	return code
}
