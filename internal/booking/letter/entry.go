package letter

import (
	"context"
	"fmt"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
)

// EntryKinds are the kinds of mail that RenderEntry makes.
var EntryKinds = []string{notify.KindWaitingCode, notify.KindWaiting, notify.KindOffer}

// RenderEntry makes one mail about a place on the waiting list. It is obsolete
// when the entry has moved on: an offer that was answered, a code whose time
// is over.
func (w *Writer) RenderEntry(ctx context.Context, m notify.Message) (notify.Mail, error) {
	e, err := w.Book.Entry(ctx, m.Ref)
	if err != nil {
		return notify.Mail{}, err
	}
	wanted := map[string]booking.EntryState{notify.KindWaitingCode: booking.Unproven, notify.KindWaiting: booking.Waiting, notify.KindOffer: booking.Offered}
	if e.State != wanted[m.Kind] || m.Kind == notify.KindOffer && m.Data["slot"] != e.OfferSlot {
		return notify.Mail{}, notify.ErrObsolete
	}
	details, err := w.Book.EntryDetails(e)
	if err != nil {
		return notify.Mail{}, err
	}
	to, err := notify.ParseAddress(details.Email)
	if err != nil {
		return notify.Mail{}, fmt.Errorf("the address of waiting entry %s: %w", e.ID, err)
	}
	data, err := w.entryData(ctx, e, m)
	if err != nil {
		return notify.Mail{}, err
	}
	mail, err := notify.BookingMail(m.Kind, m.Lang, data)
	mail.To = to
	return mail, err
}

func (w *Writer) entryData(ctx context.Context, e *booking.Entry, m notify.Message) (notify.BookingData, error) {
	p := locale.For(m.Lang)
	at, err := w.Posts.Get(ctx, e.PostID)
	if err != nil {
		return notify.BookingData{}, err
	}
	service, err := w.Services.Service(e.ServiceID)
	if err != nil {
		return notify.BookingData{}, err
	}
	d := notify.BookingData{
		Ministry: w.Ministry.In(m.Lang), Service: service.Title.In(m.Lang), Post: at.Name.In(m.Lang), People: e.Party,
	}
	switch m.Kind {
	case notify.KindWaitingCode:
		d.Code = w.Book.HoldCode(e.ID, e.CodeSerial)
		d.Expires = until(p, at, e.ExpiresAt)
	case notify.KindWaiting:
		d.Reference, d.ManageURL = e.Reference, w.EntryURL(e)
	case notify.KindOffer:
		slot, err := w.Book.Slot(ctx, e.OfferSlot)
		if err != nil {
			return d, err
		}
		offered := appointment{slot, at, service}
		d.When, d.Zone, d.Address = p.DateTime(offered.start()), offered.zone(p), at.Address.In(m.Lang)
		d.Expires = until(p, at, e.OfferExpiresAt)
		d.Reference, d.ActionURL = e.Reference, w.EntryURL(e)
	}
	return d, nil
}

// EntryURL is the unguessable link with which the holder sees an entry of the
// waiting list, answers its offer, or leaves.
func (w *Writer) EntryURL(e *booking.Entry) string {
	return w.BaseURL + "/appointments/waiting/" + e.Reference + "?token=" + w.Book.EntryToken(e.ID)
}
