package document

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"github.com/chancery/chancery/internal/locale"
)

// Confirmation is what the paper of an appointment says, as ready text in the
// reader's language. Lines whose text is empty are left out.
type Confirmation struct {
	// Lang is one of locale.Languages.
	Lang     string
	Ministry string
	// Reference is the booking's, such as "K7QX-2M9D".
	Reference string
	Service   string
	Post      string
	// Address may have several lines.
	Address string
	// When is the local start and Zone its time zone as people know it.
	When string
	Zone string
	// People are those who come, as they gave their names, in any script.
	People []string
	Bring  []string
	Fee    string
	// ManageURL is where to see, move and cancel; it is printed as a link.
	ManageURL string
	// CheckIn is what the QR code says.
	CheckIn string
	// Issued dates the file, so that the same input gives the same bytes.
	Issued time.Time
}

// The page, in points: A4 with margins of 20 mm.
const (
	pageWidth, pageHeight = 595.28, 841.89
	margin                = 56.7
	contentWidth          = pageWidth - 2*margin
	contentBottom         = pageHeight - margin - 24
	codeSide              = 120.0
	columnGap             = 18.0
	labelWidth            = 104.0
)

var (
	titleStyle = style{bold, 21, 27}
	headStyle  = style{bold, 13, 18}
	labelStyle = style{bold, 10.5, 15}
	bodyStyle  = style{regular, 10.5, 15}
	largeStyle = style{bold, 17, 24}
	smallStyle = style{regular, 8.5, 11}
)

// sheet is a confirmation while it is written; y is the next free height.
type sheet struct {
	*setter
	y float64
}

// PDF writes the confirmation on A4, on as many pages as it takes. An error
// means that CheckIn is too long for a QR code, or is internal.
func (c Confirmation) PDF() ([]byte, error) {
	p := locale.For(c.Lang)
	pdf := fpdf.New("P", "pt", "A4", "")
	pdf.SetMargins(margin, margin, margin)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCreationDate(c.Issued.UTC())
	pdf.SetModificationDate(c.Issued.UTC())
	pdf.SetCatalogSort(true)
	pdf.SetTitle(p.T("document.confirmation.subject", "Reference", c.Reference), true)
	pdf.SetAuthor(c.Ministry, true)
	pdf.SetSubject(p.T("document.confirmation.title"), true)
	pdf.SetLang(p.Lang())
	pdf.SetCreator("Chancery", true)
	pdf.SetProducer("Chancery", true)
	s := &sheet{setter: newSetter(pdf)}
	pdf.AddPage()
	s.y = margin
	if err := s.top(p, c); err != nil {
		return nil, err
	}
	s.list(p.T("document.confirmation.people"), c.People, func(i int) string { return strconv.Itoa(i+1) + "." })
	s.list(p.T("document.confirmation.bring"), c.Bring, func(int) string { return "–" })
	s.y += 6
	s.paragraph(p.T("document.confirmation.hint"), bodyStyle, margin, contentWidth)
	if c.ManageURL != "" {
		s.y += 6
		s.need(labelStyle.lead + bodyStyle.lead)
		s.paragraph(p.T("document.confirmation.manage"), labelStyle, margin, contentWidth)
		s.link(c.ManageURL)
	}
	s.numbers(p, c.Reference)
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("write the confirmation: %w", err)
	}
	return out.Bytes(), nil
}

// top writes the ministry, the title and the particulars, with the code beside.
func (s *sheet) top(p *locale.Printer, c Confirmation) error {
	s.paragraph(c.Ministry, headStyle, margin, contentWidth)
	s.pdf.SetFillColor(11, 79, 108)
	s.pdf.Rect(margin, s.y+4, contentWidth, 3, "F")
	s.y += 24
	left := contentWidth
	if c.CheckIn != "" {
		left -= codeSide + columnGap
		if err := s.code(c.CheckIn, pageWidth-margin-codeSide, s.y); err != nil {
			return err
		}
	}
	beside := s.y + codeSide
	s.paragraph(p.T("document.confirmation.title"), titleStyle, margin, left)
	s.y += 4
	s.paragraph(c.When, largeStyle, margin, left)
	s.paragraph(c.Zone, bodyStyle, margin, left)
	if c.CheckIn != "" {
		text := s.y
		s.y = beside + 2
		s.paragraph(p.T("document.confirmation.check_in"), smallStyle, pageWidth-margin-codeSide, codeSide)
		s.y = max(s.y, text)
	}
	s.y += 14
	for _, r := range [][2]string{
		{p.T("document.confirmation.reference"), c.Reference}, {p.T("document.confirmation.service"), c.Service},
		{p.T("document.confirmation.post"), c.Post}, {p.T("document.confirmation.address"), c.Address},
		{p.T("document.confirmation.fee"), c.Fee},
	} {
		if r[1] != "" {
			s.particular(r[0], r[1])
		}
	}
	return nil
}

// particular writes a label and, beside it, what it labels, with a rule below.
func (s *sheet) particular(label, text string) {
	s.need(2 * bodyStyle.lead)
	start, page := s.y, s.pdf.PageNo()
	s.paragraph(label, labelStyle, margin, labelWidth-8)
	after := s.y
	s.y = start
	s.paragraph(text, bodyStyle, margin+labelWidth, contentWidth-labelWidth)
	if s.pdf.PageNo() == page {
		s.y = max(s.y, after)
	}
	s.pdf.SetDrawColor(200, 206, 209)
	s.pdf.SetLineWidth(0.5)
	s.pdf.Line(margin, s.y+1, pageWidth-margin, s.y+1)
	s.y += 5
}

// list writes a heading and items, each behind its mark.
func (s *sheet) list(heading string, items []string, mark func(i int) string) {
	if len(items) == 0 {
		return
	}
	s.y += 10
	s.need(headStyle.lead + 2*bodyStyle.lead)
	s.paragraph(heading, headStyle, margin, contentWidth)
	s.y += 2
	for i, item := range items {
		s.need(bodyStyle.lead)
		start := s.y
		s.paragraph(mark(i), bodyStyle, margin, 24)
		s.y = start
		s.paragraph(item, bodyStyle, margin+24, contentWidth-24)
		s.y += 2
	}
}

// paragraph writes text in a column and goes on to the next page where it must.
func (s *sheet) paragraph(text string, look style, x, width float64) {
	s.pdf.SetTextColor(27, 27, 27)
	for _, l := range s.set(text, look, width) {
		s.need(look.lead)
		// The baseline stands where a fifth of the line is left for descenders.
		s.draw(l, x, s.y+look.lead-look.size*0.3)
		s.y += look.lead
	}
}

// link prints an address, each of its lines leading there.
func (s *sheet) link(url string) {
	for _, l := range s.set(url, bodyStyle, contentWidth) {
		s.need(bodyStyle.lead)
		s.pdf.SetTextColor(11, 79, 108)
		s.draw(l, margin, s.y+bodyStyle.lead-bodyStyle.size*0.3)
		s.pdf.LinkString(margin, s.y, contentWidth, bodyStyle.lead, url)
		s.y += bodyStyle.lead
	}
}

// need starts a new page when less than height is left of this one.
func (s *sheet) need(height float64) {
	if s.y+height > contentBottom {
		s.pdf.AddPage()
		s.y = margin
	}
}

// code draws the QR code with its corner at x, y; codeSide includes its quiet zone.
func (s *sheet) code(text string, x, y float64) error { return s.qr(text, x, y, codeSide) }

// numbers writes the reference and their number on the pages, now that it is
// known how many there are.
func (s *sheet) numbers(p *locale.Printer, reference string) {
	pages := s.pdf.PageCount()
	for page := 1; page <= pages; page++ {
		s.pdf.SetPage(page)
		s.pdf.SetTextColor(74, 79, 82)
		text := p.T("document.confirmation.page", "Reference", reference, "Page", page, "Pages", pages)
		for _, l := range s.set(text, smallStyle, contentWidth) {
			s.draw(l, margin, pageHeight-margin+8)
		}
	}
}
