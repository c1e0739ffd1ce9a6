package letter

import (
	"context"
	"fmt"
	"time"

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
	Now      func() time.Time
}

// Kinds are the kinds of mail that Render makes.
var Kinds = []string{
	notify.KindCode, notify.KindConfirmed, notify.KindMoved, notify.KindCancelled,
	notify.KindReminderWeek, notify.KindReminderDay, notify.KindVoided, notify.KindNoShowWarning, notify.KindNoShowPause,
	notify.KindMustMove, notify.KindMayStay,
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
		if !b.MoveBy.IsZero() { // do not remind of a door that will be closed
			m.Kind, m.Data = notify.KindMustMove, map[string]string{"from": b.SlotID}
		}
	case notify.KindNoShowWarning, notify.KindNoShowPause:
		if b.State != booking.NoShow { // taken back: the people came after all
			return notify.Mail{}, notify.ErrObsolete
		}
	case notify.KindMustMove, notify.KindMayStay:
		// Moved, cancelled or planned back in the meantime.
		if b.State != booking.Booked || b.MoveBy.IsZero() == (m.Kind == notify.KindMustMove) {
			return notify.Mail{}, notify.ErrObsolete
		}
	case notify.KindConfirmed, notify.KindMoved:
		// Cancelled or moved on in the meantime: another mail says so.
		if !confirmed(b) || m.Kind == notify.KindMoved && m.Data["slot"] != b.SlotID {
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
	if err != nil {
		return notify.Mail{}, err
	}
	mail.To = to
	err = w.attach(ctx, &mail, m.Kind, b)
	return mail, err
}

func (w *Writer) data(ctx context.Context, b *booking.Booking, slotID string, m notify.Message) (notify.BookingData, error) {
	p := locale.For(m.Lang)
	a, err := w.look(ctx, b, slotID)
	if err != nil {
		return notify.BookingData{}, err
	}
	d := notify.BookingData{
		Ministry: w.Ministry.In(m.Lang), Service: a.service.Title.In(m.Lang), Post: a.at.Name.In(m.Lang), Address: a.at.Address.In(m.Lang),
		When: p.DateTime(a.start()), Zone: a.zone(p), People: b.Party, Bring: a.bring(m.Lang), Fee: a.fee(p),
		Reference: b.Reference, ManageURL: w.ManageURL(b), ActionURL: w.BaseURL + "/appointments", Reason: m.Data["reason"],
	}
	// The page asks first: programs that look links over must not cancel.
	d.CancelURL = w.BaseURL + "/appointments/manage/" + b.Reference + "/cancel?token=" + w.Book.ManageToken(b.ID)
	if m.Kind == notify.KindCode {
		d.Code = w.Book.HoldCode(b.ID, b.CodeSerial)
		d.Expires = until(p, a.at, b.ExpiresAt)
	}
	if pause, err := time.Parse(time.RFC3339, m.Data["until"]); err == nil {
		d.Until = p.Date(pause.In(a.at.Location()))
	}
	if from := m.Data["from"]; from != "" {
		before, err := w.look(ctx, b, from)
		if err != nil {
			return d, err
		}
		d.Before = p.DateTime(before.start())
	}
	if m.Kind == notify.KindMustMove {
		d.When, d.Reason = "", m.Data["reason."+m.Lang]
		if b.MoveBy.After(w.Now()) {
			d.Expires = until(p, a.at, b.MoveBy)
		}
		kept, last, err := w.Book.Kept(ctx, b.ID)
		if err != nil {
			return d, err
		}
		if kept != nil {
			d.Proposal, d.KeptUntil = p.DateTime(kept.Start.In(a.at.Location())), until(p, a.at, last)
		}
	}
	return d, nil
}

// ManageURL is the unguessable link with which the holder sees, moves and
// cancels the booking.
func (w *Writer) ManageURL(b *booking.Booking) string {
	return w.BaseURL + "/appointments/manage/" + b.Reference + "?token=" + w.Book.ManageToken(b.ID)
}
