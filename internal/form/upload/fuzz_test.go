package upload_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form/upload"
)

// Whatever is sent, it is refused with a reason, or what is kept can be taken
// again and is within bounds.
func FuzzTake(f *testing.F) {
	f.Add("a.jpg", with(asJPEG(f, squares(40, 30)), exif(6)))
	f.Add("a.png", asPNG(f, squares(20, 20)))
	f.Add("a.pdf", pdf(2, "", info))
	f.Add("a.pdf", pdf(1, "/Names << /JavaScript << /Names [(x) $0] >> >>", "<< /S /JavaScript /JS (x) >>", info))
	f.Add("a.pdf", pdf(1, "/Metadata $0", stream("/Type /Metadata /Subtype /XML", []byte("<x/>")), info))
	f.Add("a.webp", []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"))
	f.Add("x", locked())
	rules := upload.Rules{Bytes: 1 << 20, Pixels: 1_000_000, Side: 300, Pages: 3}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		in := upload.New(nil)
		file, err := in.Take(context.Background(), name, bytes.NewReader(data), rules)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		if file.Width > 300 || file.Height > 300 || file.Pages > 3 || file.Name == "" || len([]rune(file.Name)) > 90 {
			t.Fatalf("beyond bounds: %+v", file)
		}
		if file.Kind != upload.PDF { // a PDF may grow beyond the bounds of this test when it is written
			if _, err := in.Take(context.Background(), file.Name, bytes.NewReader(file.Data), rules); err != nil {
				t.Fatalf("what was kept is refused: %v", err)
			}
		}
	})
}
