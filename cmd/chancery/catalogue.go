package main

import (
	"io/fs"
	"os"

	files "github.com/chancery/chancery/catalogue"
)

// catalogueFlag says where the ministry's own declarations are.
type catalogueFlag struct {
	Catalogue string `env:"CHANCERY_CATALOGUE" placeholder:"DIR" help:"Folder with services/*.yaml, in place of the services that come with the program."`
}

func (f catalogueFlag) files() fs.FS {
	if f.Catalogue == "" {
		return files.Services
	}
	return os.DirFS(f.Catalogue)
}
