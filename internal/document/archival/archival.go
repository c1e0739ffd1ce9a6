package archival

import (
	"bytes"
	_ "embed"
	"encoding/xml"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

//go:embed sRGB2014.icc
var profile []byte

// Details are what a document says of itself. The same details give the same
// bytes.
type Details struct {
	Title, Author string
	Lang          string // BCP 47
	// Issued dates the file; it is written in UTC, to the second.
	Issued time.Time
	// Data are attached; with them the file is PDF/A-3b. nil for none.
	Data *Data
}

// producer is what made the file.
const producer = "Chancery"

// Prepare writes the details into the PDF, in both places where they must stand,
// and the meaning of its colours. Text must be set with embedded fonts only, and
// nothing may be transparent, or attached but Details.Data. Write gives the bytes.
func Prepare(pdf *fpdf.Fpdf, d Details) {
	at := d.Issued.UTC().Truncate(time.Second)
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(at)
	pdf.SetModificationDate(at)
	pdf.SetTitle(d.Title, true)
	pdf.SetAuthor(d.Author, true)
	pdf.SetLang(d.Lang)
	pdf.SetCreator(producer, true)
	pdf.SetProducer(producer, true)
	pdf.AddOutputIntent(fpdf.OutputIntentType{SubtypeIdent: fpdf.OutputIntent_GTS_PDFA1, OutputConditionIdentifier: "sRGB", Info: "sRGB IEC61966-2.1", ICCProfile: profile})
	pdf.SetXmpMetadata(metadata(d, at))
	if d.Data != nil {
		pdf.SetAttachments([]fpdf.Attachment{{Content: d.Data.JSON, Filename: d.Data.Name, Description: d.Data.About}})
	}
}

func metadata(d Details, at time.Time) []byte {
	// fpdf writes dates without a zone; a date that says more is another date.
	date := at.Format("2006-01-02T15:04:05")
	part := 2
	if d.Data != nil {
		part = 3
	}
	var out bytes.Buffer
	out.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""` +
		` xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">`)
	fmt.Fprintf(&out, `<pdfaid:part>%d</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>`, part)
	fmt.Fprintf(&out, `<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>`, text(d.Title))
	if d.Author != "" {
		fmt.Fprintf(&out, `<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>`, text(d.Author))
	}
	fmt.Fprintf(&out, `<dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language>`, text(d.Lang))
	fmt.Fprintf(&out, `<xmp:CreateDate>%[1]s</xmp:CreateDate><xmp:ModifyDate>%[1]s</xmp:ModifyDate><xmp:CreatorTool>%[2]s</xmp:CreatorTool><pdf:Producer>%[2]s</pdf:Producer>`, date, producer)
	out.WriteString("</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>")
	return out.Bytes()
}

func text(s string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(s)) // a buffer takes all
	return out.String()
}
