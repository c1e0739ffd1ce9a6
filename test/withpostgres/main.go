// Command withpostgres runs a command with CHANCERY_TEST_PG naming a PostgreSQL
// server, so that many test processes share one. When the variable is set
// already, the command runs as it is. With -durable it names a server that
// waits for the disk in CHANCERY_BENCH_PG instead, for measuring.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/chancery/chancery/internal/store/storetest"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	variable, durable := "CHANCERY_TEST_PG", false
	if len(args) > 0 && args[0] == "-durable" {
		variable, durable, args = "CHANCERY_BENCH_PG", true, args[1:]
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: withpostgres [-durable] -- COMMAND [ARGUMENTS]")
		return 2
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if os.Getenv(variable) == "" {
		url, stop, err := storetest.StartServer(durable)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			if os.Getenv("CI") == "true" {
				return 3
			}
		} else {
			defer stop()
			cmd.Env = append(os.Environ(), variable+"="+url)
		}
	}
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	default:
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
}
