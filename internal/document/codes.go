package document

// seam is by how much rows of a code overlap, in points: without it a renderer
// leaves hairs of white between them, which break the border that readers look
// for.
const seam = 0.06

// qr draws text as a QR code with its corner at x, y; side includes the quiet
// zone. An error means that text is too long.
func (s *setter) qr(text string, x, y, side float64) error {
	code, err := modules(text)
	if err != nil {
		return err
	}
	module := side / float64(code.Bounds().Dx()+2*quietZone)
	s.pdf.SetFillColor(0, 0, 0)
	runs(code, func(cx, cy, width int) {
		s.pdf.Rect(x+float64(cx+quietZone)*module, y+float64(cy+quietZone)*module, float64(width)*module, module+seam, "F")
	})
	return nil
}

// squares draws a code that is ready in rows of modules, true for dark ones;
// side includes a margin of quiet modules on each side.
func (s *setter) squares(rows [][]bool, quiet int, x, y, side float64) {
	if len(rows) == 0 {
		return
	}
	module := side / float64(len(rows)+2*quiet)
	s.pdf.SetFillColor(0, 0, 0)
	for cy, row := range rows {
		for cx := 0; cx < len(row); cx++ {
			start := cx
			for cx < len(row) && row[cx] {
				cx++
			}
			if cx > start {
				s.pdf.Rect(x+float64(start+quiet)*module, y+float64(cy+quiet)*module, float64(cx-start)*module, module+seam, "F")
			}
		}
	}
}
