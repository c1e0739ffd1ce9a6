package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// configFlag is shared by the commands that read a configuration file: YAML
// whose fields are the commands' flags, written with _ instead of -. Every
// field is optional. A flag on the command line wins, then the environment,
// then the file.
type configFlag struct {
	Config kong.ConfigFlag `type:"existingfile" placeholder:"FILE" help:"YAML file with values for these flags (base_url for --base-url)."`
}

// configuration answers kong's questions from one file.
type configuration map[string]any

func loadConfiguration(r io.Reader) (kong.Resolver, error) {
	fields := configuration{}
	if err := yaml.NewDecoder(r).Decode(&fields); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the configuration file is not YAML: %s", strings.SplitN(err.Error(), "\n", 2)[0])
	}
	return fields, nil
}

// Validate refuses a field that no command knows: a slip of the pen must not
// leave an installation with a default.
func (c configuration) Validate(app *kong.Application) error {
	known := map[string]bool{}
	if err := kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			known[fieldName(flag.Name)] = true
		}
		return next(nil)
	}); err != nil {
		return err
	}
	for _, field := range slices.Sorted(maps.Keys(c)) {
		if !known[field] {
			return fmt.Errorf("the configuration file has a field %q, which does not exist", field)
		}
	}
	return nil
}

// Resolve gives the value of a flag, unless the environment has one.
func (c configuration) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	return c[fieldName(flag.Name)], nil
}

func fieldName(flag string) string { return strings.ReplaceAll(flag, "-", "_") }
