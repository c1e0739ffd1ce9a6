package letter

import (
	"context"
	"fmt"

	"github.com/chancery/chancery/internal/booking"
	"github.com/chancery/chancery/internal/locale"
	"github.com/chancery/chancery/internal/notify"
)

// WinKinds are the kinds of mail that RenderWin makes.
var WinKinds = []string{notify.KindBallotWon}

// RenderWin tells a winner of a ballot which place is kept, and until when. It
// is obsolete once the winner has answered, or the time is over.
func (w *Writer) RenderWin(ctx context.Context, m notify.Message) (notify.Mail, error) {
	b, err := w.Book.Booking(ctx, m.Ref)
	if err != nil {
		return notify.Mail{}, err
	}
	if b.State != booking.Held {
		return notify.Mail{}, notify.ErrObsolete
	}
	details, err := w.Book.Details(b)
	if err != nil {
		return notify.Mail{}, err
	}
	to, err := notify.ParseAddress(details.Email)
	if err != nil {
		return notify.Mail{}, fmt.Errorf("the address of booking %s: %w", b.ID, err)
	}
	data, err := w.data(ctx, b, b.SlotID, m)
	if err != nil {
		return notify.Mail{}, err
	}
	at, err := w.Posts.Get(ctx, b.PostID)
	if err != nil {
		return notify.Mail{}, err
	}
	data.Entry, data.DrawURL = m.Data["number"], w.BaseURL+"/draws/"+m.Data["ballot"]+"?entry="+m.Data["number"]
	data.Expires = until(locale.For(m.Lang), at, b.ExpiresAt)
	data.ActionURL = w.WinURL(b)
	mail, err := notify.BookingMail(m.Kind, m.Lang, data)
	mail.To = to
	return mail, err
}

// WinURL is the unguessable link with which a winner takes or gives up the
// place.
func (w *Writer) WinURL(b *booking.Booking) string {
	return w.BaseURL + "/appointments/won/" + b.Reference + "?token=" + w.Book.ManageToken(b.ID)
}
