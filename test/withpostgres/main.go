// Command withpostgres runs a command with CHANCERY_TEST_PG naming a PostgreSQL
// server, so that many test processes share one. When the variable is set
// already, the command runs as it is.
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
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: withpostgres -- COMMAND [ARGUMENTS]")
		return 2
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if os.Getenv("CHANCERY_TEST_PG") == "" {
		url, stop, err := storetest.StartServer(false)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			if os.Getenv("CI") == "true" {
				return 3
			}
		} else {
			defer stop()
			cmd.Env = append(os.Environ(), "CHANCERY_TEST_PG="+url)
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
