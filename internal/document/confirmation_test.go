package document

import (
	"bytes"
	"image"
	_ "image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/chancery/chancery/internal/outsidetest"
)

func sample(lang string) Confirmation {
	return Confirmation{
		Lang: lang, Ministry: "Ministry of Foreign Affairs", Reference: "K7QX-2M9D", Service: "Renewal of a passport",
		Post: "Embassy in Berlin", Address: "Hubertusallee 43\n14193 Berlin", When: "Monday, 7 December 2026, 09:20", Zone: "Berlin time (UTC+1)",
		People: []string{"Aysel Məmmədova", "Rəşid Əliyev", "Ülviyyə Şıxəliyeva", "Пётр Иванов"},
		Bring:  []string{"the old passport", "a photograph, 3.5 × 4.5 cm", "proof of residence"}, Fee: "30.00 EUR, by card",
		ManageURL: "https://appointments.mfa.example/appointments/manage/K7QX-2M9D?token=abcdefghijklmnopqrstuv",
		CheckIn:   "https://appointments.mfa.example/staff/check-in/K7QX-2M9D", Issued: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC),
	}
}

const poppler = "install the package poppler-utils"

// asPDF writes c to a file and gives its path and its bytes.
func asPDF(t *testing.T, c Confirmation) (path string, data []byte) {
	t.Helper()
	data, err := c.PDF()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "c.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, data
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(outsidetest.Program(t, name, poppler), args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%s: %v: %s", name, err, stderr.String())
	}
	return string(out)
}

func pdfText(t *testing.T, path string) string {
	return output(t, "pdftotext", "-layout", path, "-")
}

// info reads one line of pdfinfo.
func info(t *testing.T, path, name string) string {
	t.Helper()
	for line := range strings.Lines(output(t, "pdfinfo", path)) {
		if key, value, _ := strings.Cut(line, ":"); key == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func TestConfirmationSaysEverything(t *testing.T) {
	for _, lang := range []string{"en", "az"} {
		c := sample(lang)
		path, data := asPDF(t, c)
		text := pdfText(t, path)
		wants := append([]string{c.Ministry, c.Reference, c.Service, c.Post, "Hubertusallee 43", "14193 Berlin", c.When, c.Zone, c.Fee}, c.People...)
		for _, want := range append(wants, c.Bring...) {
			if !strings.Contains(text, want) {
				t.Errorf("%s: does not say %q:\n%s", lang, want, text)
			}
		}
		if strings.Contains(text, "document.") {
			t.Errorf("%s: a sentence is missing:\n%s", lang, text)
		}
		if !strings.Contains(strings.Join(strings.Fields(text), ""), c.ManageURL) {
			t.Errorf("%s: the manage link is not whole", lang)
		}
		if got := info(t, path, "Pages"); got != "1" {
			t.Errorf("%s: %s pages for four people", lang, got)
		}
		if size := info(t, path, "Page size"); !strings.Contains(size, "A4") {
			t.Errorf("page size %s", size)
		}
		for key, want := range map[string]string{"Title": map[string]string{"en": "Appointment K7QX-2M9D", "az": "Qəbul K7QX-2M9D"}[lang], "Author": c.Ministry} {
			if got := info(t, path, key); got != want {
				t.Errorf("%s: %s is %q, want %q", lang, key, got, want)
			}
		}
		if !bytes.Contains(data, []byte("/Lang ("+lang)) {
			t.Errorf("%s: the file does not say its language", lang)
		}
		fonts := output(t, "pdffonts", path)
		for line := range strings.Lines(fonts) {
			if strings.Contains(line, "TrueType") && !strings.Contains(line, "yes yes yes") && !strings.Contains(line, "yes no  yes") {
				t.Errorf("%s: a font is not embedded: %s", lang, line)
			}
		}
		if len(data) > 150_000 {
			t.Errorf("%s: %d bytes: the fonts are not cut down to what is used", lang, len(data))
		}
	}
}

func TestSameInputSameBytes(t *testing.T) {
	c := sample("az")
	c.People = append(c.People, "عائشة محمد")
	_, want := asPDF(t, c)
	var group sync.WaitGroup
	for range 4 { // at once: the fonts are shared
		group.Go(func() {
			if got, err := c.PDF(); err != nil || !bytes.Equal(got, want) {
				t.Errorf("another file from the same input, or %v", err)
			}
		})
	}
	group.Wait()
}

func TestNamesOfAllKindsKeepTheirPlace(t *testing.T) {
	c := sample("en")
	long := strings.Repeat("Əbdürrəhman ", 25)
	unbroken := strings.Repeat("W", 300)
	c.People = []string{"عائشة محمد", "محمد Ali علی", "گل\u200cنار ایرانی", "שרה כהן", "ნინო ბერიძე", "Անի Գրիգորյան", "Nguyễn Thị Ánh", "e\u0301milie",
		"\u202eevil", "王小明", "😀", long, unbroken, "a\x00b\nc"}
	path, _ := asPDF(t, c)
	text := pdfText(t, path)
	// pdftotext marks where direction changes; the marks are not the name.
	text = strings.NewReplacer("\u202a", "", "\u202b", "", "\u202c", "", "\u200e", "", "\u200f", "").Replace(text)
	for _, want := range []string{"عائشة محمد", "محمد", "Ali", "علی", "ایرانی", "שרה כהן", "ნინო ბერიძე", "Անի Գրիգորյան", "Nguyễn Thị Ánh", "émilie", "evil"} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q:\n%s", want, text)
		}
	}
	if n := strings.Count(text, "W"); n < 300 {
		t.Errorf("%d of 300 letters of a long name are there", n)
	}
	if n := strings.Count(text, "Əbdürrəhman"); n != 25 {
		t.Errorf("%d of 25 parts of a long name are there", n)
	}
	checkInside(t, path)
}

// checkInside sees to it that no ink is outside the margins.
func checkInside(t *testing.T, path string) {
	t.Helper()
	for _, p := range pictures(t, path) {
		b := p.Bounds()
		edge := b.Dx() * 45 / 595
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				inMargin := x < edge || x >= b.Max.X-edge || y < edge || y >= b.Max.Y-edge
				if r, g, bl, _ := p.At(x, y).RGBA(); inMargin && r+g+bl < 3*0x8000 {
					t.Fatalf("ink in the margin at %d, %d of %v", x, y, b)
				}
			}
		}
	}
}

// pictures draws the pages as a screen or a printer would.
func pictures(t *testing.T, path string) (pages []image.Image) {
	t.Helper()
	prefix := filepath.Join(t.TempDir(), "page")
	output(t, "pdftoppm", "-r", "100", "-png", path, prefix)
	files, err := filepath.Glob(prefix + "*.png")
	if err != nil || len(files) == 0 {
		t.Fatal("no pictures", err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		p, _, err := image.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, p)
	}
	return pages
}

func scan(t *testing.T, p image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(p)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatalf("no QR code is read back: %v", err)
	}
	return result.GetText()
}

func TestCodeOnPaperIsReadBack(t *testing.T) {
	c := sample("en")
	path, _ := asPDF(t, c)
	if got := scan(t, pictures(t, path)[0]); got != c.CheckIn {
		t.Errorf("the code says %q, want %q", got, c.CheckIn)
	}
}

func TestManyPeopleFlowOn(t *testing.T) {
	c := sample("en")
	for range 60 {
		c.People = append(c.People, "Somebody With A Name")
	}
	c.People = append(c.People, "The Last One")
	path, _ := asPDF(t, c)
	text := pdfText(t, path)
	for _, want := range []string{"The Last One", "page 1 of 3", "page 3 of 3", "65."} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q", want)
		}
	}
	checkInside(t, path)
}

func TestSparseConfirmation(t *testing.T) {
	path, _ := asPDF(t, Confirmation{Lang: "en", Reference: "K7QX-2M9D"})
	if !strings.Contains(pdfText(t, path), "K7QX-2M9D") {
		t.Error("no reference")
	}
	if _, err := (Confirmation{CheckIn: strings.Repeat("x", 5000)}).PDF(); err == nil {
		t.Error("a code of 5000 characters was drawn")
	}
}
