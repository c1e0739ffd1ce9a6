package document

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"github.com/chancery/chancery/internal/locale"
)

// Receipt is what the paper says that somebody takes home who has paid, as ready
// text in the reader's language. Lines whose text is empty are left out.
type Receipt struct {
	// Lang is one of locale.Languages.
	Lang     string
	Ministry string
	// Number is the receipt's, such as "BERLIN-2026-000123".
	Number string
	Amount string
	Method string
	Date   string
	// Service and Reference are what was paid for.
	Service, Reference string
	Post, Address      string
	// Issued dates the file, so that the same input gives the same bytes.
	Issued time.Time
}

// PDF writes the receipt on A4. Errors are internal.
func (c Receipt) PDF() ([]byte, error) {
	p := locale.For(c.Lang)
	pdf := fpdf.New("P", "pt", "A4", "")
	pdf.SetMargins(margin, margin, margin)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCreationDate(c.Issued.UTC())
	pdf.SetModificationDate(c.Issued.UTC())
	pdf.SetCatalogSort(true)
	pdf.SetTitle(p.T("document.receipt.title")+" "+c.Number, true)
	pdf.SetAuthor(c.Ministry, true)
	pdf.SetLang(p.Lang())
	pdf.SetCreator("Chancery", true)
	pdf.SetProducer("Chancery", true)
	s := &sheet{setter: newSetter(pdf)}
	pdf.AddPage()
	s.y = margin
	s.paragraph(c.Ministry, headStyle, margin, contentWidth)
	pdf.SetFillColor(11, 79, 108)
	pdf.Rect(margin, s.y+4, contentWidth, 3, "F")
	s.y += 24
	s.paragraph(p.T("document.receipt.title"), titleStyle, margin, contentWidth)
	s.y += 4
	s.paragraph(c.Amount, largeStyle, margin, contentWidth)
	s.y += 14
	for _, r := range [][2]string{
		{p.T("document.receipt.number"), c.Number}, {p.T("document.receipt.date"), c.Date}, {p.T("document.receipt.method"), c.Method},
		{p.T("document.receipt.service"), c.Service}, {p.T("document.receipt.reference"), c.Reference}, {p.T("document.receipt.post"), c.Post},
		{p.T("document.receipt.address"), c.Address},
	} {
		if r[1] != "" {
			s.particular(r[0], r[1])
		}
	}
	s.y += 6
	s.paragraph(p.T("document.receipt.hint"), bodyStyle, margin, contentWidth)
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("write the receipt: %w", err)
	}
	return out.Bytes(), nil
}
