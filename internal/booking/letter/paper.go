package letter

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/document"
	"github.com/chancery/chancery/internal/fault"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
)

// appointment is what a booking is about, looked up.
type appointment struct {
	slot    *booking.Slot
	at      post.Post
	service catalogue.Service
}

// look finds what b is about when it is in the slot; slotID differs from b's
// own only for what was before.
func (w *Writer) look(ctx context.Context, b *booking.Booking, slotID string) (a appointment, err error) {
	if a.slot, err = w.Book.Slot(ctx, slotID); err != nil {
		return a, err
	}
	if a.at, err = w.Posts.Get(ctx, a.slot.PostID); err != nil {
		return a, err
	}
	a.service, err = w.Services.Service(b.ServiceID)
	return a, err
}

// start is the moment of the appointment on the post's clock.
func (a appointment) start() time.Time { return a.slot.Start.In(a.at.Location()) }

// zone names the post's clock as people know it, such as "London time, UTC+1".
func (a appointment) zone(p *locale.Printer) string { return zone(p, a.at, a.slot.Start) }

// until tells a deadline on the post's clock.
func until(p *locale.Printer, at post.Post, t time.Time) string {
	return p.DateTime(t.In(at.Location())) + ", " + zone(p, at, t)
}

// zone names a post's clock as it goes at t.
func zone(p *locale.Printer, at post.Post, t time.Time) string {
	_, east := t.In(at.Location()).Zone()
	sign := "+"
	if east < 0 {
		sign, east = "−", -east
	}
	offset := sign + strconv.Itoa(east/3600)
	if minutes := east / 60 % 60; minutes != 0 {
		offset += fmt.Sprintf(":%02d", minutes)
	}
	return p.T("letter.zone", "City", at.City.In(p.Lang()), "Offset", offset)
}

// fee is what the service costs, in words.
func (a appointment) fee(p *locale.Printer) string {
	text := p.T("letter.free")
	if !a.service.Fee.Free() {
		text = p.Money(a.service.Fee.Minor, a.service.Fee.Currency)
	}
	if note := a.service.Fee.Note.In(p.Lang()); note != "" {
		text += ". " + note
	}
	return text
}

func (a appointment) bring(lang string) (items []string) {
	for _, item := range a.service.Bring {
		items = append(items, item.Text.In(lang))
	}
	return items
}

// Confirmation writes the confirmation as PDF in lang. Conflict when there is
// nothing to confirm: a hold, or an appointment that was cancelled or voided.
func (w *Writer) Confirmation(ctx context.Context, b *booking.Booking, lang string) ([]byte, error) {
	if !confirmed(b) {
		return nil, fault.NewConflict("letter.not_confirmed")
	}
	a, err := w.look(ctx, b, b.SlotID)
	if err != nil {
		return nil, err
	}
	details, err := w.Book.Details(b)
	if err != nil {
		return nil, err
	}
	p := locale.For(lang)
	paper := document.Confirmation{
		Lang: p.Lang(), Ministry: w.Ministry.In(p.Lang()), Reference: b.Reference, Service: a.service.Title.In(p.Lang()),
		Post: a.at.Name.In(p.Lang()), Address: a.at.Address.In(p.Lang()), When: p.DateTime(a.start()), Zone: a.zone(p),
		Bring: a.bring(p.Lang()), Fee: a.fee(p), ManageURL: w.ManageURL(b), CheckIn: w.CheckIn(b), Issued: b.ConfirmedAt,
	}
	for _, who := range details.Applicants {
		paper.People = append(paper.People, who.FullName())
	}
	return paper.PDF()
}

// confirmed says whether a booking is or was an appointment that holds.
func confirmed(b *booking.Booking) bool {
	return b.State == booking.Booked || b.State == booking.CheckedIn || b.State == booking.Served || b.State == booking.NoShow
}

// CheckIn is what the QR code says: where the desk checks the booking in. Its
// token proves the paper and manages nothing.
func (w *Writer) CheckIn(b *booking.Booking) string {
	return w.BaseURL + "/staff/check-in?reference=" + b.Reference + "&token=" + w.Book.CheckInToken(b.ID)
}

// qrScale is the side of a module in pixels: 300 to 400 pixels for the code.
const qrScale = 8

// QR draws the check-in code as PNG. Conflict as for Confirmation.
func (w *Writer) QR(b *booking.Booking) ([]byte, error) {
	if !confirmed(b) {
		return nil, fault.NewConflict("letter.not_confirmed")
	}
	return document.QRPNG(w.CheckIn(b), qrScale)
}

// Calendar writes the entry for people's calendars; for an appointment that was
// cancelled or voided, the one that takes it out. now dates the entry. Conflict
// for a hold, which is no appointment yet, and for one that ran out.
func (w *Writer) Calendar(ctx context.Context, b *booking.Booking, lang string, now time.Time) ([]byte, error) {
	cancelled := (b.State == booking.Cancelled || b.State == booking.Voided) && !b.ConfirmedAt.IsZero()
	if !confirmed(b) && !cancelled {
		return nil, fault.NewConflict("letter.not_confirmed")
	}
	a, err := w.look(ctx, b, b.SlotID)
	if err != nil {
		return nil, err
	}
	p := locale.For(lang)
	event := document.Event{
		UID: b.ID + "@" + w.host(),
		// The later of two entries wins in a calendar, whoever made the move.
		Sequence: max(0, int(now.Sub(b.CreatedAt)/time.Second)), Cancelled: cancelled, Start: a.slot.Start, End: a.slot.End, Zone: a.at.Location(),
		Summary:   p.T("letter.event", "Service", a.service.Title.In(p.Lang()), "Post", a.at.Name.In(p.Lang())),
		Organizer: a.at.Name.In(p.Lang()), OrganizerEmail: a.at.Email, Location: a.at.Address.In(p.Lang()),
		Latitude: a.at.Latitude, Longitude: a.at.Longitude, URL: w.ManageURL(b), Stamp: now, Lang: p.Lang(),
		Description: p.T("letter.reference", "Reference", b.Reference),
	}
	if items := a.bring(p.Lang()); len(items) > 0 {
		event.Description += "\n\n" + p.T("letter.bring") + "\n– " + strings.Join(items, "\n– ")
	}
	return event.ICS(), nil
}

// host is the name under which this installation makes calendar entries.
func (w *Writer) host() string {
	if u, err := url.Parse(w.BaseURL); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "chancery.invalid"
}

// Names and media types of the papers, for mails and downloads.
const (
	PDFName      = "confirmation.pdf"
	CalendarName = "appointment.ics"
	PDFType      = "application/pdf"
)

// PaperURL is where the holder gets a paper by its name.
func (w *Writer) PaperURL(b *booking.Booking, name string) string {
	return w.BaseURL + "/appointments/manage/" + b.Reference + "/" + name + "?token=" + w.Book.ManageToken(b.ID)
}

// CalendarType is the media type of the entry for b; RFC 6047 wants the method
// repeated in it.
func CalendarType(b *booking.Booking) string {
	if confirmed(b) {
		return "text/calendar; charset=utf-8; method=PUBLISH"
	}
	return "text/calendar; charset=utf-8; method=CANCEL"
}

// attach adds the papers that go with a mail of this kind.
func (w *Writer) attach(ctx context.Context, mail *notify.Mail, kind string, b *booking.Booking) error {
	switch kind {
	case notify.KindConfirmed, notify.KindMoved:
		pdf, err := w.Confirmation(ctx, b, mail.Lang)
		if err != nil {
			return err
		}
		mail.Attachments = append(mail.Attachments, notify.Attachment{Name: PDFName, Type: PDFType, Data: pdf})
	case notify.KindCancelled, notify.KindVoided:
	default:
		return nil
	}
	entry, err := w.Calendar(ctx, b, mail.Lang, w.Now())
	if err != nil {
		return err
	}
	mail.Attachments = append(mail.Attachments, notify.Attachment{Name: CalendarName, Type: CalendarType(b), Data: entry})
	return nil
}
