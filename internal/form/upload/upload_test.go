package upload_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/form/upload"
)

// keyOf is what a fault complains of, without "form.".
func keyOf(err error) string {
	f := fault.As(err)
	switch {
	case err == nil:
		return ""
	case f == nil:
		return "internal: " + err.Error()
	case f.Kind == fault.Busy:
		return "busy " + f.Key
	case len(f.Fields) != 1 || f.Fields[0].Path != "file":
		return f.Error()
	}
	return strings.TrimPrefix(f.Fields[0].Key, "form.")
}

func take(t testing.TB, name string, data []byte) (*upload.File, error) {
	t.Helper()
	return upload.New(nil).Take(context.Background(), name, bytes.NewReader(data), upload.Papers(3))
}

// squares is a picture with something to see in it.
func squares(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, color.RGBA{uint8(x * 255 / w), uint8(y * 255 / h), uint8(((x/8 + y/8) % 2) * 120), 255})
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pdf writes a file with a page for each content, and extra entries in its
// catalogue and objects.
func pdf(pages int, catalogue string, objects ...string) []byte {
	var kids []string
	all := []string{"", ""}
	for i := range pages {
		page := len(all) + 1
		kids = append(kids, fmt.Sprintf("%d 0 R", page))
		text := fmt.Sprintf("0 0 m %d 10 l S", i+1)
		all = append(all,
			fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Resources << >> /Contents %d 0 R >>", page+1),
			fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(text), text))
	}
	first := len(all) + 1
	catalogue = strings.ReplaceAll(catalogue, "$0", fmt.Sprintf("%d 0 R", first))
	all[0] = "<< /Type /Catalog /Pages 2 0 R " + catalogue + " >>"
	all[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Join(kids, " "), pages)
	all = append(all, objects...)
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var offsets []int
	for i, o := range all {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(all)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(all)+1, len(all), start)
	return b.Bytes()
}

const info = "<< /Author (Secret Author) /Producer (Secret Scanner) >>"

func stream(dict string, data []byte) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(data), data)
}

func TestWhatIsTaken(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want string // name, kind, measures
	}{
		"a jpeg called pdf":  {asJPEG(t, squares(200, 100)), "x.jpg jpeg 200x100 0"},
		"a png":              {asPNG(t, squares(64, 64)), "x.png png 64x64 0"},
		"a pdf":              {pdf(2, "", info), "x.pdf pdf 0x0 2"},
		"a pdf with a link":  {pdf(1, "/OpenAction [3 0 R /Fit]", info), "x.pdf pdf 0x0 1"},
		"a large picture":    {asJPEG(t, squares(4000, 500)), "x.jpg jpeg 3508x438 0"},
		"a see-through png":  {asPNG(t, image.NewNRGBA(image.Rect(0, 0, 20, 20))), "x.png png 20x20 0"},
		"a palette png":      {asPNG(t, image.NewPaletted(image.Rect(0, 0, 30, 20), []color.Color{color.White, color.Black})), "x.png png 30x20 0"},
		"a gray jpeg":        {asJPEG(t, image.NewGray(image.Rect(0, 0, 30, 20))), "x.jpg jpeg 30x20 0"},
		"sixteen bits a png": {asPNG(t, image.NewNRGBA64(image.Rect(0, 0, 30, 20))), "x.png png 30x20 0"},
	} {
		f, err := take(t, "x.exe", c.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := fmt.Sprintf("%s %s %dx%d %d", f.Name, f.Kind, f.Width, f.Height, f.Pages); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		// What is kept can be taken again.
		if again, err := take(t, "x", f.Data); err != nil || again.Kind != f.Kind || again.Pages != f.Pages {
			t.Errorf("%s: not taken again: %v", name, err)
		}
	}
}

// giant is a PNG that says that it is huge; it is a few bytes.
func giant(w, h uint32) []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		binary.Write(&b, binary.BigEndian, uint32(len(data)))
		b.WriteString(kind)
		b.Write(data)
		binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(append([]byte(kind), data...)))
	}
	head := binary.BigEndian.AppendUint32(nil, w)
	head = binary.BigEndian.AppendUint32(head, h)
	chunk("IHDR", append(head, 8, 2, 0, 0, 0))
	chunk("IDAT", deflated(1000))
	chunk("IEND", nil)
	return b.Bytes()
}

func deflated(n int) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	block := make([]byte, 1<<16)
	for n > 0 {
		w.Write(block[:min(n, len(block))])
		n -= len(block)
	}
	w.Close()
	return b.Bytes()
}

func TestWhatIsRefused(t *testing.T) {
	good := asJPEG(t, squares(200, 100))
	scans := append(bytes.Clone(good[:len(good)-2]), bytes.Repeat([]byte("\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"), 100)...)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":                   {nil, "upload.empty"},
		"too much":                  {append(bytes.Clone(good), make([]byte, 11<<20)...), "upload.large"},
		"a script":                  {[]byte("#!/bin/sh\nrm -rf /"), "upload.type"},
		"a page":                    {[]byte("<html><script>alert(1)</script>"), "upload.type"},
		"a drawing":                 {[]byte("<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"), "upload.type"},
		"an archive":                {[]byte("PK\x03\x04aaaa"), "upload.office"},
		"a telephone's picture":     {[]byte("\x00\x00\x00\x18ftypheic"), "upload.heic"},
		"half a jpeg":               {good[:len(good)/2], "upload.broken"},
		"a jpeg of many scans":      {scans, "upload.broken"},
		"a giant":                   {giant(50_000, 50_000), "upload.pixels"},
		"a giant line":              {giant(1<<31-1, 20), "upload.pixels"},
		"a png with little in it":   {giant(300, 300), "upload.broken"},
		"a dot":                     {asPNG(t, squares(3, 3)), "upload.tiny"},
		"a pdf with too many pages": {pdf(4, "", info), "upload.pages"},
		"a pdf behind something":    {append([]byte("MZ"), pdf(1, "", info)...), "upload.type"},
		"a pdf without pages":       {pdf(0, "", info), "upload.broken"},
		"half a pdf":                {pdf(1, "", info)[:60], "upload.broken"},
		"only a head":               {[]byte("%PDF-1.7\n"), "upload.broken"},
		"a script on opening":       {pdf(1, "/OpenAction << /Type /Action /S /JavaScript /JS (app.alert(1)) >>", info), "upload.active"},
		"a script with escapes":     {pdf(1, "/OpenAction << /S /J#61vaScript /J#53 (app.alert(1)) >>", info), "upload.active"},
		"a script far away":         {pdf(1, "/Names << /JavaScript << /Names [(x) $0] >> >>", "<< /S /JavaScript /JS (x) >>", info), "upload.active"},
		"a program to launch":       {pdf(1, "/OpenAction << /S /Launch /F (cmd.exe) >>", info), "upload.active"},
		"an embedded file":          {pdf(1, "/Names << /EmbeddedFiles << /Names [(x) $0] >> >>", "<< /Type /Filespec /F (x) >>", info), "upload.active"},
		"a form of another kind":    {pdf(1, "/AcroForm << /XFA (x) /Fields [] >>", info), "upload.active"},
		"a lonely script":           {pdf(1, "", "<< /S /JavaScript /JS (x) >>", info), "upload.active"},
		"a bomb":                    {pdf(1, "", stream("/Filter /FlateDecode", deflated(100<<20)), info), "upload.bomb"},
		"a bomb in a bomb":          {pdf(1, "", stream("/Filter [/FlateDecode /FlateDecode]", deflated(1000)), info), "upload.bomb"},
		"a locked pdf":              {locked(), "upload.encrypted"},
	} {
		if f, err := take(t, "x", c.data); keyOf(err) != c.want {
			t.Errorf("%s: %v, want %s (%v)", name, err, c.want, f != nil)
		}
	}
}

// locked is a PDF with a password, which has 32 bytes of nonsense for O and U.
func locked() []byte {
	nonsense := strings.Repeat("41", 32)
	dict := fmt.Sprintf("/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <%s> /U <%s> >> /ID [<%s> <%s>] /Root", nonsense, nonsense, nonsense, nonsense)
	return bytes.Replace(pdf(1, "", info), []byte("/Root"), []byte(dict), 1)
}

func TestAPhotoIsNoPDF(t *testing.T) {
	if _, err := upload.New(nil).Take(context.Background(), "x", bytes.NewReader(pdf(1, "", info)), upload.Portraits()); keyOf(err) != "upload.no_pdf" {
		t.Error(err)
	}
}

// exif is a segment that says how the picture is turned, and where it was taken.
func exif(orientation byte) []byte {
	tiff := "II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + string(rune(orientation)) + "\x00\x00\x00\x00\x00\x00\x00GPS 40.37N 49.84E"
	body := "Exif\x00\x00" + tiff
	return append([]byte{0xff, 0xe1, 0, byte(len(body) + 2)}, body...)
}

func with(data, segment []byte) []byte {
	out := append(bytes.Clone(data[:2]), segment...)
	return append(out, data[2:]...)
}

func TestNothingUnseenIsKept(t *testing.T) {
	photo := with(asJPEG(t, squares(200, 100)), exif(1))
	xmp := stream("/Type /Metadata /Subtype /XML", []byte("<x>Secret XMP</x>"))
	image := stream("/Type /XObject /Subtype /Image /Width 200 /Height 100 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode", photo)
	scan := pdf(1, "/Metadata $0", xmp, image, info)
	scan = bytes.Replace(scan, []byte("/Resources << >>"), []byte("/Resources << /XObject << /I 6 0 R >> >>"), 1)
	for name, data := range map[string][]byte{"a photo": photo, "a pdf": scan} {
		for _, secret := range []string{"GPS", "Secret"} {
			if name == "a photo" && secret == "Secret" {
				continue
			}
			if !bytes.Contains(data, []byte(secret)) {
				t.Fatalf("%s holds no %s", name, secret)
			}
		}
		f, err := take(t, "x", data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if bytes.Contains(f.Data, []byte("GPS")) || bytes.Contains(f.Data, []byte("Secret")) {
			t.Errorf("%s still says what is not seen", name)
		}
		if name == "a pdf" && !bytes.Contains(f.Data, []byte("DCTDecode")) {
			t.Error("the picture is gone from the pdf")
		}
	}
}

func TestPicturesAreTurned(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 64, 32))
	for y := range 32 {
		for x := range 64 {
			img.Set(x, y, color.Black)
			if x < 16 && y < 16 { // the top left corner is white
				img.Set(x, y, color.White)
			}
		}
	}
	plain := asJPEG(t, img)
	for orientation, corner := range map[byte]image.Point{1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1}, 8: {0, 1}} {
		f, err := take(t, "x", with(plain, exif(orientation)))
		if err != nil {
			t.Fatal(err)
		}
		if wide := f.Width > f.Height; wide != (orientation < 5) {
			t.Errorf("orientation %d is %d×%d", orientation, f.Width, f.Height)
		}
		got, err := jpeg.Decode(bytes.NewReader(f.Data))
		if err != nil {
			t.Fatal(err)
		}
		if r, _, _, _ := got.At(4+corner.X*(f.Width-8), 4+corner.Y*(f.Height-8)).RGBA(); r < 0xc000 {
			t.Errorf("orientation %d: the corner is not at %v", orientation, corner)
		}
	}
}

func TestNames(t *testing.T) {
	data := asJPEG(t, squares(20, 20))
	for name, want := range map[string]string{
		"pasport.PDF": "pasport.jpg", `C:\Users\x\Şəkil 1.jpeg`: "Şəkil 1.jpg", "../../etc/passwd": "passwd.jpg", "": "file.jpg", "....": "file.jpg",
		"a\u202egpj.exe": "agpj.jpg", "<b>\r\nx: y": "bx y.jpg", "\xff\xfe": "file.jpg", strings.Repeat("ə", 200): strings.Repeat("ə", 80) + ".jpg",
	} {
		f, err := take(t, name, data)
		if err != nil || f.Name != want {
			t.Errorf("%q is called %q, want %q: %v", name, f.Name, want, err)
		}
	}
}
