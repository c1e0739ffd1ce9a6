package document

import (
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
)

// ocrb is the typeface of machine-readable zones (ISO 1073-2).
var ocrb = mustFace("OCRB.otf")

// A machine-readable zone (ICAO Doc 9303-3, 4): ten characters to the inch, lines
// a quarter of an inch apart, OCR-B size 1.
const (
	zonePitch = 7.2
	zoneLead  = 18.0
	zoneSize  = 10.0
)

// zone draws the lines of a machine-readable zone with the baseline of the last
// one at base and the first character at x.
func (s *setter) zone(lines []string, x, base float64) {
	face := font.NewFace(ocrb.font)
	scale := zoneSize / float64(face.Upem())
	for i, line := range lines {
		y := base - float64(len(lines)-1-i)*zoneLead
		s.under(line, x, y)
		for n, r := range line {
			s.glyph(face, r, x+float64(n)*zonePitch, y, scale)
		}
	}
	s.pdf.SetFillColor(0, 0, 0)
	s.pdf.DrawPath("F")
}

// under lays the line's text beneath it for search and copying, in one piece as
// wide as the line that is seen.
func (s *setter) under(line string, x, y float64) {
	s.use(regular, zoneSize)
	s.pdf.SetTextRenderingMode(invisible)
	s.pdf.SetFontSize(zoneSize * zonePitch * float64(len(line)) / s.pdf.GetStringWidth(line))
	s.pdf.Text(x, y, line)
	s.pdf.SetTextRenderingMode(0)
}

// glyph adds the outline of a character to the path.
func (s *setter) glyph(face *font.Face, r rune, x, y, scale float64) {
	id, ok := face.NominalGlyph(r)
	if !ok {
		return
	}
	shape, _ := face.GlyphDataOutline(id)
	at := func(p opentype.SegmentPoint) (float64, float64) {
		return x + float64(p.X)*scale, y - float64(p.Y)*scale
	}
	var fromX, fromY float64
	for _, seg := range shape.Segments {
		ax, ay := at(seg.Args[0])
		bx, by := at(seg.Args[1])
		switch seg.Op {
		case opentype.SegmentOpMoveTo:
			s.pdf.MoveTo(ax, ay)
			fromX, fromY = ax, ay
		case opentype.SegmentOpLineTo:
			s.pdf.LineTo(ax, ay)
			fromX, fromY = ax, ay
		case opentype.SegmentOpQuadTo:
			s.pdf.CurveBezierCubicTo(fromX+2*(ax-fromX)/3, fromY+2*(ay-fromY)/3, bx+2*(ax-bx)/3, by+2*(ay-by)/3, bx, by)
			fromX, fromY = bx, by
		case opentype.SegmentOpCubeTo:
			cx, cy := at(seg.Args[2])
			s.pdf.CurveBezierCubicTo(ax, ay, bx, by, cx, cy)
			fromX, fromY = cx, cy
		}
	}
}
