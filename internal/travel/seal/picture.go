package seal

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
)

// Quiet is the empty margin around the code, in modules (ISO/IEC 16022 asks
// for one; printers are better off with more).
const Quiet = 2

// PNG draws the seal as a Data Matrix, with module pixels to a module. An
// internal error when it holds too much for one.
func (s *Seal) PNG(module int) ([]byte, error) {
	rows, err := dataMatrix(s.Bytes())
	if err != nil {
		return nil, err
	}
	side := (len(rows) + 2*Quiet) * module
	picture := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			row, column := y/module-Quiet, x/module-Quiet
			if row >= 0 && row < len(rows) && column >= 0 && column < len(rows) && rows[row][column] {
				picture.SetColorIndex(x, y, 1)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return nil, fmt.Errorf("draw a seal: %w", err)
	}
	return out.Bytes(), nil
}

// SVG draws the seal as a Data Matrix, one unit to a module, for printing.
func (s *Seal) SVG() (string, error) {
	rows, err := dataMatrix(s.Bytes())
	if err != nil {
		return "", err
	}
	var path strings.Builder
	for y, row := range rows {
		for x := 0; x < len(row); x++ {
			run := 0
			for x+run < len(row) && row[x+run] {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+Quiet, y+Quiet, run, run)
				x += run
			}
		}
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[1]d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%[1]dv%[1]dH0z"/><path d="%[2]s"/></svg>`, len(rows)+2*Quiet, path.String()), nil
}

// Modules lays the seal out as a Data Matrix, true for dark modules, without
// the margin of Quiet modules that must stay around it.
func (s *Seal) Modules() ([][]bool, error) { return dataMatrix(s.Bytes()) }
