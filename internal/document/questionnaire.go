package document

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode/code128"

	"github.com/chancery/chancery/internal/locale"
)

// Questionnaire is a filled-in questionnaire on paper, as ready text in the
// reader's language: for the counter, with the reference as a bar code.
type Questionnaire struct {
	// Lang is one of locale.Languages.
	Lang     string
	Ministry string
	// Reference is the application's, such as "K7QX-2M9D".
	Reference string
	Title     string
	Post      string
	State     string
	// Submitted is the day of the submission, "" when it was not submitted.
	Submitted string
	Sections  []AnswerSection
	// Issued dates the file, so that the same input gives the same bytes.
	Issued time.Time
}

// AnswerSection is a page of the questionnaire; without answers nothing is
// listed on it.
type AnswerSection struct {
	Title   string
	Answers []Answer
}

// Answer is a question with its answer, in any script; no lines stand for no
// answer.
type Answer struct {
	Label string
	Lines []string
}

// The bar code, in points.
const (
	barHeight  = 40.0
	barModule  = 1.1
	barQuiet   = 10 // modules on either side (ISO/IEC 15417, 4.3.1)
	questionAt = 190.0
)

// PDF writes the questionnaire on A4. Errors are internal.
func (q Questionnaire) PDF() ([]byte, error) {
	p := locale.For(q.Lang)
	pdf := fpdf.New("P", "pt", "A4", "")
	pdf.SetMargins(margin, margin, margin)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCreationDate(q.Issued.UTC())
	pdf.SetModificationDate(q.Issued.UTC())
	pdf.SetCatalogSort(true)
	pdf.SetTitle(q.Title+" "+q.Reference, true)
	pdf.SetAuthor(q.Ministry, true)
	pdf.SetSubject(q.Title, true)
	pdf.SetLang(p.Lang())
	pdf.SetCreator("Chancery", true)
	pdf.SetProducer("Chancery", true)
	s := &sheet{setter: newSetter(pdf)}
	pdf.AddPage()
	s.y = margin
	s.paragraph(q.Ministry, headStyle, margin, contentWidth)
	s.pdf.SetFillColor(11, 79, 108)
	s.pdf.Rect(margin, s.y+4, contentWidth, 3, "F")
	s.y += 20
	top := s.y
	width, err := s.bars(q.Reference, top)
	if err != nil {
		return nil, err
	}
	below := top + barHeight + 4
	s.y = top - 4
	s.paragraph(q.Title, titleStyle, margin, contentWidth-width-columnGap)
	s.y = max(s.y, below) + 10
	for _, r := range [][2]string{
		{p.T("document.questionnaire.reference"), q.Reference}, {p.T("document.questionnaire.post"), q.Post},
		{p.T("document.questionnaire.state"), q.State}, {p.T("document.questionnaire.submitted"), q.Submitted},
	} {
		if r[1] != "" {
			s.particular(r[0], r[1])
		}
	}
	for _, section := range q.Sections {
		s.answers(p, section)
	}
	s.signature(p)
	s.numbers(p, q.Reference)
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("write the questionnaire: %w", err)
	}
	return out.Bytes(), nil
}

// bars draws the reference as Code 128 at the right margin and says how wide it
// is, with its quiet zones.
func (s *sheet) bars(reference string, y float64) (float64, error) {
	code, err := code128.Encode(reference)
	if err != nil {
		return 0, fmt.Errorf("bar code: %w", err)
	}
	count := code.Bounds().Dx()
	width := float64(count+2*barQuiet) * barModule
	x := pageWidth - margin - width + barQuiet*barModule
	s.pdf.SetFillColor(0, 0, 0)
	for i := 0; i < count; i++ {
		run := 0
		for i+run < count && black(code, i+run, 0) {
			run++
		}
		if run > 0 {
			s.pdf.Rect(x+float64(i)*barModule, y, float64(run)*barModule, barHeight, "F")
			i += run
		}
	}
	return width, nil
}

// answers writes one page of the questionnaire.
func (s *sheet) answers(p *locale.Printer, section AnswerSection) {
	s.y += 12
	s.need(headStyle.lead + 3*bodyStyle.lead)
	s.paragraph(section.Title, headStyle, margin, contentWidth)
	s.y += 3
	if len(section.Answers) == 0 {
		s.paragraph(p.T("document.questionnaire.none"), bodyStyle, margin, contentWidth)
	}
	for _, answer := range section.Answers {
		lines := answer.Lines
		if len(lines) == 0 {
			lines = []string{"–"}
		}
		label := s.set(answer.Label, bodyStyle, questionAt-10)
		// A question does not stand on another page than its answer.
		s.need(bodyStyle.lead * float64(max(len(label), min(len(lines), 6))))
		start, page := s.y, s.pdf.PageNo()
		s.pdf.SetTextColor(74, 79, 82)
		for _, l := range label {
			s.draw(l, margin, s.y+bodyStyle.lead-bodyStyle.size*0.3)
			s.y += bodyStyle.lead
		}
		after := s.y
		s.y = start
		for _, line := range lines {
			s.paragraph(line, bodyStyle, margin+questionAt, contentWidth-questionAt)
		}
		if s.pdf.PageNo() == page {
			s.y = max(s.y, after)
		}
		s.pdf.SetDrawColor(220, 224, 226)
		s.pdf.SetLineWidth(0.4)
		s.pdf.Line(margin, s.y+1, pageWidth-margin, s.y+1)
		s.y += 4
	}
}

// signature leaves room to sign at the counter.
func (s *sheet) signature(p *locale.Printer) {
	s.y += 24
	s.need(60)
	s.y += 30
	s.pdf.SetDrawColor(27, 27, 27)
	s.pdf.SetLineWidth(0.6)
	s.pdf.Line(margin, s.y, margin+150, s.y)
	s.pdf.Line(margin+questionAt, s.y, pageWidth-margin, s.y)
	start := s.y
	s.paragraph(p.T("document.questionnaire.day"), smallStyle, margin, 150)
	s.y = start
	s.paragraph(p.T("document.questionnaire.signature"), smallStyle, margin+questionAt, contentWidth-questionAt)
}
