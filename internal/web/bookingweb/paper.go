package bookingweb

import (
	"fmt"
	"net/http"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/booking/letter"
	"github.com/chancery/chancery/internal/web"
)

// Papers are the files of a booking that its holder takes home: the
// confirmation, the calendar entry and the QR code.
type Papers struct {
	Web    *web.Server
	Book   *booking.Book
	Letter *letter.Writer
}

// Register adds the files to the server.
func (p Papers) Register() error {
	p.Web.Handle("GET /appointments/manage/{reference}/"+letter.PDFName, web.Public, p.confirmation)
	p.Web.Handle("GET /appointments/manage/{reference}/"+letter.CalendarName, web.Public, p.calendar)
	p.Web.Handle("GET /appointments/manage/{reference}/qr.png", web.Public, p.qr)
	return nil
}

func (p Papers) confirmation(w http.ResponseWriter, r *http.Request) error {
	b, err := holder(p.Web, p.Book, r)
	if err != nil {
		return err
	}
	pdf, err := p.Letter.Confirmation(r.Context(), b, web.PrinterOf(r.Context()).Lang())
	if err != nil {
		return err
	}
	// Shown in the browser, where it can be printed or kept.
	return send(w, letter.PDFType, fmt.Sprintf(`inline; filename="%s.pdf"`, b.Reference), pdf)
}

func (p Papers) calendar(w http.ResponseWriter, r *http.Request) error {
	b, err := holder(p.Web, p.Book, r)
	if err != nil {
		return err
	}
	entry, err := p.Letter.Calendar(r.Context(), b, web.PrinterOf(r.Context()).Lang(), p.Web.Now())
	if err != nil {
		return err
	}
	return send(w, letter.CalendarType(b), fmt.Sprintf(`attachment; filename="%s.ics"`, b.Reference), entry)
}

func (p Papers) qr(w http.ResponseWriter, r *http.Request) error {
	b, err := holder(p.Web, p.Book, r)
	if err != nil {
		return err
	}
	picture, err := p.Letter.QR(b)
	if err != nil {
		return err
	}
	return send(w, "image/png", "inline", picture)
}

// send answers with a file that nobody between may keep.
func send(w http.ResponseWriter, kind, disposition string, data []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", disposition)
	w.Header().Set("Cache-Control", "private, no-store")
	_, err := w.Write(data)
	return err
}
