package demo

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed posts/*.yaml holidays/*.ics holidays.yaml staff.yaml lists/*
var files embed.FS

// read decodes one embedded YAML file strictly.
func read(name string, into any) error {
	text, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if err := yaml.UnmarshalWithOptions(text, into, yaml.Strict()); err != nil {
		return fmt.Errorf("demo/%s: %w", name, err)
	}
	return nil
}

// declarations reads posts/*.yaml in order of their names.
func declarations() ([]declaration, error) {
	names, err := fs.Glob(files, "posts/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	all := make([]declaration, len(names))
	for i, name := range names {
		if err := read(name, &all[i]); err != nil {
			return nil, err
		}
		if id := strings.TrimSuffix(path.Base(name), ".yaml"); all[i].ID != id {
			return nil, fmt.Errorf("demo/%s: the id is %q", name, all[i].ID)
		}
	}
	return all, nil
}
