package letter

import (
	"context"
	"fmt"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/catalogue"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
	"github.com/chancery/chancery/internal/post"
)

// Writer renders the mails of the appointment book.
type Writer struct {
	Book     *booking.Book
	Services *catalogue.Catalogue
	Posts    *post.Service
	BaseURL  string
	Ministry locale.Text
}

// Kinds are the kinds of mail that Render makes.
var Kinds = []string{
	notify.KindCode, notify.KindConfirmed, notify.KindMoved, notify.KindCancelled,
	notify.KindReminderWeek, notify.KindReminderDay, notify.KindVoided,
}

// Render makes one mail. It is obsolete when the booking has moved on: a code
// whose hold ended, a reminder whose slot was left.
func (w *Writer) Render(ctx context.Context, m notify.Message) (notify.Mail, error) {
	b, err := w.Book.Booking(ctx, m.Ref)
	if err != nil {
		return notify.Mail{}, err
	}
	slotID := b.SlotID
	switch m.Kind {
	case notify.KindCode:
		if b.State != booking.Held {
			return notify.Mail{}, notify.ErrObsolete
		}
	case notify.KindReminderWeek, notify.KindReminderDay:
		if b.State != booking.Booked || m.Data["slot"] != b.SlotID {
			return notify.Mail{}, notify.ErrObsolete
		}
	}
	details, err := w.Book.Details(b)
	if err != nil {
		return notify.Mail{}, err
	}
	if details.Email == "" {
		return notify.Mail{}, notify.ErrObsolete
	}
	to, err := notify.ParseAddress(details.Email)
	if err != nil {
		return notify.Mail{}, fmt.Errorf("the address of booking %s: %w", b.ID, err)
	}
	data, err := w.data(ctx, b, slotID, m)
	if err != nil {
		return notify.Mail{}, err
	}
	mail, err := notify.BookingMail(m.Kind, m.Lang, data)
	mail.To = to
	return mail, err
}

func (w *Writer) data(ctx context.Context, b *booking.Booking, slotID string, m notify.Message) (notify.BookingData, error) {
	p := locale.For(m.Lang)
	slot, err := w.Book.Slot(ctx, slotID)
	if err != nil {
		return notify.BookingData{}, err
	}
	at, err := w.Posts.Get(ctx, b.PostID)
	if err != nil {
		return notify.BookingData{}, err
	}
	service, err := w.Services.Service(b.ServiceID)
	if err != nil {
		return notify.BookingData{}, err
	}
	d := notify.BookingData{
		Ministry: w.Ministry.In(m.Lang), Service: service.Title.In(m.Lang), Post: at.Name.In(m.Lang), Address: at.Address.In(m.Lang),
		When: p.DateTime(slot.Start.In(at.Location())), Zone: at.Zone, People: b.Party,
		Reference: b.Reference, ManageURL: w.ManageURL(b), Reason: m.Data["reason"],
	}
	d.CancelURL = d.ManageURL
	for _, item := range service.Bring {
		d.Bring = append(d.Bring, item.Text.In(m.Lang))
	}
	if m.Kind == notify.KindCode {
		d.Code = w.Book.HoldCode(b.ID, b.CodeSerial)
		d.Expires = p.Time(b.ExpiresAt.In(at.Location()))
	}
	if from := m.Data["from"]; from != "" {
		before, err := w.Book.Slot(ctx, from)
		if err != nil {
			return d, err
		}
		d.Before = p.DateTime(before.Start.In(at.Location()))
	}
	return d, nil
}

// ManageURL is the unguessable link with which the holder sees, moves and
// cancels the booking.
func (w *Writer) ManageURL(b *booking.Booking) string {
	return w.BaseURL + "/appointments/manage/" + b.Reference + "?token=" + w.Book.ManageToken(b.ID)
}
