package document

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	_ "image/png" // portraits come as PNG too
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"github.com/chancery/chancery/internal/document/archival"
	"github.com/chancery/chancery/internal/locale"
)

// VisaLayout is how a visa is printed.
type VisaLayout uint8

// The layouts: a page of A4, and the stickers of ICAO Doc 9303-7 in their exact
// sizes, 120 × 80 mm and 105 × 74 mm.
const (
	VisaPage VisaLayout = iota
	VisaStickerA
	VisaStickerB
)

// VisaRow is one thing that a visa says, with its label in two languages.
type VisaRow struct {
	Label, Second string
	Value         string
}

// Visa is what the paper of a visa says, as ready text.
type Visa struct {
	Layout VisaLayout
	// Lang is the first language of labels, Second the other.
	Lang, Second string
	// Country and Ministry are those of the issuer, in both languages.
	Country, Ministry [2]string
	Number            string
	Rows              []VisaRow
	// Photo is a portrait in JPEG or PNG; nil leaves its frame empty.
	Photo []byte
	// Zone are the two lines of the machine-readable zone.
	Zone []string
	// Seal is the visible digital seal (ICAO Doc 9303-13) as modules of a Data
	// Matrix, SealQuiet the margin that it needs, in modules.
	Seal      [][]bool
	SealQuiet int
	// Code is the verification code, URL where it is checked.
	Code, URL string
	// Data is attached as visa.json.
	Data []byte
	// Issued dates the file.
	Issued time.Time
	// Demo prints a word across that it is worth nothing.
	Demo bool
}

const mm = 72 / 25.4

// PDF writes the visa as PDF/A-3b, but for the signature that is to come
// (document/pades): with Data, PDF/A-2b without. An error means that the photo is no picture, the URL is
// too long for a QR code, or is internal.
func (v Visa) PDF() ([]byte, error) {
	size := map[VisaLayout]fpdf.SizeType{VisaPage: {Wd: pageWidth, Ht: pageHeight}, VisaStickerA: {Wd: 120 * mm, Ht: 80 * mm}, VisaStickerB: {Wd: 105 * mm, Ht: 74 * mm}}[v.Layout]
	p := locale.For(v.Lang)
	pdf := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "pt", Size: size})
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	about := archival.Details{Title: p.T("document.visa.subject", "Number", v.Number), Author: v.Ministry[0], Lang: p.Lang(), Issued: v.Issued}
	if len(v.Data) > 0 {
		about.Data = &archival.Data{Name: "visa.json", About: p.T("document.visa.data"), JSON: v.Data}
	}
	archival.Prepare(pdf, about)
	// In plain letters, so that a file which was changed still tells what it was.
	pdf.SetKeywords(v.URL, false)
	pdf.AddPageFormat("P", size)
	s := &sheet{setter: newSetter(pdf)}
	if err := s.portrait(v.Photo); err != nil {
		return nil, err
	}
	write := s.visaSticker
	if v.Layout == VisaPage {
		write = s.visaPage
	}
	if err := write(v, size); err != nil {
		return nil, err
	}
	return archival.Write(pdf, about)
}

// portraitName is the picture's name inside the PDF.
const portraitName = "portrait"

// portrait takes the photo in, drawn anew, so that nothing but the picture gets
// into the file.
func (s *setter) portrait(photo []byte) error {
	if len(photo) == 0 {
		return nil
	}
	picture, _, err := image.Decode(bytes.NewReader(photo))
	if err != nil {
		return fmt.Errorf("read the portrait: %w", err)
	}
	plain := image.NewRGBA(picture.Bounds())
	draw.Draw(plain, plain.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(plain, plain.Bounds(), picture, picture.Bounds().Min, draw.Over)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, plain, &jpeg.Options{Quality: 88}); err != nil {
		return fmt.Errorf("draw the portrait: %w", err)
	}
	s.pdf.RegisterImageOptionsReader(portraitName, fpdf.ImageOptions{ImageType: "JPG"}, &out)
	return nil
}

// frame draws the portrait, as large as fits, into its frame.
func (s *setter) frame(x, y, width, height float64) {
	s.pdf.SetDrawColor(150, 158, 162)
	s.pdf.SetLineWidth(0.4)
	if info := s.pdf.GetImageInfo(portraitName); info != nil && info.Width() > 0 && info.Height() > 0 {
		w, h := width, width*info.Height()/info.Width()
		if h > height {
			w, h = height*info.Width()/info.Height(), height
		}
		s.pdf.ImageOptions(portraitName, x+(width-w)/2, y+(height-h)/2, w, h, false, fpdf.ImageOptions{}, 0, "")
	}
	s.pdf.Rect(x, y, width, height, "D")
}

// lines writes text in a column from s.y on.
func (s *sheet) lines(text string, look style, x, width float64, grey bool) {
	s.pdf.SetTextColor(27, 27, 27)
	if grey {
		s.pdf.SetTextColor(84, 90, 94)
	}
	for _, l := range s.set(text, look, width) {
		s.draw(l, x, s.y+look.lead-look.size*0.3)
		s.y += look.lead
	}
}

// visaPage writes the visa on A4.
func (s *sheet) visaPage(v Visa, _ fpdf.SizeType) error {
	first, second := locale.For(v.Lang), locale.For(v.Second)
	s.y = 40
	s.lines(v.Country[0]+" / "+v.Country[1], headStyle, margin, contentWidth, false)
	s.lines(v.Ministry[0]+" / "+v.Ministry[1], bodyStyle, margin, contentWidth, true)
	s.pdf.SetFillColor(11, 79, 108)
	s.pdf.Rect(margin, s.y+4, contentWidth, 3, "F")
	s.y += 20
	s.lines(first.T("document.visa.title")+" / "+second.T("document.visa.title"), titleStyle, margin, contentWidth, false)
	s.y += 8
	const photoWidth, photoHeight = 35 * mm, 45 * mm
	left := contentWidth - photoWidth - columnGap
	s.frame(pageWidth-margin-photoWidth, s.y, photoWidth, photoHeight)
	top := s.y
	for _, r := range v.Rows {
		width := contentWidth
		if s.y < top+photoHeight+4 {
			width = left
		}
		s.visaRow(r, width)
	}
	s.y = max(s.y+10, top+photoHeight+10)
	const side = 104.0
	y := s.y
	s.squares(v.Seal, v.SealQuiet, margin, y, side)
	if err := s.qr(v.URL, pageWidth-margin-side, y, side); err != nil {
		return err
	}
	middle, width := margin+side+12, contentWidth-2*side-24
	for _, p := range []*locale.Printer{first, second} {
		s.lines(p.T("document.visa.check"), smallStyle, middle, width, false)
		s.y += 3
	}
	s.lines(v.Code, style{bold, 12, 16}, middle, width, false)
	s.lines(v.URL, smallStyle, middle, width, true)
	s.pdf.LinkString(middle, s.y-smallStyle.lead*2, width, smallStyle.lead*2, v.URL)
	s.y = max(s.y, y+side) + 4
	for _, p := range []*locale.Printer{first, second} {
		s.lines(p.T("document.visa.border"), smallStyle, margin, contentWidth, true)
	}
	if v.Demo {
		s.y += 2
		s.lines(first.T("document.visa.demo")+" / "+second.T("document.visa.demo"), labelStyle, margin, contentWidth, false)
	}
	s.zone(v.Zone, (pageWidth-44*zonePitch)/2, pageHeight-40)
	return nil
}

// visaRow writes one row with its two labels.
func (s *sheet) visaRow(r VisaRow, width float64) {
	const labels = 128.0
	start := s.y
	s.lines(r.Label, style{bold, 8.5, 10.5}, margin, labels-6, false)
	s.lines(r.Second, style{regular, 8, 10}, margin, labels-6, true)
	after := s.y
	s.y = start + 2
	s.lines(r.Value, style{regular, 11, 14}, margin+labels, width-labels, false)
	s.y = max(s.y, after) + 1.5
	s.pdf.SetDrawColor(206, 212, 215)
	s.pdf.SetLineWidth(0.4)
	s.pdf.Line(margin, s.y, margin+width, s.y)
	s.y += 2.5
}

// Where the lower line of the machine-readable zone stands on a sticker: its
// middle 9.40 mm above the edge (9303-7, the zone of 23.2 mm), so the baseline
// half the height of a capital lower.
const (
	stickerBase = 9.4*mm - zoneSize*0.35
	stickerLeft = 4 * mm
	sealSide    = 20.8 * mm // modules of 0.4 mm in a seal of 48 × 48 and its margin
)

// visaSticker writes the visa in the size of a sticker.
func (s *sheet) visaSticker(v Visa, size fpdf.SizeType) error {
	first, second := locale.For(v.Lang), locale.For(v.Second)
	photo := fpdf.SizeType{Wd: 28 * mm, Ht: 36 * mm}
	if v.Layout == VisaStickerB {
		photo = fpdf.SizeType{Wd: 25 * mm, Ht: 32 * mm}
	}
	right := size.Wd - stickerLeft - sealSide
	s.y = 2.2 * mm
	s.lines(v.Country[0]+" / "+v.Country[1], style{bold, 7, 8.5}, stickerLeft, right-stickerLeft-4, false)
	s.lines(first.T("document.visa.word")+" / "+second.T("document.visa.word")+"   "+v.Number, style{bold, 8, 9.5}, stickerLeft, right-stickerLeft-4, false)
	top := s.y + 4
	s.frame(stickerLeft, top, photo.Wd, photo.Ht)
	x := stickerLeft + photo.Wd + 6
	width := right - x - 4
	// Above the zone of 23.2 mm; small writing is better than writing into it.
	scale := 1.0
	for scale > 0.5 && s.stickerRows(v, top, x, width, scale, false) > size.Ht-23.2*mm {
		scale -= 0.05
	}
	s.stickerRows(v, top, x, width, scale, true)
	if err := s.qr(v.URL, right+1.4*mm, 2*mm, 18*mm); err != nil {
		return err
	}
	s.y = 20 * mm
	s.lines(v.Code, style{bold, 4.9, 6}, right, sealSide+3*mm, false)
	s.squares(v.Seal, v.SealQuiet, right, 24*mm, sealSide)
	if v.Demo {
		s.y = 25*mm + sealSide
		s.lines(first.T("document.visa.demo"), style{bold, 4.6, 5.4}, right, sealSide, false)
	}
	s.zone(v.Zone, stickerLeft, size.Ht-stickerBase)
	return nil
}

// stickerRows writes what the visa says in a column from top on, short things in
// pairs, and gives where it ends.
func (s *sheet) stickerRows(v Visa, top, x, width, scale float64, write bool) float64 {
	label, value := style{regular, 3.7 * scale, 4.3 * scale}, style{bold, 6.2 * scale, 7.2 * scale}
	column, y, end := 0, top, top
	for _, r := range v.Rows {
		if r.Value == v.Number || len(v.Zone) == 2 && strings.HasPrefix(v.Zone[1], r.Value) {
			continue // it stands at the top, or in the zone
		}
		long := len([]rune(r.Value)) > 16
		if long && column == 1 {
			column, y = 0, end
		}
		at, room := x, width
		if !long {
			at, room = x+float64(column)*width/2, width/2-3
		}
		s.y = y
		for _, piece := range []struct {
			text string
			look style
			grey bool
		}{{r.Label + " / " + r.Second, label, true}, {r.Value, value, false}} {
			if write {
				s.lines(piece.text, piece.look, at, room, piece.grey)
			} else {
				s.y += float64(len(s.set(piece.text, piece.look, room))) * piece.look.lead
			}
		}
		end = max(end, s.y+0.6)
		if long || column == 1 {
			column, y = 0, end
		} else {
			column = 1
		}
	}
	return end
}
