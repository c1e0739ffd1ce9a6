package document

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// quietZone is the white border that readers need, in modules (ISO/IEC 18004,
// section 6.3.8).
const quietZone = 4

// modules lays text out as a QR code that survives the loss of 15 % (level M),
// in black and white squares. An error means that text is too long.
func modules(text string) (barcode.Barcode, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	return code, nil
}

// black says whether a module is dark.
func black(code image.Image, x, y int) bool {
	return color.GrayModel.Convert(code.At(x, y)).(color.Gray).Y < 128
}

// QRPNG draws text as a QR code in PNG, each module scale pixels wide, with its
// quiet zone. An error means that text is too long.
func QRPNG(text string, scale int) ([]byte, error) {
	code, err := modules(text)
	if err != nil {
		return nil, err
	}
	scale = max(1, scale)
	side := (code.Bounds().Dx() + 2*quietZone) * scale
	picture := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			at := image.Pt(x/scale-quietZone, y/scale-quietZone)
			if at.In(code.Bounds()) && black(code, at.X, at.Y) {
				picture.SetColorIndex(x, y, 1)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	return out.Bytes(), nil
}

// QRSVG draws text as a QR code in SVG without a size of its own, with its
// quiet zone. The element has neither script nor style, so a strict content
// policy lets it through; alternative text is the page's. An error means that
// text is too long.
func QRSVG(text string) (string, error) {
	code, err := modules(text)
	if err != nil {
		return "", err
	}
	n := code.Bounds().Dx()
	var path strings.Builder
	runs(code, func(x, y, width int) { fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quietZone, y+quietZone, width, width) })
	side := n + 2*quietZone
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges" aria-hidden="true" focusable="false">`+
		`<rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="%s"/></svg>`, side, side, side, side, path.String()), nil
}

// runs calls draw for each unbroken row of dark modules.
func runs(code barcode.Barcode, draw func(x, y, width int)) {
	n := code.Bounds().Dx()
	for y := range n {
		for x := 0; x < n; x++ {
			start := x
			for x < n && black(code, x, y) {
				x++
			}
			if x > start {
				draw(start, y, x-start)
			}
		}
	}
}
