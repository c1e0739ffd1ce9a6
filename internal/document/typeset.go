package document

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

//go:embed fonts/*.ttf fonts/*.otf
var fontFiles embed.FS

// typeface is one font file: parsed for setting text, and as bytes for the PDF.
type typeface struct {
	name string
	data []byte
	font *font.Font
}

var (
	regular = mustFace("NotoSans-Regular")
	bold    = mustFace("NotoSans-Bold")
	// others are asked in turn for what the first two lack.
	others = []*typeface{mustFace("NotoNaskhArabic-Regular"), mustFace("NotoSansHebrew-Regular"),
		mustFace("NotoSansGeorgian-Regular"), mustFace("NotoSansArmenian-Regular")}
)

// mustFace reads an embedded font; a broken one is a fault in the build.
func mustFace(name string) *typeface {
	if !strings.Contains(name, ".") {
		name += ".ttf"
	}
	data, err := fontFiles.ReadFile("fonts/" + name)
	if err != nil {
		panic(err)
	}
	face, err := font.ParseTTF(bytes.NewReader(data))
	if err != nil {
		panic(fmt.Sprintf("%s: %v", name, err))
	}
	return &typeface{name: strings.TrimSuffix(name, ".ttf"), data: data, font: face.Font}
}

// setter sets text on the pages of one PDF. Its unit is the point.
type setter struct {
	pdf     *fpdf.Fpdf
	shaper  shaping.HarfbuzzShaper
	wrapper shaping.LineWrapper
	seg     shaping.Segmenter
	faces   map[*typeface]*font.Face
	names   map[*font.Face]*typeface
	inPDF   map[*typeface]bool
}

func newSetter(pdf *fpdf.Fpdf) *setter {
	s := &setter{pdf: pdf, faces: map[*typeface]*font.Face{}, names: map[*font.Face]*typeface{}, inPDF: map[*typeface]bool{}}
	for _, t := range append([]*typeface{regular, bold}, others...) {
		// A face is not safe for concurrent use, the font behind it is.
		face := font.NewFace(t.font)
		s.faces[t], s.names[face] = face, t
	}
	return s
}

// style is how a piece of text looks.
type style struct {
	face *typeface
	size float64
	lead float64 // from one baseline to the next
}

// fontmap finds a face for each character, the wanted one first.
type fontmap struct {
	*setter
	first *typeface
}

// ResolveFace implements shaping.Fontmap.
func (m fontmap) ResolveFace(r rune) *font.Face {
	if t := covering(m.first, r); t != nil {
		return m.faces[t]
	}
	return m.faces[m.first]
}

func covering(first *typeface, r rune) *typeface {
	for _, t := range append([]*typeface{first}, others...) {
		if _, ok := t.font.NominalGlyph(r); ok {
			return t
		}
	}
	return nil
}

// line is one line of set text.
type line struct {
	text  []rune
	runs  []shaping.Output // from left to right
	style style
}

// plainly prepares a text that a person wrote: composed characters, no control
// or direction marks (an override could make a name read backwards), and a
// replacement character for what no font here has.
func plainly(text string) []rune {
	runes := make([]rune, 0, len(text))
	for _, r := range norm.NFC.String(strings.ToValidUTF8(text, "\ufffd")) {
		switch {
		case unicode.IsSpace(r):
			runes = append(runes, ' ')
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d':
		case r == '\u200c' || r == '\u200d':
			runes = append(runes, r) // Persian needs the joiners
		case r > 0xffff || covering(regular, r) == nil:
			runes = append(runes, '\ufffd')
		default:
			runes = append(runes, r)
		}
	}
	return runes
}

// noFeatures turns off what the PDF writer does not know of, so that widths
// here and there agree.
var noFeatures = []shaping.FontFeature{
	{Tag: opentype.MustNewTag("kern"), Value: 0}, {Tag: opentype.MustNewTag("liga"), Value: 0},
	{Tag: opentype.MustNewTag("clig"), Value: 0}, {Tag: opentype.MustNewTag("locl"), Value: 0},
}

// set breaks text into lines of at most width points; a line feed in text
// starts a new one.
func (s *setter) set(text string, look style, width float64) (lines []line) {
	for paragraph := range strings.SplitSeq(text, "\n") {
		runes := plainly(paragraph)
		if len(runes) == 0 {
			continue
		}
		base := direction(runes)
		input := shaping.Input{
			Text: runes, RunEnd: len(runes), Direction: base, Face: s.faces[look.face],
			Size: points(look.size), Script: language.Latin, Language: language.NewLanguage("en"),
		}
		var shaped []shaping.Output
		for _, run := range s.seg.Split(input, fontmap{s, look.face}) {
			if run.Direction == di.DirectionLTR {
				run.FontFeatures = noFeatures
			}
			shaped = append(shaped, s.shaper.Shape(run))
		}
		wrapped, _ := s.wrapper.WrapParagraphF(shaping.WrapConfig{Direction: base}, points(width), runes, shaping.NewSliceIterator(shaped))
		for _, w := range wrapped {
			out := slices.Clone([]shaping.Output(w))
			slices.SortFunc(out, func(a, b shaping.Output) int { return int(a.VisualIndex - b.VisualIndex) })
			lines = append(lines, line{text: runes, runs: out, style: look})
		}
	}
	return lines
}

// direction is that of the first letter which has one (UAX #9, rules P2 and P3).
func direction(runes []rune) di.Direction {
	for _, r := range runes {
		properties, _ := bidi.LookupRune(r)
		switch properties.Class() {
		case bidi.L:
			return di.DirectionLTR
		case bidi.R, bidi.AL:
			return di.DirectionRTL
		}
	}
	return di.DirectionLTR
}

func points(f float64) fixed.Int26_6     { return fixed.Int26_6(f * 64) }
func fromPoints(f fixed.Int26_6) float64 { return float64(f) / 64 }

// use makes a typeface the PDF's current one; only those in use are embedded.
func (s *setter) use(t *typeface, size float64) {
	if !s.inPDF[t] {
		s.pdf.AddUTF8FontFromBytes(t.name, "", t.data)
		s.inPDF[t] = true
	}
	s.pdf.SetFont(t.name, "", size)
}

// draw puts a line on the page with its baseline at y.
func (s *setter) draw(l line, x, y float64) {
	for _, run := range l.runs {
		text := l.text[run.Runes.Offset : run.Runes.Offset+run.Runes.Count]
		s.use(s.names[run.Face], l.style.size)
		if simple(run) {
			s.pdf.Text(x, y, string(text))
		} else {
			s.outline(run, text, x, y)
		}
		x += fromPoints(run.Advance)
	}
}

// simple says whether the PDF writer, which knows no shaping, sets the run
// right: left to right, one glyph a character, each on the baseline.
func simple(run shaping.Output) bool {
	if run.Direction != di.DirectionLTR || len(run.Glyphs) != run.Runes.Count {
		return false
	}
	return !slices.ContainsFunc(run.Glyphs, func(g shaping.Glyph) bool { return g.XOffset != 0 || g.YOffset != 0 })
}

// invisible is the PDF text rendering mode of text that is there for search,
// copying and reading aloud only.
const invisible = 3

// outline draws a shaped run as shapes, and lays its characters beneath them
// invisibly, in the order in which they stand on paper.
func (s *setter) outline(run shaping.Output, text []rune, x, y float64) {
	under := slices.DeleteFunc(slices.Clone(text), func(r rune) bool { return r == '\u200c' || r == '\u200d' })
	if run.Direction == di.DirectionRTL {
		slices.Reverse(under)
	}
	s.pdf.SetTextRenderingMode(invisible)
	s.pdf.Text(x, y, string(under))
	s.pdf.SetTextRenderingMode(0)
	scale := fromPoints(run.Size) / float64(run.Face.Upem())
	drawn := false
	for _, g := range run.Glyphs {
		left, base := x+fromPoints(g.XOffset), y-fromPoints(g.YOffset)
		x += fromPoints(g.Advance)
		shape, _ := run.Face.GlyphDataOutline(g.GlyphID)
		var fromX, fromY float64
		at := func(p opentype.SegmentPoint) (float64, float64) {
			return left + float64(p.X)*scale, base - float64(p.Y)*scale
		}
		for _, seg := range shape.Segments {
			ax, ay := at(seg.Args[0])
			bx, by := at(seg.Args[1])
			drawn = true
			switch seg.Op {
			case opentype.SegmentOpMoveTo:
				s.pdf.MoveTo(ax, ay)
				fromX, fromY = ax, ay
			case opentype.SegmentOpLineTo:
				s.pdf.LineTo(ax, ay)
				fromX, fromY = ax, ay
			case opentype.SegmentOpQuadTo: // PDF has cubic curves only
				s.pdf.CurveBezierCubicTo(fromX+2*(ax-fromX)/3, fromY+2*(ay-fromY)/3, bx+2*(ax-bx)/3, by+2*(ay-by)/3, bx, by)
				fromX, fromY = bx, by
			case opentype.SegmentOpCubeTo:
				cx, cy := at(seg.Args[2])
				s.pdf.CurveBezierCubicTo(ax, ay, bx, by, cx, cy)
				fromX, fromY = cx, cy
			}
		}
	}
	if drawn {
		s.pdf.SetFillColor(s.pdf.GetTextColor())
		s.pdf.DrawPath("F")
	}
}
