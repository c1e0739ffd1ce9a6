// Package assets holds the built style sheets, scripts and fonts, which
// "make assets" puts into build/. The sources are sass/, js/ and static/.
//
// It imports nothing of Chancery.
package assets

import (
	"embed"
	"errors"
	"io/fs"
)

// build/ has one tracked, empty file, so that the program compiles before the
// assets are built.
//
//go:embed all:build
var built embed.FS

// Built gives the built files, or an error that says how to build them.
func Built() (fs.FS, error) {
	files, err := fs.Sub(built, "build")
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(files, "app.css"); err != nil {
		return nil, errors.New("this program was built without its style sheets and scripts: build it with make build")
	}
	return files, nil
}
