package main

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	files "github.com/chancery/chancery/catalogue"
	"github.com/chancery/chancery/internal/catalogue"
)

// catalogueFlag says where the ministry's own declarations are.
type catalogueFlag struct {
	Catalogue string `env:"CHANCERY_CATALOGUE" placeholder:"DIR" help:"Folder of your own declarations: services/*.yaml and policy/*.yaml in place of those that come with the program, questionnaires/*.yaml and tariffs/*.yaml beside them."`
}

func (f catalogueFlag) files() fs.FS {
	if f.Catalogue == "" {
		return files.Services
	}
	return os.DirFS(f.Catalogue)
}

// bookable loads the services with appointments: those of the ministry's own
// folder or, when it holds other declarations only, those of the program. A
// folder with nothing in it is a mistake that Load names.
func bookable(own fs.FS) (*catalogue.Catalogue, error) {
	if !declares(own, "services/*.yaml") && (declares(own, "questionnaires/*.yaml") || declares(own, "tariffs/*.yaml") || declares(own, "policy/*.yaml")) {
		own = files.Services
	}
	return catalogue.Load(own)
}

func declares(own fs.FS, pattern string) bool {
	found, _ := fs.Glob(own, pattern)
	return len(found) > 0
}

// beside is the ministry's own folder laid over what comes with the program, so
// that one more file is one more service. A file of the same name takes the
// program's place; an empty one only takes it away.
type beside struct{ own, program fs.FS }

// Open implements fs.FS.
func (b beside) Open(name string) (fs.File, error) {
	f, err := b.own.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return b.program.Open(name)
	}
	return f, err
}

// Glob implements fs.GlobFS.
func (b beside) Glob(pattern string) ([]string, error) {
	all, err := fs.Glob(b.program, pattern)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(name string) bool {
		info, err := fs.Stat(b.own, name)
		return err == nil && info.Size() == 0
	})
	own, err := fs.Glob(b.own, pattern)
	if err != nil {
		return nil, err
	}
	for _, name := range own {
		_, err := fs.Stat(b.program, name)
		info, errOwn := fs.Stat(b.own, name)
		if err == nil && errOwn == nil && info.Size() == 0 {
			continue // takes the program's away
		}
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}
