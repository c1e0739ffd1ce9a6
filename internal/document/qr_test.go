package document

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"strings"
	"testing"
)

func TestCodesForPagesAreReadBack(t *testing.T) {
	for _, text := range []string{"K7QX-2M9D", "https://appointments.mfa.example/v/K7QX-2M9D?x=ə", strings.Repeat("0123456789", 60)} {
		data, err := QRPNG(text, 4)
		if err != nil {
			t.Fatal(err)
		}
		picture, _, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if got := scan(t, picture); got != text {
			t.Errorf("PNG: %q, want %q", got, text)
		}
		svg, err := QRSVG(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := scan(t, drawSVG(t, svg)); got != text {
			t.Errorf("SVG: %q, want %q", got, text)
		}
	}
	long := strings.Repeat("x", 5000)
	if _, err := QRPNG(long, 4); err == nil {
		t.Error("PNG: too long a text was drawn")
	}
	if _, err := QRSVG(long); err == nil {
		t.Error("SVG: too long a text was drawn")
	}
}

// drawSVG draws the few things that QRSVG uses.
func drawSVG(t *testing.T, svg string) image.Image {
	t.Helper()
	var root struct {
		ViewBox string `xml:"viewBox,attr"`
		Path    struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal([]byte(svg), &root); err != nil {
		t.Fatal(err)
	}
	var side, high int
	if _, err := fmt.Sscanf(root.ViewBox, "0 0 %d %d", &side, &high); err != nil || side != high {
		t.Fatal(root.ViewBox, err)
	}
	const scale = 4
	picture := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	for i := range picture.Pix {
		picture.Pix[i] = 255
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(root.Path.D, "z"), "z") {
		var x, y, w, back int
		if _, err := fmt.Sscanf(part, "M%d %dh%dv1h-%d", &x, &y, &w, &back); err != nil || back != w {
			t.Fatalf("%q: %v", part, err)
		}
		for py := y * scale; py < (y+1)*scale; py++ {
			for px := x * scale; px < (x+w)*scale; px++ {
				picture.SetGray(px, py, color.Gray{})
			}
		}
	}
	return picture
}
